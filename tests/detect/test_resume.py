"""A session continues in another run: by the same clock or another, lying or lifted, or with nobody there any more."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace

import pytest

from acumat.contract.events import EventType
from acumat.contract.sessions import SessionSnapshot
from acumat.detect.pipeline import Pipeline
from acumat.service.checkpoint import Checkpoint, Waited, read_checkpoint
from tests.detect.harness import PipelineHarness, one, types


def lain(seconds: float, *, us: float = 150.0) -> PipelineHarness:
    drive = PipelineHarness()
    drive.empty(20)
    drive.person(seconds, us=us)
    return drive


NAMES = tuple(f"sensor {number}" for number in range(8))


def stored(snapshot: SessionSnapshot | None) -> SessionSnapshot:
    """Through the form in which it is kept."""
    assert snapshot is not None
    again = read_checkpoint(Checkpoint(snapshot, "boot", 1.7e9, dated=True, sensors=NAMES).text())
    assert again is not None
    assert again.session == snapshot
    return again.session


def restarted(drive: PipelineHarness, *, gap_s: float, shift_s: float = 0.0) -> PipelineHarness:
    """Another run over the same mat after so long, by a clock that shows `shift_s` more. What was learnt is lost."""
    snapshot = stored(drive.pipeline.snapshot).shifted(shift_s)
    again = PipelineHarness(drive.mat)
    again.t_s = drive.t_s + gap_s + shift_s
    again.pipeline.carry_on(snapshot)
    assert again.pipeline.resume(snapshot)
    return again


@pytest.mark.parametrize(("gap_s", "shift_s"), [(0.5, 0.0), (60.0, 0.0), (115.0, 0.0), (60.0, -5000.0), (60.0, 1e6)])
def test_who_still_lies_there_continues_with_the_same_session(gap_s: float, shift_s: float) -> None:
    drive = lain(100)
    session_id = drive.pipeline.state.session_id
    again = restarted(drive, gap_s=gap_s, shift_s=shift_s)
    again.person(50, rise_s=0.1)
    state = again.pipeline.state
    assert (state.presence, state.confirmed, state.session_id, state.phase) == ("lying", True, session_id, "settled")
    again.empty(30)
    (record,) = again.pipeline.take_records()
    assert (record.session_id, record.end_reason, record.recovered, record.lifts) == (session_id, "got_up", False, 0)
    assert record.wall_s == pytest.approx(100 + gap_s + 50, abs=1.0)
    assert record.contact_s == pytest.approx(record.wall_s, abs=0.1)
    assert record.load == pytest.approx(state.load, rel=0.1)
    assert EventType.SESSION_STARTED not in types(again.events)
    assert EventType.SETTLED not in types(again.events)
    assert EventType.DROPPED not in types(again.events), "nobody saw how they came"
    assert again.pipeline.learned.reference_us is None, "one lying teaches once, and this one had"


def test_who_lies_on_the_back_is_never_taken_for_legs_until_the_breath_is_seen_again() -> None:
    drive = lain(100)
    assert drive.pipeline.state.mode == "back"
    again = restarted(drive, gap_s=60.0)
    modes = []

    def course(t_s: float) -> list[float]:
        modes.append(again.pipeline.state.mode)
        return [150.0 * (1 + 0.005 * math.sin(math.tau * 0.25 * t_s))] * len(again.mat.sensors)

    again.go(70, course)
    assert set(modes) == {"unknown", "back"}


def test_nobody_there_any_more_closes_it_at_the_last_sure_moment() -> None:
    drive = lain(100)
    again = restarted(drive, gap_s=40.0)
    again.empty(19)
    assert again.pipeline.take_records() == ()
    again.empty(3)
    (record,) = again.pipeline.take_records()
    assert (record.end_reason, record.recovered) == ("interrupted", True)
    assert record.wall_s == pytest.approx(100, abs=1.0)
    assert one(again.events, EventType.SESSION_ENDED).numbers["recovered"] is True
    assert record.load is not None


def test_a_mat_that_cannot_be_seen_for_too_long_closes_it_too() -> None:
    again = restarted(lain(100), gap_s=121.0)
    again.person(1, rise_s=0.1)
    (record,) = again.pipeline.take_records()
    assert record.recovered
    assert record.wall_s == pytest.approx(100, abs=1.0)


@pytest.mark.parametrize(("gap_s", "back"), [(5.0, True), (5.0, False), (40.0, False)])
def test_who_had_just_got_up_may_come_back_or_not(gap_s: float, back: bool) -> None:
    drive = lain(100)
    drive.empty(6)
    again = restarted(drive, gap_s=gap_s)
    if back:
        again.person(40, rise_s=0.5)
    again.empty(30)
    (record,) = again.pipeline.take_records()
    assert (record.end_reason, record.recovered, record.lifts) == ("got_up", False, int(back))
    assert record.wall_s == pytest.approx(100 + (6 + gap_s + 40 if back else 0), abs=1.0)
    assert record.contact_s == pytest.approx(140 if back else 100, abs=2.0)


@pytest.mark.parametrize("empty_s", [6.0, 15.0])
@pytest.mark.parametrize("gap_s", [15.0, 60.0, 110.0])
def test_who_lies_there_after_the_mat_was_seen_empty_and_too_long_has_another_session(empty_s: float, gap_s: float) -> None:
    drive = lain(100)
    drive.empty(empty_s)
    again = restarted(drive, gap_s=gap_s)
    again.person(60, rise_s=0.1)
    again.empty(30)
    one_of_them, other = again.pipeline.take_records()
    assert (one_of_them.end_reason, one_of_them.recovered, one_of_them.lifts) == ("got_up", False, 0)
    assert one_of_them.wall_s == pytest.approx(100, abs=1.0)
    assert other.start_mono_s >= one_of_them.end_mono_s + 20.0
    assert other.lifts == 0
    assert other.wall_s == pytest.approx(60, abs=2.0)


@pytest.mark.parametrize("gap_s", [3.5, 40.0, 110.0])
@pytest.mark.parametrize("killed", [False, True])
def test_readings_that_were_lost_under_a_person_are_no_lift(gap_s: float, killed: bool) -> None:
    drive = lain(100)
    drive.go(gap_s, lambda _: [150.0] * 8, lost=frozenset(range(8)))
    if killed:
        drive = restarted(drive, gap_s=0.5)
    drive.person(50, rise_s=0.1)
    drive.empty(30)
    (record,) = drive.pipeline.take_records()
    assert (record.lifts, record.end_reason) == (0, "got_up")
    assert record.wall_s == pytest.approx(150 + gap_s + 0.5 * killed, abs=1.0)


def test_who_was_seen_to_have_left_while_readings_were_lost_has_lifted() -> None:
    drive = lain(100)
    drive.skip(10)
    drive.empty(8)
    drive.person(50)
    drive.empty(30)
    (record,) = drive.pipeline.take_records()
    assert record.lifts == 1


def test_a_run_that_ends_before_anybody_was_seen_hands_on_what_it_was_given() -> None:
    drive = lain(100)
    first = drive.pipeline.snapshot
    pipeline = restarted(drive, gap_s=5.0).pipeline
    assert pipeline.snapshot == first
    assert pipeline.finish("daemon_stopped", close=False) == ()
    assert pipeline.snapshot == first


def test_a_stop_leaves_the_session_open_and_takes_back_what_was_not_confirmed() -> None:
    drive = PipelineHarness()
    drive.empty(20)
    drive.person(5)
    assert types(drive.pipeline.finish("daemon_stopped", close=False)) == [EventType.LYING_WITHDRAWN]
    drive = lain(60)
    assert drive.pipeline.finish("daemon_stopped", close=False) == ()
    assert drive.pipeline.take_records() == ()
    assert drive.pipeline.snapshot is not None


def test_the_empty_mat_is_the_one_that_was_known_and_its_doubt_stays() -> None:
    """A guess handed on as knowledge would take the falling load of who gets up for a lost supply."""
    drive = lain(60)
    again = restarted(drive, gap_s=2.0)
    assert again.pipeline.learned.baseline_us == drive.pipeline.learned.baseline_us
    snapshot, second = drive.pipeline.snapshot, again.pipeline.snapshot
    assert snapshot is not None
    assert second is not None
    assert (second.baseline_origin, second.baseline_sure) == (snapshot.baseline_origin, snapshot.baseline_sure)
    assert not snapshot.baseline_sure


def test_while_an_earlier_session_is_in_doubt_no_other_begins_and_then_it_continues() -> None:
    drive = lain(100)
    snapshot = stored(drive.pipeline.snapshot)
    again = PipelineHarness(drive.mat)
    again.t_s = 30.0
    again.pipeline.carry_on(snapshot, hold=True)
    again.person(60, rise_s=0.1)
    held = again.pipeline.state
    assert (held.confirmed, held.session_id) == (True, None)
    assert again.pipeline.resume(snapshot.shifted(30.0 - 15.0 - snapshot.sure_mono_s))
    again.person(10, rise_s=0.1)
    assert again.pipeline.state.session_id == snapshot.session_id
    again.empty(30)
    (record,) = again.pipeline.take_records()
    assert record.wall_s == pytest.approx(100 + 15 + 70, abs=1.0)
    assert not record.recovered


@pytest.mark.parametrize("released", [True, False])
def test_who_lay_there_meanwhile_has_a_session_of_their_own_if_the_earlier_one_does_not_go_on(released: bool) -> None:
    drive = lain(100)
    snapshot = stored(drive.pipeline.snapshot)
    again = PipelineHarness(drive.mat)
    again.pipeline.carry_on(snapshot, hold=True)
    again.person(60, rise_s=0.1)
    if released:
        again.pipeline.release()
        again.person(1, rise_s=0.1)
    again.empty(1.5)
    assert not again.pipeline.resume(snapshot)
    again.empty(30)
    (record,) = again.pipeline.take_records()
    assert record.wall_s == pytest.approx(60 + released, abs=1.0)


@pytest.mark.parametrize("how", ["lost", "paused"])
def test_who_lay_there_meanwhile_has_a_session_even_if_the_mat_goes_blind_before_anybody_knows(how: str) -> None:
    drive = lain(100)
    again = PipelineHarness(drive.mat)
    again.pipeline.carry_on(stored(drive.pipeline.snapshot), hold=True)
    again.person(60, rise_s=0.1)
    if how == "paused":
        again.pipeline.pause()
    again.go(130, lambda _: (150.0,) * 8, lost=frozenset(range(8)))
    (record,) = again.pipeline.take_records()
    assert record.wall_s == pytest.approx(60, abs=1.0)


def test_a_checkpoint_of_an_earlier_version_can_be_read() -> None:
    whole = Checkpoint(stored(lain(60).pipeline.snapshot), "boot", 1.0, dated=True, sensors=NAMES)
    values = json.loads(whole.text())
    del values["waited"], values["meanwhile"]
    assert read_checkpoint(json.dumps(values)) == whole
    both = replace(whole, waited=Waited("boot", 20.0, 30.0), pending_lying=replace(whole, dated=False))
    assert read_checkpoint(both.text()) == both


def test_what_cannot_be_read_is_reported_and_not_used(caplog: pytest.LogCaptureFixture) -> None:
    good = json.loads(Checkpoint(stored(lain(60).pipeline.snapshot), "boot", 1.0, dated=True, sensors=NAMES).text())
    for text in (
        "",
        "[]",
        "{}",
        json.dumps({**good, "session": None}),
        json.dumps({**good, "offset_s": "x"}),
        json.dumps({**good, "sensors": ["a", "b"]}),
    ):
        caplog.clear()
        assert read_checkpoint(text) is None
        assert "cannot be read" in caplog.text
    assert read_checkpoint(None) is None
    snapshot = stored(lain(60).pipeline.snapshot)
    assert set(good["session"]) == set(asdict(snapshot))
    assert Pipeline(PipelineHarness().mat).snapshot is None


def test_nobody_has_dropped_who_lay_there_before_the_sensors_were_lost() -> None:
    drive = lain(60)
    drive.go(10, lambda _: (150.0,) * 8, lost=frozenset(range(8)))
    drive.person(30, rise_s=0.1)
    assert drive.presence == "lying"
    assert types(drive.events).count(EventType.BLIND_ENDED) == 2
    assert EventType.DROPPED not in types(drive.events)
