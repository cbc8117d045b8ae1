"""The minutes of a session: means over the time lain, each minute once."""

from __future__ import annotations

import pytest

from acumat.contract.state import MatState, Presence
from acumat.service.minutes import Minutes


def lie(minutes: Minutes, from_s: float, to_s: float, session_id: str = "i-s1", *, hz: float = 10.0, **state: float) -> None:
    for step in range(round((to_s - from_s) * hz)):
        minutes.follow(
            MatState(Presence.LYING, session_id=session_id, session_s=from_s + step / hz, **state)  # type: ignore[arg-type]
        )


def rounded(minutes: Minutes) -> list[tuple[str, int, float]]:
    return [(row.session_id, row.minute, round(row.load or 0.0, 6)) for row in minutes.take()]


def test_each_minute_has_the_means_over_the_time_lain_in_it() -> None:
    minutes = Minutes()
    lie(minutes, 0, 30, load=80.0, still=False, lateral=-4.0)
    lie(minutes, 30, 60, load=100.0, still=True, breaths_per_min=12.0)
    assert minutes.take() == ()
    lie(minutes, 60, 75, load=90.0)
    for step in range(600):  # a lift counts for nothing
        minutes.follow(MatState(Presence.CONTACT, session_id="i-s1", session_s=75 + step / 10, load=3.0))
    first, second = minutes.take()
    assert (first.session_id, first.minute, second.minute) == ("i-s1", 0, 1)
    assert (first.load, first.still, first.lateral, first.breath) == pytest.approx((90.0, 0.5, -4.0, 12.0), abs=0.1)
    assert first.evenness is None
    assert second.load == pytest.approx(90.0)
    minutes.follow(MatState(Presence.EMPTY))
    assert minutes.take() == ()  # nobody lay there in the third


def test_a_session_that_ends_leaves_its_last_minute_at_once_and_the_next_begins_at_nought() -> None:
    minutes = Minutes()
    lie(minutes, 120, 130, load=50.0)
    lie(minutes, 0, 5, "i-s2", load=70.0)
    assert rounded(minutes) == [("i-s1", 2, 50.0)]
    minutes.follow(MatState(Presence.EMPTY))
    assert rounded(minutes) == [("i-s2", 0, 70.0)]


def test_the_rate_of_frames_and_a_gap_change_no_mean() -> None:
    minutes = Minutes()
    lie(minutes, 0, 20, hz=10.0, load=100.0)
    lie(minutes, 20, 40, hz=5.0, load=40.0)
    lie(minutes, 58, 60, hz=10.0, load=40.0)  # the 18 s before were not seen
    minutes.follow(MatState(Presence.EMPTY))
    (row,) = minutes.take()
    assert row.load == pytest.approx((20 * 100 + 24 * 40) / 44, abs=0.5)
