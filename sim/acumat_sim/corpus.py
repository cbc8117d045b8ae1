"""Random people and nuisances for sweeps over many seeds."""

from __future__ import annotations

import random
from collections.abc import Mapping

from acumat_hw.errors import InputError
from acumat_hw.layout import Layout
from acumat_sim.scenario import Scenario, parse_scenario
from acumat_sim.streams import stream

NUISANCES = ("cat", "box", "press", "fold", "edge", "standing", "drift", "glitch")
HARDER = ("heavy_box", "leaned_on", "knocked")
"""Beyond what is asked: a box or trunk of up to 40 kg, somebody who leans on a box, and knocks on one."""
SURFACES = ("bed", "carpet", "floor")
CLOTHES = ("skin", "shirt")
BREATHS = ("even", "uneven", "slow", "shallow", "talking")
"""Ways of breathing that the sweep over breathing distinguishes."""
LONGEST_LIFT_S = 15.0
"""Lifts in these sessions stay clearly below the 20 s that end one: other tests cover what lies between."""


def people_scenario(seed: int, layout: Layout, *, lies_for_s: float | None = None) -> Scenario:
    """A random person who lies once, for 3 to 6 minutes or `lies_for_s`, on parts that differ by up to 25 %.

    They come fast or slowly, some sit first; some roll, lean, lift an arm or the whole trunk; some sit up before they leave.
    With `lies_for_s` they do one or the other about every minute.
    """
    random_ = stream(seed, "people")
    uniform = random_.uniform
    lies_s = uniform(15, 30)
    comes: dict[str, object] = {"at_s": lies_s, "do": "lie_down", "over_s": uniform(0.6, 6)}
    if random_.random() < 0.25:
        comes["sit_s"] = uniform(1, 10)
    long_s = uniform(180, 360) if lies_for_s is None else lies_for_s
    steps = [comes]
    moved_s = lies_s + 40.0
    gets_up_s = lies_s + 20.0 + long_s
    while moved_s < gets_up_s - 60 and (lies_for_s is not None or random_.random() < 0.6):
        step = _move(random_, moved_s)
        steps.append(step)
        moved_s += float(str(step["for_s"])) + uniform(15, 60)
    goes: dict[str, object] = {"at_s": gets_up_s, "do": "get_up", "over_s": uniform(0.8, 6)}
    if random_.random() < 0.25:
        goes["sit_s"] = uniform(1, 15)
    return parse_scenario(
        f"people-{seed}",
        {
            "description": "a random person, one session",
            "seed": seed,
            "duration_s": gets_up_s + 60,
            "surface": random_.choice(SURFACES),
            "clothing": random_.choice(CLOTHES),
            "spread": uniform(0.0, 0.25),
            "drift_us_per_h": uniform(0, 10),
            "person": {
                "mass_kg": uniform(45, 130),
                "height_m": uniform(1.52, 1.95),
                "build": uniform(0.85, 1.2),
                "breaths_per_min": uniform(5, 25),
                "depth": uniform(0.006, 0.04),
                "irregularity": uniform(0.02, 0.12),
                **_breathing(seed),
                "moves_per_min": uniform(0, 2),
                "bias": max(-0.2, min(0.2, random_.gauss(0, 0.06))),
                "x_mm": max(-40, min(40, random_.gauss(0, 12))),
                "y_mm": max(-60, min(60, random_.gauss(0, 20))),
            },
            "step": [*steps, goes],
        },
        layout,
    )


def breathing_scenario(seed: int, layout: Layout, *, lies_for_s: float = 300.0) -> Scenario:
    """Somebody who lies for a while, moves seldom, and breathes evenly, unevenly, slowly, shallowly or while talking."""
    random_ = stream(seed, "breathing people")
    uniform = random_.uniform
    kind = BREATHS[seed % len(BREATHS)]
    depth, irregularity, per_min = uniform(0.006, 0.04), uniform(0.02, 0.12), uniform(5, 25)
    if kind == "uneven":
        irregularity = uniform(0.12, 0.2)
    elif kind == "slow":
        per_min = uniform(5, 7)
    elif kind == "shallow":
        depth = uniform(0.002, 0.006)
    steps: list[dict[str, object]] = [{"at_s": 10, "do": "lie_down", "over_s": uniform(0.6, 6)}]
    if kind == "talking":
        steps += [{"at_s": 10 + part * lies_for_s, "do": "talk", "for_s": uniform(20, 60)} for part in (0.35, 0.7)]
    steps.append({"at_s": 10 + lies_for_s, "do": "get_up"})
    return parse_scenario(
        f"breathing-{kind}-{seed}",
        {
            "description": f"a random person whose breath is {kind}",
            "seed": seed,
            "duration_s": lies_for_s + 30,
            "surface": random_.choice(SURFACES),
            "clothing": random_.choice(CLOTHES),
            "spread": uniform(0.0, 0.25),
            "person": {
                "mass_kg": uniform(45, 130),
                "height_m": uniform(1.52, 1.95),
                "build": uniform(0.85, 1.2),
                "breaths_per_min": per_min,
                "depth": depth,
                "irregularity": irregularity,
                **_breathing(seed),
                "moves_per_min": uniform(0, 1),
                "bias": max(-0.2, min(0.2, random_.gauss(0, 0.06))),
                "x_mm": max(-40, min(40, random_.gauss(0, 12))),
                "y_mm": max(-60, min(60, random_.gauss(0, 20))),
            },
            "step": steps,
        },
        layout,
    )


