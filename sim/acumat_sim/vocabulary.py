"""What a scenario file may say: every key with its range, its default and its meaning, and every verb of a step.

The parser checks against these tables, and docs/scenarios.md is written from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from acumat_hw.layout import PRESETS, Layout
from acumat_sim.body import POSES
from acumat_sim.faults import CHIP_FAULTS, DEFAULTS, FAULTS, LIMITS, LONGEST_S, SENSOR_FAULTS
from acumat_sim.mat import CLOTHING_MM, SURFACES
from acumat_sim.shaking import SHAKES
from acumat_sim.source import STEPS

MAX_STEPS = 10_000
MAX_FAULTS = 1000


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `low` to `high`. Without a default it is required, unless `absent` says what holds without it."""

    low: float
    high: float
    meaning: str
    default: float | None = None
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words. Without a default it is required."""

    options: tuple[str, ...]
    meaning: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    meaning: str
    default: bool


@dataclass(frozen=True, slots=True)
class Text:
    meaning: str


@dataclass(frozen=True, slots=True)
class Chip:
    """The address of one of the mat's converters; without it all of them are meant."""

    options: tuple[int, ...]
    meaning: str


Key = Number | Choice | Flag | Text | Chip

TOP: dict[str, Key] = {
    "description": Text("one sentence on what happens, shown by `acumat simulate --list`"),
    "duration_s": Number(1, LONGEST_S, "length of the scenario in seconds"),
    "seed": Number(0, 2**63, "start of all random numbers: the same seed gives the same readings, bit for bit", default=1),
    "layout": Choice(tuple(PRESETS), "sensors of the mat, rows x columns", default="4x2"),
    "surface": Choice(tuple(SURFACES), "what the mat lies on", default="carpet"),
    "clothing": Choice(tuple(CLOTHING_MM), "what lies between body and spikes", default="skin"),
    "spread": Number(0, 0.3, "how much the sensors differ from each other, as a share (standard deviation)", default=0.06),
    "drift_us_per_h": Number(0, 1000, "how fast the sensors' idle conductance drifts, in microsiemens an hour", default=0.0),
    "ends": Flag("whether the sensors stop when the scenario is over; false: the last state lasts", default=True),
    "converter": Choice(
        tuple(STEPS), "which converters read the sensors; the 12-bit ADS1015 gives multiples of 16", default="ads1115"
    ),
    "shaken_by": Choice(
        ("nothing", *SHAKES), "what shakes the mat from outside, all the time or now and then", default="nothing"
    ),
    "use": Choice(("back", *POSES), "how the person uses the mat", default="back"),
}
"""The keys above the first table."""
PERSON: dict[str, Number] = {
    "mass_kg": Number(0.5, 200, "body mass in kg", default=75),
    "height_m": Number(1.3, 2.2, "height in metres", default=1.72),
    "build": Number(0.7, 1.5, "width of the body; 1 is average", default=1),
    "breaths_per_min": Number(3, 40, "breaths a minute", default=14),
    "depth": Number(0, 0.2, "how far the breath swings the load, as a share of it", default=0.02),
    "irregularity": Number(0, 0.3, "how much the breaths differ in length, as a share", default=0.05),
    "belly_lag": Number(0, 0.3, "how far the belly follows the chest, as a share of a breath", default=0.04),
    "sighs_per_h": Number(0, 60, "deep breaths an hour", default=0.0),
    "heart": Number(0, 0.02, "swing of the load with the heartbeat, as a share", default=0.0),
    "sway": Number(0, 0.05, "slow wander of the load, as a share", default=0.0),
    "moves_per_min": Number(0, 20, "small moves a minute, from lying down to getting up or dozing", default=1),
    "bias": Number(-0.6, 0.6, "more load on the mat's right side (below 0: left), as a share", default=0),
    "x_mm": Number(-300, 300, "place on the mat, to the right of its middle, in mm", default=0),
    "y_mm": Number(-400, 400, "place on the mat, towards its head end, in mm", default=0),
}
"""The keys of [person]; one person uses the mat in a scenario, as often as the steps say."""

AT_S = Number(0, LONGEST_S, "seconds since the start; not before the step above")
_OVER_S = Number(0.05, 60, "how long the movement takes, in seconds")
_FOR_S = Number(0.05, LONGEST_S, "after so many seconds it is undone", absent="it lasts")
_SIT_S = Number(0, 3600, "seconds of sitting on the mat in between", default=0.0)
_AMOUNT = Number(-1, 1, "how far; above 0 to the mat's right, below 0 to its left", default=0.4)
STEP_KEYS = {"over_s": _OVER_S, "for_s": _FOR_S, "sit_s": _SIT_S, "amount": _AMOUNT}
"""What these keys mean with most verbs."""
_X_MM = replace(PERSON["x_mm"], default=0.0)
_Y_MM = replace(PERSON["y_mm"], default=0.0)


@dataclass(frozen=True, slots=True)
class Verb:
    """What a step does, in words, and the keys that it takes beside `do` and `at_s`."""

    happens: str
    keys: Mapping[str, Number] = field(default_factory=dict)

    @property
    def defaults(self) -> dict[str, float]:
        return {name: key.default for name, key in self.keys.items() if key.default is not None}


