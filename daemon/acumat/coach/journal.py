"""A person's journal: the programme at its start, and everything since then, to work the programme out anew."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from acumat.coach.moment import Moment, Stamp
from acumat.coach.programme import Programme

UNKNOWN = 0
"""The number of somebody unknown."""
BODIES_MOST = 20
"""Settled loads that are stored of each person, the last ones."""


@dataclass(frozen=True, slots=True)
class Last:
    """The last guided session. `backed`: its step back was made; `settled`: it has been counted."""

    session_id: str
    ended: Stamp
    planned_min: int
    credits: bool
    done: bool
    backed: bool = False
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's programme, and the open parts of their last session. The fields are those of CoachState."""

    programme: Programme = field(default_factory=Programme)
    last: Last | None = None
    counted: Stamp | None = None
    pause_weeks: int = 0
    cool_down: Stamp | None = None
    question: Stamp | None = None
    note: str | None = None
    lain: str | None = None

    def redated(self, now: Moment) -> Standing:
        """The same after the clock was set."""
        return replace(
            self,
            last=None if self.last is None else replace(self.last, ended=self.last.ended.redated(now)),
            counted=None if self.counted is None else self.counted.redated(now),
            cool_down=None if self.cool_down is None else self.cool_down.redated(now),
            question=None if self.question is None else self.question.redated(now),
        )


class Kind(StrEnum):
    """What may happen to a programme."""

    BEGIN = "begin"
    BACK = "back"
    END = "end"
    ANSWER = "answer"
    SYMPTOM = "symptom"
    MINUTES = "minutes"
    CLOTHING = "clothing"
    RESET = "reset"


DONE, FADED = "done", "faded"
"""Details of an end and of an answer that count for the session."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that has happened. `minutes` are planned or asked for (0: not guided), `word` is a detail by kind.

    `at` is when the coach learnt of it; `ended` of an end is when the person got up.
    """

    at: Stamp
    kind: Kind
    session_id: str | None = None
    minutes: int = 0
    word: str = ""
    ended: Stamp | None = None

    def redated(self, now: Moment) -> Entry:
        """The same after the clock was set."""
        return replace(self, at=self.at.redated(now), ended=None if self.ended is None else self.ended.redated(now))


@dataclass(frozen=True, slots=True)
class Body:
    """The settled load of a session: microsiemens on each sensor, before gains."""

    session_id: str
    us: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Journal:
    """Of one person: `base`, the programme before the first of `entries`, and how their last sessions have borne on the mat."""

    base: Standing = field(default_factory=Standing)
    entries: tuple[Entry, ...] = ()
    bodies: tuple[Body, ...] = ()

    def noted(self, *entries: Entry) -> Journal:
        """The journal with these entries added, in the order of time."""
        return replace(self, entries=tuple(sorted((*self.entries, *entries), key=lambda each: each.at.wall_s)))

    def with_bodies(self, *bodies: Body) -> Journal:
        """The journal with these loads added; the last ones are retained."""
        return replace(self, bodies=(*self.bodies, *bodies)[-BODIES_MOST:])

    def without(self, session_id: str) -> Journal:
        """The journal without this session."""
        return replace(
            self,
            entries=tuple(each for each in self.entries if each.session_id != session_id),
            bodies=tuple(each for each in self.bodies if each.session_id != session_id),
        )

    def of(self, session_id: str) -> Journal:
        """The entries of this session."""
        return Journal(
            entries=tuple(each for each in self.entries if each.session_id == session_id),
            bodies=tuple(each for each in self.bodies if each.session_id == session_id),
        )

    def redated(self, now: Moment) -> Journal:
        """The same after the clock was set."""
        return replace(self, base=self.base.redated(now), entries=tuple(each.redated(now) for each in self.entries))
