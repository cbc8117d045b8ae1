"""A lying teaches the person's load once, also where another run has learnt from it already."""

from __future__ import annotations

import pytest

from acumat.detect.parameters import Parameters
from tests.detect.harness import PipelineHarness

P = Parameters()


def reference_us(drive: PipelineHarness) -> float | None:
    return drive.pipeline.learned.reference_us


def test_a_lying_teaches_once_after_a_minute() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.person(P.learn_after_s - 1)
    assert reference_us(drive) is None
    drive.person(3, rise_s=0.1)
    first_us = reference_us(drive)
    assert first_us == pytest.approx(8 * 150.0, rel=0.05)
    drive.person(90, us=170.0, rise_s=0.1)
    assert reference_us(drive) == first_us


@pytest.mark.parametrize("learnt", [True, False])
def test_what_another_run_has_learnt_from_is_not_learnt_again(learnt: bool) -> None:
    before = PipelineHarness()
    before.empty(8)
    before.person(90 if learnt else 50)
    session, known = before.pipeline.snapshot, before.pipeline.learned
    assert session is not None
    assert session.learnt is learnt
    drive = PipelineHarness(learned=known)
    drive.t_s = before.t_s + 3.0
    drive.pipeline.carry_on(session, hold=True)
    drive.person(30, us=200.0, rise_s=0.1)
    assert drive.pipeline.resume(session)
    drive.person(5, us=200.0, rise_s=0.1)
    assert (reference_us(drive) == known.reference_us) is learnt
