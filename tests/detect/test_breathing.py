"""Breathing over frames: when it is reported, when it falls silent."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import pytest

from acumat.detect.lying.breath_parameters import BreathParameters
from acumat.detect.lying.breathing import Breathing
from acumat_hw.frame import Frame, Missing
from tests.detect.harness import PipelineHarness, code, layout

P = BreathParameters()


class Feed:
    def __init__(self, rate_hz: float = 10.0) -> None:
        self.mat = layout()
        self.breathing = Breathing(self.mat)
        self.rate_hz = rate_hz
        self.t_s = 50.0
        self._random = Random(2)

    def go(self, seconds: float, us: Callable[[float], float], *, lost: tuple[int, ...] = ()) -> None:
        count = len(self.mat.sensors)
        for _ in range(round(seconds * self.rate_hz)):
            each = us(self.t_s)
            codes = [None if i in lost else round(code(each, self.mat) + self._random.gauss(0, 1)) for i in range(count)]
            missing = tuple(Missing.NO_ANSWER if i in lost else None for i in range(count))
            self.breathing.step(Frame(self.t_s, 0, tuple(codes), missing), (0.5,) * count)
            self.t_s += 1 / self.rate_hz

    @property
    def per_min(self) -> float | None:
        return self.breathing.breath.per_min if self.breathing.breath else None


def breathes(per_min: float = 15.0, depth: float = 0.01) -> Callable[[float], float]:
    return lambda t_s: 150 * (1 + depth * math.sin(2 * math.pi * per_min / 60 * t_s) / 2)


@pytest.mark.parametrize("rate_hz", [4.0, 5.0, 10.0, 25.0, 100.0])
@pytest.mark.parametrize("per_min", [8.0, 15.0, 25.0])
def test_the_first_value_comes_after_half_a_minute_at_any_pace(rate_hz: float, per_min: float) -> None:
    feed = Feed(rate_hz)
    feed.go(28, breathes(per_min))
    assert feed.per_min is None
    feed.go(8, breathes(per_min))
    assert feed.per_min == pytest.approx(per_min, abs=0.6)


def test_five_a_minute_takes_three_breaths() -> None:
    feed = Feed()
    feed.go(52, breathes(5.0))
    assert feed.per_min == pytest.approx(5, abs=0.3)


def test_a_movement_silences_at_once_and_half_a_minute_of_rest_brings_it_back() -> None:
    feed = Feed()
    feed.go(40, breathes())
    reported = [feed.per_min]
    for seconds, course in ((0.5, lambda _: 170.0), (28, breathes()), (9, breathes())):
        feed.go(seconds, course)
        reported.append(feed.per_min)
    assert [each is not None for each in reported] == [True, False, False, True]


def test_a_value_that_is_not_renewed_is_dropped() -> None:
    feed = Feed()
    feed.go(40, breathes())
    assert feed.per_min == pytest.approx(15, abs=0.5)
    feed.go(3 * P.keep_s, lambda _: 150.0)
    assert feed.per_min is None


def test_a_hole_breaks_the_course_and_a_short_one_does_not() -> None:
    for hole_s, known in ((0.5, True), (3.0, False)):
        feed = Feed()
        feed.go(40, breathes())
        feed.t_s += hole_s
        feed.go(1, breathes())
        assert (feed.per_min is not None) is known


def test_sensors_without_readings_are_left_out() -> None:
    feed = Feed()
    feed.go(40, breathes(), lost=(0, 3))
    assert feed.per_min == pytest.approx(15, abs=0.5)
    feed.go(40, breathes(), lost=tuple(range(8)))
    assert feed.per_min is None


@pytest.mark.parametrize(("per_min", "a_persons"), [(24.0, True), (34.0, False)])
def test_what_breathes_faster_than_people_at_rest_is_known_and_not_reported_of_a_person(
    per_min: float, a_persons: bool
) -> None:
    feed = Feed()
    feed.go(60, breathes(per_min))
    assert feed.per_min == pytest.approx(per_min, abs=1.0)
    assert (feed.breathing.of_a_person is not None) is a_persons


def test_looks_that_find_the_same_breath_are_counted_until_something_moves() -> None:
    feed = Feed()
    feed.go(60, breathes())
    assert feed.breathing.looks_alike >= 5
    feed.go(0.5, lambda _: 170.0)
    assert feed.breathing.looks_alike == 0


def test_looks_that_are_not_sure_enough_do_not_count() -> None:
    feed = Feed()
    feed.breathing = Breathing(feed.mat, BreathParameters(alike_quality_least=1.1))
    feed.go(60, breathes())
    assert feed.per_min is not None
    assert feed.breathing.looks_alike == 0


def test_a_breath_through_a_coarse_converter_is_found_and_its_steps_are_not_taken_for_one() -> None:
    for depth, known in ((0.02, True), (0.0002, False)):
        feed = Feed()
        course = breathes(depth=depth)
        for i in range(900):
            creep_us = 4.0 * math.log(1 + i / 50)
            loads_us = [(0.7 + 0.07 * n) * (course(feed.t_s) + creep_us) for n in range(len(feed.mat.sensors))]
            codes = tuple(round(code(us, feed.mat)) // 16 * 16 for us in loads_us)
            feed.breathing.step(Frame(feed.t_s, 0, codes, (None,) * len(codes)), (0.5,) * len(codes))
            feed.t_s += 0.1
        assert (feed.per_min is not None) is known


def test_a_saturated_mat_is_silent() -> None:
    feed = Feed()
    feed.go(60, lambda t_s: 60 * breathes()(t_s))
    assert feed.per_min is None


def test_the_state_shows_breath_of_a_confirmed_person_alone() -> None:
    drive = PipelineHarness()
    drive.empty(10)
    drive.person(60)
    state = drive.pipeline.state
    assert state.breaths_per_min == pytest.approx(15, abs=0.5)
    assert state.breath_quality is not None
    assert 0.5 < state.breath_quality <= 1
    assert state.breath_evenness is not None
    assert state.breath_evenness < 0.1
    drive.empty(5)
    assert drive.pipeline.state.breaths_per_min is None
    drive.box(70)
    assert drive.pipeline.state.breaths_per_min is None


def test_blindness_forgets_the_breath() -> None:
    drive = PipelineHarness()
    drive.empty(10)
    drive.person(60)
    drive.skip(5)
    drive.person(1)
    assert drive.pipeline.state.breaths_per_min is None