def _breathing(seed: int) -> dict[str, object]:
    """The rest of a person's breathing; drawn separately."""
    uniform = stream(seed, "ways of breathing").uniform
    return {
        "belly_lag": uniform(0.0, 0.1),
        "sighs_per_h": uniform(0, 15),
        "heart": uniform(0.0002, 0.001),
        "sway": uniform(0.0, 0.015),
    }


def _move(random_: random.Random, at_s: float) -> dict[str, object]:
    """Something that people do while they lie."""
    uniform = random_.uniform
    do = random_.choice(("roll", "lean", "arm", "arm", "lift"))
    step: dict[str, object] = {"at_s": at_s, "do": do, "over_s": uniform(0.6, 2.5), "for_s": uniform(5, 40)}
    if do == "roll":
        step["amount"] = random_.choice((-1, 1)) * uniform(0.3, 1.0)
    elif do == "lean":
        step["amount"] = random_.choice((-1, 1)) * uniform(0.05, 0.4)
    elif do == "lift":
        step["for_s"] = uniform(4, LONGEST_LIFT_S)
    return step


def nuisance_scenario(kind: str, seed: int, layout: Layout, *, stay_s: float | None = None) -> Scenario:
    """Something that is no lying person; `stay_s` overrides how long it stays. Raises InputError for an unknown kind."""
    if kind not in (*NUISANCES, *HARDER):
        raise InputError(f"no nuisance {kind!r}; choose one of {', '.join((*NUISANCES, *HARDER))}")
    random_ = stream(seed, f"nuisance {kind}")
    uniform = random_.uniform
    name, low_kg, high_kg, low_s, high_s = {
        "cat": ("cat", 2.0, 8.0, 5.0, 120.0),
        "box": ("place_box", 1.0, 15.0, 20.0, 180.0),
        "heavy_box": ("place_box", 15.0, 40.0, 20.0, 180.0),
        "leaned_on": ("place_box", 10.0, 40.0, 90.0, 180.0),
        "knocked": ("place_box", 10.0, 40.0, 90.0, 180.0),
        "press": (random_.choice(("hand", "knee")), 4.0, 40.0, 0.5, 10.0),
        "fold": random_.choice((("fold", 0.5, 2.0, 60.0, 180.0), ("drag", 1.0, 8.0, 2.0, 15.0))),
        "edge": ("edge", 20.0, 60.0, 5.0, 90.0),
        "standing": ("stand", 45.0, 110.0, 2.0, 30.0),
        "drift": ("", 0.0, 0.0, 0.0, 0.0),
        "glitch": ("glitch", 0.0, 0.0, 0.05, 2.0),
    }[kind]
    stays_s = (stay_s or uniform(low_s, high_s)) if name else 600.0
    step: dict[str, object] = {"at_s": 15.0, "do": name, "for_s": stays_s}
    if high_kg:
        step["mass_kg"] = uniform(low_kg, high_kg)
    if kind in ("cat", "press") or name == "place_box":
        step |= {"x_mm": uniform(-150, 150), "y_mm": uniform(-280, 280)}
    if name == "place_box":
        step["size"] = uniform(0.5, 2.5)
    if kind == "standing":
        step["y_mm"] = uniform(-280, 280)
    if kind == "edge":
        step["x_mm"] = uniform(0, 40)
    steps = _nuisance_steps(kind, step, random_)
    data: dict[str, object] = {
        "description": f"{kind}, nobody lies",
        "seed": seed,
        "duration_s": 20 + stays_s + 40,
        "surface": random_.choice(SURFACES),
        "clothing": random_.choice(CLOTHES),
        "spread": uniform(0.0, 0.25),
        "drift_us_per_h": uniform(5, 60) if kind == "drift" else 0.0,
        "step": steps if name else [],
    }
    return parse_scenario(f"{kind}-{seed}", data, layout)


def _nuisance_steps(kind: str, step: dict[str, object], random_: random.Random) -> list[dict[str, object]]:
    """The step, and what follows it: more glitches, somebody who leans on the box or knocks it."""
    uniform = random_.uniform
    if kind == "glitch":
        return [step | {"at_s": 15.0 + index} for index in range(random_.randint(1, 4))]
    steps = [step]
    if kind == "leaned_on":
        steps.append(_on_it(step, at_s=uniform(20, 40), for_s=uniform(3, 20), mass_kg=uniform(3, 15), over_s=uniform(0.5, 2)))
    elif kind == "knocked":
        for _ in range(random_.randint(1, 5)):
            at_s = float(str(steps[-1]["at_s"])) + uniform(5, 15)
            steps.append(_on_it(step, at_s=at_s, for_s=0.15, mass_kg=uniform(0.5, 3), over_s=0.08))
    return steps


def _on_it(box: Mapping[str, object], **step: float) -> dict[str, object]:
    """A hand on the box: it presses where the box does."""
    return {"do": "press_box", "x_mm": box["x_mm"], "y_mm": box["y_mm"], "size": box["size"], **step}
