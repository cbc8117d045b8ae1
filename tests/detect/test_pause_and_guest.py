"""A pause is to detection as if the daemon had been off; a guest is seen as everybody is, but teaches nothing."""

from __future__ import annotations

from acumat.contract.events import EventType as T
from acumat.contract.learned import Learned
from acumat.contract.state import HealthState, Mode
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat.detect.thresholds import Thresholds
from tests.detect.harness import PipelineHarness, layout, one, types
from tests.detect.streams import parts_of


def test_a_pause_closes_the_session_where_it_was_last_seen_and_is_no_fault() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.person(60)
    paused_s = drive.t_s
    drive.pipeline.pause()
    reported = drive.person(600)
    assert types(reported) == [T.SESSION_ENDED, T.BLIND_STARTED]
    assert {event.reason for event in reported} == {"paused"}
    (record,) = drive.pipeline.take_records()
    assert record.end_reason == "paused"
    assert abs(record.end_mono_s - paused_s) <= 0.2
    state = drive.pipeline.state
    assert (state.presence, state.load, state.session_id, state.health) == ("blind", None, None, HealthState.OK)


def test_who_still_lies_there_when_a_pause_ends_begins_a_new_session() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.person(60)
    drive.pipeline.pause()
    drive.person(300)
    assert drive.pipeline.state.mode is Mode.UNKNOWN
    drive.pipeline.end_pause()
    reported = drive.person(30, rise_s=0.1)
    assert types(reported)[0] is T.BLIND_ENDED
    assert one(reported, T.BLIND_ENDED).reason == "resumed"
    assert one(reported, T.SESSION_STARTED).edge_mono_s is not None
    drive.empty(30)
    records = drive.pipeline.take_records()
    assert [record.end_reason for record in records] == ["paused", "got_up"]
    assert records[0].session_id != records[1].session_id


def test_nothing_that_happens_in_a_pause_is_reported_and_the_empty_mat_stays_known() -> None:
    drive = PipelineHarness()
    drive.empty(30)
    drive.pipeline.pause()
    assert types(drive.empty(1)) == [T.BLIND_STARTED]
    assert drive.person(300) == []
    assert drive.empty(3600) == []
    drive.pipeline.end_pause()
    assert types(drive.empty(10)) == [T.BLIND_ENDED]
    assert drive.presence == "empty"


def test_a_pause_before_the_first_frame_shows_and_ends_as_any_other() -> None:
    drive = PipelineHarness()
    drive.pipeline.pause()
    drive.empty(20)
    assert drive.pipeline.state.reason == "paused"
    drive.pipeline.end_pause()
    drive.empty(10)
    assert drive.presence == "empty"


def test_a_pause_cancels_a_calibration_and_refuses_another_and_a_tare() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    assert drive.pipeline.start_calibration() is None
    drive.pipeline.pause()
    reported = drive.empty(5)
    assert one(reported, T.CALIBRATION_FAILED).reason == "cancelled"
    for refusal in (drive.pipeline.start_calibration(), drive.pipeline.tare()):
        assert refusal is not None
        assert refusal.reason == "paused"


def lying(*, guest: bool, us: float = 250.0, learned: Learned | None = None) -> tuple[PipelineHarness, float | None]:
    drive = PipelineHarness(learned=learned)
    drive.pipeline.guest = guest
    drive.empty(8)
    drive.person(180, us=us)
    drive.empty(30)
    return drive, drive.pipeline.learned.reference_us


def test_a_guest_has_a_marked_session_and_teaches_nothing() -> None:
    owner, learnt_us = lying(guest=False)
    assert learnt_us is not None
    guest, unknown_us = lying(guest=True)
    assert unknown_us is None
    assert types(guest.events) == types(owner.events)
    assert [record.guest for drive in (owner, guest) for record in drive.pipeline.take_records()] == [False, True]
    assert one(guest.events, T.SESSION_ENDED).numbers["guest"] is True
    assert one(owner.events, T.SESSION_ENDED).numbers["guest"] is False


def test_the_switch_means_the_next_session_once_somebody_has_got_up() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.person(60)
    drive.empty(5)
    drive.pipeline.guest = True
    waiting = drive.pipeline.guest_lies_there
    drive.empty(30)
    assert (waiting, drive.pipeline.guest_lies_there) == (False, True), "the session that waits for its end is the owner's"
    (record,) = drive.pipeline.take_records()
    assert not record.guest


def test_a_sensitivity_that_is_set_later_reaches_every_step_that_judges_by_it() -> None:
    pipeline = Pipeline(layout())
    (thresholds,) = (part for part in parts_of(pipeline) if isinstance(part, Thresholds))
    for sensitivity in ("low", "high"):
        wanted = Parameters().with_sensitivity(sensitivity)
        pipeline.retune(wanted)
        assert thresholds == Thresholds.of(wanted)
        assert pipeline.inspect().lying_on_pct == wanted.lying_on_pct


def test_a_guest_reported_in_mid_session_marks_all_of_it_for_good() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.person(40)
    drive.pipeline.guest = True
    drive.person(40, rise_s=0.1)
    drive.pipeline.guest = False
    drive.person(60, rise_s=0.1)
    drive.empty(30)
    (record,) = drive.pipeline.take_records()
    assert record.guest
    assert drive.pipeline.learned.reference_us is None


def test_a_guest_is_not_calibrated_for() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.pipeline.guest = True
    refusal = drive.pipeline.start_calibration()
    assert refusal is not None
    assert refusal.reason == "guest"
