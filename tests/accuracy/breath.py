"""Breathing on the simulated mat against the simulator's own breaths; and silence where nobody breathes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from acumat.contract.state import MatState, Presence
from acumat_hw.layout import Layout
from acumat_sim.body import Occupant
from acumat_sim.breath import Breathing
from acumat_sim.corpus import BREATHS, breathing_scenario, nuisance_scenario
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import Scenario, parse_scenario
from acumat_sim.streams import stream
from tests.accuracy.figures import Figure, mean, percentile
from tests.accuracy.trials import mat_layout, run

SAMPLE_S = 5.0
TRUTH_S = 40.0
"""A value looks back 30 to 50 s; what it is held against is the true mean rate over so many seconds before it."""
MINUTE_S = 60.0
MOVE_TAIL_S = 1.0
"""A movement is over so long after its last change of place: foam and filters follow."""
TEN_BIT = 1024


@dataclass(slots=True)
class BreathTrial:
    """One person: errors of all values a minute, still minutes and how many ended with a value, and when the first one came.

    `first_s` counts from the first moment after which nothing moved for a minute.
    """

    seed: int
    kind: str
    errors: list[float] = field(default_factory=list)
    still: int = 0
    answered: int = 0
    first_s: float | None = None


def breath_trial(seed: int, layout: Layout, *, lies_for_s: float = 300.0) -> BreathTrial:
    """A random person on this layout."""
    scenario = breathing_scenario(seed, layout, lies_for_s=lies_for_s)
    done = run(SimulatedMat(scenario, layout), sample_s=1.0)
    person = next(occupant for occupant in scenario.occupants if occupant.is_person_lying)
    assert person.breathing is not None
    trial = BreathTrial(seed, BREATHS[seed % len(BREATHS)])
    (lying,) = scenario.lying()
    moves_s = [lying.start_s, *_moves_s(person)]
    for t_s, state in done.states:
        if not lying.start_s + SAMPLE_S <= t_s <= lying.end_s or round(t_s) % round(SAMPLE_S):
            continue
        _judge(trial, t_s, state, person.breathing, moves_s)
    for start_s in moves_s:
        quiet_s = min((t for t in [*moves_s, lying.end_s] if t > start_s), default=lying.end_s) - start_s
        if trial.first_s is None and quiet_s >= MINUTE_S and trial.kind != "talking":
            values = (t for t, state in done.states if t > start_s and state.breaths_per_min is not None)
            trial.first_s = next(values, lying.end_s) - start_s
    return trial


def _moves_s(person: Occupant) -> list[float]:
    """When each movement was over."""
    tracks = (person.upper, person.lower, person.lean, person.roll, person.x_mm, person.y_mm)
    return sorted(t + MOVE_TAIL_S for track in tracks for t in track.times_s[2::2])


def _judge(trial: BreathTrial, t_s: float, state: MatState, breathing: Breathing, moves_s: Sequence[float]) -> None:
    moved_s = max((t for t in moves_s if t <= t_s), default=0.0)
    talks = any(a - MINUTE_S < t_s < b + MINUTE_S for a, b in breathing.talks_s)
    if state.breaths_per_min is not None:
        trial.errors.append(abs(state.breaths_per_min - breathing.rate_per_min(t_s - TRUTH_S, t_s)))
    if t_s - moved_s >= MINUTE_S and not talks and not any(t_s < t < t_s + SAMPLE_S for t in moves_s):
        trial.still += 1
        trial.answered += state.breaths_per_min is not None


def ten_bit(layout: Layout) -> Layout:
    """The same mat behind a converter of 10 bits over its supply, with the same noise in codes."""
    return replace(layout, lsb_v=layout.vcc_v / TEN_BIT)


def values_without_breath(scenario: Scenario) -> tuple[int, float]:
    """How many states carry a rate where nobody lies, and over how many seconds."""
    done = run(SimulatedMat(scenario, scenario.layout), sample_s=1.0)
    silent = [state for _, state in done.states if state.breaths_per_min is not None]
    off = [state for state in silent if state.presence is not Presence.LYING]
    assert not off
    return len(silent), scenario.duration_s


def moving_scenario(seed: int, layout: Layout) -> Scenario:
    """Somebody who leans or rolls over to another side every few seconds."""
    uniform = stream(seed, "restless").uniform
    steps: list[dict[str, object]] = [{"at_s": 5, "do": "lie_down"}]
    t_s, side = 10.0, 1
    while t_s < 150:
        do = "lean" if uniform(0, 1) < 0.5 else "roll"
        steps.append({"at_s": t_s, "do": do, "amount": side * uniform(0.15, 0.6), "over_s": uniform(0.5, 3)})
        t_s, side = t_s + uniform(4, 12), -side
    person = {"mass_kg": uniform(45, 130), "moves_per_min": 10, "irregularity": 0.1}
    steps.append({"at_s": 165, "do": "get_up"})
    return parse_scenario(f"moving-{seed}", {"seed": seed, "duration_s": 180, "person": person, "step": steps}, layout)


def silence_figures(layout_name: str, seeds: Iterable[int]) -> list[Figure]:
    """Values reported where there is nothing to tell of: nuisances, an empty mat that drifts, somebody who keeps turning."""
    layout = mat_layout(layout_name)
    scenarios = [
        scenario
        for seed in seeds
        for scenario in (
            *(nuisance_scenario(kind, seed, layout) for kind in ("box", "standing", "edge", "drift")),
            moving_scenario(seed, layout),
        )
    ]
    values = sum(values_without_breath(scenario)[0] for scenario in scenarios)
    return [Figure("breath reported of no still person", float(values), 0.0, len(scenarios), "values")]


def breath_figures(trials: Sequence[BreathTrial]) -> list[Figure]:
    """The design's figures for breathing, over all kinds together; and how many still minutes had a value."""
    errors = [error for trial in trials for error in trial.errors]
    still, answered = sum(trial.still for trial in trials), sum(trial.answered for trial in trials)
    firsts = [trial.first_s for trial in trials if trial.first_s is not None]
    return [
        Figure("breathing error, mean", mean(errors), 1.0, len(errors), "/min"),
        Figure("breathing error, p95", percentile(errors, 0.95), 2.0, len(errors), "/min"),
        Figure("still minutes without a value", 100 * (1 - answered / still) if still else math.nan, 15.0, still, "%"),
        Figure("first value after stillness, p50", percentile(firsts, 0.5), 35.0, len(firsts), "s"),
    ]


def measure(layout_name: str, seeds: Iterable[int], *, bits: int = 16) -> list[BreathTrial]:
    """Trials of many people on one layout; `bits` 10 is a coarse converter."""
    layout = mat_layout(layout_name)
    return [breath_trial(seed, ten_bit(layout) if bits == 10 else layout) for seed in seeds]
