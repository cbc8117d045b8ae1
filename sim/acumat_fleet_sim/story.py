"""The life of one mat as a seeded story: people come, lie, and leave; now and then a thing, or a sensor that fails. Pure.

A story has seconds of its own, from 0 on. It never ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random

from acumat.contract.events import Event, EventType
from acumat.contract.sessions import SessionRecord
from acumat.contract.state import HealthState, JsonScalar, MatState, Mode, Phase, Presence

EMPTY = MatState(Presence.EMPTY, mode=Mode.UNKNOWN, health=HealthState.OK, reason="load_gone", reason_text="The load is gone.")


@dataclass(frozen=True, slots=True)
class Habits:
    """How a mat is used: story seconds between two visits and lain in one (means), and shares of visits."""

    rest_s: float = 3600.0
    lie_s: float = 1200.0
    thing_share: float = 0.08
    fault_share: float = 0.03
    calibrated_share: float = 0.9


@dataclass(frozen=True, slots=True)
class Moment:
    """Something happens at `at_s`: the state from then on, with an event, a finished session and failed sensors, if any."""

    at_s: float
    state: MatState
    event: Event | None = None
    session: SessionRecord | None = None
    failed: tuple[str, ...] = ()


@dataclass(slots=True)
class _Visit:
    """One stay on the mat, at its present moment."""

    at_s: float
    random: Random
    load: float
    lateral: float
    number: int
    numbering: str
    state: MatState = EMPTY
    began_s: float = field(default=0.0)

    @property
    def session_id(self) -> str:
        return f"{self.numbering}-s{self.number}"

    def after(self, seconds: float, **changes: object) -> MatState:
        """Some time later, the state has changed so."""
        self.at_s += seconds
        self.state = replace(self.state, **changes)  # type: ignore[arg-type]  # names of fields, from below
        return self.state

    def event(self, kind: EventType, reason: str, text: str, *, edge_s: float | None = None, **numbers: JsonScalar) -> Moment:
        """An event of this moment, which also is the state's reason."""
        self.state = replace(self.state, reason=reason, reason_text=text)
        return Moment(self.at_s, self.state, Event(kind, self.at_s, reason, text, edge_s, numbers))


def story(random: Random, numbering: str, habits: Habits) -> Iterator[Moment]:
    """All that happens on one mat, in order. `numbering` leads the ids of its sessions."""
    at_s, number = random.uniform(60.0, 60.0 + habits.rest_s), 0
    load, lateral = random.uniform(80.0, 110.0), random.gauss(0.0, 6.0)
    yield Moment(0.0, EMPTY)
    if random.random() < habits.calibrated_share:
        yield _calibrated(random.uniform(0.0, 60.0), random)
    while True:
        visit = _Visit(at_s, random, load + random.gauss(0.0, 4.0), lateral + random.gauss(0.0, 8.0), number + 1, numbering)
        chance = random.random()
        if chance < habits.thing_share:
            yield from _thing(visit)
        elif chance < habits.thing_share + habits.fault_share:
            yield from _fault(visit)
        else:
            number += 1
            yield from _session(visit, max(120.0, random.gauss(habits.lie_s, habits.lie_s / 4)))
        at_s = visit.at_s + random.expovariate(1.0 / habits.rest_s)


def _calibrated(at_s: float, random: Random) -> Moment:
    low = random.uniform(0.6, 0.9)
    numbers = {"margin": random.uniform(2.0, 6.0), "gain_min": low, "gain_max": low + 0.7, "turned": False}
    text = "The calibration has measured the empty mat and the person."
    return Moment(at_s, EMPTY, Event(EventType.CALIBRATION_DONE, at_s, "measured", text, numbers=numbers))


def _thing(visit: _Visit) -> Iterator[Moment]:
    load = visit.random.uniform(6.0, 30.0)
    visit.after(0.0, presence=Presence.CONTACT, phase=Phase.CONTACT, load=load)
    yield visit.event(EventType.CONTACT_STARTED, "load_above", f"Something of {load:.0f} % lies on the mat.", load=load)
    visit.after(visit.random.uniform(5.0, 300.0), presence=Presence.EMPTY, phase=None, load=0.0)
    yield visit.event(EventType.CONTACT_ENDED, "load_gone", "The load is gone.")


def _fault(visit: _Visit) -> Iterator[Moment]:
    failed = (f"s{visit.random.randint(1, 8)}",)
    visit.after(0.0, health=HealthState.DEGRADED)
    text = f"The sensor {failed[0]} reads as if it were not connected."
    yield replace(visit.event(EventType.SENSOR_FAILED, "open", text, sensor=failed[0]), failed=failed)
    visit.after(visit.random.uniform(60.0, 1800.0), health=HealthState.OK)
    text = f"The sensor {failed[0]} can be read again."
    yield visit.event(EventType.SENSOR_RECOVERED, "readings_back", text, sensor=failed[0])


