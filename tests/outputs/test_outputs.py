"""The same frames give the same output as before, byte for byte. All scenarios: `python -m tests.outputs.compare`."""

from __future__ import annotations

import os

import pytest

from tests.outputs.compare import hashes_of_recording, hashes_of_scenario, known, recordings, scenarios

SHORT = ("one-session", "two-lifts", "stands-then-lies", "box-then-person", "lopsided", "glitch-while-lying", "four-sensors")
CHOSEN = scenarios() if "ACUMAT_ALL_OUTPUTS" in os.environ else SHORT


@pytest.mark.parametrize("name", recordings())
def test_a_recording_is_replayed_as_before(name: str) -> None:
    assert hashes_of_recording(name) == known()[name]


@pytest.mark.parametrize("name", CHOSEN)
def test_a_scenario_is_recorded_and_replayed_as_before(name: str) -> None:
    assert hashes_of_scenario(name) == known()[name]


def test_every_recording_and_scenario_has_its_hashes() -> None:
    assert sorted(known()) == sorted([*recordings(), *scenarios()])
