"""The arithmetic of breathing on courses that are known."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.detect.lying.breath_parameters import BreathParameters
from acumat.detect.lying.breath_rate import (
    by_autocorrelation,
    by_crossings,
    clipped,
    combined,
    dot,
    fitted,
    noise_of,
    slopes,
    smoothed,
    strongest,
    without_trend,
)
from acumat.detect.lying.breathing import breath_of

P = BreathParameters()


def wave(per_min: float, seconds: float, phase: float = 0.0) -> list[float]:
    return [math.sin(2 * math.pi * (per_min / 60 * i * P.sample_s + phase)) for i in range(round(seconds / P.sample_s))]


@given(per_min=st.floats(5.2, 25), phase=st.floats(0, 1))
def test_both_ways_find_the_rate_of_a_plain_wave(per_min: float, phase: float) -> None:
    course = wave(per_min, 50, phase)
    alike = by_autocorrelation(course, P)
    crossings = by_crossings(course, P)
    assert alike is not None
    assert crossings is not None
    assert alike[0] == pytest.approx(per_min, abs=0.15 + per_min / 60)
    assert crossings.per_min == pytest.approx(per_min, rel=0.02)
    assert alike[1] > 0.9


def test_the_first_overtone_is_not_taken_for_the_breath() -> None:
    course = [a + 0.4 * b for a, b in zip(wave(10, 45), wave(20, 45, 0.1), strict=True)]
    found = by_autocorrelation(course, P)
    assert found is not None
    assert found[0] == pytest.approx(10, abs=0.3)


@given(
    level=st.floats(-1e3, 1e3),
    slope=st.floats(-1, 1),
    bend=st.floats(-1e-2, 1e-2),
    curl=st.floats(-1e-4, 1e-4),
)
def test_no_cubic_is_left_of_a_trend(level: float, slope: float, bend: float, curl: float) -> None:
    course = [level + slope * i + bend * i * i + curl * i**3 for i in range(120)]
    assert max(abs(a) for a in without_trend(course, 3)) < 1e-6 * (1 + max(abs(a) for a in course))


def test_a_lower_order_leaves_the_bend() -> None:
    course = [float(i * i) for i in range(100)]
    assert max(abs(a) for a in without_trend(course, 1)) > 100
    assert max(abs(a) for a in without_trend(course, 2)) < 1e-6


def test_noise_is_measured_under_a_breath() -> None:
    random_ = Random(3)
    course = [20 * a + random_.gauss(0, 0.5) for a in wave(15, 200)]
    assert 0.35 < noise_of(course) < 0.8


def test_smoothing_keeps_the_breath_and_takes_the_heartbeat() -> None:
    for per_min, low, high in ((15, 0.85, 1.0), (25, 0.7, 1.0), (66, 0.0, 0.1)):
        course = smoothed(wave(per_min, 60))
        assert low <= max(course) <= high


def test_changes_hold_a_wander_down_to_the_size_of_the_breath() -> None:
    wander, breath = wave(2.5, 60), wave(15, 60)
    assert max(slopes(wander, P)) < 0.2 * max(slopes(breath, P))


def test_a_twitch_is_cut_and_a_breath_is_not() -> None:
    course = wave(15, 45)
    assert clipped(course, P.clip) == course
    course[50] = 20.0
    assert max(clipped(course, P.clip)) < 3


@pytest.mark.parametrize("per_min", [6.0, 14.0, 24.0])
def test_the_strongest_rate_holds_the_power_of_a_wave_and_little_of_noise(per_min: float) -> None:
    random_ = Random(4)
    found, held = strongest(wave(per_min, 50), P)
    assert found == pytest.approx(per_min, abs=0.5)
    assert held > 0.9
    assert strongest([random_.gauss(0, 1) for _ in range(200)], P)[1] < 0.5


def test_a_band_around_a_rate_takes_wander_and_heartbeat() -> None:
    course = [a + 5 * b + c for a, b, c in zip(wave(14, 50), wave(1.5, 50), wave(70, 50), strict=True)]
    crossings = by_crossings(fitted(course, 14, P), P)
    assert crossings is not None
    assert crossings.per_min == pytest.approx(14, abs=0.5)
    assert crossings.evenness is not None
    assert crossings.evenness < 0.15


def test_sensors_in_antiphase_add_up_and_a_noisy_one_counts_little() -> None:
    random_ = Random(5)
    breath = wave(14, 45)
    columns = [
        [100 + a + random_.gauss(0, 0.3) for a in breath],
        [100 - a + random_.gauss(0, 0.3) for a in breath],
        [100 + random_.gauss(0, 3.0) for _ in breath],
    ]
    course, counts = combined(columns, P)
    assert counts[0] * counts[1] < 0
    assert abs(counts[2]) < 0.3 * abs(counts[0])
    clean = without_trend(slopes(breath, P), P.trend_order)
    alike = dot(course, clean) / math.sqrt(dot(course, course) * dot(clean, clean))
    assert abs(alike) > 0.9


def test_breaths_of_different_length_are_called_uneven() -> None:
    course: list[float] = []
    for seconds in (3, 5, 3, 5, 3, 5, 3, 5, 3, 5):
        course += [math.sin(2 * math.pi * i * P.sample_s / seconds) for i in range(round(seconds / P.sample_s))]
    found = by_crossings(course, P)
    assert found is not None
    assert found.per_min == pytest.approx(15, abs=0.6)
    assert found.evenness is not None
    assert 0.2 < found.evenness < 0.35


def samples(
    swing: float, *, seconds: float = 45, noise: float = 1e-4, per_min: float = 14, sensors: int = 8
) -> list[tuple[float, ...]]:
    random_ = Random(11)
    return [
        tuple(150 * (1 + 0.5 * swing * (-1) ** n * a + random_.gauss(0, noise)) for n in range(sensors))
        for a in wave(per_min, seconds)
    ]


@pytest.mark.parametrize(("swing", "reported"), [(0.003, True), (0.001, True), (0.0, False)])
def test_a_swing_of_a_thousandth_is_reported_and_noise_is_not(swing: float, reported: bool) -> None:
    found = breath_of(samples(swing), P, 0.0)
    assert (found is not None) is reported
    if found is not None:
        assert found.per_min == pytest.approx(14, abs=0.5)
        assert 0.5 < found.quality <= 1


def slow_breath(seconds: float, seed: int, sensors: int) -> list[tuple[float, ...]]:
    """Five breaths a minute, from any moment of one on."""
    random_ = Random(seed)
    course = wave(5, seconds, random_.random())
    return [tuple(150 * (1 + 0.01 * a + random_.gauss(0, 1e-4)) for _ in range(sensors)) for a in course]


@given(seed=st.integers(0, 10_000), sensors=st.sampled_from([1, 4, 8, 16]))
def test_nothing_is_reported_of_fewer_than_three_breaths(seed: int, sensors: int) -> None:
    assert breath_of(slow_breath(35, seed, sensors), P, 0.0) is None


@given(seed=st.integers(0, 10_000), sensors=st.sampled_from([1, 4, 8, 16]))
def test_four_breaths_give_their_rate(seed: int, sensors: int) -> None:
    found = breath_of(slow_breath(50, seed, sensors), P, 0.0)
    assert found is not None
    assert found.per_min == pytest.approx(5, abs=0.2)


def test_a_rate_that_has_just_become_another_is_not_reported() -> None:
    both: list[tuple[float, ...]] = [(100 + a,) for a in (*wave(8, 24), *wave(20, 24))]
    assert breath_of(both, P, 0.0) is None


def test_sensors_that_bear_nothing_or_too_little_are_left_out() -> None:
    assert breath_of([(0.0, 0.0)] * 150, P, 0.0) is None
