"""How much each sensor reads by itself, told apart from the body by somebody lying on the mat once, or twice end for end.

What a sensor reads is its own sensitivity times the body's load there. Both are unknown, but bodies and parts are known to
some degree: parts differ by so much, bodies are the same on both sides, and lie a little beside the middle and a little
aslant. So the logarithms of the readings are a sum of terms with known spreads, and the most likely sensitivities follow from
them (Gaussian conditioning, Rasmussen and Williams 2006, chapter 2). Whatever a body explains as well as a sensor is left to
it in proportion: a person who lies 12 mm off the middle loads one side a tenth more, and must not make a sound mat crooked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from acumat_hw.layout import Layout, Sensor

TOLERANCE = 1 / 20
"""Two places are at the same height, or mirrored, when they match within this part of the mat's length or width."""

PART_SD = 0.12
"""Parts off the shelf: 6 to 25 % of gain, and a slope that differs by a tenth (Interlink 400 series guide). Taken a little
small, since a correction that is too timid costs less than one for what was the body."""
SHAPE_SD = 1.0
"""What a body rests on the mat at one height and distance from its middle may be anything."""
LEVEL_SD = 1.0
"""So may the load as a whole."""
HABIT_SD = 0.06
"""A body that bears more on one of its sides does so each time, and turns with the person."""
LEANING_SD = 0.08
"""And about as much by chance each time."""
ACROSS_SD_MM = 12.0
ALONG_SD = 0.2
"""Somebody lies so far beside the middle, and so far up or down that each row's load changes by this."""
PLACE_SD = 0.1
"""Each place alone: folds, an arm, a ridge of the body that runs aslant, the sensor's hysteresis."""
BEARING_MM, BEARING_SD_MM = 80.0, 57.0
"""A trunk bears on two ridges beside the spine, 8 cm from it and so wide, foam included."""


def sensitivities(layout: Layout, lyings_us: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """The most likely sensitivity of each sensor, 1 for a nominal one, from loads above 0; a second lying is end for end."""
    seen = [(sensor, lying) for lying in range(len(lyings_us)) for sensor in layout.sensors]
    logs = [math.log(us) for lying in lyings_us for us in lying]
    level = sum(logs) / len(logs)
    spread = [[_covariance(layout, one, other) for other in seen] for one in seen]
    for index, us in enumerate(us for lying in lyings_us for us in lying):
        spread[index][index] += _place_sd(us, sum(lyings_us[0]) / len(layout.sensors)) ** 2
    weights = solve(spread, [each - level for each in logs])
    count = len(layout.sensors)
    return tuple(math.exp(PART_SD**2 * sum(weights[index::count])) for index in range(count))


def gains_of(layout: Layout, lyings_us: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """What makes up for the sensors' sensitivities; the gains average 1."""
    inverse = [1.0 / each for each in sensitivities(layout, lyings_us)]
    return tuple(gain * len(inverse) / sum(inverse) for gain in inverse)


def can_turn(layout: Layout) -> bool:
    """Whether each sensor has another at its place when the mat is turned end for end."""

    def opposite(one: Sensor, other: Sensor) -> bool:
        return _same(one.x_mm, -other.x_mm, layout.width_mm) and _same(one.y_mm, -other.y_mm, layout.length_mm)

    return all(any(opposite(one, other) for other in layout.sensors) for one in layout.sensors)


def weak_sensor(layout: Layout, lying_us: Sequence[float], most: float) -> int | None:
    """A sensor under the body's ridges whose mirrored partner reads more than `most` times as much; None if all is well."""
    for index, one in enumerate(layout.sensors):
        for other, us in zip(layout.sensors, lying_us, strict=True):
            mirrored = _same(one.x_mm, -other.x_mm, layout.width_mm) and _same(one.y_mm, other.y_mm, layout.length_mm)
            if mirrored and abs(one.x_mm) <= BEARING_MM + BEARING_SD_MM and us > most * lying_us[index]:
                return index
    return None


def _covariance(layout: Layout, one: tuple[Sensor, int], other: tuple[Sensor, int]) -> float:
    """Of the logarithms of two readings, each of a sensor in a lying (0 or 1); what they have in common makes it up."""
    (a, first), (b, second) = one, other
    turn_a, turn_b = (-1.0 if first else 1.0), (-1.0 if second else 1.0)
    result = HABIT_SD**2 * _side(turn_a * a.x_mm, layout) * _side(turn_b * b.x_mm, layout)
    if a is b:
        result += PART_SD**2
    if _same(turn_a * a.y_mm, turn_b * b.y_mm, layout.length_mm) and _same(abs(a.x_mm), abs(b.x_mm), layout.width_mm):
        result += SHAPE_SD**2
    if first == second:
        result += LEVEL_SD**2 + LEANING_SD**2 * _side(a.x_mm, layout) * _side(b.x_mm, layout)
        result += ACROSS_SD_MM**2 * _slope_per_mm(a, layout) * _slope_per_mm(b, layout)
        if _same(a.y_mm, b.y_mm, layout.length_mm):
            result += ALONG_SD**2
    return result


def _place_sd(us: float, mean_us: float) -> float:
    """More for a sensor that bears little: it is at the body's edge, and at the steep start of its own curve."""
    return PLACE_SD * (1.0 + mean_us / us) / 2.0


def _slope_per_mm(sensor: Sensor, layout: Layout) -> float:
    """By which part the load changes when the body lies 1 mm farther to the right."""
    return _side(sensor.x_mm, layout) * (abs(sensor.x_mm) - BEARING_MM) / BEARING_SD_MM**2


def _side(x_mm: float, layout: Layout) -> float:
    """-1 left, 1 right, 0 on the middle line."""
    return 0.0 if abs(x_mm) < layout.width_mm * TOLERANCE else math.copysign(1.0, x_mm)


def _same(a_mm: float, b_mm: float, extent_mm: float) -> bool:
    return abs(a_mm - b_mm) <= extent_mm * TOLERANCE


def solve(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """X of matrix x = right, by elimination; for the positive definite matrices of covariances, which need no pivoting."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    count = len(rows)
    for index, pivot in enumerate(rows):
        for row in rows[index + 1 :]:
            factor = row[index] / pivot[index]
            for column in range(index, count + 1):
                row[column] -= factor * pivot[column]
    x = [0.0] * count
    for index in reversed(range(count)):
        known = sum(rows[index][column] * x[column] for column in range(index + 1, count))
        x[index] = (rows[index][count] - known) / rows[index][index]
    return x
