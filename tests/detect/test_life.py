"""A body bends its load both ways; creep bends one way only."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import pytest

from acumat.detect.parameters import Parameters
from acumat.detect.presence.life import LifeDetector, sag_of

Course = Callable[[float], float]
P = Parameters()


def alive_after_s(course: Course, *, seconds: float = 60.0, rate_hz: float = 10.0, noise_pct: float = 0.003) -> float | None:
    signs, random_ = LifeDetector(Parameters()), Random(3)
    for step in range(round(seconds * rate_hz)):
        t_s = step / rate_hz
        signs.step(t_s, 100.0 * course(t_s) * (1 + random_.gauss(0, noise_pct / 100)))
        if signs.alive:
            return t_s
    return None


def breath(per_min: float, swing_pct: float) -> Course:
    return lambda t_s: 1 + swing_pct / 200 * math.sin(2 * math.pi * per_min * t_s / 60)


def creep(t_s: float) -> float:
    return 1 + 0.05 * math.log10(1 + t_s)


@pytest.mark.parametrize("rate_hz", [10.0, 25.0])
@pytest.mark.parametrize(("per_min", "swing_pct", "within_s"), [(5, 0.3, 30), (8, 0.15, 30), (14, 0.1, 25), (25, 1.0, 20)])
def test_breath_shows_through_creep(per_min: float, swing_pct: float, within_s: float, rate_hz: float) -> None:
    found_s = alive_after_s(lambda t_s: breath(per_min, swing_pct)(t_s) * creep(t_s), rate_hz=rate_hz)
    assert found_s is not None
    assert found_s < within_s


@pytest.mark.parametrize(
    ("name", "course"),
    [
        ("nothing", lambda t_s: 1.0),
        ("creep with the logarithm of time", creep),
        ("creep in two stages", lambda t_s: 1.1 - 0.05 * math.exp(-t_s / 2) - 0.05 * math.exp(-t_s / 60)),
        ("foam that gives way beside the pads", lambda t_s: 0.8 + 0.2 * math.exp(-t_s / 15)),
        ("warmth", lambda t_s: 1 + 0.02 * t_s / 60),
        ("one knock", lambda t_s: 1 + (0.05 if 20 < t_s < 20.5 else 0.0)),
        ("a box that is shoved about", lambda t_s: 1 + 0.3 * ((t_s // 1.5) % 2)),
    ],
)
@pytest.mark.parametrize("noise_pct", [0.003, 0.02, 0.2])
def test_things_show_no_life(name: str, course: Course, noise_pct: float) -> None:
    assert alive_after_s(course, noise_pct=noise_pct) is None, name


@pytest.mark.parametrize(("apart_s", "alive"), [(P.confirm_within_s - 15.0, True), (P.confirm_within_s + 15.0, False)])
def test_looks_that_show_life_add_up_within_a_minute_alone(apart_s: float, alive: bool) -> None:
    signs = LifeDetector(P)
    seen = []
    for step in range(round((apart_s + 30.0) * 10)):
        t_s = step / 10
        breathes = t_s < 4.0 or apart_s <= t_s < apart_s + 4.0  # enough for one look each
        signs.step(t_s, 100.0 * (breath(15, 1.0)(t_s) if breathes else 1.0))
        seen.append(signs.windows_alive)
    assert 1 in seen
    assert signs.alive is alive
    assert signs.windows_alive == (2 if alive else 1)


@pytest.mark.parametrize(
    ("values", "sag"),
    [([0, 1, 2, 3], 0), ([0, 2, 3, 3.5], 0), ([0, 0, 3], 1.5), ([2, 0, 2], 2), ([1], 0), ([1, 1], 0), ([0, 1, 0, 1, 0], 1)],
)
def test_the_sag_is_what_hangs_below_the_line_between_two_other_moments(values: list[float], sag: float) -> None:
    assert sag_of(list(enumerate(values))) == pytest.approx(sag)


@pytest.mark.parametrize("rate_hz", [1.0, 2.0, 3.0, 4.0])
@pytest.mark.parametrize("per_min", [5, 12, 20])
def test_breath_is_found_in_slow_frames_too_and_creep_is_no_life(rate_hz: float, per_min: float) -> None:
    assert alive_after_s(breath(per_min, 2.0), rate_hz=rate_hz) is not None
    assert alive_after_s(lambda t_s: 1 + 0.03 * math.log10(1 + t_s), rate_hz=rate_hz, noise_pct=0.02) is None
