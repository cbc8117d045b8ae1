"""Whether load goes to and fro across the mat."""

from __future__ import annotations

import math
from random import Random

import pytest

from acumat.detect.presence.exchange import WINDOWS, Exchange

FOUR_BY_TWO = ((0, 1), (2, 3), (4, 5), (6, 7))
FOUR_BY_FOUR = tuple(tuple(range(row, row + 4)) for row in (0, 4, 8, 12))
SAMPLES = 60


def window(
    random_: Random, patterns: list[list[float]], sensors: int, *, noise: float = 0.0, rising: float = 0.0
) -> list[list[float]]:
    """A quarter of a minute of even loads; each pattern is a movement of its own by so much (share of a sensor's load)."""
    courses = [
        [(random_.uniform(0.1, 0.6), random_.uniform(0.0, 6.3), random_.gauss(0.0, 1.0)) for _ in range(6)] for _ in patterns
    ]

    def moved(course: list[tuple[float, float, float]], t_s: float) -> float:
        return sum([size * math.sin(2 * math.pi * hz * t_s + at) for hz, at, size in course])

    return [
        [
            100.0
            * (
                1.0
                + rising * step / SAMPLES
                + sum([p[i] * moved(c, step / 4) for p, c in zip(patterns, courses, strict=True)])
                + random_.gauss(0.0, noise)
            )
            for step in range(SAMPLES)
        ]
        for i in range(sensors)
    ]


def fed(patterns: list[list[float]], windows: int = 4, *, seed: int = 1, noise: float = 0.0, rising: float = 0.0) -> Exchange:
    random_ = Random(seed)
    sensors = len(patterns[0])
    found = Exchange(FOUR_BY_TWO if sensors == 8 else FOUR_BY_FOUR)
    for _ in range(windows):
        found.add(window(random_, patterns, sensors, noise=noise, rising=rising))
    return found


def pair(sensors: int = 8, size: float = 0.004) -> list[list[float]]:
    """Each of two people sways and breathes alone."""
    half = sensors // 2
    sides = [size if i % 2 else -size for i in range(half)]
    return [[size] * half + [0.0] * half, [0.0] * half + [size] * half, sides + [0.0] * half, [0.0] * half + sides]


def body(sensors: int = 8, size: float = 0.004) -> list[list[float]]:
    """The chest gains what the hips lose, and a roll goes through the whole body."""
    return [
        [size * (1.0 - 2.0 * i / (sensors - 1)) for i in range(sensors)],
        [size if i % 2 else -size for i in range(sensors)],
    ]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("sensors", [8, 16])
def test_two_people_move_each_alone_and_a_body_as_one(seed: int, sensors: int) -> None:
    assert fed(pair(sensors), seed=seed).nats < -1.5
    assert fed(body(sensors), seed=seed).nats > 1.0


@pytest.mark.parametrize("seed", range(8))
def test_of_a_body_the_smaller_part_of_a_movement_stays_on_its_side(seed: int) -> None:
    assert fed(pair(), seed=seed).alone > 0.8
    assert fed(body(), seed=seed).alone < 0.75
    assert Exchange(FOUR_BY_TWO).alone == 1.0


def test_it_takes_some_windows_to_be_sure() -> None:
    nats = [fed(pair(), windows).nats for windows in (1, 2, 3)]
    assert nats[0] > nats[1] > nats[2]


@pytest.mark.parametrize("size", [0.0, 0.0001])
def test_what_hardly_moves_says_nothing_of_two_people(size: float) -> None:
    assert fed(pair(size=size), noise=0.001).nats > -0.5


def test_noise_does_not_hide_that_a_body_is_one() -> None:
    assert fed(body(), 8, noise=0.003).nats > 0.0


def test_creep_of_all_sensors_is_no_exchange() -> None:
    assert fed(pair(), rising=0.05).nats < -1.5


def test_a_step_beside_the_mat_makes_two_people_no_body() -> None:
    found, random_ = Exchange(FOUR_BY_TWO), Random(3)
    for _ in range(4):
        columns = window(random_, pair(), 8)
        for column in columns:
            column[30] *= 1.2
        found.add(columns)
    assert found.nats < -1.0


def test_who_comes_instead_is_seen_after_two_minutes() -> None:
    found, random_ = fed(pair(), 8), Random(5)
    for _ in range(2 * WINDOWS):
        found.add(window(random_, body(), 8))
    assert found.nats > 1.0
    found.reset()
    assert (found.share, found.nats) == (None, 0.0)


@pytest.mark.parametrize("loads", [[0.0] * 8, [100.0, 100.0] + [1.0] * 6])
def test_where_one_side_bears_nothing_nobody_can_say(loads: list[float]) -> None:
    found, random_ = Exchange(FOUR_BY_TWO), Random(4)
    columns = window(random_, pair(), 8)
    found.add([[load / 100.0 * us for us in column] for load, column in zip(loads, columns, strict=True)])
    assert (found.share, found.nats) == (None, 0.0)


def test_one_row_has_no_line() -> None:
    found = Exchange([(0, 1)])
    found.add(window(Random(1), [[0.01, -0.01]], 2))
    assert found.nats == 0.0
