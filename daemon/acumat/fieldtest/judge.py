"""Compares the reports about a recorded field test with the expected ones, position by position."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, median

from acumat.contract.events import Event, EventType
from acumat.contract.state import MatState, Presence
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat.fieldtest.marks import Mark
from acumat.fieldtest.script import Expected
from acumat.replay import INSTALL, start_of
from acumat_hw.recording import Recording

T = EventType
SIDE_POINTS = 3.0
"""Points of the balance left to right: a shift of weight that is asked for is clearly more, a breath is clearly less."""
RATE_PER_MIN = 2.0
"""A breathing rate is right within so many a minute, as in docs/accuracy.md."""
AT_THE_END_S = 10.0
"""The balance of a position is that of its last seconds: moving there has no one answer."""
BREATH_FROM_S = 45.0
"""Seconds from which a rate counts: detection looks back up to 50 s, at another breath before."""


class Outcome(StrEnum):
    """Whether it is as expected; `NO_ANSWER` where the mat does not commit itself, or the recording is too short to tell."""

    PASS = "pass"  # noqa: S105  a word of the verdict
    FAIL = "FAIL"
    NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was reported of one position: in words, how many seconds after the prompt, and whether it is as expected."""

    mark: Mark
    reported: str
    after_s: float | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Seen:
    """Events by when they took place, and one state a second; times are seconds of the recording."""

    events: tuple[Event, ...]
    states: tuple[tuple[float, MatState], ...]

    def within(self, mark: Mark) -> Seen:
        """Events and states of a position."""
        return Seen(
            tuple(event for event in self.events if mark.from_s <= _took_place_s(event) < mark.to_s),
            tuple(each for each in self.states if mark.from_s <= each[0] < mark.to_s),
        )

    def first(self, event_type: EventType) -> float | None:
        """When the first event of a type was reported."""
        return next((event.t_mono_s for event in self.events if event.event_type is event_type), None)

    def lateral(self) -> float | None:
        """Mean balance left to right in the last seconds."""
        known = [state.lateral for t_s, state in self.states if t_s >= self.states[-1][0] - AT_THE_END_S]
        values = [value for value in known if value is not None]
        return fmean(values) if values else None


def see(recording: Recording, parameters: Parameters) -> Seen:
    """The recording through the whole of detection."""
    pipeline = Pipeline(recording.layout, learned=start_of(recording), parameters=parameters, prefix=INSTALL)
    events: list[Event] = []
    states: list[tuple[float, MatState]] = []
    next_s = -math.inf
    for frame in recording.frames():
        events += pipeline.step(frame)
        if frame.t_mono_s >= next_s:
            next_s = math.floor(frame.t_mono_s) + 1.0
            states.append((frame.t_mono_s, pipeline.state))
    return Seen(tuple(events), tuple(states))


def judge(seen: Seen, marks: Iterable[Mark]) -> list[Finding]:
    """A finding for each position that the recording reaches."""
    findings: list[Finding] = []
    before: Seen | None = None
    for mark in marks:
        within = seen.within(mark)
        if not within.states:
            break
        findings.append(JUDGES[mark.position.expected](mark, within, before))
        before = within
    return findings


def _took_place_s(event: Event) -> float:
    return event.t_mono_s if event.edge_mono_s is None else event.edge_mono_s


def _finding(mark: Mark, reported: str, at_s: float | None, right: bool | None) -> Finding:
    outcome = Outcome.NO_ANSWER if right is None else Outcome.PASS if right else Outcome.FAIL
    return Finding(mark, reported, None if at_s is None else at_s - mark.from_s, outcome)


def _empty(mark: Mark, seen: Seen, _before: Seen | None) -> Finding:
    since = next((t_s for t_s, state in reversed(seen.states) if state.presence is not Presence.EMPTY), None)
    last = seen.states[-1][1]
    right = last.presence is Presence.EMPTY and seen.first(T.SESSION_STARTED) is None
    at_s = None if not right else mark.from_s if since is None else next(t_s for t_s, _ in seen.states if t_s > since)
    return _finding(mark, _presence(last) + _session(seen), at_s, right)


