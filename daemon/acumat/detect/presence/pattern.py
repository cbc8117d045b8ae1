"""Which way each sensor's load moves while a body, or what shakes a thing, moves it: looks at the last half minute of loads.

A body moves load inside: the chest gains what the hips lose, and belly, chest and slow wander are movements of their own. What
shakes a thing comes from outside: it is one movement, which loads all sensors at once. See `evidence` for what that is worth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import mul

SLOPE_S = 1.25
"""Changes of the mean over a second from one second to the next: heartbeat and noise are averaged over, creep is slow beside
them, and the wander of a body, whose power falls with the frequency's square, lies no higher than its breath."""
SHARE_LEAST = 0.01
"""A sensor with less of the load than this shows its own noise."""
NORMAL_MEDIAN = 0.6745
"""The median of the absolute value of a standard normal deviate."""
FOURTH_GAIN = math.sqrt(70.0)
"""Deviation of the fourth difference of white noise of deviation 1."""
PINK = 2e-5
"""No sensor's noise is taken for less than this share of its load: 1/f noise of the films, which these differences miss."""
CLIP = 2.5
"""Moments that are so many times the usual one count no more than that: a step beside the mat is over in a few seconds."""
BURST = 4.0
"""And such ones are bursts: a step beside the mat, or a movement."""
LASTING = 0.7
"""A burst whose changes add up to this part of their size, or more, leaves the load elsewhere; one that passes adds up to 0."""
STEP_OPPOSED = 0.1
"""What one part of the sensors gained, another part lost, at least so much of it."""
FITS = 4
"""Rounds of fitting the creep: what a burst bends falls to a tenth or a third each time."""
MOMENTS_LEAST = 12
"""Fewer moments show no pattern."""
MARGIN_S = 6.0
"""A burst so near to the end may still pass: somebody who walks by bends the floor for 3 to 5 s."""
ROUNDS = 12
"""Of the power iteration; it converges by the ratio of two components."""
INDEPENDENT_S = 1.5
"""Changes so far apart are independent, after averaging over a second and differences over one."""
CHANCE = 3.5
"""Chance gives the strongest of n movements, seen at m independent moments, (1 + sqrt(n / m))^2 times the noise's power at most
(Marchenko and Pastur 1967). 1/f noise, which the measure of noise misses, makes that up to three times as much."""
SIGNIFICANT = 3.0
"""A sensor's part in a movement counts from so many standard errors on."""


@dataclass(frozen=True, slots=True)
class Look:
    """What moved. Strengths are variances over those of the noise; loads are in microsiemens, by the sensor's index."""

    strength: float
    """Of the strongest movement."""
    second: float
    """Of the next one that is independent of it."""
    chance: float
    """What noise alone reaches."""
    swing: float
    """Deviation of the load's changes within a second, as a share of it."""
    opposed: float
    """How much load went against the rest, over what went with it (0 to 1; 0: all sensors along)."""
    passing: float
    """The part of the movement in the quarter of the time with most of it."""
    limit: float
    """The strength that changes of 1e-4 (rms, of each sensor's load) would have here."""
    stepped_s: float | None
    """How long ago a burst left the load elsewhere; None: none did."""
    moved: Mapping[int, float]
    """How far the strongest movement moves each sensor's load; sensors that bear next to nothing are left out."""
    borne: Mapping[int, float]
    """Their mean loads."""


