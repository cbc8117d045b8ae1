"""The arithmetic of breathing on courses that are known."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.detect.lying.breath_parameters import BreathParameters
from acumat.detect.lying.breath_rate import (
    alike_after,
    by_autocorrelation,
    by_crossings,
    clipped,
    combined,
    dot,
    fitted,
    noise_of,
    slopes,
    smoothed,
    without_trend,
)

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
    course, counts = combined(columns, P, [0.0] * 3)
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


def test_a_column_that_stands_on_the_steps_of_its_converter_is_not_taken_for_noiseless() -> None:
    coarse = [100 + round(3 * a) for a in wave(14, 45)]
    random_ = Random(6)
    fine = [100 + a + random_.gauss(0, 0.1) for a in wave(14, 45)]
    _, trusting = combined([coarse, fine], P, [0.0, 0.0])
    _, counts = combined([coarse, fine], P, [1.0, 0.0])
    assert abs(counts[0]) < 0.5 * abs(trusting[0])
    assert abs(counts[0]) < abs(counts[1])


def test_a_breath_is_alike_after_its_own_length_and_unlike_after_half_of_it() -> None:
    course = wave(15, 50)
    assert alike_after(course, 4.0, P) > 0.95
    assert alike_after(course, 4.4, P) > 0.95
    assert alike_after(course, 2.0, P) < -0.5
