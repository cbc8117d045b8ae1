"""One trial of a stranger's family: its scenario through detection, compared with what was true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from acumat.contract.events import Event, EventType
from acumat.contract.sessions import SessionRecord
from acumat.contract.state import MatState, Presence
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat.service.read_rate import ReadRate
from acumat_hw.errors import SourceEndedError
from acumat_sim.clock import SimClock
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import Interval, Scenario
from acumat_sim.source import SimSource
from tests.accuracy.strangers import layout_of, stranger
from tests.accuracy.trials import BACK_S, TOUCH_N

T = EventType
RATE_HZ, IDLE_RATE_HZ = 10.0, 5.0
SAMPLE_S = 5.0
MERGE_S = 20.0
"""True lyings that are this near to each other belong to one stay, as docs/detection.md says of sessions."""
LEFT_S = 30.0
"""Foam and sensors recover; what is still told as contact later than this after everything is gone counts."""


@dataclass(frozen=True, slots=True)
class Session:
    """What was reported as a session, in seconds of the scenario; `end_s` is the scenario's if it went on."""

    start_s: float
    end_s: float
    guest: bool


@dataclass(slots=True)
class StrangerTrial:
    """What one scenario gave.

    `stays` are the true ones, `found` those that a session overlaps, `errors_s` of their starts and ends. `confirmed_s` counts
    from a stay's start to the report. `modes` and `empty` count samples: how the mode was named while the mat was used, and
    what was said once it had been empty for LEFT_S.
    """

    family: str
    seed: int
    layout: str
    hours: float
    stays: int = 0
    found: int = 0
    sessions: tuple[Session, ...] = ()
    false_ends: int = 0
    withdrawn: int = 0
    confirmed_s: list[float] = field(default_factory=list)
    start_errors_s: list[float] = field(default_factory=list)
    end_errors_s: list[float] = field(default_factory=list)
    modes: Counter[str] = field(default_factory=Counter)
    empty: Counter[str] = field(default_factory=Counter)
    breaths: list[tuple[float, float | None]] = field(default_factory=list)
    """Each sample's second and rate while somebody truly lay there."""


@dataclass(slots=True)
class Seen:
    """What detection reported, in seconds since the scenario's start."""

    events: list[tuple[float, Event]]
    states: list[tuple[float, MatState]]
    records: tuple[SessionRecord, ...] = ()
    guest: bool = False

    def dated(self, event_type: EventType) -> list[float]:
        """When such things took place."""
        return [
            t_s if event.edge_mono_s is None else t_s - event.t_mono_s + event.edge_mono_s
            for t_s, event in self.events
            if event.event_type is event_type
        ]

    def reported(self, event_type: EventType) -> list[float]:
        return [t_s for t_s, event in self.events if event.event_type is event_type]


def trial(job: tuple[str, int, str]) -> StrangerTrial:
    """Family, seed, layout: one scenario. Children lie on a mat that is set to be sensitive."""
    family, seed, layout_name = job
    scenario = stranger(family, seed, layout_of(layout_name))
    return judge(family, layout_name, scenario, "high" if family == "child" else "normal")


def judge(family: str, layout_name: str, scenario: Scenario, sensitivity: str = "normal") -> StrangerTrial:
    """A scenario from its first power-up to its end."""
    seen = _see(scenario, Parameters().with_sensitivity(sensitivity))
    result = StrangerTrial(family, scenario.seed, layout_name, scenario.duration_s / 3600)
    result.sessions = tuple(_sessions(seen, scenario.duration_s))
    stays = tuple(merged(scenario.lying()))
    _edges(result, stays, seen)
    _samples(result, scenario, seen)
    return result


def merged(lyings: Iterable[Interval]) -> Iterator[Interval]:
    """Stays: lyings with the short lifts between them."""
    stay: Interval | None = None
    for each in lyings:
        if stay is not None and each.start_s - stay.end_s <= MERGE_S:
            stay = Interval(stay.start_s, each.end_s)
            continue
        if stay is not None:
            yield stay
        stay = each
    if stay is not None:
        yield stay


def _see(scenario: Scenario, parameters: Parameters) -> Seen:
    clock = SimClock(0.0)
    source = SimSource(SimulatedMat(scenario, scenario.layout), clock, period_s=1 / RATE_HZ)
    pipeline = Pipeline(scenario.layout, parameters=parameters)
    pace = ReadRate(RATE_HZ, IDLE_RATE_HZ)
    source.open()
    start_s, slot, next_s = clock.monotonic(), 0, 0.0
    seen = Seen([], [])
    while True:
        clock.sleep(start_s + slot / RATE_HZ - clock.monotonic())
        try:
            frame = source.read()
        except SourceEndedError:
            break
        t_s = frame.t_mono_s - start_s
        seen.events += [(t_s, event) for event in pipeline.step(frame)]
        if t_s >= next_s:
            seen.states.append((t_s, pipeline.state))
            next_s += SAMPLE_S
        slot += pace.step(frame, pipeline.state)
    seen.records, seen.guest = pipeline.take_records(), pipeline.guest_lies_there
    return seen


def _sessions(seen: Seen, end_s: float) -> Iterator[Session]:
    starts, ends = seen.dated(T.SESSION_STARTED), seen.dated(T.SESSION_ENDED)
    guests = [*(record.guest for record in seen.records), seen.guest]
    for index, start_s in enumerate(starts):
        yield Session(start_s, ends[index] if index < len(ends) else end_s, guests[min(index, len(guests) - 1)])


def _edges(result: StrangerTrial, stays: tuple[Interval, ...], seen: Seen) -> None:
    result.stays, result.withdrawn = len(stays), len(seen.reported(T.LYING_WITHDRAWN))
    confirmed, got_up = seen.reported(T.LYING_CONFIRMED), seen.dated(T.GOT_UP)
    for stay in stays:
        own = [each for each in result.sessions if each.start_s < stay.end_s and each.end_s > stay.start_s]
        result.confirmed_s += [t - stay.start_s for t in confirmed if stay.start_s <= t <= stay.end_s + MERGE_S][:1]
        result.false_ends += sum(stay.start_s < t < stay.end_s - BACK_S for t in got_up)
        if own:
            result.found += 1
            result.start_errors_s.append(own[0].start_s - stay.start_s)
            result.end_errors_s.append(own[-1].end_s - stay.end_s)


def _samples(result: StrangerTrial, scenario: Scenario, seen: Seen) -> None:
    truth = SimulatedMat(scenario, scenario.layout)
    used_s = None
    for t_s, state in seen.states:
        now = truth.truth(t_s)
        if now.total_n > TOUCH_N:
            used_s = t_s
            if state.presence is not Presence.BLIND:
                named = str(state.mode)
                result.modes["unknown" if named == "unknown" else "right" if named == scenario.mode else "wrong"] += 1
        elif used_s is not None and t_s - used_s > LEFT_S:
            result.empty[str(state.presence)] += 1
        if now.lying:
            result.breaths.append((t_s, state.breaths_per_min))
