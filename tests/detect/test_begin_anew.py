"""Detection that begins anew forgets what it knew of the mat, and nothing that somebody has set."""

from __future__ import annotations

import pytest

from acumat.contract.events import EventType as E
from tests.detect.harness import PipelineHarness, types


def begun_anew(drive: PipelineHarness) -> None:
    pipeline = drive.pipeline
    pipeline.begin_anew(pipeline.learned, pipeline.snapshot, drive.t_s, "detection_failed", "It failed.")


def test_it_is_blind_for_that_reason_and_continues_with_the_session() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.person(60)
    session_id = drive.pipeline.state.session_id
    begun_anew(drive)
    assert (drive.presence, drive.pipeline.state.reason) == ("blind", "detection_failed")
    drive.person(10, rise_s=0.1)
    assert (drive.presence, drive.pipeline.state.session_id) == ("lying", session_id)


@pytest.mark.parametrize("guest", [True, False])
def test_the_guest_switch_stays(guest: bool) -> None:
    drive = PipelineHarness()
    drive.pipeline.guest = guest
    begun_anew(drive)
    assert drive.pipeline.guest is guest


def test_a_session_that_may_not_begin_yet_still_may_not() -> None:
    before = PipelineHarness()
    before.empty(8)
    before.person(60)
    session = before.pipeline.snapshot
    assert session is not None
    drive = PipelineHarness(learned=before.pipeline.learned)
    drive.t_s = before.t_s + 3.0
    drive.pipeline.carry_on(session, hold=True)
    begun_anew(drive)
    drive.person(40, rise_s=0.1)
    assert drive.pipeline.state.session_id is None
    drive.pipeline.release()
    drive.person(1, rise_s=0.1)
    assert drive.pipeline.state.session_id is not None


def test_a_pause_stays_and_no_session_gets_a_number_twice() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.person(40)
    first = drive.pipeline.state.session_id
    drive.pipeline.pause()
    drive.empty(1)
    begun_anew(drive)
    assert drive.pipeline.paused
    assert E.CONTACT_STARTED not in types(drive.person(5))
    drive.pipeline.end_pause()
    drive.empty(10)
    drive.person(40)
    assert first is not None
    assert drive.pipeline.state.session_id not in (None, first)
