"""A person, a mat that tells what it sees of them, and the truth beside it: for the safety machine alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from acumat.contract.events import Event, EventType
from acumat.contract.state import JsonScalar, MatState, Presence

FOUND_S = 1.0
"""How long it takes until a lying person shows as lying."""
CONFIRMED_S = 12.0
LIFT_S = 20.0
BLIND_KEEP_S = 120.0


@dataclass
class Person:
    """The truth, in seconds of the story. `exposed_s`: since lying down, or since a daemon was there to see it, the cap counts,
    until the mat was seen empty for 20 s.
    """

    lies_since_s: float | None = None
    exposed_s: float | None = None
    bare_s: float | None = None
    """Since when a running daemon that can see has seen the mat empty without a break."""

    @property
    def lies(self) -> bool:
        return self.lies_since_s is not None

    def lie_down(self, t_s: float) -> None:
        self.lies_since_s = t_s

    def get_up(self) -> None:
        self.lies_since_s = None

    def watched(self, presence: Presence, t_s: float, seen_s: float | None) -> bool:
        """What a frame has shown; True if it ends the exposure."""
        if presence is Presence.LYING and self.exposed_s is None:
            self.exposed_s = seen_s
        if presence is not Presence.EMPTY:
            self.bare_s = None
            return False
        self.bare_s = t_s if self.bare_s is None else self.bare_s
        over = self.exposed_s is not None and t_s - self.bare_s >= LIFT_S
        if over:
            self.exposed_s = None
        return over


@dataclass
class Session:
    session_id: str
    start_s: float
    contact_s: float


@dataclass
class Detection:
    """What one daemon sees; `session` may be one gone on with. Times are the story's."""

    person: Person
    began_s: float
    names: list[str]
    session: Session | None = None
    readable: bool = True
    paused: bool = False
    seen_s: float | None = None
    left_s: float | None = None
    blind_s: float | None = None
    at_s: float = 0.0
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.at_s = self.began_s
        self.back_s = self.began_s

    def frame(self, t_s: float, mono_s: float) -> tuple[MatState, list[Event]]:
        self.events = []
        dt_s, self.at_s = t_s - self.at_s, t_s
        if self.paused or not self.readable:
            self._blind(t_s, mono_s)
            return self._state(Presence.BLIND, t_s), self.events
        if self.blind_s is not None:
            self.blind_s, self.back_s = None, t_s
        if self.person.lies:
            return self._lying(t_s, dt_s, mono_s), self.events
        return self._empty(t_s, mono_s), self.events

    def _blind(self, t_s: float, mono_s: float) -> None:
        if self.blind_s is None:
            self.blind_s = t_s
            if self.seen_s is not None and self.session is None:
                self._report(EventType.LYING_WITHDRAWN, "no_readings", mono_s)
            self.seen_s = None
        if self.session is not None and (self.paused or t_s - self.blind_s >= BLIND_KEEP_S):
            self._end("paused" if self.paused else "lost_signal", mono_s)

    def _lying(self, t_s: float, dt_s: float, mono_s: float) -> MatState:
        if self.seen_s is None:
            self.seen_s = max(self.person.lies_since_s or t_s, self.back_s)
            edge_s = mono_s - (t_s - self.seen_s)
            self.events.append(Event(EventType.LYING_STARTED, mono_s, "load_and_spread", "Somebody lies there.", edge_s))
        self.left_s = None
        if self.session is not None:
            self.session.contact_s += dt_s
        elif t_s - self.seen_s >= CONFIRMED_S:
            self.names.append(f"w-s{len(self.names) + 1}")
            self.session = Session(self.names[-1], self.seen_s, t_s - self.seen_s)
        shown = t_s - max(self.seen_s, self.back_s) >= FOUND_S or self.session is not None
        return self._state(Presence.LYING if shown else Presence.BLIND, t_s)

    def _empty(self, t_s: float, mono_s: float) -> MatState:
        if self.seen_s is not None and self.session is None:
            self._report(EventType.LYING_WITHDRAWN, "left_unconfirmed", mono_s)
        self.seen_s = None
        self.left_s = t_s if self.left_s is None else self.left_s
        if self.session is not None and t_s - self.left_s >= LIFT_S:
            self._end("got_up", mono_s)
        return self._state(Presence.EMPTY, t_s)

    def _end(self, reason: str, mono_s: float) -> None:
        session, self.session = self.session, None
        assert session is not None
        numbers: dict[str, JsonScalar] = {"session_id": session.session_id, "contact_s": session.contact_s}
        self.events.append(Event(EventType.SESSION_ENDED, mono_s, reason, "The session is over.", numbers=numbers))

    def _report(self, event_type: EventType, reason: str, mono_s: float) -> None:
        self.events.append(Event(event_type, mono_s, reason, "Withdrawn."))

    def _state(self, presence: Presence, t_s: float) -> MatState:
        session = self.session
        lying = presence is Presence.LYING
        return MatState(
            presence=presence,
            confirmed=session is not None if lying else None,
            session_id=None if session is None else session.session_id,
            session_s=None if session is None else t_s - session.start_s,
            contact_s=None if session is None else session.contact_s,
        )
