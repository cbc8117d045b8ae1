"""Rank statistics of a person's own answers: signed ranks, Kendall's S and Sen's slope. They need no distribution."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True, slots=True)
class Kendall:
    """Kendall's S, concordant minus discordant pairs, and its variance if nothing hangs together."""

    s: int
    variance: float

    def z(self, inflation: float = 1.0) -> float:
        """S in standard deviations, with the variance times `inflation`; 0 where all values are alike."""
        variance = self.variance * inflation
        return self.s / math.sqrt(variance) if variance > 0.0 else 0.0


def signed_rank_z(differences: Sequence[float]) -> float:
    """Wilcoxon's signed-rank statistic in standard deviations, above 0 where the differences are mostly above 0.

    Zeros are ranked and then left out, as Pratt does (1959, J Am Stat Assoc 54:655): answers from 1 to 5 give many, and to
    leave them out before ranking costs power. Ties share their mean rank. 0 where nothing differs.
    """
    sizes = Counter(abs(each) for each in differences)
    ranks: dict[float, float] = {}
    below = 0
    for size in sorted(sizes):
        ranks[size] = below + 0.5 * (sizes[size] + 1)
        below += sizes[size]
    signed = [math.copysign(ranks[abs(each)], each) for each in differences if each]
    variance = sum(rank * rank for rank in signed)
    return sum(signed) / math.sqrt(variance) if variance else 0.0


def kendall(xs: Sequence[float], ys: Sequence[float]) -> Kendall:
    """Kendall's S of pairs, with the variance for ties on both sides (Kendall 1970, Rank Correlation Methods, ch. 4).

    With two values of x it is the Mann-Whitney test, with days as x the Mann-Kendall trend test. Raises ValueError for lists of
    different lengths.
    """
    pairs = list(zip(xs, ys, strict=True))
    s = sum(_sign(x2 - x1) * _sign(y2 - y1) for (x1, y1), (x2, y2) in combinations(pairs, 2))
    n = len(pairs)
    if n < 3:
        return Kendall(s, 0.0)
    x_ties, y_ties = list(Counter(xs).values()), list(Counter(ys).values())
    variance = (_untied([n]) - _untied(x_ties) - _untied(y_ties)) / 18.0
    variance += _falling(x_ties, 2) * _falling(y_ties, 2) / (2.0 * n * (n - 1))
    variance += _falling(x_ties, 3) * _falling(y_ties, 3) / (9.0 * n * (n - 1) * (n - 2))
    return Kendall(s, variance)


def sen_slope(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """The median slope over all pairs (Sen 1968, J Am Stat Assoc 63:1379), for a line in a plot; None without two x.

    It decides nothing: whole answers from 1 to 5 tie so often that the slope is 0 under most real changes.
    """
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(zip(xs, ys, strict=True), 2) if x2 != x1]
    return median(slopes) if slopes else None


def median(values: Iterable[float]) -> float:
    """The middle one, or the mean of the two in the middle; the library's module costs a daemon a megabyte.

    Raises IndexError without a value.
    """
    ordered = sorted(values)
    return 0.5 * (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2])


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _untied(groups: Iterable[int]) -> float:
    return sum(t * (t - 1) * (2 * t + 5) for t in groups)


def _falling(groups: Iterable[int], factors: int) -> int:
    return sum(math.perm(t, factors) for t in groups)
