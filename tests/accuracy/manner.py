"""Posture shifts, loading, doze, relaxing shoulders and mode of use against what was true of the simulated person."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from acumat.contract.events import EventType
from acumat.contract.state import Mode
from acumat_hw.layout import Layout
from acumat_sim.corpus import breathing_scenario
from acumat_sim.mat import Field, SimulatedMat
from acumat_sim.scenario import Scenario, parse_scenario
from acumat_sim.streams import stream
from tests.accuracy.corpora import every
from tests.accuracy.figures import Figure
from tests.accuracy.trials import mat_layout, run

USES = ("back", "neck", "legs", "sitting", "standing")
LATE_S = 15.0
"""A shift reported later than this after it was made is another one."""
LOOK_BACK_S = (8, 10, 12, 14)
STAYED = 0.05
"""Less than this part of the true load having gone elsewhere in as long is stillness: people stir by themselves as well."""
DOZE_WITHIN_S = 120.0
AWAKE_S = 600.0


def _scenario(
    name: str,
    seed: int,
    layout: Layout,
    steps: list[dict[str, object]],
    *,
    duration_s: float,
    use: str = "back",
    **person: float,
) -> Scenario:
    uniform = stream(seed, f"manner {name}").uniform
    whole: dict[str, float] = {
        "mass_kg": uniform(45, 130),
        "height_m": uniform(1.52, 1.95),
        "build": uniform(0.85, 1.2),
        "breaths_per_min": uniform(10, 18),
        "depth": uniform(0.006, 0.03),
        "irregularity": uniform(0.08, 0.2),
        "sway": uniform(0.0, 0.01),
        "heart": 0.0005,
        "moves_per_min": uniform(0, 1.5),
        "sighs_per_h": uniform(0, 15),
    }
    data = {
        "seed": seed,
        "duration_s": duration_s,
        "spread": uniform(0, 0.25),
        "use": use,
        "person": whole | person,
        "step": steps,
    }
    return parse_scenario(f"{name}-{seed}", data, layout)


def shift_figures(layout_name: str, seeds: Iterable[int]) -> list[Figure]:
    """Rolls and leans that are held, found or not; and what was reported while nobody changed posture, an hour of stillness."""
    layout = mat_layout(layout_name)
    made = found = false = 0
    hours = 0.0
    for seed in seeds:
        random_ = stream(seed, "shifts")
        steps: list[dict[str, object]] = [{"at_s": 5, "do": "lie_down"}]
        changes: list[float] = []
        t_s, lean, roll = 60.0, 0.0, 0.0
        while t_s < 800:
            do = random_.choice(("lean", "roll"))
            old = lean if do == "lean" else roll
            new = (
                0.0
                if old
                else random_.choice((-1, 1)) * (random_.uniform(0.2, 0.5) if do == "lean" else random_.uniform(0.3, 1.0))
            )
            lean, roll = (new, roll) if do == "lean" else (lean, new)
            steps.append({"at_s": t_s, "do": do, "amount": new, "over_s": random_.uniform(0.6, 3)})
            changes.append(t_s)
            t_s += random_.uniform(40, 180)
        steps.append({"at_s": 900, "do": "get_up"})
        scenario = _scenario("shifts", seed, layout, steps, duration_s=920)
        reported = run(SimulatedMat(scenario, layout)).times(EventType.POSTURE_SHIFT)
        made += len(changes)
        hits = [next((t for t in reported if change <= t <= change + LATE_S), None) for change in changes]
        found += sum(hit is not None for hit in hits)
        truth = SimulatedMat(scenario, layout)
        false += sum(t not in hits and _went_elsewhere(truth, t) < STAYED for t in reported)
        hours += (895 - len(changes) * LATE_S) / 3600
    return [
        Figure("posture shifts missed", 100 * (1 - found / made) if made else math.nan, 25.0, made, "%"),
        Figure("false posture shifts an hour", false / hours if hours else math.nan, 2.0, made, "/h"),
    ]


def _went_elsewhere(truth: SimulatedMat, t_s: float) -> float:
    """The largest part of the true load that lay elsewhere within the seconds before."""
    now = truth.truth(t_s - 1).shares
    before = [truth.truth(t_s - back_s).shares for back_s in LOOK_BACK_S]
    return max(0.5 * sum(abs(a - b) for a, b in zip(now, each, strict=True)) for each in before)


def loading_figures(layout_name: str, seeds: Iterable[int]) -> list[Figure]:
    """How the load came on, against the true force's own course from 10 to 90 %."""
    layout = mat_layout(layout_name)
    errors: list[float] = []
    wrong = reported = drops = missed = 0
    for seed in seeds:
        over_s = stream(seed, "loading").choice((0.4, 0.7, 1.5, 2.5, 5.0, 8.0))
        steps: list[dict[str, object]] = [{"at_s": 5, "do": "lie_down", "over_s": over_s}, {"at_s": 95, "do": "get_up"}]
        scenario = _scenario("loading", seed, layout, steps, duration_s=110, moves_per_min=0)
        true_s = _true_loading_s(scenario)
        done = run(SimulatedMat(scenario, layout))
        drop = bool(done.times(EventType.DROPPED))
        drops += true_s < 0.9
        missed += drop != (true_s < 1.0) and not 0.9 <= true_s <= 1.1
        settled = next((event for event in done.events if event.event_type is EventType.SETTLED), None)
        if settled is None or settled.numbers["loading_s"] is None:
            continue
        reported += 1
        errors.append(abs(float(str(settled.numbers["loading_s"])) - true_s))
        word = "dropped" if true_s < 1 else "slow" if true_s > 3 else "medium"
        near = min(abs(true_s - 1), abs(true_s - 3)) < 0.15
        wrong += settled.numbers["loading"] != word and not near
    return [
        Figure("loading time error, mean", sum(errors) / len(errors) if errors else math.nan, 0.3, len(errors), "s"),
        Figure("loading called wrong", float(wrong), 0.05 * reported, reported, "of n"),
        Figure("drops missed or invented", float(missed), 0.0, drops, "drops"),
    ]


