"""What is known of how somebody lies, and what ends it."""

from __future__ import annotations

import pytest

from acumat.contract.state import Mode, Phase
from acumat.detect.lying.observer import LyingObserver, Measures
from tests.detect.harness import PipelineHarness


def lying(seconds: float) -> tuple[PipelineHarness, LyingObserver]:
    drive = PipelineHarness()
    drive.empty(8)
    drive.person(seconds)
    return drive, drive.pipeline._steps.observer


def test_of_nobody_nothing_is_known() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    measures = drive.pipeline._steps.observer.measures(drive.t_s)
    assert (measures.balance, measures.phase, measures.breath, measures.possible_doze) == (*Measures()[:2], None, None)
    assert measures.lopsided is None


@pytest.mark.parametrize(("seconds", "phase"), [(6, Phase.SHARP), (40, Phase.SETTLING), (100, Phase.SETTLED)])
def test_the_phase_follows_the_lying(seconds: float, phase: Phase) -> None:
    drive, observer = lying(seconds)
    assert observer.measures(drive.t_s).phase is phase


def test_what_ends_the_lying_ends_what_is_known_of_it() -> None:
    drive, observer = lying(60)
    assert observer.measures(drive.t_s).breath is not None
    drive.empty(5)
    measures = observer.measures(drive.t_s)
    assert measures.breath is None
    assert measures.balance.lateral is None
    assert not observer.breathes_steadily


def test_a_mode_set_by_hand_holds_for_one_session() -> None:
    drive, observer = lying(40)
    observer.set_mode(Mode.NECK)
    drive.person(5, rise_s=0.1)
    assert observer.mode is Mode.NECK
    drive.empty(3)
    drive.person(10, rise_s=0.1)
    assert observer.mode is Mode.NECK, "a lift is no end"
    drive.empty(25)
    drive.person(5)
    assert observer.mode is not Mode.NECK
