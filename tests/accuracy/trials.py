"""One trial: a random scenario through the fast path and detection, compared with what was true."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache

from acumat.contract.events import Event, EventType
from acumat.contract.learned import Learned
from acumat.contract.sessions import SessionRecord
from acumat.contract.state import MatState
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat.service.read_rate import ReadRate
from acumat_hw.errors import SourceEndedError
from acumat_hw.frame import Frame, Missing
from acumat_hw.layout import PRESETS, Layout, grid
from acumat_sim.clock import SimClock
from acumat_sim.corpus import nuisance_scenario, people_scenario
from acumat_sim.mat import SimulatedMat, Truth
from acumat_sim.scenario import RM_OHM, Scenario, parse_scenario
from acumat_sim.source import SimSource
from acumat_sim.streams import stream

T = EventType
SAMPLE_S = 5.0
"""Balance is compared with the truth this often."""
STEADY_S = 4.0
"""And only where the truth has been lying for this long and continues for as long: a change of posture has no one answer."""
LOPSIDED_PCT = 30.0
"""Before a calibration nothing below this true asymmetry may be called lopsided."""
TOUCH_N = 2.0
FIFTH_X = 0.2
BACK_S = 1.0
"""A true end seen this much too early is still that end; anything earlier is a false one."""


@dataclass(slots=True)
class PersonTrial:
    """What one person's session gave; seconds, points of a hundred, and counts. Empty where it was missed."""

    seed: int
    layout: str
    hours: float
    contact_s: float | None = None
    lying_s: float | None = None
    confirmed_s: float | None = None
    got_up_s: list[float] = field(default_factory=list)
    length_error_s: float | None = None
    sessions: int = 0
    false_ends: int = 0
    withdrawn: int = 0
    false_lopsided: int = 0
    lateral: list[float] = field(default_factory=list)
    head_foot: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    evenness: list[float] = field(default_factory=list)
    cop_pct: list[float] = field(default_factory=list)
    said: dict[tuple[str, str], int] = field(default_factory=dict)
    """How often what was said (second) when this was true (first), each SAMPLE_S."""


