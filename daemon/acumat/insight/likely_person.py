"""Who lies there, guessed from the settled load: how much it is in all, and which share of it rests on each sensor.

A discriminant with one covariance for all people (Fisher 1936, Annals of Eugenics 7:179), drawn towards what a body's days
usually differ by while there are few of them. It guesses only where one person is far likelier than everybody else, where the
load is one that this person has on usual days, and where the people of this mat have proven to be told apart: where not, it
says that it does not know. Loads are conductances before gains, so that a calibration changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Loads = Sequence[float]
"""Settled load on each sensor in microsiemens, before gains."""

SAMPLES_LEAST = 5
"""Sessions of each person of whom somebody has said whose they were, before anything is guessed."""
SAMPLES_MOST = 20
"""The last so many of each person: a body and a mat change over months."""
TOTAL_SPREAD, SHARE_SPREAD = 0.10, 0.02
"""What one person's load differs by from day to day (of the logarithm, and of a share): warmth, clothes and water; place."""
PRIOR_SAMPLES = 10
"""The spreads above count as so many sessions."""
SURE = 0.99
"""How likely one person must be among the known ones."""
USUAL = 1.5
"""Standardised distance, root mean square over the measures, up to which a load is one of that person's usual days."""
PROVEN = 0.97
"""Share of right guesses among the known sessions, each guessed from the others."""
PROVEN_LEAST = 10
"""So many of these must be guessed at all."""


@dataclass(frozen=True, slots=True)
class _People:
    """By person the mean of their days and how many these are; and the inverse of what one person's days differ by."""

    means: Mapping[int, tuple[list[float], int]]
    inverse: list[list[float]]


def likely_person(us: Loads, known: Mapping[int, Sequence[Loads]]) -> int | None:
    """The number of the person who lies there; None where that is not sure. `known` are sessions by person, oldest first."""
    samples = _usable(us, known)
    if len(samples) < 2 or min(map(len, samples.values())) < SAMPLES_LEAST:
        return None
    means = {person: _mean(rows) for person, rows in samples.items()}
    of = _People(
        {person: (mean, len(samples[person])) for person, mean in means.items()}, _inverse(_covariance(samples, means))
    )
    found = _nearest(_measures(us), of)
    return found if found is not None and _proven(samples, of) else None


def _usable(us: Loads, known: Mapping[int, Sequence[Loads]]) -> dict[int, list[list[float]]]:
    """The measures of what was known of each person on as many sensors."""
    if sum(us) <= 0:
        return {}
    return {
        person: [_measures(each) for each in sessions if len(each) == len(us) and sum(each) > 0][-SAMPLES_MOST:]
        for person, sessions in known.items()
    }


def _measures(us: Loads) -> list[float]:
    """Logarithm of the total, and the share of each sensor, in units of what is usual from day to day."""
    total = sum(us)
    return [math.log(total) / TOTAL_SPREAD, *(each / total / SHARE_SPREAD for each in us)]


def _nearest(measures: list[float], of: _People) -> int | None:
    """The person whose days are like this one and nobody else's; None where several are, or none."""
    distances = {person: _distance(measures, mean, of.inverse) / (1.0 + 1.0 / n) for person, (mean, n) in of.means.items()}
    nearest = min(distances, key=lambda person: distances[person])
    others = sum(math.exp(0.5 * (distances[nearest] - each)) for person, each in distances.items() if person != nearest)
    usual = distances[nearest] <= USUAL**2 * len(measures)
    return nearest if usual and 1.0 / (1.0 + others) >= SURE else None


def _proven(samples: Mapping[int, list[list[float]]], of: _People) -> bool:
    """Whether the known sessions, each guessed from the means of the others, are guessed right."""
    guessed = right = 0
    for person, rows in samples.items():
        mean, n = of.means[person]
        for row in rows:
            others = [(n * usual - now) / (n - 1) for usual, now in zip(mean, row, strict=True)]
            found = _nearest(row, _People({**of.means, person: (others, n - 1)}, of.inverse))
            guessed += found is not None
            right += found == person
    return guessed >= PROVEN_LEAST and right >= PROVEN * guessed


def _mean(rows: list[list[float]]) -> list[float]:
    return [sum(column) / len(rows) for column in zip(*rows, strict=True)]


def _covariance(samples: Mapping[int, list[list[float]]], means: Mapping[int, list[float]]) -> list[list[float]]:
    """Of one person's days, pooled over people; what is usual counts as `PRIOR_SAMPLES` days without correlation."""
    size = len(next(iter(means.values())))
    sums = [[float(PRIOR_SAMPLES * (row == column)) for column in range(size)] for row in range(size)]
    days = float(PRIOR_SAMPLES)
    for person, rows in samples.items():
        days += len(rows) - 1
        for measures in rows:
            off = [now - usual for now, usual in zip(measures, means[person], strict=True)]
            for row, one in zip(sums, off, strict=True):
                for column, other in enumerate(off):
                    row[column] += one * other
    return [[each / days for each in row] for row in sums]


def _inverse(matrix: list[list[float]]) -> list[list[float]]:
    """By Gauss and Jordan; the prior's diagonal keeps every pivot above 0."""
    size = len(matrix)
    rows = [[*row, *(float(index == column) for column in range(size))] for index, row in enumerate(matrix)]
    for index in range(size):
        pivot = rows[index][index]
        rows[index] = [each / pivot for each in rows[index]]
        for other in range(size):
            if other != index and rows[other][index]:
                factor = rows[other][index]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[index], strict=True)]
    return [row[size:] for row in rows]


def _distance(one: list[float], other: list[float], inverse: list[list[float]]) -> float:
    """Mahalanobis' distance, squared."""
    off = [a - b for a, b in zip(one, other, strict=True)]
    return sum(a * sum(b * c for b, c in zip(row, off, strict=True)) for a, row in zip(off, inverse, strict=True))
