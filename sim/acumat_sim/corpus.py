"""Random people and nuisances for sweeps over many seeds."""

from __future__ import annotations

from acumat_hw.errors import InputError
from acumat_hw.layout import Layout
from acumat_sim.scenario import Scenario, parse_scenario
from acumat_sim.streams import stream

NUISANCES = ("cat", "box", "press", "fold", "edge", "standing", "drift", "glitch")


def people_scenario(seed: int, layout: Layout) -> Scenario:
    """A random person who lies down once for 3 to 6 minutes, on parts that differ by up to 25 %."""
    random_ = stream(seed, "people")
    lies_s = random_.uniform(15, 30)
    gets_up_s = lies_s + random_.uniform(180, 360)
    uniform = random_.uniform
    return parse_scenario(
        f"people-{seed}",
        {
            "description": "a random person, one session",
            "seed": seed,
            "duration_s": gets_up_s + 40,
            "surface": random_.choice(("bed", "carpet", "floor")),
            "spread": uniform(0.0, 0.25),
            "person": {
                "mass_kg": uniform(45, 130),
                "height_m": uniform(1.52, 1.95),
                "build": uniform(0.85, 1.2),
                "breaths_per_min": uniform(5, 25),
                "depth": uniform(0.006, 0.04),
                "irregularity": uniform(0.02, 0.12),
                "moves_per_min": uniform(0, 2),
                "bias": max(-0.2, min(0.2, random_.gauss(0, 0.06))),
                "x_mm": max(-40, min(40, random_.gauss(0, 12))),
                "y_mm": max(-60, min(60, random_.gauss(0, 20))),
            },
            "step": [
                {"at_s": lies_s, "do": "lie_down", "over_s": uniform(0.6, 6)},
                {"at_s": gets_up_s, "do": "get_up", "over_s": uniform(1, 5)},
            ],
        },
        layout,
    )


def nuisance_scenario(kind: str, seed: int, layout: Layout, *, stay_s: float | None = None) -> Scenario:
    """Something that is no lying person; `stay_s` overrides how long it stays. Raises InputError for an unknown kind."""
    if kind not in NUISANCES:
        raise InputError(f"no nuisance {kind!r}; choose one of {', '.join(NUISANCES)}")
    random_ = stream(seed, f"nuisance {kind}")
    uniform = random_.uniform
    name, low_kg, high_kg, low_s, high_s = {
        "cat": ("cat", 2.0, 8.0, 5.0, 120.0),
        "box": ("place_box", 1.0, 15.0, 20.0, 180.0),
        "press": (random_.choice(("hand", "knee")), 4.0, 40.0, 0.5, 10.0),
        "fold": ("fold", 0.5, 2.0, 60.0, 180.0),
        "edge": ("edge", 20.0, 60.0, 5.0, 90.0),
        "standing": ("stand", 45.0, 110.0, 2.0, 30.0),
        "drift": ("", 0.0, 0.0, 0.0, 0.0),
        "glitch": ("glitch", 0.0, 0.0, 0.05, 2.0),
    }[kind]
    step: dict[str, object] = {"at_s": 15.0, "do": name, "for_s": stay_s or uniform(max(low_s, 0.05), max(high_s, 0.1))}
    if high_kg:
        step["mass_kg"] = uniform(low_kg, high_kg)
    if kind in ("cat", "box", "press"):
        step |= {"x_mm": uniform(-150, 150), "y_mm": uniform(-280, 280)}
    stays_s = float(str(step["for_s"])) if name else 600.0
    data: dict[str, object] = {
        "description": f"{kind}, nobody lies",
        "seed": seed,
        "duration_s": 15 + stays_s + 40,
        "surface": random_.choice(("bed", "carpet", "floor")),
        "spread": uniform(0.0, 0.25),
        "drift_us_per_h": uniform(5, 60) if kind == "drift" else 0.0,
        "step": [step] if name else [],
    }
    return parse_scenario(f"{kind}-{seed}", data, layout)