@dataclass(frozen=True, slots=True)
class NuisanceTrial:
    """What something that is no lying person gave: provisional lyings, sessions, and how long the longest lying stayed."""

    kind: str
    seed: int
    layout: str
    hours: float
    provisional: int
    sessions: int
    longest_lying_s: float
    said: dict[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """Events by seconds since the start, finished sessions, and states where they were asked for."""

    events: list[Event]
    records: tuple[SessionRecord, ...]
    states: list[tuple[float, MatState]]
    start_s: float

    def times(self, event_type: EventType) -> list[float]:
        return [event.t_mono_s - self.start_s for event in self.events if event.event_type is event_type]


@cache
def mat_layout(name: str) -> Layout:
    """A preset with the simulator's own resistors."""
    rows, columns = PRESETS[name]
    return grid(rows, columns, rm_ohm=RM_OHM)


def run(
    mat: SimulatedMat,
    *,
    rate_hz: float = 10.0,
    learned: Learned | None = None,
    sample_s: float | None = None,
    silent: tuple[float, float, int] | None = None,
    idle_rate_hz: float | None = None,
) -> Run:
    """A mat from its first power-up (or with what was `learned`) to the end of its scenario.

    `silent` is a time from, a time to and a chip that does not answer in between. With `idle_rate_hz` the empty mat is read
    as slowly as the daemon does.
    """
    clock = SimClock(0.0)
    source = SimSource(mat, clock, period_s=1 / rate_hz)
    pipeline = Pipeline(mat.layout, learned=learned, parameters=Parameters())
    source.open()
    start_s = clock.monotonic()
    events: list[Event] = []
    states: list[tuple[float, MatState]] = []
    next_s = 0.0 if sample_s else float("inf")
    pace = ReadRate(rate_hz, idle_rate_hz or rate_hz)
    for frame in _frames(source, clock, 1 / rate_hz, lambda frame: pace.step(frame, pipeline.state)):
        t_s = frame.t_mono_s - start_s
        if silent and silent[0] <= t_s < silent[1]:
            frame = _without(frame, mat.layout, silent[2])
        events += pipeline.step(frame)
        if sample_s and t_s >= next_s:
            states.append((t_s, pipeline.state))
            next_s += sample_s
    return Run(events, pipeline.take_records(), states, start_s)


def person(
    seed: int,
    layout_name: str,
    *,
    rate_hz: float = 10.0,
    idle_rate_hz: float | None = 5.0,
    lies_for_s: float | None = None,
    learned: Learned | None = None,
) -> PersonTrial:
    """A random person's one session on this layout."""
    layout = mat_layout(layout_name)
    scenario = people_scenario(seed, layout, lies_for_s=lies_for_s)
    mat = SimulatedMat(scenario, layout)
    done = run(mat, rate_hz=rate_hz, learned=learned, sample_s=SAMPLE_S, idle_rate_hz=idle_rate_hz)
    trial = PersonTrial(seed, layout_name, scenario.duration_s / 3600)
    _presence(trial, scenario, done)
    truth = SimulatedMat(scenario, layout)
    _balance(trial, scenario, truth, done)
    _lopsided(trial, truth, done)
    trial.said = _said(truth, done)
    return trial


def nuisance(kind: str, seed: int, layout_name: str, *, stay_s: float | None = None, rate_hz: float = 10.0) -> NuisanceTrial:
    """A random nuisance on this layout, at its first power-up. Every third glitch is a chip that falls silent for a while."""
    layout = mat_layout(layout_name)
    scenario = nuisance_scenario(kind, seed, layout, stay_s=stay_s)
    silent = None
    if kind == "glitch" and seed % 3 == 0:
        random_ = stream(seed, "silent chip")
        chip = random_.choice(sorted({sensor.chip for sensor in layout.sensors}))
        silent = (15.0, 15.0 + random_.uniform(0.1, 10.0), chip)
    done = run(SimulatedMat(scenario, layout), rate_hz=rate_hz, silent=silent, sample_s=SAMPLE_S if stay_s is None else None)
    return replace(_nuisance(kind, seed, layout_name, scenario, done), said=_said(SimulatedMat(scenario, layout), done))


def empty(seed: int, layout_name: str, *, hours: float, rate_hz: float = 1.0) -> NuisanceTrial:
    """An empty mat whose sensors drift, for hours, at the idle rate."""
    layout = mat_layout(layout_name)
    random_ = stream(seed, "empty mat")
    data: dict[str, object] = {
        "seed": seed,
        "duration_s": hours * 3600,
        "spread": random_.uniform(0.0, 0.25),
        "drift_us_per_h": random_.uniform(0, 12),
    }
    scenario = parse_scenario(f"empty-{seed}", data, layout)
    return _nuisance("empty", seed, layout_name, scenario, run(SimulatedMat(scenario, layout), rate_hz=rate_hz))


def baseline_day(job: tuple[int, str]) -> int:
    """How often an empty mat was anything else within a day in which each sensor drifts by up to a fifth of full scale."""
    seed, layout_name = job
    layout = mat_layout(layout_name)
    fifth_us = FIFTH_X / (1 - FIFTH_X) * 1e6 / RM_OHM
    data = {"seed": seed, "duration_s": 86400, "drift_us_per_h": fifth_us / 24}
    scenario = parse_scenario(f"day-{seed}", data, layout)
    done = run(SimulatedMat(scenario, layout), rate_hz=1.0)
    return sum(event.event_type in (T.CONTACT_STARTED, T.LYING_STARTED, T.BLIND_STARTED) for event in done.events)


def _frames(source: SimSource, clock: SimClock, period_s: float, stride: Callable[[Frame], int]) -> Iterator[Frame]:
    start_s, slot = clock.monotonic(), 0
    while True:
        clock.sleep(start_s + slot * period_s - clock.monotonic())
        try:
            frame = source.read()
        except SourceEndedError:
            return
        yield frame
        slot += stride(frame)


def _without(frame: Frame, layout: Layout, chip: int) -> Frame:
    gone = [sensor.chip == chip for sensor in layout.sensors]
    return replace(
        frame,
        codes=tuple(None if lost else code for lost, code in zip(gone, frame.codes, strict=True)),
        missing=tuple(Missing.NO_ANSWER if lost else None for lost in gone),
    )


def _presence(trial: PersonTrial, scenario: Scenario, done: Run) -> None:
    lying = scenario.lying()
    contact = scenario.contacts()[0]
    trial.contact_s = next((t - contact.first_s for t in done.times(T.CONTACT_STARTED) if t >= contact.first_s - BACK_S), None)
    started = done.times(T.LYING_STARTED)
    confirmed = done.times(T.LYING_CONFIRMED)
    if started and contact.loaded_s is not None:
        trial.lying_s = started[0] - contact.loaded_s
    if confirmed:
        trial.confirmed_s = confirmed[0] - started[0]
    trial.withdrawn = len(done.times(T.LYING_WITHDRAWN))
    trial.sessions = len(done.records)
    got_up = done.times(T.GOT_UP)
    for span in lying:
        seen = next((t for t in got_up if t >= span.end_s - BACK_S), None)
        if seen is not None:
            got_up.remove(seen)
            trial.got_up_s.append(seen - span.end_s)
    trial.false_ends = len(got_up)
    if len(done.records) == 1:
        trial.length_error_s = done.records[0].wall_s - (lying[-1].end_s - lying[0].start_s)


def _balance(trial: PersonTrial, scenario: Scenario, truth: SimulatedMat, done: Run) -> None:
    spans = scenario.lying()
    changes = [t for o in scenario.occupants for track in (o.lean, o.roll, o.upper, o.lower) for t in track.times_s[1:]]
    for t_s, state in done.states:
        inside = any(span.start_s + STEADY_S <= t_s <= span.end_s - STEADY_S for span in spans)
        if not inside or any(t_s - STEADY_S <= change <= t_s for change in changes) or state.lateral is None:
            continue
        true = truth.truth(t_s)
        _compare(trial, truth.layout, true, state)


def _compare(trial: PersonTrial, layout: Layout, true: Truth, state: MatState) -> None:
    if true.lateral_pct is None or true.head_foot_pct is None or true.evenness is None or true.cop_mm is None:
        return
    assert state.lateral is not None
    trial.lateral.append(abs(state.lateral - true.lateral_pct))
    if state.head_foot is not None:
        trial.head_foot.append(abs(state.head_foot - true.head_foot_pct))
    for zone in layout.zones:
        share = 100 * sum(s for s, sensor in zip(true.shares, layout.sensors, strict=True) if sensor.zone == zone)
        trial.shares.append(abs((state.shares or {}).get(zone, 0.0) - share))
    if state.evenness is not None:
        trial.evenness.append(abs(state.evenness - true.evenness))
    if state.cop_mm is not None:
        (x_mm, y_mm), (true_x_mm, true_y_mm) = state.cop_mm, true.cop_mm
        trial.cop_pct.append(100 * ((x_mm - true_x_mm) ** 2 + (y_mm - true_y_mm) ** 2) ** 0.5 / layout.length_mm)


def _said(truth: SimulatedMat, done: Run) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for t_s, state in done.states:
        true = truth.truth(t_s)
        what = "lying" if true.lying else "something" if true.total_n > TOUCH_N else "nobody"
        said = (
            f"lying, {'confirmed' if state.confirmed else 'provisional'}" if state.presence == "lying" else str(state.presence)
        )
        counts[what, said] = counts.get((what, said), 0) + 1
    return counts


def _lopsided(trial: PersonTrial, truth: SimulatedMat, done: Run) -> None:
    for t_s in done.times(T.LOPSIDED_STARTED):
        sizes = [abs(truth.truth(t_s - back_s).lateral_pct or 0.0) for back_s in range(11)]
        trial.false_lopsided += max(sizes) < LOPSIDED_PCT


def _nuisance(kind: str, seed: int, layout_name: str, scenario: Scenario, done: Run) -> NuisanceTrial:
    started = done.times(T.LYING_STARTED)
    over = [*done.times(T.LYING_WITHDRAWN), *done.times(T.GOT_UP), scenario.duration_s]
    longest_s = max((min(t for t in over if t >= began) - began for began in started), default=0.0)
    sessions = len(done.times(T.SESSION_STARTED))
    return NuisanceTrial(kind, seed, layout_name, scenario.duration_s / 3600, len(started), sessions, longest_s)
