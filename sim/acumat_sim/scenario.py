"""Named, seeded timelines from readable TOML files, with what is really true of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from acumat_hw.errors import InputError
from acumat_hw.layout import PRESETS, Layout, grid
from acumat_hw.text_file import read_text, shown_path, shown_text
from acumat_hw.toml_file import parse_toml
from acumat_sim.body import POSES, Occupant
from acumat_sim.faults import Fault, parse_faults
from acumat_sim.fsr import EXPONENT_SPREAD, EXPONENTS, FsrTraits, random_traits
from acumat_sim.mat import CLOTHING_MM, SURFACES, Field, Glitch
from acumat_sim.streams import stream
from acumat_sim.timeline import PERSON_STEPS, THINGS, Stage

FOLDER = Path(__file__).with_name("scenarios")
RM_OHM = 3300.0
MAX_STEPS = 10_000
NUMBERS: dict[str, tuple[float, float]] = {
    "seed": (0, 2**63),
    "duration_s": (1, 864000),
    "spread": (0, 0.3),
    "drift_us_per_h": (0, 1000),
    "mass_kg": (0.5, 200),
    "height_m": (1.3, 2.2),
    "build": (0.7, 1.5),
    "breaths_per_min": (3, 40),
    "depth": (0, 0.2),
    "irregularity": (0, 0.3),
    "belly_lag": (0, 0.3),
    "sighs_per_h": (0, 60),
    "heart": (0, 0.02),
    "sway": (0, 0.05),
    "moves_per_min": (0, 20),
    "bias": (-0.6, 0.6),
    "x_mm": (-300, 300),
    "y_mm": (-400, 400),
    "at_s": (0, 864000),
    "over_s": (0.05, 60),
    "for_s": (0.05, 864000),
    "sit_s": (0, 3600),
    "size": (0.3, 3),
    "amount": (-1, 1),
}
"""Allowed numbers by key, wherever the key stands."""
TOP_KEYS = (
    "description",
    "seed",
    "duration_s",
    "layout",
    "surface",
    "clothing",
    "spread",
    "drift_us_per_h",
    "ends",
    "use",
    "person",
    "step",
    "fault",
)
PERSON_KEYS = (
    "mass_kg",
    "height_m",
    "build",
    "breaths_per_min",
    "depth",
    "irregularity",
    "belly_lag",
    "sighs_per_h",
    "heart",
    "sway",
    "moves_per_min",
    "bias",
    "x_mm",
    "y_mm",
)
STEP_KEYS = ("at_s", "do", "over_s", "for_s", "sit_s", "size", "amount", "mass_kg", "x_mm", "y_mm")


@dataclass(frozen=True, slots=True)
class Interval:
    """Seconds since the scenario's start."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class ContactInterval:
    """First contact, the moment 60 % of the settled load is on (None if it never is), and last contact, in seconds.

    Of a person 60 % of the trunk must be on as well: a sitting one loads the pelvis with more than that.
    """

    first_s: float
    loaded_s: float | None
    last_s: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything a SimulatedMat needs, and the intervals that are true."""

    name: str
    description: str
    seed: int
    duration_s: float
    layout: Layout
    surface: str
    occupants: tuple[Occupant, ...]
    traits: tuple[FsrTraits, ...]
    glitches: tuple[Glitch, ...] = ()
    ends: bool = True
    clothing: str = "skin"
    faults: tuple[Fault, ...] = ()
    bus_faults: tuple[Fault, ...] = ()
    """Those of sensors and supply, and those of converters and bus."""

    def lying(self) -> tuple[Interval, ...]:
        """When somebody really lies, to 0.05 s; a lift off the mat divides it."""
        field = Field(self.occupants, self.surface, self.layout, self.clothing)
        return tuple(Interval(a, b) for a, b in _spans(field.lying, self.duration_s))

    def contacts(self) -> tuple[ContactInterval, ...]:
        """When anything presses with more than 2 N on the pads, to 0.05 s; settled is the span's median force."""
        field = Field(self.occupants, self.surface, self.layout, self.clothing)
        found = []
        for first_s, last_s in _spans(lambda t_s: sum(field.forces_n(t_s)) > 2.0, self.duration_s):
            times = [first_s + TRUTH_STEP_S * i for i in range(int((last_s - first_s) / TRUTH_STEP_S) + 1)]
            loads = [sum(field.forces_n(t_s)) for t_s in times]
            enough = 0.6 * sorted(loads)[len(loads) // 2]
            things = not any(occupant.is_person_lying for occupant in self.occupants)
            loaded = (t for t, n in zip(times, loads, strict=True) if n >= enough and (things or field.lying(t, 0.6)))
            found.append(ContactInterval(first_s, next(loaded, None), last_s))
        return tuple(found)


TRUTH_STEP_S = 0.05


def _spans(true_at: Callable[[float], bool], duration_s: float) -> Iterable[tuple[float, float]]:
    start_s: float | None = None
    for index in range(int(duration_s / TRUTH_STEP_S) + 1):
        t_s = index * TRUTH_STEP_S
        now = true_at(t_s)
        if now and start_s is None:
            start_s = t_s
        elif not now and start_s is not None:
            yield start_s, t_s
            start_s = None
    if start_s is not None:
        yield start_s, duration_s


def scenario_names() -> tuple[str, ...]:
    """The scenarios that come with the simulator."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.toml")))


def load_scenario(name_or_path: str | Path, layout: Layout | None = None, seed: int | None = None) -> Scenario:
    """A named scenario or a TOML file; `layout` and `seed` override the file's.

    Raises InputError with file, key and what is allowed.
    """
    path = Path(name_or_path)
    if str(name_or_path) in scenario_names():
        text = (FOLDER / f"{name_or_path}.toml").read_text(encoding="utf-8")
    elif path.suffix == ".toml":
        text = read_text(path)
    else:
        raise InputError(
            f"no scenario {shown_text(str(name_or_path))!r}; choose one of {', '.join(scenario_names())} or give a .toml file"
        )
    data = parse_toml(text, shown_path(path)).data
    values = data if seed is None else {**data, "seed": seed}
    return parse_scenario(path.stem, values, layout, file=shown_path(path) if path.suffix == ".toml" else "")


def parse_scenario(name: str, data: Mapping[str, object], layout: Layout | None = None, *, file: str = "") -> Scenario:
    """A scenario from a TOML document's values; messages name the `file`, if there is one."""
    source = file or name
    _known(source, data, TOP_KEYS)
    seed = int(number(source, data, "seed", 1))
    duration_s = number(source, data, "duration_s", None)
    preset = _choice(source, data, "layout", tuple(PRESETS), "4x2")
    layout = layout or grid(*PRESETS[preset], rm_ohm=RM_OHM)
    person, steps = data.get("person", {}), data.get("step", [])
    if not isinstance(person, dict) or not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise InputError(f"{source}: person must be a table and step a list of tables ([[step]])")
    _known(f"{source}: person", person, PERSON_KEYS)
    use = _choice(source, data, "use", ("back", *POSES), "back")
    stage = Stage(seed, duration_s, {key: number(f"{source}: person", person, key, None) for key in person}, use)
    _play(source, stage, steps)
    spread = number(source, data, "spread", 0.06)
    drift = number(source, data, "drift_us_per_h", 0.0)
    low, high = EXPONENTS
    exponent = stream(seed, "batch of parts").uniform(low + EXPONENT_SPREAD, high - EXPONENT_SPREAD)
    parts = tuple(
        random_traits(stream(seed, f"part {i}"), spread, drift, exponent=exponent) for i in range(len(layout.sensors))
    )
    ends = data.get("ends", True)
    if not isinstance(ends, bool):
        raise InputError(f"{source}: ends is {shown_text(repr(ends))}; allowed: true, false")
    glitches = tuple(Glitch(int(at_s) % len(layout.sensors), at_s, for_s, layout.vcc_v) for at_s, for_s in stage.glitches)
    return Scenario(
        name,
        str(data.get("description", "")),
        seed,
        duration_s,
        layout,
        _choice(source, data, "surface", tuple(SURFACES), "carpet"),
        stage.occupants(),
        parts,
        glitches,
        ends,
        _choice(source, data, "clothing", tuple(CLOTHING_MM), "skin"),
        *parse_faults(source, data.get("fault", []), layout, duration_s),
    )


def _play(source: str, stage: Stage, steps: list[dict[str, object]]) -> None:
    last_s = 0.0
    if len(steps) > MAX_STEPS:
        raise InputError(f"{source}: has {len(steps)} steps; allowed: up to {MAX_STEPS}")
    for index, step in enumerate(steps, start=1):
        place = f"{source}: step {index}"
        _known(place, step, STEP_KEYS)
        do = _choice(place, step, "do", (*PERSON_STEPS, *THINGS, "remove", "glitch"), None)
        values = {key: number(place, step, key, None) for key in step if key != "do"}
        if values.get("at_s", -1.0) < last_s:
            raise InputError(f"{place}: at_s must be there and not before the step above it ({last_s:g})")
        last_s = values["at_s"]
        stage.play(do, values)


def number(place: str, data: Mapping[str, object], key: str, default: float | None) -> float:
    """A number within its limits, or the default; None makes the key required."""
    value = data.get(key, default)
    low, high = NUMBERS[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InputError(f"{place}: {key} is {shown_text(repr(value))}; allowed: a number from {low:g} to {high:g}")
    return value


def _choice(place: str, data: Mapping[str, object], key: str, allowed: tuple[str, ...], default: str | None) -> str:
    value = data.get(key, default)
    if not isinstance(value, str) or value not in allowed:
        raise InputError(f"{place}: {key} is {shown_text(repr(value))}; allowed: {', '.join(allowed)}")
    return value


def _known(place: str, data: Mapping[str, object], allowed: tuple[str, ...]) -> None:
    for key in data:
        if key not in allowed:
            raise InputError(f"{place}: unknown key {shown_text(key)!r}; allowed: {', '.join(allowed)}")
