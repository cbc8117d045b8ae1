"""What a calibration and a tare ask of the mat, and in which order they say what is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from acumat.contract.state import Condition
from acumat.detect.parameters import Parameters
from acumat.detect.sensors.permission import Circumstances, refused_calibration, refused_tare
from acumat.detect.signal.conductance import Reading
from acumat.detect.signal.window import Window

P = Parameters()
FREE = Circumstances(
    paused=False,
    blind=False,
    supply_lost=False,
    guest=False,
    lying=False,
    touched=False,
    session_open=False,
    load_pct=0.0,
    lifeless=False,
    conditions=(Condition(), Condition()),
)
"""An empty mat in order."""
STUCK = (Condition(), Condition("stuck", "Sensor r1c1 does not move."))


def window(totals_us: tuple[float, ...] = (1.0,) * 40) -> Window:
    """Readings a tenth of a second apart."""
    found = Window(P.tare_s, P.gap_s)
    for index, us in enumerate(totals_us):
        found.add(Reading(index / 10, (us, us), (False, False), (False, False), (0.1, 0.1)))
    return found


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"paused": True}, "paused"),
        ({"guest": True}, "guest"),
        ({"session_open": True}, "session_open"),
        ({"blind": True, "load_pct": None}, "blind"),
        ({"conditions": STUCK}, "sensor_stuck"),
        ({"touched": True, "load_pct": 50.0}, None),
    ],
)
def test_a_calibration_needs_a_mat_that_is_seen_and_nobody_s(changes: dict[str, Any], reason: str | None) -> None:
    refusal = refused_calibration(replace(FREE, **changes), P)
    assert (refusal and refusal.reason) == reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"paused": True}, "paused"),
        ({"blind": True, "load_pct": None}, "blind"),
        ({"blind": True, "supply_lost": True, "load_pct": None}, None),
        ({"lying": True}, "occupied"),
        ({"session_open": True}, "occupied"),
        ({"load_pct": P.tare_most_pct + 1}, "mat_loaded"),
        ({"load_pct": P.tare_most_pct + 1, "lifeless": True}, None),
        ({"load_pct": P.tare_most_pct - 1}, None),
        ({"conditions": STUCK}, None),
        ({"guest": True}, None),
    ],
)
def test_a_tare_needs_a_mat_without_a_person(changes: dict[str, Any], reason: str | None) -> None:
    refusal = refused_tare(replace(FREE, **changes), window(), 0.5, P)
    assert (refusal and refusal.reason) == reason


@pytest.mark.parametrize(
    ("totals_us", "calm_us", "calm"),
    [((1.0,) * 40, 0.1, True), ((1.0,) * 20, 0.1, False), ((1.0, 2.0) * 20, 1.9, False), ((1.0, 2.0) * 20, 2.1, True)],
)
def test_a_tare_needs_seconds_of_calm(totals_us: tuple[float, ...], calm_us: float, calm: bool) -> None:
    refusal = refused_tare(FREE, window(totals_us), calm_us, P)
    assert (refusal is None) is calm
    assert refusal is None or refusal.reason == "not_calm"
