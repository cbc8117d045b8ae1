"""What this person rests on each sensor, how much of it is on now, and since when it has been on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.detect.presence.settled_load import SettledLoad
from tests.detect.readings import P, Us, load

HEAD = (0, 1, 2, 3)


def lain(*us: float, seconds: float = 10.0, settled: SettledLoad | None = None) -> SettledLoad:
    settled = settled or SettledLoad(HEAD, P)
    for step in range(round(seconds * 10)):
        settled.settle(load(step / 10, us))
    return settled


def test_it_is_known_after_a_few_seconds() -> None:
    assert lain(*[150.0] * 8, seconds=P.settled_least_s - 1.0).us is None
    settled = lain(*[150.0] * 8, seconds=P.settled_least_s)
    assert settled.us == (150.0,) * 8
    assert settled.total_us == 1200.0


def test_a_moments_movement_does_not_change_it_and_half_a_minute_does() -> None:
    settled = lain(*[150.0] * 8, seconds=30.0)
    for step in range(100):
        settled.settle(load(40.0 + step / 10, [10.0] * 8))
    assert settled.us == (150.0,) * 8
    for step in range(220):
        settled.settle(load(60.0 + step / 10, [10.0] * 8))
    assert settled.us == (10.0,) * 8


def test_a_sensor_at_its_end_or_missing_is_not_part_of_it() -> None:
    settled = SettledLoad(HEAD, P)
    for second in range(10):
        settled.settle(load(float(second), [None, *[150.0] * 7], saturated=[1]))
    assert settled.us == (None, None, *[150.0] * 6)
    assert settled.share([9000.0, 9000.0, *[75.0] * 6]) == pytest.approx(0.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("us", "share"),
    [
        ([150.0] * 8, 1.0),
        ([50.0] * 8, 1 / 3),
        ([0.0] * 4 + [300.0] * 4, 0.0),  # sat up: the hips bear all
        ([300.0] * 4 + [0.0] * 4, 1.0),  # hips lifted
        ([300.0] * 8, 2.0),
        ([None] * 4 + [75.0] * 4, 0.5),  # the head's half is not known: the rest counts
    ],
)
def test_the_share_is_of_all_or_of_the_heads_half_whichever_is_less(us: Us, share: float) -> None:
    settled = lain(*[150.0] * 8)
    assert settled.share(tuple(us)) == pytest.approx(share)
    assert settled.share_of(load(20.0, us)) == pytest.approx(share)


def test_a_head_that_hardly_bears_on_the_mat_does_not_count() -> None:
    settled = lain(*[5.0] * 4, *[300.0] * 4)
    assert settled.share((0.0,) * 4 + (300.0,) * 4) == pytest.approx(1200 / 1220)


@pytest.mark.parametrize("us", [[0.0] * 8, [None] * 8])
def test_a_share_of_nothing_is_not_known(us: list[float | None]) -> None:
    settled = SettledLoad(HEAD, P)
    assert settled.share((150.0,) * 8) is None
    settled.carry_on(tuple(us))
    assert settled.share((150.0,) * 8) is None
    assert settled.share_of(load(0.0, [150.0] * 8)) is None


def test_what_an_earlier_run_knew_holds_until_there_are_seconds_of_this_one() -> None:
    settled = SettledLoad(HEAD, P)
    settled.carry_on((100.0,) * 8)
    assert settled.share((50.0,) * 8) == pytest.approx(0.5)
    lain(*[200.0] * 8, settled=settled)
    assert settled.total_us == 1600.0
    settled.forget()
    assert settled.us is None


@given(st.lists(st.floats(1.0, 1000.0), min_size=8, max_size=8), st.floats(0.0, 3.0))
def test_a_whole_load_and_its_sensors_give_the_same_share(us: list[float], part: float) -> None:
    settled = lain(*us, seconds=5.0)
    now = [each * part for each in us]
    assert settled.share_of(load(9.0, now)) == pytest.approx(part, abs=1e-9)
    assert settled.share(tuple(now)) == pytest.approx(part, abs=1e-9)


def began(course: list[tuple[float, float]], *, not_before_s: float = 0.0, announced_s: float = 10.0) -> float:
    """Since when a person of 150 on each sensor lies there, by this course of (time, load on each)."""
    settled = SettledLoad(HEAD, P)
    settled.arrive()
    for t_s, us in course:
        settled.note(load(t_s, [us] * 8))
    settled.carry_on((150.0,) * 8)
    return settled.lying_began_s(not_before_s, announced_s)


def test_it_began_when_a_third_of_it_came_on_for_good() -> None:
    slowly = [(step / 10, 15.0 * step / 10) for step in range(101)]  # a third is reached at 3.3 s
    assert began(slowly) == pytest.approx(10 / 3, abs=0.11)
    assert began(slowly, not_before_s=5.0) == pytest.approx(5.0, abs=0.11)
    touched = [(step / 10, 150.0 if step < 10 or step > 60 else 1.0) for step in range(101)]
    assert began(touched) == pytest.approx(6.1, abs=0.11)


def test_without_a_course_it_began_when_it_was_announced() -> None:
    assert began([], announced_s=42.0) == 42.0


def test_a_lift_long_after_the_announcement_does_not_move_the_beginning() -> None:
    late = [(step / 10, 1.0 if 250 < step < 280 else 150.0) for step in range(301)]
    assert began(late) == 0.0
    soon = [(step / 10, 1.0 if 150 < step < 170 else 150.0) for step in range(301)]
    assert began(soon) == pytest.approx(17.0)


def test_a_seat_of_the_same_person_is_no_part_of_the_lying() -> None:
    settled = SettledLoad(HEAD, P)
    settled.arrive()
    for step in range(400):
        sits = step < 300
        us = [75.0] * 4 + [300.0] * 4 if sits else [150.0] * 8
        settled.note(replace(load(step / 10, us), lies=not sits))
    settled.carry_on((150.0,) * 8)
    assert settled.lying_began_s(0.0, 31.0) == pytest.approx(30.0)


@pytest.mark.parametrize("lies", [True, False])
def test_it_began_minutes_ago_where_the_same_load_has_borne_since(lies: bool) -> None:
    settled = SettledLoad(HEAD, P)
    settled.arrive()
    for second in range(600):
        settled.note(replace(load(float(second), [1.0 if second < 100 else 150.0] * 8), lies=lies))
    settled.carry_on((150.0,) * 8)
    assert settled.lying_began_s(0.0, 590.0) == pytest.approx(100.0, abs=2.0)
