"""Detection stays cheap: counted in calls of functions, which are the same on every machine however busy it is."""

from __future__ import annotations

from acumat.wiring.simulated import preset_layout
from tests.bench.detection import calls, frames

MOST_CALLS = 600
"""A frame of sixteen sensors took 123 us with 562 calls on a quiet PC; it is to take 150 us at most."""


def test_a_frame_of_sixteen_sensors_costs_few_calls_while_somebody_lies_there() -> None:
    layout = preset_layout("4x4")
    assert calls(layout, frames(layout)) <= MOST_CALLS
