"""From a course of one or many sensors to breaths a minute, by two ways that err differently. Pure arithmetic on lists."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from operator import mul

from acumat.detect.lying.breath_parameters import BreathParameters

NORMAL_MEDIAN = 0.6745
"""The median of the absolute value of a standard normal deviate."""
FOURTH_GAIN = math.sqrt(70.0)
"""Deviation of the fourth difference of white noise of deviation 1 (root of the sum of 1, 16, 36, 16, 1)."""
SMOOTH = (1 / 9, 2 / 9, 3 / 9, 2 / 9, 1 / 9)
"""Over five samples: 0.95 of a breath at 15/min, a twentieth of a heartbeat at 66/min."""

ROUNDING = 1 / math.sqrt(12.0)
"""Deviation of what rounding to steps of 1 adds. Means of codes that stand still are no better than a code."""

VARIOUS_LEAST = 4
"""Fewer breaths do not say how various they are."""


@dataclass(frozen=True, slots=True)
class Crossings:
    """What the course's passages through its middle show.

    The mean rate, how much the breaths' lengths stray (their deviation over their mean; None for too few), how various breaths
    are (geometric mean of how much lengths and heights stray; None for too few), how many lay wholly inside, and for how many
    of their mean lengths there has been no passage since.
    """

    per_min: float
    evenness: float | None
    variety: float | None
    breaths: int
    silent: float


def dot(a: Sequence[float], b: Sequence[float]) -> float:
    """Sum of the products."""
    total: float = sum(map(mul, a, b))
    return total


@lru_cache(maxsize=8)
def _trends(count: int, order: int) -> tuple[tuple[float, ...], ...]:
    """Orthonormal polynomials up to this order over `count` points (Gram and Schmidt)."""
    found: list[tuple[float, ...]] = []
    for power in range(order + 1):
        row = [((2 * i - count + 1) / count) ** power for i in range(count)]
        for other in found:
            by = dot(row, other)
            row = [a - by * b for a, b in zip(row, other, strict=True)]
        length = math.sqrt(dot(row, row))
        found.append(tuple(a / length for a in row))
    return tuple(found)


def without_trend(values: Sequence[float], order: int) -> list[float]:
    """What is left of a course when its slow bend is taken out; the order is 3 or less."""
    rows = _trends(len(values), 3)[: order + 1]
    a, b, c, d = [dot(values, row) for row in rows] + [0.0] * (3 - order)
    r0, r1, r2, r3 = (*rows, *(rows[:1] * (3 - order)))
    return [v - a * e - b * f - c * g - d * h for v, e, f, g, h in zip(values, r0, r1, r2, r3, strict=True)]


def noise_of(values: Sequence[float]) -> float:
    """Deviation of the white noise in a smooth course, from its fourth differences, which breath hardly enters."""
    parts = zip(values[::4], values[1::4], values[2::4], values[3::4], values[4::4], strict=False)
    bends = sorted([abs(a - 4 * b + 6 * c - 4 * d + e) for a, b, c, d, e in parts])
    return bends[len(bends) // 2] / (NORMAL_MEDIAN * FOURTH_GAIN)


def slopes(values: Sequence[float], p: BreathParameters) -> list[float]:
    """Changes over `slope_s`. A resting body wanders the more the slower; in the changes all rates wander alike."""
    return [after - before for before, after in zip(values, values[round(p.slope_s / p.sample_s) :], strict=False)]


def clipped(course: Sequence[float], most: float) -> list[float]:
    """Nothing beyond so many deviations, these being reckoned from the median: a twitch is not let to outweigh the breaths."""
    size = sorted(map(abs, course))[len(course) // 2]
    limit = most * size / NORMAL_MEDIAN
    return [max(-limit, min(limit, a)) for a in course]


def combined(
    columns: Sequence[Sequence[float]], p: BreathParameters, steps: Sequence[float]
) -> tuple[list[float], list[float]]:
    """One course of changes from many columns, in units of its own noise, and what each column counts in it.

    The columns that change most above their own noise are taken. The best one is the first guess; then each counts as much, and
    with the sign, as it goes along with the guess (power iteration towards the first principal component), so that neighbours
    in antiphase add up.
    """
    noises = [max(noise_of(column), step * ROUNDING) for column, step in zip(columns, steps, strict=True)]
    floor = max(max(noises) * 1e-3, 1e-12)
    noises = [max(noise, floor) for noise in noises]
    changes = [slopes(column, p) for column in columns]
    swings = [dot(each[::2], each[::2]) / (noise * noise) for each, noise in zip(changes, noises, strict=True)]
    best = sorted(range(len(columns)), key=lambda i: -swings[i])[: p.sensors_most]
    scaled = [[a / noises[i] for a in without_trend(changes[i], p.trend_order)] for i in best]
    course, weights = scaled[0], [1.0] + [0.0] * (len(best) - 1)
    for _ in range(p.refine if len(scaled) > 1 else 0):
        weights = [dot(each, course) for each in scaled]
        length = math.sqrt(dot(weights, weights))
        if length <= 0:
            break
        weights = [a / length for a in weights]
        course = [dot(weights, row) for row in zip(*scaled, strict=True)]
    counts = [0.0] * len(columns)
    for i, weight in zip(best, weights, strict=True):
        counts[i] = weight / noises[i]
    return course, counts


def smoothed(course: Sequence[float]) -> list[float]:
    """Without heartbeat and white noise; two samples shorter at either end."""
    a, b, c, _, _ = SMOOTH
    return [
        a * (v0 + v4) + b * (v1 + v3) + c * v2
        for v0, v1, v2, v3, v4 in zip(course, course[1:], course[2:], course[3:], course[4:], strict=False)
    ]


def fitted(course: Sequence[float], per_min: float, p: BreathParameters) -> list[float]:
    """The course in a band around a rate: averaged over a quarter of a breath, twice, less the mean over one and a half."""
    short, long = _fit_lengths(per_min, p)
    smooth = _averaged(_averaged(course, short), short)
    return [a - b for a, b in zip(smooth[long // 2 :], _averaged(smooth, long), strict=False)]


def swings_along(columns: Sequence[Sequence[float]], raw: Sequence[float], per_min: float, p: BreathParameters) -> list[float]:
    """How much of its own load each column's changes swing along with the breath in `raw`, the changes combined.

    As rms, the largest with a positive sign. What lies outside of the breath's band goes along with nothing in it.
    """
    breath = fitted(raw, per_min, p)
    power = dot(breath, breath)
    if power <= 0:
        return [0.0] * len(columns)
    short, long = _fit_lengths(per_min, p)
    begin = long // 2 + short - 1
    scale = 1.0 / math.sqrt(power * len(breath))
    swings = [
        scale * dot(slopes(column, p)[begin : begin + len(breath)], breath) * len(column) / sum(column) for column in columns
    ]
    return [math.copysign(1.0, max(swings, key=abs)) * swing for swing in swings]


def _fit_lengths(per_min: float, p: BreathParameters) -> tuple[int, int]:
    length = 60.0 / per_min / p.sample_s
    return max(1, round(p.fit_short * length)), round(p.fit_long * length)


def _averaged(course: Sequence[float], count: int) -> list[float]:
    sums = list(accumulate(course, initial=0.0))
    return [(after - before) / count for before, after in zip(sums, sums[count:], strict=False)]


def by_autocorrelation(course: Sequence[float], p: BreathParameters) -> tuple[float, float] | None:
    """Rate a minute and how alike the course is one breath on (0 to 1); None where no lag stands out."""
    count = len(course)
    first = max(2, math.floor(60.0 / p.fastest_per_min / p.sample_s))
    last = min(math.ceil(60.0 / p.slowest_per_min / p.sample_s) + 1, count * 2 // 3)
    sums = list(accumulate([a * a for a in course], initial=0.0))
    alike = [_alike(course, sums, lag) for lag in range(first - 1, last + 1)]
    peaks = [i for i in range(1, len(alike) - 1) if alike[i - 1] < alike[i] >= alike[i + 1]]
    best = max((alike[i] for i in peaks), default=0.0)
    if best <= 0:
        return None
    at = next(i for i in peaks if alike[i] >= p.alike_octave * best)
    before, here, after = alike[at - 1 : at + 2]
    bend = before - 2 * here + after
    offset = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return 60.0 / ((first - 1 + at + offset) * p.sample_s), max(0.0, min(1.0, here))


def alike_after(course: Sequence[float], seconds: float, p: BreathParameters) -> float:
    """How alike the course is to itself about so many seconds on (-1 to 1): the best lag near, since breaths are uneven."""
    low = max(1, math.floor(seconds * (1 - p.alike_near) / p.sample_s))
    high = min(math.ceil(seconds * (1 + p.alike_near) / p.sample_s), len(course) * 2 // 3)
    mean = sum(course) / len(course)
    course = [a - mean for a in course]
    sums = list(accumulate([a * a for a in course], initial=0.0))
    return max([_alike(course, sums, lag) for lag in range(low, high + 1)], default=-1.0)


def _alike(course: Sequence[float], sums: Sequence[float], lag: int) -> float:
    """Correlation of the course with itself a lag later; `sums` are its running squares."""
    early, late = sums[-1 - lag], sums[-1] - sums[lag]
    return dot(course, course[lag:]) / math.sqrt(early * late) if early > 0 and late > 0 else 0.0


def by_crossings(course: Sequence[float], p: BreathParameters) -> Crossings | None:
    """Breaths counted where the course passes its middle, upwards and downwards; None for less than two whole ones."""
    far = p.cross_share * math.sqrt(dot(course, course) / len(course))
    times: dict[int, list[float]] = {1: [], -1: []}
    heights: dict[int, list[float]] = {1: [], -1: []}
    side, zero, height = 0, 0.0, 0.0
    for i, (before, now) in enumerate(pairwise(course), start=1):
        if (before < 0) != (now < 0):
            zero = i - 1 + before / (before - now)
        beyond = 1 if now > far else -1 if now < -far else 0
        if beyond and beyond != side:
            if side:
                if times[side]:  # else its beginning was not seen
                    heights[side].append(height)
                times[beyond].append(zero * p.sample_s)
            side, height = beyond, 0.0
        height = max(height, side * now)
    lengths = [[b - a for a, b in pairwise(each)] for each in times.values()]
    count = sum(map(len, lengths))
    if count < 2:
        return None
    mean = sum(map(sum, lengths)) / count
    strays = [_stray(each) for each in lengths if len(each) > 2]
    silent_s = len(course) * p.sample_s - max(each[-1] for each in times.values() if each)
    variety = math.sqrt(_variety(lengths) * _variety(heights.values()))
    return Crossings(60.0 / mean, max(strays, default=None), variety or None, max(map(len, lengths)), silent_s / mean)


def _stray(lengths: Sequence[float]) -> float:
    """Coefficient of variation. From one upward passage to the next is a breath, as from one downward to the next."""
    mean = sum(lengths) / len(lengths)
    return math.sqrt(sum((each - mean) ** 2 for each in lengths) / (len(lengths) - 1)) / mean


def _variety(groups: Iterable[Sequence[float]]) -> float:
    """Mean stray of what is usual in each group: the quarter farthest from its middle, sighs as it may be, does not count.

    0 for too few.
    """
    strays = []
    for each in groups:
        if len(each) < VARIOUS_LEAST:
            continue
        middle = sorted(each)[len(each) // 2]
        usual = sorted(each, key=lambda value: abs(value - middle))
        strays.append(_stray(usual[: len(each) - max(1, len(each) // 4)]))
    return sum(strays) / len(strays) if strays else 0.0
