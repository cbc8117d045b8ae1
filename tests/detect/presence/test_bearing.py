"""Whether somebody lies, sits or stands, by shape and sway over time."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acumat.contract.state import Mode
from acumat.detect.parameters import Parameters
from acumat.detect.presence.bearing import Bearing
from acumat.detect.presence.bearing_parameters import BearingParameters
from acumat.detect.signal.load import Load
from acumat.detect.signal.shape import Shape
from acumat_hw.layout import Layout
from tests.detect.harness import layout

P = BearingParameters()
MAT = layout()
SHAPE = Shape(MAT, Parameters())
BODY = (0.09, 0.09, 0.16, 0.16, 0.07, 0.07, 0.18, 0.18)
SEAT = (0.0, 0.0, 0.02, 0.02, 0.2, 0.2, 0.28, 0.28)
FEET = (0.02, 0.02, 0.21, 0.21, 0.24, 0.24, 0.03, 0.03)
KNEES = (0.0, 0.0, 0.33, 0.33, 0.05, 0.05, 0.12, 0.12)
EDGE = (0.24, 0.02, 0.26, 0.0, 0.23, 0.01, 0.24, 0.0)
NECK = (0.45, 0.45, 0.05, 0.05, 0.0, 0.0, 0.0, 0.0)

Course = Callable[[float], float]
"""What all sensors or a single one swing by at a time, as a share."""


def load(t_s: float, us: tuple[float | None, ...], mat: Layout = MAT, usual_us: float | None = None) -> Load:
    total = sum(each or 0.0 for each in us)
    shape = Shape(mat, Parameters())
    return Load(t_s, us, total, 100.0, (False,) * len(us), None not in us, total, usual_us, 0.0, 0.0, shape)


def feed(
    bearing: Bearing,
    shares: tuple[float, ...],
    seconds: float,
    *,
    sway: float = 0.0,
    breath: float = 0.0,
    from_s: float = 100.0,
    lost: frozenset[int] = frozenset(),
    rate_hz: float = 10.0,
    per_min: float | None = None,
) -> float:
    """Seconds of somebody whose sensors sway by so much (rms share), each in its own way, and who breathes together."""
    random_ = Random(len(shares) + round(1e4 * sway))
    waves = [[(random_.uniform(0.7, 2.0), random_.uniform(0, 6.28)) for _ in range(3)] for _ in shares]
    t_s = from_s
    while t_s < from_s + seconds - 1e-9:
        us = [
            1000
            * share
            * (1 + breath * math.sin(1.5 * t_s) + 0.8 * sway * sum(math.sin(2 * math.pi * t_s / s + at) for s, at in each))
            for share, each in zip(shares, waves, strict=True)
        ]
        seen = tuple(None if i in lost else each for i, each in enumerate(us))
        bearing.step(load(t_s, seen), per_min=per_min)
        t_s += 1 / rate_hz
    return t_s


@pytest.mark.parametrize(
    ("shares", "sway", "least", "most"),
    [
        (BODY, 0.0002, 3.0, 7.5),
        (BODY, 0.003, -1.0, 2.0),
        (SEAT, 0.005, -6.0, -3.0),
        (FEET, 0.005, -6.0, -3.0),
        (KNEES, 0.005, -6.0, -2.0),
        (EDGE, 0.005, -8.0, -5.0),
        (SEAT, 0.0001, -2.0, -0.1),
        (NECK, 0.0001, -2.0, -0.1),
    ],
)
def test_shape_and_sway_together(shares: tuple[float, ...], sway: float, least: float, most: float) -> None:
    bearing = Bearing(SHAPE)
    feed(bearing, shares, 40.0, sway=sway, breath=0.004)
    assert least <= bearing.upright_nats <= most


def test_a_restless_body_in_the_middle_is_not_two_people_once_its_ends_move_as_one() -> None:
    bearing = Bearing(SHAPE)
    t_s = feed(bearing, BODY, 14.0, sway=0.003)
    early = bearing.upright_nats
    feed(bearing, BODY, 46.0, sway=0.003, breath=0.002, from_s=t_s)
    assert early < 0.0 < bearing.upright_nats


def test_a_body_is_one_within_seconds() -> None:
    bearing = Bearing(SHAPE)
    feed(bearing, BODY, 5.0)
    assert bearing.lying_nats > 0.5
    assert not bearing.lies, "a sway may still show"
    feed(bearing, BODY, 7.0, from_s=105.0)
    assert bearing.lies


def test_a_body_across_the_mat_is_told_by_its_breath_within_a_minute_and_a_half() -> None:
    bearing = Bearing(SHAPE)
    t_s = feed(bearing, SEAT, 50.0, sway=0.00005, breath=0.004, per_min=14.0)
    early = bearing.lying_nats
    t_s = feed(bearing, SEAT, 40.0, sway=0.00005, breath=0.004, per_min=14.0, from_s=t_s)
    assert early < 0.0 < bearing.lying_nats
    feed(bearing, FEET, 80.0, sway=0.00005, from_s=t_s)
    assert bearing.lying_nats < 0.0, "a breath counts for its posture alone"


def test_a_breath_does_not_excuse_sway() -> None:
    bearing = Bearing(SHAPE)
    feed(bearing, SEAT, 120.0, sway=0.004, breath=0.004, per_min=14.0)
    assert bearing.lying_nats < P.upright


@pytest.mark.parametrize(
    ("sway", "then", "sat"),
    [(0.003, BODY, True), (0.0, BODY, False), (0.003, tuple(0.5 * each for each in BODY), False), (0.003, FEET, False)],
    ids=["lies back", "was a thing", "left something", "stands up"],
)
def test_whoever_sat_and_lay_back_is_known_to_live(sway: float, then: tuple[float, ...], sat: bool) -> None:
    bearing = Bearing(SHAPE)
    t_s = feed(bearing, SEAT, 30.0, sway=sway)
    feed(bearing, then, 12.0, sway=0.0003, from_s=t_s)
    assert (bearing.sat_part > 0.5) is sat


def test_whoever_stays_in_one_place_sits_and_whoever_steps_stands() -> None:
    bearing = Bearing(SHAPE)
    t_s = feed(bearing, SEAT, 80.0, sway=0.003)
    seated = bearing.kind
    bearing.reset()
    other = (FEET[2], FEET[3], FEET[4], FEET[5], FEET[6], FEET[7], FEET[0], FEET[1])
    for shares in (FEET, other, FEET):
        t_s = feed(bearing, shares, 20.0, sway=0.01, from_s=t_s)
    stepped_twice = bearing.kind
    feed(bearing, other, 20.0, sway=0.01, from_s=t_s)
    assert (seated, stepped_twice, bearing.kind) == (Mode.SITTING, Mode.UNKNOWN, Mode.STANDING)


@pytest.mark.parametrize(("shares", "sway"), [(BODY, 0.003), (SEAT, 0.0)])
def test_neither_a_body_nor_a_box_sits(shares: tuple[float, ...], sway: float) -> None:
    bearing = Bearing(SHAPE)
    feed(bearing, shares, 40.0, sway=sway)
    assert bearing.kind is None


def test_lying_back_begins_another_posture() -> None:
    bearing = Bearing(SHAPE)
    t_s = feed(bearing, SEAT, 90.0, sway=0.003)
    before = bearing.kind
    feed(bearing, BODY, 6.0, sway=0.0003, from_s=t_s)
    assert (before, bearing.kind) == (Mode.SITTING, None)
    assert bearing.upright_nats > 0.5


def test_a_sensor_without_a_reading_is_made_up_for_by_its_row() -> None:
    whole, holed = Bearing(SHAPE), Bearing(SHAPE)
    feed(whole, BODY, 30.0, sway=0.0003)
    feed(holed, BODY, 30.0, sway=0.0003, lost=frozenset({3}))
    assert holed.lying_nats == pytest.approx(whole.lying_nats, abs=1.5)


def test_a_row_without_a_reading_leaves_it_open() -> None:
    bearing = Bearing(SHAPE)
    feed(bearing, BODY, 30.0, lost=frozenset({2, 3}))
    assert bearing.upright_nats == 0.0


def test_slow_frames_show_no_sway() -> None:
    bearing = Bearing(SHAPE)
    feed(bearing, SEAT, 60.0, sway=0.005, rate_hz=1.0)
    slow = bearing.kind
    feed(bearing, SEAT, 90.0, sway=0.003, from_s=300.0)
    assert (slow, bearing.kind) == (None, Mode.SITTING)


@pytest.mark.parametrize(
    ("shares", "sign"), [((0.2, 0.2, 0.3, 0.3), 1), ((0.02, 0.02, 0.5, 0.46), -1), ((0.5, 0.03, 0.45, 0.02), -1)]
)
def test_two_rows(shares: tuple[float, ...], sign: int) -> None:
    mat = layout((2, 2))
    bearing = Bearing(Shape(mat, Parameters()))
    for step in range(100):
        bearing.step(load(step / 10, tuple(1000 * share for share in shares), mat))
    assert sign * bearing.upright_nats > 0


def test_one_sensor_cannot_tell() -> None:
    mat = layout((1, 1))
    bearing = Bearing(Shape(mat, Parameters()))
    for step in range(300):
        bearing.step(load(step / 10, (100.0 + step % 3,), mat))
    assert bearing.lying_nats == 0.0 or bearing.pet.known
    assert bearing.upright_nats == 0.0


def test_a_dog_that_takes_the_warm_place_came_anew() -> None:
    bearing = Bearing(SHAPE)
    t_s = feed(bearing, BODY, 30.0)
    t_s = feed(bearing, tuple(0.03 * share for share in BODY), 5.0, from_s=t_s)
    random_ = Random(1)
    for _ in range(20):
        paws = [0.02] * 8
        for place in random_.sample(range(8), 4):
            paws[place] = 0.1
        t_s = feed(bearing, tuple(paws), 0.5, from_s=t_s)
    feed(bearing, tuple(0.4 * share for share in BODY), 10.0, from_s=t_s)
    assert bearing.lying_nats < 0


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 1e4), st.floats(0, 1e4), st.floats(0, 1e4)), min_size=1, max_size=60),
    st.floats(0.05, 3.0),
)
def test_nats_are_bounded_whatever_comes(loads: list[tuple[float, ...]], pace_s: float) -> None:
    mat = layout((2, 2))
    bearing = Bearing(Shape(mat, Parameters()))
    for step, us in enumerate(loads):
        bearing.step(load(step * pace_s, us, mat))
        assert -P.bound <= bearing.lying_nats <= P.bound
        assert bearing.kind in (None, Mode.SITTING, Mode.STANDING, Mode.UNKNOWN)


ONE_SEAT = (0.0, 0.0, 0.02, 0.0, 0.05, 0.25, 0.1, 0.58)


@pytest.mark.parametrize(("sat_s", "sign"), [(3.5, 1), (12.0, -1)])
def test_whoever_sits_is_not_made_a_body_by_a_second_person_beside(sat_s: float, sign: int) -> None:
    bearing = Bearing(SHAPE)
    t_s = feed(bearing, ONE_SEAT, sat_s, sway=0.002)
    both = tuple(a + b for a, b in zip(ONE_SEAT, (0.25, 0.3, 0.15, 0.3, 0.05, 0.0, 0.0, 0.0), strict=True))
    t_s = feed(bearing, both, 60.0, sway=0.0006, from_s=t_s)
    assert sign * bearing.upright_nats > 0, "who sits for some seconds alone means to lie back"
    feed(bearing, BODY, 10.0, sway=0.0003, from_s=t_s)
    assert bearing.upright_nats > 0


def paws(seed: int) -> list[tuple[float, ...]]:
    random_ = Random(seed)
    return [tuple(0.1 if place in random_.sample(range(8), 4) else 0.02 for place in range(8)) for _ in range(6)]


@pytest.mark.parametrize(("away_s", "pet"), [(4.0, True), (30.0, False)])
def test_a_dog_that_steps_off_for_a_moment_is_still_the_dog(away_s: float, pet: bool) -> None:
    bearing = Bearing(SHAPE)
    t_s = 100.0
    for shares in paws(1):
        t_s = feed(bearing, shares, 0.5, from_s=t_s)
    for tenth in range(round(10 * away_s)):
        bearing.reset(t_s + tenth / 10)
    feed(bearing, tuple(0.4 * share for share in BODY), 10.0, from_s=t_s + away_s)
    assert (bearing.lying_nats < 0) is pet


@pytest.mark.parametrize("sway", [0.0, 0.0001, 0.0004, 0.0008])
def test_stillness_alone_makes_no_body_of_a_seat(sway: float) -> None:
    bearing = Bearing(SHAPE)
    feed(bearing, (0.01, 0.01, 0.06, 0.06, 0.2, 0.2, 0.23, 0.23), 120.0, sway=sway)
    assert bearing.lying_nats < 0


SHORT = (0.01, 0.01, 0.08, 0.08, 0.2, 0.2, 0.21, 0.21)


@pytest.mark.parametrize("light_people", [True, False])
def test_a_short_body_that_lies_still_is_one_where_children_are_expected(light_people: bool) -> None:
    bearing = Bearing(SHAPE)
    bearing.light_people = light_people
    feed(bearing, SHORT, 40.0, sway=0.0001)
    assert (bearing.lying_nats >= 0) is light_people


def test_whoever_has_lain_there_before_left_no_seat() -> None:
    bearing = Bearing(SHAPE)
    t_s = feed(bearing, BODY, 30.0, sway=0.0003)
    t_s = feed(bearing, ONE_SEAT, 15.0, sway=0.002, from_s=t_s)
    both = tuple(a + b for a, b in zip(ONE_SEAT, (0.25, 0.3, 0.15, 0.3, 0.05, 0.0, 0.0, 0.0), strict=True))
    feed(bearing, both, 30.0, sway=0.0003, from_s=t_s)
    assert bearing.upright_nats > 0


def test_a_seat_that_was_little_beside_what_came_is_the_beginning_of_a_body() -> None:
    bearing = Bearing(SHAPE)
    t_s = feed(bearing, ONE_SEAT, 15.0, sway=0.002)
    more = tuple(a + 4 * b for a, b in zip(ONE_SEAT, (0.25, 0.3, 0.15, 0.3, 0.3, 0.0, 0.0, 0.0), strict=True))
    feed(bearing, more, 30.0, sway=0.0003, from_s=t_s)
    assert bearing.upright_nats > 0


def test_what_walks_about_with_little_on_the_mat_now_and_then_has_come_once() -> None:
    bearing = Bearing(SHAPE)
    t_s = 0.0
    for place in (0, 3, 6):
        t_s = feed(bearing, tuple(1.0 if index == place else 0.0 for index in range(8)), 3.0, from_s=t_s)
        t_s = feed(bearing, tuple(0.2 if index == place else 0.0 for index in range(8)), 3.5, from_s=t_s)
    feed(bearing, BODY, 20.0, from_s=t_s)
    assert bearing.pet.nats < 0.0


def two_people(bearing: Bearing, seconds: float, *, alone: bool, from_s: float = 100.0) -> None:
    """A load spread as a body's, whose halves move each alone, or all of it to and fro."""
    random_ = Random(5)
    waves = [[(random_.uniform(0.15, 1.2), random_.uniform(0, 6.28)) for _ in range(8)] for _ in range(2)]
    for step in range(round(10 * seconds)):
        t_s = from_s + step / 10
        head, foot = (0.002 * sum(math.sin(2 * math.pi * hz * t_s + at) for hz, at in each) for each in waves)
        moved = [head] * 4 + [foot if alone else -head] * 4
        bearing.step(load(t_s, tuple(1000 * share * (1 + by) for share, by in zip(BODY, moved, strict=True))))


@pytest.mark.parametrize(("alone", "lies"), [(True, False), (False, True)])
def test_two_who_sit_in_a_row_are_no_body_and_who_moves_as_one_is(alone: bool, lies: bool) -> None:
    bearing = Bearing(SHAPE)
    two_people(bearing, 90.0, alone=alone)
    assert bearing.lies is lies
