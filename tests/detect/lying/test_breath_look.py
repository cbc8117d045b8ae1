"""One look at samples whose breath is known, and at samples without one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.detect.lying.breath_look import Breath, breath_of
from acumat.detect.lying.breath_parameters import BreathParameters
from acumat.detect.lying.breath_tracker import RateTracker

P = BreathParameters()
Samples = list[tuple[float, ...]]


def wave(per_min: float, seconds: float, phase: float = 0.0) -> list[float]:
    return [math.sin(2 * math.pi * (per_min / 60 * i * P.sample_s + phase)) for i in range(round(seconds / P.sample_s))]


def look(samples: Samples, tracker: RateTracker | None = None) -> Breath | None:
    return breath_of(samples, P, 0.0, tracker or RateTracker(P))


def samples(
    swing: float, *, seconds: float = 45, noise: float = 1e-4, per_min: float = 14, along: Sequence[float] = (1, -1) * 4
) -> Samples:
    """`along` says how much of the swing each sensor takes part in."""
    random_ = Random(11)
    return [
        tuple(150 * (1 + 0.5 * swing * part * a + random_.gauss(0, noise)) for part in along) for a in wave(per_min, seconds)
    ]


@pytest.mark.parametrize(("swing", "reported"), [(0.003, True), (0.001, True), (0.0, False)])
def test_a_swing_of_a_thousandth_is_reported_and_noise_is_not(swing: float, reported: bool) -> None:
    found = look(samples(swing))
    assert (found is not None) is reported
    if found is not None:
        assert found.per_min == pytest.approx(14, abs=0.5)
        assert 0.5 < found.quality <= 1


@pytest.mark.parametrize("per_min", [30.0, 36.0, 42.0])
def test_a_breath_twice_as_fast_as_a_persons_is_found_at_its_own_rate(per_min: float) -> None:
    found = look(samples(0.004, per_min=per_min))
    assert found is not None
    assert found.per_min == pytest.approx(per_min, abs=1.0)


def test_the_pattern_shows_how_much_each_sensor_swings_and_which_way() -> None:
    found = look([(*sample, 0.0) for sample in samples(0.004, along=(1.0, 0.5, -0.25, 0.0))])
    assert found is not None
    first, second, third, fourth, bare = found.pattern
    assert first > 0
    assert second / first == pytest.approx(0.5, abs=0.05)
    assert third / first == pytest.approx(-0.25, abs=0.05)
    assert abs(fourth / first) < 0.05
    assert bare == 0.0


def slow_breath(seconds: float, seed: int, sensors: int) -> Samples:
    """Five breaths a minute, from any moment of one on."""
    random_ = Random(seed)
    course = wave(5, seconds, random_.random())
    return [tuple(150 * (1 + 0.01 * a + random_.gauss(0, 1e-4)) for _ in range(sensors)) for a in course]


@given(seed=st.integers(0, 10_000), sensors=st.sampled_from([1, 4, 8, 16]))
def test_nothing_is_reported_of_fewer_than_three_breaths(seed: int, sensors: int) -> None:
    assert look(slow_breath(35, seed, sensors)) is None


@given(seed=st.integers(0, 10_000), sensors=st.sampled_from([1, 4, 8, 16]))
def test_four_breaths_give_their_rate(seed: int, sensors: int) -> None:
    found = look(slow_breath(50, seed, sensors))
    assert found is not None
    assert found.per_min == pytest.approx(5, abs=0.2)


def test_a_rate_that_has_just_become_another_is_not_reported() -> None:
    assert look([(100 + a,) for a in (*wave(8, 24), *wave(20, 24))]) is None


def test_sensors_that_bear_nothing_or_too_little_are_left_out() -> None:
    assert look([(0.0, 0.0)] * 150) is None


def in_noise(per_min: float, seconds: float, seed: int) -> list[float]:
    """A breath below the noise that wanders about it."""
    random_ = Random(seed)
    wander, course = 0.0, []
    for a in wave(per_min, seconds):
        wander += random_.gauss(0, 0.35)
        course.append(150 * (1 + 0.002 * (a + wander + random_.gauss(0, 0.5))))
    return course


def test_a_breath_that_no_single_look_shows_is_found_over_several() -> None:
    """In most of them; the rest stay unknown."""
    right = alone = 0
    for seed in range(20):
        course, tracker = in_noise(15.0, 120.0, seed), RateTracker(P)
        found = None
        for end in range(120, len(course) + 1, round(P.look_every_s / P.sample_s)):
            tracker.pass_on()
            found = look([(each,) for each in course[max(0, end - 200) : end]], tracker) or found
        right += found is not None and abs(found.per_min - 15.0) < 2.0
        alone += look([(each,) for each in course[-200:]]) is not None
    assert right >= 14
    assert alone < right


@pytest.mark.parametrize(("step_us", "reported"), [(0.1, True), (4.0, False)])
def test_a_swing_far_below_the_converters_step_is_not_believed(step_us: float, reported: bool) -> None:
    found = breath_of(samples(0.003), P, 0.0, RateTracker(P), [step_us] * 8)
    assert (found is not None) is reported


def overtoned(seed: int) -> list[float]:
    """Six or seven uneven breaths a minute in noise, and as much of twice that rate, for two minutes."""
    random_, phase, course = Random(seed), 0.0, []
    for _ in range(round(120 / P.sample_s)):
        phase += 6.5 / 60 * P.sample_s * (1 + random_.gauss(0, 0.6))
        both = 0.9 * math.sin(2 * math.pi * phase) + math.sin(4 * math.pi * phase)
        course.append(150 * (1 + 1e-3 * both + random_.gauss(0, 5e-4)))
    return course


def test_twice_the_rate_of_a_slow_breath_is_reported_in_fewer_than_one_look_in_ten() -> None:
    looks = double = 0
    for seed in range(12):
        course, tracker = overtoned(seed), RateTracker(P)
        for end in range(120, len(course) + 1, round(P.look_every_s / P.sample_s)):
            tracker.pass_on()
            found = look([(each,) for each in course[max(0, end - 200) : end]], tracker)
            looks += 1
            double += found is not None and abs(found.per_min - 13.0) < 2.0
    assert double < looks / 10
