"""Named, seeded timelines from readable TOML files, with what is really true of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acumat_hw.errors import InputError
from acumat_hw.layout import PRESETS, Layout, grid
from acumat_hw.problems import did_you_mean
from acumat_hw.text_file import read_text, shown_path, shown_text
from acumat_hw.toml_file import TomlDocument, parse_toml
from acumat_sim.body import Occupant
from acumat_sim.checker import Checker
from acumat_sim.faults import BUS_FAULTS, CHIP_FAULTS, FAULTS, Fault
from acumat_sim.fsr import EXPONENT_SPREAD, EXPONENTS, FsrTraits, random_traits
from acumat_sim.mat import Field
from acumat_sim.mat_traits import IDEAL, MatTraits
from acumat_sim.shaking import SHAKES, Shake
from acumat_sim.staging import Glitch
from acumat_sim.streams import stream
from acumat_sim.timeline import Stage
from acumat_sim.vocabulary import (
    AT_S,
    MAX_FAULTS,
    MAX_STEPS,
    MOVES,
    PERSON,
    TOP,
    VERBS,
    Choice,
    fault_keys,
    fault_text,
    step_text,
)

FOLDER = Path(__file__).with_name("scenarios")
RM_OHM = 3300.0
ON_THE_BUS = {**CHIP_FAULTS, **BUS_FAULTS}
VERB = Choice(tuple(VERBS), "what happens")
FAULT = Choice(tuple(FAULTS), "what breaks")


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
    story: tuple[tuple[float, str], ...] = ()
    """What happens, in the order of time: seconds since the start, and a sentence."""
    shakes: tuple[Shake, ...] = ()
    mat: MatTraits = IDEAL
    mode: str = "unknown"
    """How the mat is really used: back, neck, legs, sitting, standing or unknown."""

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
    """The scenarios that come with acumat."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.toml")))


def load_scenario(name_or_path: str | Path, layout: Layout | None = None, seed: int | None = None) -> Scenario:
    """A named scenario or a TOML file; `layout` and `seed` override the file's.

    Raises InputError with a line for each problem: file, line, key, and what is allowed.
    """
    path = Path(name_or_path)
    if str(name_or_path) in scenario_names():
        text = (FOLDER / f"{name_or_path}.toml").read_text(encoding="utf-8")
    elif path.suffix == ".toml":
        text = read_text(path)
    else:
        name = str(name_or_path)
        hint = did_you_mean(name, scenario_names()) or "."
        raise InputError(f'no scenario "{shown_text(name)}"{hint} acumat simulate --list shows all; a file ends in .toml')
    document = parse_toml(text, shown_path(path))
    data = document.data if seed is None else {**document.data, "seed": seed}
    return parse_scenario(path.stem, data, layout, file=document)


def parse_scenario(
    name: str, data: Mapping[str, object], layout: Layout | None = None, *, file: TomlDocument | None = None
) -> Scenario:
    """A scenario from a TOML document's values. Raises InputError, as `load_scenario`; without `file` it names no lines."""
    checker = Checker()
    top = checker.table((), data, TOP, others=("person", "step", "fault"))
    person = checker.table(("person",), data.get("person", {}), PERSON)
    steps = _steps(checker, data.get("step", []))
    layout = layout or grid(*PRESETS[top["layout"]], rm_ohm=RM_OHM)
    faults = _faults(checker, data.get("fault", []), layout)
    checker.raise_problems(name, file)
    seed, duration_s = int(top["seed"]), top["duration_s"]
    stage = Stage(seed, duration_s, person, top["use"])
    for do, values in steps:
        stage.play(do, values)
    story = [(values["at_s"], step_text(do, values)) for do, values in steps]
    story += [(values["at_s"], fault_text(do, values)) for do, values in faults]
    broken = [_fault(do, values, layout, duration_s) for do, values in faults]
    return Scenario(
        name,
        top.get("description", ""),
        seed,
        duration_s,
        layout,
        top["surface"],
        stage.occupants(),
        _parts(seed, layout, top["spread"], top["drift_us_per_h"]),
        tuple(Glitch(int(at_s) % len(layout.sensors), at_s, for_s, layout.vcc_v) for at_s, for_s in stage.glitches),
        top["ends"],
        top["clothing"],
        tuple(fault for fault in broken if fault.do not in ON_THE_BUS),
        tuple(fault for fault in broken if fault.do in ON_THE_BUS),
        tuple(sorted(story)),
        _shakes(top["shaken_by"], seed, layout, duration_s),
        MatTraits(converter=top["converter"]),
        top["use"] if any(do in MOVES for do, _ in steps) else "unknown",
    )


def _shakes(kind: str, seed: int, layout: Layout, duration_s: float) -> tuple[Shake, ...]:
    return (SHAKES[kind](stream(seed, kind), layout, duration_s),) if kind in SHAKES else ()


def _steps(checker: Checker, value: object) -> list[tuple[str, dict[str, float]]]:
    """Verb and values of each step."""
    found: list[tuple[str, dict[str, float]]] = []
    last_s = 0.0
    for index, table in enumerate(checker.tables(("step",), value, MAX_STEPS)):
        loc = ("step", index)
        do = checker.value((*loc, "do"), table.get("do"), VERB)
        known = {} if do is None else VERBS[do].keys
        values = checker.table(loc, table, {"at_s": AT_S, **known}, others=("do",) if do is not None else table)
        at_s = values.get("at_s", last_s)
        if at_s < last_s:
            checker.problem(
                (*loc, "at_s"), f"{at_s:g} is before the step above it ({last_s:g}); put the steps in order of time"
            )
        last_s = max(last_s, at_s)
        found.append((do, values))
    return found


def _faults(checker: Checker, value: object, layout: Layout) -> list[tuple[str, dict[str, Any]]]:
    """Kind and values of each fault."""
    found: list[tuple[str, dict[str, Any]]] = []
    for index, table in enumerate(checker.tables(("fault",), value, MAX_FAULTS)):
        loc = ("fault", index)
        do = checker.value((*loc, "do"), table.get("do"), FAULT)
        if do is not None:
            found.append((do, checker.table(loc, table, fault_keys(do, layout), others=("do",))))
    return found


def _fault(do: str, values: Mapping[str, Any], layout: Layout, duration_s: float) -> Fault:
    names = [sensor.name for sensor in layout.sensors]
    sensor, other = (names.index(values[key]) if key in values else None for key in ("sensor", "with"))
    end_s = values["at_s"] + values.get("for_s", duration_s)
    return Fault(do, values["at_s"], end_s, values.get("amount", 0.0), sensor, other, values.get("chip"))


def _parts(seed: int, layout: Layout, spread: float, drift_us_per_h: float) -> tuple[FsrTraits, ...]:
    """The sensors, all of one batch."""
    low, high = EXPONENTS
    exponent = stream(seed, "batch of parts").uniform(low + EXPONENT_SPREAD, high - EXPONENT_SPREAD)
    return tuple(
        random_traits(stream(seed, f"part {i}"), spread, drift_us_per_h, exponent=exponent) for i in range(len(layout.sensors))
    )
