"""Snapshots for another run, and how that run continues from one."""

from __future__ import annotations

import pytest

from acumat.detect.snapshots import carry_on, pending_lying, resume, session_snapshot
from acumat.detect.steps import Steps
from tests.detect.harness import PipelineHarness


def steps(drive: PipelineHarness) -> Steps:
    return drive.pipeline._steps


def in_session(seconds: float = 60) -> PipelineHarness:
    drive = PipelineHarness()
    drive.empty(8)
    drive.person(seconds)
    return drive


def test_without_a_session_there_is_nothing_to_continue() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    assert session_snapshot(steps(drive)) is None
    assert pending_lying(steps(drive)) is None


def test_a_session_is_known_up_to_the_last_usable_reading() -> None:
    drive = in_session()
    taken = session_snapshot(steps(drive))
    assert taken is not None
    assert taken.sure_mono_s == pytest.approx(drive.t_s - 0.1)
    assert taken.lying_since_mono_s == taken.start_mono_s
    assert taken.contact_s == pytest.approx(taken.sure_mono_s - taken.start_mono_s)
    assert pending_lying(steps(drive)) is None, "a session under way is no lying without one"


def test_after_getting_up_the_last_known_moment_is_that_of_getting_up() -> None:
    drive = in_session()
    left_s = drive.t_s
    drive.empty(5)
    taken = session_snapshot(steps(drive))
    assert taken is not None
    assert taken.lying_since_mono_s is None
    assert taken.sure_mono_s == pytest.approx(left_s, abs=1.0)


def test_a_person_confirmed_while_no_session_may_begin_is_one_without_an_id() -> None:
    before = session_snapshot(steps(in_session()))
    assert before is not None
    drive = PipelineHarness()
    carry_on(steps(drive), before, hold=True)
    drive.person(40)
    assert session_snapshot(steps(drive)) is None
    pending = pending_lying(steps(drive))
    assert pending is not None
    assert pending.session_id == ""
    assert pending.contact_s == pytest.approx(40, abs=3)


def test_a_session_is_continued_unless_another_one_has_begun() -> None:
    before = session_snapshot(steps(in_session()))
    assert before is not None
    drive = PipelineHarness()
    carry_on(steps(drive), before, hold=True)
    drive.person(5, rise_s=0.1)
    assert resume(steps(drive), before)
    drive.person(5, rise_s=0.1)
    continued = session_snapshot(steps(drive))
    assert continued is not None
    assert (continued.session_id, continued.start_mono_s) == (before.session_id, before.start_mono_s)
    assert not resume(steps(drive), before)
