"""People who lie dead still and only breathe, as shallowly as a strip under a mattress has been seen to show."""

from __future__ import annotations

from acumat.contract.events import EventType
from acumat_sim.body import SHARES
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import Scenario, parse_scenario
from acumat_sim.streams import stream
from tests.accuracy.trials import mat_layout, run

LATE_S = 135.0
"""Two minutes after the lying began."""
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
    """What was reported, by type."""
    scenario = still_scenario(seed, layout_name, swing_pct=swing_pct, lies_for_s=lies_for_s)
    return [event.event_type for event in run(SimulatedMat(scenario, scenario.layout), rate_hz=rate_hz).events]


def hour(job: tuple[int, str]) -> tuple[int, int, int]:
    """An hour of breathing by 0.1 % alone: sessions begun, times got up, withdrawals."""
    seed, layout_name = job
    reported = events_of_a_still_lie(seed, layout_name, swing_pct=0.1, lies_for_s=3600.0)
    return (
        reported.count(EventType.SESSION_STARTED),
        reported.count(EventType.GOT_UP),
        reported.count(EventType.LYING_WITHDRAWN),
    )


def late(job: tuple[int, str]) -> float | None:
    """Somebody who shows no life for two minutes and then breathes: error of the session's start in s, None without one."""
    seed, layout_name = job
    scenario = still_scenario(seed, layout_name, swing_pct=0.3, lies_for_s=240.0)
    person = scenario.occupants[0]
    if person.breathing is not None:
        person.breathing.hold(LATE_S)
    done = run(SimulatedMat(scenario, scenario.layout))
    if len(done.records) != 1:
        return None
    return done.records[0].start_mono_s - done.start_s - scenario.lying()[0].start_s


def box_after(job: tuple[int, str]) -> float | None:
    """A box that is put there within 20 s of getting up: error of the session's end in seconds; None without one session."""
    seed, layout_name = job
    random_ = stream(seed, "box after")
    data = {
        "seed": seed,
        "duration_s": 320,
        "spread": random_.uniform(0.0, 0.25),
        "person": {"mass_kg": random_.uniform(45, 130)},
        "step": [
            {"at_s": 15, "do": "lie_down", "over_s": 3},
            {"at_s": 100, "do": "get_up", "over_s": 2},
            {
                "at_s": 103 + random_.uniform(0, 15),
                "do": "place_box",
                "mass_kg": random_.uniform(5, 40),
                "size": random_.uniform(0.5, 2.5),
                "for_s": 150,
            },
        ],
    }
    scenario = parse_scenario(f"box-after-{seed}", data, mat_layout(layout_name))
    done = run(SimulatedMat(scenario, scenario.layout))
    if len(done.records) != 1:
        return None
    return done.records[0].end_mono_s - done.start_s - scenario.lying()[-1].end_s


def evenness_gap(job: tuple[int, str]) -> float:
    """How far evenness differs between the same body at 50 and at 110 kg on the same sensors."""
    seed, layout_name = job
    random_ = stream(seed, "same body")
    body = {"height_m": random_.uniform(1.52, 1.95), "build": random_.uniform(0.85, 1.2), "moves_per_min": 0}
    found = []
    for mass_kg in (50.0, 110.0):
        data = {
            "seed": seed,
            "duration_s": 60,
            "spread": 0.25,
            "person": {**body, "mass_kg": mass_kg},
            "step": [{"at_s": 10, "do": "lie_down", "over_s": 3}],
        }
        scenario = parse_scenario(f"same-body-{seed}", data, mat_layout(layout_name))
        done = run(SimulatedMat(scenario, scenario.layout), sample_s=1.0)
        found.append([state.evenness for t_s, state in done.states if t_s > 40 and state.evenness is not None])
    light, heavy = (sum(each) / len(each) for each in found)
    return abs(light - heavy)
