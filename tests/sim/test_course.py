"""Courses over time: repeatable at any time that is asked for, with the size they are given."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from statistics import pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat_sim.course import Course, Sampled, Track, Wander, noise, pulses, steps
from acumat_sim.streams import stream


def random() -> Random:
    return stream(7, "course")


def values(course: Course, until_s: float, every_s: float = 0.05) -> list[float]:
    return [course.at(index * every_s) for index in range(int(until_s / every_s))]


COURSES: dict[str, Course] = {
    "wander": Wander(random(), 0.02, (1.0, 3.0, 10.0)),
    "noise": noise(random(), 0.02, 2000),
}


@pytest.mark.parametrize("name", COURSES)
def test_a_course_has_the_deviation_that_it_was_given(name: str) -> None:
    assert pstdev(values(COURSES[name], 2000)) == pytest.approx(0.02, rel=0.1)


@pytest.mark.parametrize("name", COURSES)
@given(times_s=st.lists(st.floats(0, 1000), min_size=2, max_size=20))
def test_a_value_does_not_depend_on_what_was_asked_before(name: str, times_s: list[float]) -> None:
    course = COURSES[name]
    assert [course.at(t_s) for t_s in times_s] == [course.at(t_s) for t_s in reversed(times_s)][::-1]


def test_a_higher_power_gives_more_to_the_long_periods() -> None:
    flat, steep = (Wander(random(), 1.0, (1.0, 100.0), power=power) for power in (0.0, 1.0))

    def fast(course: Course) -> float:
        found = values(course, 200)
        return pstdev([b - a for a, b in pairwise(found)])

    assert fast(flat) > 10 * fast(steep)


def test_samples_are_joined_by_straight_lines_and_begin_anew() -> None:
    course = Sampled([0.0, 1.0, 3.0], 2.0, start_s=10.0)
    assert [course.at(10 + t_s) for t_s in (0.0, 0.25, 0.5, 0.75, 1.25, 1.5)] == [0.0, 0.5, 1.0, 2.0, 1.5, 0.0]


def test_steps_last_and_pulses_go_back() -> None:
    lasting, passing = steps(random(), 6.0, 0.1, 0.0, 300.0), pulses(random(), 6.0, 0.1, 0.0, 300.0)
    assert lasting.at(400.0) != 0.0
    assert passing.at(400.0) == 0.0
    assert max(abs(each) for each in values(passing, 300)) > 0.02
    assert lasting.at(400.0) == lasting.at(300.0 + 2.0)


def test_nothing_happens_at_a_rate_of_zero() -> None:
    assert steps(random(), 0.0, 1.0, 0.0, 100.0).at(50.0) == 0.0


def test_a_track_is_constant_before_its_first_point() -> None:
    track = Track(0.4)
    track.move(10.0, 1.0, 2.0)
    assert [track.at(t_s) for t_s in (0.0, 10.0, 11.0, 12.0, 50.0)] == pytest.approx([0.4, 0.4, 0.7, 1.0, 1.0])