def _no_person(mark: Mark, seen: Seen, _before: Seen | None) -> Finding:
    at_s = next((t_s for t_s, state in seen.states if state.presence in (Presence.CONTACT, Presence.LYING)), None)
    provisional = ", for a time a person not yet confirmed" if seen.first(T.LYING_STARTED) is not None else ""
    noticed = f"contact{provisional}" if at_s is not None else "nothing on the mat"
    return _finding(mark, noticed + _session(seen), at_s, at_s is not None and seen.first(T.SESSION_STARTED) is None)


def _lies(mark: Mark, seen: Seen, _before: Seen | None) -> Finding:
    last = seen.states[-1][1]
    lies = last.presence is Presence.LYING
    at_s = next((t_s for t_s, state in seen.states if state.presence is Presence.LYING and state.confirmed), None)
    right = None if lies and last.confirmed is None else lies and bool(last.confirmed)
    return _finding(mark, _presence(last), at_s, right)


def _stays(mark: Mark, seen: Seen, _before: Seen | None) -> Finding:
    away_s = next((t_s for t_s, state in seen.states if state.presence is not Presence.LYING), None)
    if away_s is None:
        return _finding(mark, _presence(seen.states[-1][1]), None, True)
    what = next(state for t_s, state in seen.states if t_s == away_s)
    return _finding(mark, f"not lying for a time: {_presence(what)}", away_s, False)


def _breathes(mark: Mark, seen: Seen, _before: Seen | None) -> Finding:
    known = [(t_s, state.breaths_per_min) for t_s, state in seen.states if t_s >= mark.from_s + BREATH_FROM_S]
    rates = [(t_s, rate) for t_s, rate in known if rate is not None]
    if not rates or mark.position.per_min is None:
        return _finding(mark, "no rate", None, None)
    rate = median(rate for _, rate in rates)
    said = f"{rate:.1f} a minute where {mark.position.per_min:g} was asked for"
    return _finding(mark, said, rates[0][0], abs(rate - mark.position.per_min) <= RATE_PER_MIN)


def _leans(mark: Mark, seen: Seen, before: Seen | None) -> Finding:
    now = seen.lateral()
    then = None if before is None else before.lateral()
    if now is None or then is None:
        return _finding(mark, "no balance", None, None)
    moved = now - then
    right = moved >= SIDE_POINTS if mark.position.expected is Expected.RIGHT else moved <= -SIDE_POINTS
    return _finding(mark, f"balance from {_points(then)} to {_points(now)} (right is above 0)", None, right)


def _points(balance: float) -> str:
    return f"{balance:+.0f}" if round(balance) else "0"


def _gets_up(mark: Mark, seen: Seen, _before: Seen | None) -> Finding:
    at_s = seen.first(T.GOT_UP)
    return _finding(mark, "got up" if at_s is not None else _presence(seen.states[-1][1]), at_s, at_s is not None)


def _presence(state: MatState) -> str:
    if state.presence is not Presence.LYING:
        return str(state.presence)
    sure = {True: "confirmed", False: "not confirmed", None: "not sure"}[state.confirmed]
    return f"lying, {sure}"


def _session(seen: Seen) -> str:
    return "" if seen.first(T.SESSION_STARTED) is None else ", and a session"


JUDGES: Mapping[Expected, Callable[[Mark, Seen, Seen | None], Finding]] = {
    Expected.EMPTY: _empty,
    Expected.NO_PERSON: _no_person,
    Expected.LIES: _lies,
    Expected.STAYS: _stays,
    Expected.BREATHES: _breathes,
    Expected.LEFT: _leans,
    Expected.RIGHT: _leans,
    Expected.GETS_UP: _gets_up,
}


def failed(findings: Sequence[Finding]) -> list[str]:
    """The names of the positions that are not as expected."""
    return [each.mark.position.name for each in findings if each.outcome is Outcome.FAIL]