def look_at(
    samples: Sequence[Sequence[float]], pace_s: float, rested_s: float, least_us: Sequence[float], most_share: float
) -> Look | None:
    """Look at samples of loads (microsiemens per sensor, `pace_s` apart); None where too little of it bears any load.

    The load had rested for `rested_s` at the first sample.
    `least_us` is the least noise of each sensor, by its converter's step. `most_share` is the most that its noise can be, as a
    share of its load: where samples are far apart, breath looks like noise.
    """
    width = max(1, round(SLOPE_S / pace_s))
    good, columns = _loaded(samples)
    count = len(samples) - 2 * width + 1
    if not columns or count < MOMENTS_LEAST:
        return None
    means = [sum(column) / len(column) for column in columns]
    noises = [
        max(min(noise_of(column), most_share * mean), floor, PINK * mean)
        for column, floor, mean in zip(columns, [least_us[i] for i in good], means, strict=True)
    ]
    units = [noise * math.sqrt(2.0 / width) for noise in noises]  # what such noise makes of a change
    changes = [[a / unit for a in _changes(column, width)] for column, unit in zip(columns, units, strict=True)]
    creep = _creep(count, rested_s / pace_s + width)
    # a burst bends the fit of the creep, and creep is not constant: what leaves less at the usual moment begins better
    begun = ([_without(creep, row) for row in changes], [_without_middle(row) for row in changes])
    fitted = min(begun, key=lambda rows: _clipped(rows)[2])
    clipped, moments, usual = _clipped(fitted)
    for _ in range(FITS):
        fitted = [_refitted(creep, *each) for each in zip(changes, fitted, clipped, strict=True)]
        clipped, moments, usual = _clipped(fitted)
    matrix = [[_dot(a, b) / count for b in clipped] for a in clipped]
    strength, first = _strongest(matrix)
    second, _ = _strongest(_deflated(matrix, strength, first))
    course = [_dot(first, moment) for moment in zip(*clipped, strict=True)]
    independent = max(1.0, count * pace_s / INDEPENDENT_S)
    parts = [v * unit for v, unit in zip(first, units, strict=True)]
    return Look(
        strength=strength,
        second=second,
        chance=CHANCE * (1.0 + math.sqrt(len(columns) / independent)) ** 2,
        swing=math.sqrt(strength) * abs(sum(parts)) / sum(means),
        opposed=_opposed(matrix, strength, first, parts, independent),
        passing=_passing(course),
        limit=sum([(1e-4 * mean / unit) ** 2 for mean, unit in zip(means, units, strict=True)]),
        stepped_s=_stepped(fitted, moments, usual, units, pace_s),
        moved=dict(zip(good, parts, strict=True)),
        borne=dict(zip(good, means, strict=True)),
    )