def _session(visit: _Visit, lie_s: float) -> Iterator[Moment]:
    yield from _lie_down(visit)
    leaves_s = visit.began_s + lie_s
    yield from _lie(visit, leaves_s)
    visit.at_s = leaves_s
    visit.after(0.0, presence=Presence.EMPTY, confirmed=None, phase=Phase.LEAVING, load=0.0, lateral=None, lopsided=None)
    visit.after(0.0, contact_s=lie_s, session_s=lie_s, mode=Mode.UNKNOWN, still=None)
    yield visit.event(EventType.GOT_UP, "load_below", "Most of the settled load has gone.", edge_s=leaves_s - 0.4, load=2.0)
    visit.after(1.1)
    yield visit.event(EventType.CONTACT_ENDED, "load_gone", "The load is gone.")
    visit.after(18.9, phase=None, session_id=None, session_s=None, contact_s=None)
    record = SessionRecord(
        visit.session_id,
        visit.began_s,
        leaves_s,
        lie_s,
        0,
        "got_up",
        visit.load,
        visit.lateral,
        visit.random.gauss(0.0, 10.0),
        0.8,
    )
    moment = visit.event(
        EventType.SESSION_ENDED,
        record.end_reason,
        f"The session is over after {lie_s / 60:.1f} minutes on the mat.",
        edge_s=leaves_s,
        session_id=record.session_id,
        session_s=record.wall_s,
        contact_s=record.contact_s,
        lifts=record.lifts,
        recovered=False,
        guest=False,
    )
    yield replace(moment, session=record)


def _lie_down(visit: _Visit) -> Iterator[Moment]:
    visit.began_s = visit.at_s
    visit.after(0.0, presence=Presence.CONTACT, phase=Phase.CONTACT, load=9.0, reference="learnt")
    yield visit.event(EventType.CONTACT_STARTED, "load_above", "The load rises above 5 %.", load=9.0)
    visit.after(visit.random.uniform(1.0, 6.0), presence=Presence.LYING, confirmed=False, phase=Phase.SHARP, mode=Mode.BACK)
    visit.after(0.0, load=visit.load, lateral=max(-100.0, min(100.0, visit.lateral)), lopsided=False, still=False)
    yield visit.event(EventType.LYING_STARTED, "load_and_spread", "The load is spread like a body.", load=visit.load)
    visit.after(visit.random.uniform(3.0, 20.0), confirmed=True)
    swing, nats = visit.random.uniform(0.5, 3.0), visit.random.uniform(8.0, 30.0)
    yield visit.event(EventType.LYING_CONFIRMED, "alive", "The load is a person's: it breathes.", swing_pct=swing, nats=nats)
    visit.after(0.0, session_id=visit.session_id, session_s=visit.at_s - visit.began_s, contact_s=visit.at_s - visit.began_s)
    text, edge_s = "The session began.", visit.began_s
    yield visit.event(EventType.SESSION_STARTED, "alive", text, edge_s=edge_s, session_id=visit.session_id)


def _lie(visit: _Visit, leaves_s: float) -> Iterator[Moment]:
    visit.after(
        visit.random.uniform(40.0, 80.0), phase=Phase.SETTLED, still=True, breaths_per_min=visit.random.uniform(9.0, 16.0)
    )
    after_s = visit.at_s - visit.began_s
    yield visit.event(
        EventType.SETTLED,
        "quiet",
        "Lying quietly for 30 s.",
        after_s=after_s,
        settling_s=after_s - 30.0,
        loading_s=2.1,
        loading="slow",
    )
    while visit.at_s + 120.0 < leaves_s:
        visit.after(visit.random.uniform(60.0, 400.0))
        if visit.at_s + 60.0 > leaves_s:
            return
        seconds = visit.at_s - visit.began_s
        visit.after(0.0, session_s=seconds, contact_s=seconds)
        yield from visit.random.choice((_shift, _lopsided, _shoulders, _doze))(visit)


def _shift(visit: _Visit) -> Iterator[Moment]:
    moved, dx, dy = visit.random.uniform(8.0, 30.0), visit.random.gauss(0.0, 20.0), visit.random.gauss(0.0, 30.0)
    text = f"{moved:.0f} % of the load has moved to another place."
    yield visit.event(EventType.POSTURE_SHIFT, "pattern_held", text, moved=moved, dx_mm=dx, dy_mm=dy)


def _lopsided(visit: _Visit) -> Iterator[Moment]:
    even = visit.state.lateral
    lateral = visit.random.choice((-1.0, 1.0)) * visit.random.uniform(21.0, 40.0)
    visit.after(0.0, lateral=lateral, lopsided=True)
    yield visit.event(EventType.LOPSIDED_STARTED, "asymmetry_held", "The weight lies on one side for 10 s.", lateral=lateral)
    visit.after(visit.random.uniform(10.0, 50.0), lateral=even, lopsided=False)
    yield visit.event(EventType.LOPSIDED_ENDED, "even_again", "The weight is even again.", lateral=even)


def _shoulders(visit: _Visit) -> Iterator[Moment]:
    points = visit.random.uniform(3.0, 9.0)
    yield visit.event(EventType.SHOULDERS_RELAXED, "share_grew", "The shoulders have sunk onto the mat.", points=points)


def _doze(visit: _Visit) -> Iterator[Moment]:
    rate, text = visit.state.breaths_per_min, "Breath has become even and nothing stirs."
    yield visit.event(EventType.POSSIBLE_DOZE, "still_and_even", text, still_s=95.0, breaths_per_min=rate)
