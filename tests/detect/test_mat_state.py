"""The state that everybody is shown, made of what the steps know."""

from __future__ import annotations

import pytest

from acumat.contract.learned import Learned
from acumat.contract.state import HealthState, MatState, Presence
from acumat.detect.mat_state import mat_state
from tests.detect.harness import PipelineHarness

NOBODY_KEYS = ("confirmed", "lateral", "head_foot", "lopsided", "shares", "evenness", "cop_mm", "still", "possible_doze")


def shown(drive: PipelineHarness, *, paused: bool = False) -> MatState:
    return mat_state(drive.pipeline._steps, paused=paused)


def test_before_the_first_reading_the_mat_is_blind_and_nothing_is_known() -> None:
    state = shown(PipelineHarness())
    assert (state.presence, state.health, state.load, state.reference) == (Presence.BLIND, HealthState.BLIND, None, None)
    assert all(getattr(state, key) is None for key in (*NOBODY_KEYS, "phase", "session_id", "session_s", "contact_s"))


def test_blind_by_somebodys_wish_is_no_fault() -> None:
    assert shown(PipelineHarness(), paused=True).health is HealthState.OK


def test_an_empty_mat_has_a_load_and_nobodys_keys_are_unknown() -> None:
    drive = PipelineHarness()
    drive.empty(8)
    state = shown(drive)
    assert (state.presence, state.health, state.reference) == (Presence.EMPTY, HealthState.OK, "default")
    assert state.load == pytest.approx(0.0, abs=0.5)
    assert all(getattr(state, key) is None for key in NOBODY_KEYS)


@pytest.mark.parametrize(("seconds", "confirmed"), [(6, False), (40, True)])
def test_breath_and_doze_are_a_confirmed_persons_alone(seconds: float, confirmed: bool) -> None:
    drive = PipelineHarness()
    drive.empty(8)
    drive.person(seconds)
    state = shown(drive)
    assert (state.presence, state.confirmed) == (Presence.LYING, confirmed)
    assert state.lateral == pytest.approx(0.0, abs=1.0)
    assert (state.possible_doze is not None) is confirmed
    assert (state.session_id is not None) is confirmed
    assert (state.breaths_per_min is not None) is confirmed


def test_a_missing_reading_degrades_the_health_and_a_learnt_reference_is_named() -> None:
    drive = PipelineHarness(learned=Learned((0.5,) * 8, (1.0,) * 8, 1200.0))
    drive.go(8, lambda _: [0.5] * 8, lost=frozenset({3}))
    state = shown(drive)
    assert (state.presence, state.health, state.reference) == (Presence.EMPTY, HealthState.DEGRADED, "learnt")