def _true_loading_s(scenario: Scenario) -> float:
    field = Field(scenario.occupants, scenario.surface, scenario.layout, scenario.clothing)
    course = [(t / 50, sum(field.forces_n(t / 50))) for t in range(50 * 30)]
    settled = sorted(n for t, n in course if t > 20)[len([1 for t, _ in course if t > 20]) // 2]
    until_s = next(t for t, n in course if n >= 0.9 * settled)
    return until_s - max((t for t, n in course if n <= 0.1 * settled and t < until_s), default=0.0)


DOZE_TRIALS = ("dozes", "paced", "awake", "corpus")


def doze_trial(job: tuple[str, int, str]) -> tuple[bool, bool]:
    """One session of this kind on one layout: reported in time after the onset, and reported while awake.

    Somebody falls asleep after some minutes; breathes slowly on purpose; lies awake, as uneven as those who fall asleep; or is
    of the corpus over breathing, awake for ten minutes, and breathes evenly, unevenly, slowly, shallowly or talks.
    """
    kind, seed, layout_name = job
    layout = mat_layout(layout_name)
    onset_s = stream(seed, "onset").uniform(180, 400) if kind == "dozes" else math.inf
    end_s = onset_s + 200 if kind == "dozes" else AWAKE_S
    steps: list[dict[str, object]] = [{"at_s": 5, "do": "lie_down"}]
    if kind == "dozes":
        steps.append({"at_s": onset_s, "do": "doze"})
    steps.append({"at_s": end_s, "do": "get_up"})
    slow: dict[str, Any] = {"breaths_per_min": 6.0, "irregularity": 0.03, "moves_per_min": 0.3} if kind == "paced" else {}
    if kind == "corpus":
        scenario = breathing_scenario(seed, layout, lies_for_s=AWAKE_S)
    else:
        scenario = _scenario(kind, seed, layout, steps, duration_s=end_s + 10, **slow)
    reported = run(SimulatedMat(scenario, layout)).times(EventType.POSSIBLE_DOZE)
    return any(onset_s <= t <= onset_s + DOZE_WITHIN_S for t in reported), any(t < onset_s for t in reported)


def doze_figures(layout_name: str, seeds: Iterable[int], jobs: int = 1) -> list[Figure]:
    """Falling asleep told in time or not; and how many awake, in whichever way they breathe, are told to doze."""
    listed = list(seeds)
    found = {
        kind: every(doze_trial, [(kind, seed, layout_name) for seed in listed], jobs)  # type: ignore[arg-type]
        for kind in DOZE_TRIALS
    }
    awake = {kind: 100 * sum(early for _, early in each) / len(listed) for kind, each in found.items()}
    missed = 100 * sum(not hit for hit, _ in found["dozes"]) / len(listed)
    n = len(listed)
    return [
        Figure("dozes not reported within 120 s", missed, 10.0, n, "%"),
        Figure("dozes reported before the onset", awake["dozes"], 5.0, n, "%"),
        Figure("dozes reported while breathing slowly", awake["paced"], 5.0, n, "%"),
        Figure("dozes reported of others awake", awake["awake"], 5.0, n, "%"),
        Figure("dozes reported of the corpus awake", awake["corpus"], 5.0, n, "%"),
    ]


def shoulder_figures(layout_name: str, seeds: Iterable[int]) -> list[Figure]:
    """Shoulders that sink by 15 to 40 % of what they bore within minutes, and sessions in which they do not."""
    layout = mat_layout(layout_name)
    missed = false = count = 0
    for seed in seeds:
        count += 1
        uniform = stream(seed, "relaxing").uniform
        steps: list[dict[str, object]] = [{"at_s": 5, "do": "lie_down"}]
        end: dict[str, object] = {"at_s": 580, "do": "get_up"}
        relax: dict[str, object] = {"at_s": 120, "do": "relax", "amount": uniform(0.15, 0.4), "for_s": uniform(120, 300)}
        sinks = _scenario("relax", seed, layout, [*steps, relax, end], duration_s=590)
        missed += not run(SimulatedMat(sinks, layout)).times(EventType.SHOULDERS_RELAXED)
        lies = _scenario("rests", seed, layout, [*steps, end], duration_s=590)
        false += bool(run(SimulatedMat(lies, layout)).times(EventType.SHOULDERS_RELAXED))
    return [
        Figure("relaxing shoulders missed", 100 * missed / count, 20.0, count, "%"),
        Figure("relaxing shoulders invented", 100 * false / count, 5.0, count, "%"),
    ]


def mode_figures(layout_name: str, seeds: Iterable[int]) -> list[Figure]:
    """Modes told wrongly, and how often the mat says that it does not know; a state every five seconds while it is used."""
    layout = mat_layout(layout_name)
    wrong = unknown = count = 0
    for seed in seeds:
        use = USES[seed % len(USES)]
        steps: list[dict[str, object]] = [{"at_s": 10, "do": "lie_down"}, {"at_s": 190, "do": "get_up"}]
        scenario = _scenario("mode", seed, layout, steps, duration_s=210, use=use)
        for t_s, state in run(SimulatedMat(scenario, layout), sample_s=5.0).states:
            if 20 <= t_s <= 188:
                count += 1
                unknown += state.mode is Mode.UNKNOWN
                wrong += state.mode is not Mode.UNKNOWN and state.mode != use
    return [
        Figure("mode reported wrongly", 100 * wrong / count if count else math.nan, 10.0, count, "%"),
        Figure("mode not known", 100 * unknown / count if count else math.nan, 100.0, count, "%"),
    ]


MEASURES = (shift_figures, loading_figures, doze_figures, shoulder_figures, mode_figures)