def noise_of(column: Sequence[float]) -> float:
    """Deviation of the white noise in a smooth course, from its fourth differences, which breath hardly enters."""
    bends = sorted(
        [
            abs(a - 4 * b + 6 * c - 4 * d + e)
            for a, b, c, d, e in zip(column, column[1:], column[2:], column[3:], column[4:], strict=False)
        ]
    )
    return bends[len(bends) // 2] / (NORMAL_MEDIAN * FOURTH_GAIN) if bends else 0.0


def _loaded(samples: Sequence[Sequence[float]]) -> tuple[list[int], list[tuple[float, ...]]]:
    """The sensors that bear something all the time, and their columns."""
    columns = list(zip(*samples, strict=True))
    sums = [sum(column) for column in columns]
    least = SHARE_LEAST * sum(sums)
    good = [i for i, column in enumerate(columns) if sums[i] > least and min(column) > 0.0]
    return good, [columns[i] for i in good]


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    total: float = sum(map(mul, a, b))
    return total


def _changes(column: Sequence[float], n: int) -> list[float]:
    """Of the mean over `n` samples, from one mean to the next."""
    sums = list(accumulate(column, initial=0.0))
    means = [(after - before) / n for before, after in zip(sums, sums[n:], strict=False)]
    return [after - before for before, after in zip(means, means[n:], strict=False)]


def _clipped(rows: Sequence[Sequence[float]]) -> tuple[list[list[float]], list[float], float]:
    """The rows with no moment beyond a multiple of the usual one; the size of each moment, and the usual one."""
    moments = [math.sqrt(sum([a * a for a in moment])) for moment in zip(*rows, strict=True)]
    usual = max(sorted(moments)[len(moments) // 2], 1.0)
    weights = [min(1.0, CLIP * usual / max(moment, usual)) for moment in moments]
    return [list(map(mul, row, weights)) for row in rows], moments, usual


def _refitted(
    creep: Sequence[Sequence[float]], changes: Sequence[float], rest: Sequence[float], clipped: Sequence[float]
) -> list[float]:
    """Changes without creep, which is fitted to what is left of them with the bursts clipped: these would bend it."""
    calm = [change - was + now for change, was, now in zip(changes, rest, clipped, strict=True)]
    left = _without(creep, calm)
    return [change - now + after for change, now, after in zip(changes, calm, left, strict=True)]


def _creep(count: int, start: float) -> list[list[float]]:
    """Orthonormal courses of what creep makes of changes: a constant, a line, and 1 / t, since it goes with the log of time."""
    found: list[list[float]] = []
    for course in ([1.0] * count, [float(i) for i in range(count)], [1.0 / (start + i) for i in range(count)]):
        rest = _without(found, course)
        length = math.sqrt(_dot(rest, rest))
        found.append([a / length for a in rest])
    return found


def _without_middle(values: Sequence[float]) -> list[float]:
    middle = sorted(values)[len(values) // 2]
    return [a - middle for a in values]


def _without(courses: Sequence[Sequence[float]], values: Sequence[float]) -> list[float]:
    """What is left of values without these orthonormal courses."""
    rest = list(values)
    for course in courses:
        by = _dot(course, values)
        rest = [a - by * b for a, b in zip(rest, course, strict=True)]
    return rest


def _strongest(matrix: Sequence[Sequence[float]]) -> tuple[float, list[float]]:
    """Largest eigenvalue of a covariance and its vector, by power iteration."""
    size = len(matrix)
    best = max(range(size), key=lambda i: matrix[i][i])
    vector = list(matrix[best])
    value = 0.0
    for _ in range(ROUNDS):
        value = math.sqrt(_dot(vector, vector))
        if value <= 0.0:
            return 0.0, [0.0] * size
        vector = [a / value for a in vector]
        vector = [_dot(row, vector) for row in matrix]
    value = math.sqrt(_dot(vector, vector))
    return value, [a / value for a in vector] if value > 0.0 else vector


def _deflated(matrix: Sequence[Sequence[float]], value: float, vector: Sequence[float]) -> list[list[float]]:
    return [[a - value * v * w for a, w in zip(row, vector, strict=True)] for row, v in zip(matrix, vector, strict=True)]


def _opposed(
    matrix: Sequence[Sequence[float]], strength: float, vector: Sequence[float], parts: Sequence[float], independent: float
) -> float:
    """Load that surely went against the rest, over that of the rest, sure or not."""
    if strength <= 0.0:
        return 0.0
    up = down = whole = 0.0
    for i, (v, part) in enumerate(zip(vector, parts, strict=True)):
        error = math.sqrt(max(matrix[i][i] - strength * v * v, 0.0) / (strength * independent))
        whole += abs(part)
        if v > SIGNIFICANT * error:
            up += part
        elif v < -SIGNIFICANT * error:
            down -= part
    less = min(up, down)
    return less / (whole - less) if less > 0.0 else 0.0


def _passing(course: Sequence[float]) -> float:
    quarter = max(1, len(course) // 4)
    powers = [sum([a * a for a in course[i : i + quarter]]) for i in range(0, quarter * 4, quarter)]
    total = sum(powers)
    return max(powers) / total if total > 0.0 else 1.0


def _stepped(
    rows: Sequence[Sequence[float]], moments: Sequence[float], usual: float, units: Sequence[float], pace_s: float
) -> float | None:
    """How long ago the bursts left the load elsewhere among the sensors, in seconds."""
    bursts = [i for i, moment in enumerate(moments) if moment > BURST * usual]
    margin = round(MARGIN_S / pace_s)
    if not bursts or len(rows) < 2 or bursts[0] < margin // 2 or bursts[-1] >= len(moments) - margin:
        return None
    net = [sum([row[i] for i in bursts]) for row in rows]
    size = sum([moments[i] for i in bursts])
    moved = [a * unit for a, unit in zip(net, units, strict=True)]
    up, down = sum([a for a in moved if a > 0.0]), -sum([a for a in moved if a < 0.0])
    if math.sqrt(_dot(net, net)) < LASTING * size or min(up, down) < STEP_OPPOSED * max(up, down):
        return None
    return (len(moments) - bursts[-1]) * pace_s