def _thing(happens: str, mass_kg: float) -> Verb:
    keys = {
        "mass_kg": Number(0.5, 200, "mass in kg that presses", default=mass_kg),
        "over_s": replace(_OVER_S, default=0.4),
        "for_s": replace(_FOR_S, meaning="after so many seconds it is gone", absent="until `remove`"),
        "size": Number(0.3, 3, "size of what touches the mat; 1 is usual", default=1.0),
        "x_mm": _X_MM,
        "y_mm": _Y_MM,
    }
    return Verb(happens, keys)


MOVES: dict[str, Verb] = {
    "lie_down": Verb("the person lies down", {"over_s": replace(_OVER_S, default=2.0), "sit_s": _SIT_S}),
    "get_up": Verb("the person gets up", {"over_s": replace(_OVER_S, default=2.0), "sit_s": _SIT_S}),
    "lift": Verb("the person lifts off the mat", {"over_s": replace(_OVER_S, default=2.0), "for_s": _FOR_S}),
    "arm": Verb("the person lifts an arm", {"over_s": replace(_OVER_S, default=2.0), "for_s": _FOR_S}),
    "lean": Verb("the person leans over", {"amount": _AMOUNT, "over_s": replace(_OVER_S, default=2.0), "for_s": _FOR_S}),
    "roll": Verb("the person rolls over", {"amount": _AMOUNT, "over_s": replace(_OVER_S, default=2.0), "for_s": _FOR_S}),
    "turn": Verb(
        "the person turns end for end: from now on the head is at the foot end",
        {
            "x_mm": replace(_X_MM, default=None, absent="as before"),
            "y_mm": replace(_Y_MM, default=None, absent="as before"),
        },
    ),
    "relax": Verb(
        "the shoulders sink into the mat",
        {
            "amount": Number(-1, 1, "how much more they press, as a share", default=0.3),
            "for_s": replace(_FOR_S, meaning="how long that takes, in seconds", default=180.0, absent=""),
        },
    ),
    "talk": Verb("the person talks", {"for_s": _FOR_S}),
    "doze": Verb("the person falls asleep and does not move any more"),
}
"""What the person does."""
THINGS: dict[str, Verb] = {
    "place_box": _thing("somebody puts a box on the mat", 8.0),
    "press_box": _thing("somebody leans on a box on the mat", 5.0),
    "cat": _thing("a cat comes, walks about and lies down", 4.5),
    "hand": _thing("a hand presses on the mat", 6.0),
    "knee": _thing("a knee presses on the mat", 25.0),
    "edge": _thing("somebody sits on the mat's left edge", 40.0),
    "stand": _thing("somebody stands on the mat", 75.0),
    "fold": _thing("the mat is folded", 1.0),
    "drag": _thing("somebody drags the mat by two hands", 2.5),
}
"""What presses on the mat and is no lying person."""
OTHERS: dict[str, Verb] = {
    "dog": Verb(
        "a dog comes, walks about and lies down",
        {
            "mass_kg": Number(5, 70, "mass in kg", default=25),
            "for_s": replace(_FOR_S, meaning="after so many seconds it is gone", absent="to the end"),
        },
    ),
    "remove": Verb("all things are taken off the mat", {"over_s": replace(_OVER_S, default=0.5)}),
    "glitch": Verb(
        "one sensor reads the full supply for a moment",
        {"for_s": replace(_FOR_S, meaning="for how long, in seconds", default=0.3, absent="")},
    ),
}
VERBS: dict[str, Verb] = {**MOVES, **THINGS, **OTHERS}


def fault_keys(do: str, layout: Layout) -> dict[str, Key]:
    """The keys of a [[fault]] beside `do`."""
    sensor = Choice(tuple(each.name for each in layout.sensors), "which sensor, by row and column from the head end's left")
    keys: dict[str, Key] = {
        "at_s": Number(0, LONGEST_S, "seconds since the start"),
        "for_s": Number(0.001, LONGEST_S, "after so many seconds it is over", absent="to the end"),
    }
    if do in SENSOR_FAULTS:
        keys["sensor"] = sensor
    if do == "swapped":
        keys["with"] = replace(sensor, meaning="the other sensor")
    if do in CHIP_FAULTS:
        keys["chip"] = Chip(tuple(sorted({each.chip for each in layout.sensors})), "which converter")
    if do in LIMITS:
        keys["amount"] = Number(*LIMITS[do], FAULTS[do], default=DEFAULTS.get(do))
    return keys


def step_text(do: str, values: Mapping[str, float]) -> str:
    """What a step does, as a sentence."""
    happens = VERBS[do].happens
    lasting = f", for {values['for_s']:g} s" if "for_s" in values and do != "relax" else ""
    return f"{happens[0].upper()}{happens[1:]}{lasting}."


def fault_text(do: str, values: Mapping[str, Any]) -> str:
    """What a fault is, as a sentence."""
    chip = f"converter 0x{values['chip']:02x}" if "chip" in values else ""
    place = values.get("sensor", chip)
    amount = f", amount {values['amount']:g}" if "amount" in values else ""
    lasting = f", for {values['for_s']:g} s" if "for_s" in values else ""
    return f"The fault `{do}` begins{f' at {place}' if place else ''}{amount}{lasting}."
