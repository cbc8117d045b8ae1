"""One lying with its lifts is one session, whatever restarts and lost readings come between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.contract.sessions import SessionRecord, SessionSnapshot
from acumat.detect.presence.session import SessionTracker


def snapshot(*, lying_since_s: float | None, sure_s: float = 130.0, guest: bool = False) -> SessionSnapshot:
    """Lying since 100 s with one lift, 25 s of it in contact."""
    sums = {"load": (2500.0, 25.0)}
    return SessionSnapshot("old-s7", 100.0, sure_s, lying_since_s, 25.0, 1, sums, (), "stored", baseline_sure=True, guest=guest)


def ended(sessions: SessionTracker, reason: str = "got_up") -> SessionRecord:
    record = sessions.end(reason)
    assert record is not None
    return record


def test_ids_count_on_and_go_on_from_another_pipeline() -> None:
    sessions = SessionTracker("mat", 5)
    assert [sessions.name(), sessions.begin(0.0)] == ["mat-s5", "mat-s6"]
    after = SessionTracker("other", 1)
    after = sessions.successor()
    assert after.name() == "mat-s7"


def test_contact_is_counted_without_the_lifts_and_wall_time_with_them() -> None:
    sessions = SessionTracker("mat", 1)
    sessions.begin(100.0)
    sessions.lift(160.0)
    assert sessions.seconds(170.0) == (60.0, 60.0)
    sessions.resume(175.0)
    assert sessions.seconds(185.0) == (85.0, 70.0)
    sessions.lift(200.0)
    record = ended(sessions)
    assert (record.session_id, record.start_mono_s, record.end_mono_s) == ("mat-s1", 100.0, 200.0)
    assert (record.contact_s, record.wall_s, record.lifts, record.end_reason) == (85.0, 100.0, 1, "got_up")
    assert sessions.end("got_up") is None
    assert sessions.seconds(300.0) is None


def test_means_are_weighted_by_time_and_know_what_was_not_known() -> None:
    sessions = SessionTracker("mat", 1)
    sessions.begin(0.0)
    sessions.measure(10.0, load=100.0, lateral=None)
    sessions.measure(40.0, load=50.0, lateral=20.0)
    sessions.lift(40.0)
    sessions.measure(60.0, load=1.0, lateral=99.0)  # nobody lies there
    record = ended(sessions)
    assert record.load == pytest.approx((100.0 * 10 + 50.0 * 30) / 40)
    assert record.lateral == pytest.approx(20.0)
    assert record.head_foot is None


def test_the_first_moment_after_a_lift_measures_only_itself() -> None:
    sessions = SessionTracker("mat", 1)
    sessions.begin(0.0)
    sessions.measure(10.0, load=100.0)
    sessions.lift(10.0)
    sessions.resume(15.0)
    sessions.measure(20.0, load=40.0)
    record = ended(sessions)
    assert record.load == pytest.approx((100.0 * 10 + 40.0 * 10) / 20)


@pytest.mark.parametrize(("seen", "then_empty", "lifts"), [(True, False, 1), (False, False, 0), (False, True, 1)])
def test_lost_readings_are_no_lift_unless_the_mat_was_seen_empty(seen: bool, then_empty: bool, lifts: int) -> None:
    sessions = SessionTracker("mat", 1)
    sessions.begin(0.0)
    sessions.lift(50.0, seen=seen)
    if then_empty:
        sessions.seen_empty()
    sessions.resume(60.0)
    sessions.lift(70.0)
    record = ended(sessions)
    assert (record.lifts, record.contact_s) == (lifts, 60.0)


def test_a_second_lift_or_a_second_return_changes_nothing() -> None:
    sessions = SessionTracker("mat", 1)
    sessions.begin(0.0)
    sessions.lift(50.0)
    sessions.lift(55.0)
    sessions.resume(60.0)
    sessions.resume(65.0)
    assert sessions.seconds(70.0) == (70.0, 60.0)


def test_a_box_that_was_taken_for_the_person_back_leaves_the_session_as_it_was() -> None:
    sessions = SessionTracker("mat", 1)
    sessions.begin(0.0)
    sessions.measure(50.0, load=100.0)
    sessions.lift(50.0)
    sessions.resume(60.0)
    sessions.measure(90.0, load=500.0)
    sessions.not_resumed()
    record = ended(sessions)
    assert (record.contact_s, record.lifts, record.end_mono_s, record.load) == (50.0, 0, 50.0, 100.0)


def test_who_lay_there_before_a_restart_and_after_it_lay_there_all_the_time() -> None:
    sessions = SessionTracker("new", 1)
    sessions.reopen(snapshot(lying_since_s=105.0))
    assert sessions.open is not None
    assert sessions.open.interrupted
    sessions.resume(150.0)
    sessions.measure(160.0, load=50.0)
    sessions.lift(160.0)
    record = ended(sessions)
    assert record.session_id == "old-s7"
    assert (record.contact_s, record.lifts, record.recovered) == (25.0 + 30.0, 1, False)
    assert record.load == pytest.approx((2500.0 + 50.0 * 10.0) / 35.0), "what nobody measured enters no mean"


def test_who_is_never_seen_again_after_a_restart_left_at_the_last_sure_moment() -> None:
    sessions = SessionTracker("new", 1)
    sessions.reopen(snapshot(lying_since_s=105.0, guest=True))
    record = ended(sessions, "interrupted")
    assert (record.end_mono_s, record.contact_s, record.recovered, record.guest) == (130.0, 25.0, True, True)


def test_who_was_just_up_at_a_restart_and_comes_back_has_lifted_once_more() -> None:
    sessions = SessionTracker("new", 1)
    sessions.reopen(snapshot(lying_since_s=None))
    assert sessions.open is not None
    assert sessions.open.carried
    sessions.resume(135.0)
    sessions.lift(140.0)
    record = ended(sessions)
    assert (record.contact_s, record.lifts, record.recovered) == (30.0, 2, False)


@given(st.lists(st.tuples(st.sampled_from(["lift", "unseen", "back", "measure", "empty", "not back"]), st.floats(0.0, 100.0))))
def test_contact_never_exceeds_wall_time_nor_shrinks_below_zero(steps: list[tuple[str, float]]) -> None:
    sessions = SessionTracker("mat", 1)
    sessions.begin(0.0)
    t_s = 0.0
    for name, seconds in steps:
        t_s += seconds
        match name:
            case "lift" | "unseen":
                sessions.lift(t_s, seen=name == "lift")
            case "back":
                sessions.resume(t_s)
            case "measure":
                sessions.measure(t_s, load=100.0)
            case "empty":
                sessions.seen_empty()
            case _:
                sessions.not_resumed()
        known = sessions.seconds(t_s)
        assert known is not None
        assert -1e-9 <= known[1] <= known[0] + 1e-9 <= t_s + 2e-9
    sessions.lift(t_s)
    record = ended(sessions)
    assert 0.0 <= record.contact_s <= record.wall_s + 1e-9
    assert record.load is None or record.load == pytest.approx(100.0)
