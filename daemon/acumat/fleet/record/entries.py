"""The entries of the record: events, other messages of mats, and messages that are set aside. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class EventEntry:
    """One event: its place in the numbering, and its document as JSON text without what is personal.

    `document` None: it cannot be stored and is set aside; its number counts as received.
    """

    mat_id: str
    incarnation: str
    number: int
    at: datetime | None = None
    event_type: str = ""
    document: str | None = None

    @property
    def id(self) -> str:
        """As the mat has given it."""
        return f"{self.incarnation}-{self.number}"


@dataclass(frozen=True, slots=True)
class Heard:
    """Another message of a mat. `alive`: from the mat itself and new; not from its broker or old."""

    mat_id: str
    alive: bool
    availability: str | None = None
    documents: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A message that is no event of a mat, with the reason."""

    topic: str
    reason: str
    detail: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class MatAnswer:
    """A mat's report on its events: the numbers that it no longer has, and its highest number."""

    mat_id: str
    incarnation: str
    lost: tuple[tuple[int, int], ...] = ()
    known_last: int = 0


@dataclass(frozen=True, slots=True)
class Lacking:
    """A numbering with gaps: for how long, and how long ago the mat was last asked for them (None: never)."""

    mat_id: str
    incarnation: str
    missing: tuple[tuple[int, int], ...]
    since_s: float
    asked_s: float | None = None
    times_asked: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """The entries of one transaction."""

    events: tuple[EventEntry, ...] = ()
    heard: tuple[Heard, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    answers: tuple[MatAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """The result of a batch: new events, known ones, and messages set aside."""

    events: int = 0
    repeated: int = 0
    set_aside: int = 0

    def __add__(self, other: Stored) -> Stored:
        return Stored(self.events + other.events, self.repeated + other.repeated, self.set_aside + other.set_aside)
