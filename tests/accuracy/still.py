"""People who lie dead still and only breathe, as shallowly as a strip under a mattress has been seen to show."""

from __future__ import annotations

from acumat.model import EventType
from acumat_sim.body import SHARES
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import Scenario, parse_scenario
from acumat_sim.streams import stream
from tests.accuracy.trials import mat_layout, run

SWING_PER_DEPTH = (
    2 * sum(share * breath for *_, share, breath, _, _ in SHARES[1:]) / sum(share for *_, share, _, _, _ in SHARES[1:])
)
"""Peak to peak swing of the whole trunk's force for a breath of depth 1; the head, which bears little, is left out."""


def still_scenario(seed: int, layout_name: str, *, swing_pct: float, lies_for_s: float) -> Scenario:
    """Somebody whose whole load swings by `swing_pct` peak to peak and who makes no other movement."""
    uniform = stream(seed, "still").uniform
    return parse_scenario(
        f"still-{seed}",
        {
            "seed": seed,
            "duration_s": lies_for_s + 60,
            "spread": uniform(0.0, 0.25),
            "person": {
                "mass_kg": uniform(45, 130),
                "breaths_per_min": uniform(8, 20),
                "depth": swing_pct / 100 / SWING_PER_DEPTH,
                "moves_per_min": 0,
            },
            "step": [
                {"at_s": 15, "do": "lie_down", "over_s": uniform(0.6, 6)},
                {"at_s": 15 + lies_for_s, "do": "get_up", "over_s": 2},
            ],
        },
        mat_layout(layout_name),
    )


def events_of_a_still_lie(
    seed: int, layout_name: str, *, swing_pct: float, lies_for_s: float, rate_hz: float = 10.0
) -> list[EventType]:
    """What was told, by type."""
    scenario = still_scenario(seed, layout_name, swing_pct=swing_pct, lies_for_s=lies_for_s)
    return [event.event_type for event in run(SimulatedMat(scenario, scenario.layout), rate_hz=rate_hz).events]
