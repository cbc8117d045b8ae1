"""How long ago something was, over reboots and under clocks that nobody has set: what is not known counts as too short."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.coach.moment import SET_S, Moment, Stamp, is_morning, programme_day
from acumat.coach.rules import CLOCK_KNOWN_S

WALL_S = CLOCK_KNOWN_S + 1e6
DAY_S = 86_400.0


def now(*, mono_s: float = 500.0, wall_s: float = WALL_S, boot: str = "b", clock_set: bool = True) -> Moment:
    return Moment(mono_s, wall_s, boot, UTC, clock_set)


@pytest.mark.parametrize(
    ("stamp", "at", "age_s"),
    [
        (Stamp(WALL_S, 100.0, "b", known=True), now(), 400.0),
        (Stamp(5.0, 100.0, "b", known=False), now(), 400.0),  # within a boot the monotonic time counts
        (Stamp(WALL_S, 900.0, "b", known=True), now(), 0.0),
        (Stamp(WALL_S - 60.0, 900.0, "a", known=True), now(), 60.0),
        (Stamp(WALL_S, 900.0, "a", known=True), now(), 0.0),
        (Stamp(WALL_S - 60.0, 900.0, "a", known=False), now(), None),
        (Stamp(WALL_S - 60.0, 900.0, "a", known=True), now(clock_set=False), None),
        (Stamp(WALL_S + 1.0, 900.0, "a", known=True), now(), None),
        (Stamp(1.0, 900.0, "a", known=True), now(wall_s=CLOCK_KNOWN_S - 1.0), None),
    ],
)
def test_the_age_is_by_the_boots_own_clock_or_by_two_wall_clocks_that_were_set(
    stamp: Stamp, at: Moment, age_s: float | None
) -> None:
    assert stamp.age_s(at) == (None if age_s is None else pytest.approx(age_s))
    assert stamp.over(60.0, at) is (age_s is not None and age_s >= 60.0)


@given(
    wall_s=st.floats(-1e6, 4e9),
    later_s=st.floats(-1e8, 1e8),
    known=st.booleans(),
    clock_set=st.booleans(),
    boot=st.sampled_from(["a", "b"]),
)
def test_no_clock_makes_a_wait_shorter_than_two_clocks_that_were_set(
    wall_s: float, later_s: float, known: bool, clock_set: bool, boot: str
) -> None:
    stamp = Stamp(wall_s, 100.0, boot, known=known)
    at = now(wall_s=wall_s + later_s, clock_set=clock_set)
    sure_s = 400.0 if boot == "b" else later_s if known and at.known else -1.0
    for span_s in (1.0, 3600.0, DAY_S, 14 * DAY_S):
        assert stamp.over(span_s, at) is (sure_s >= span_s or (sure_s == 0.0 >= span_s))
    again = stamp.redated(at)
    age_s = stamp.age_s(at)
    assert again.age_s(at) == (pytest.approx(age_s, abs=1.0) if age_s is not None else 0.0 if at.known else None)


def test_a_moment_of_this_boot_is_dated_anew_once_the_clock_is_off_by_more_than_two_seconds() -> None:
    stamp = Stamp(WALL_S - 400.0, 100.0, "b", known=True)
    assert stamp.redated(now(wall_s=WALL_S + SET_S)) is stamp
    assert stamp.redated(now(wall_s=WALL_S + SET_S + 1.0)).wall_s == WALL_S - 400.0 + SET_S + 1.0
    unknown = Stamp(WALL_S - 400.0, 100.0, "b", known=False)
    assert unknown.redated(now()).known, "the clock was set in between"


@pytest.mark.parametrize(
    ("hour", "starts_at", "day", "morning"),
    [(3, time(4), 1, False), (4, time(4), 2, True), (11, time(4), 2, True), (12, time(4), 2, False), (0, time(0), 2, True)],
)
def test_late_hours_belong_to_the_evening_before(hour: int, starts_at: time, day: int, morning: bool) -> None:
    local = datetime(2026, 3, 2, hour, tzinfo=UTC)
    assert programme_day(local, starts_at).day == day
    assert is_morning(local, starts_at) is morning
