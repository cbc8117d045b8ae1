"""What goes into the record: events, what else was heard of mats, and what is no message of a mat. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class EventEntry:
    """One event: its place in the numbering, and its document as JSON text without what is personal.

    `document` None: it cannot be stored as it is and is set aside beside; its number counts as received.
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
    """Something else that a mat has published. `alive`: by the mat itself, now; not by its broker or long ago."""

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
    """What a mat says of its events: which numbers it has no more, and the highest that it has given."""

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
    """All that is stored in one transaction."""

    events: tuple[EventEntry, ...] = ()
    heard: tuple[Heard, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    answers: tuple[MatAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """What came of a batch: events that are new, those known before, and messages set aside."""

    events: int = 0
    repeated: int = 0
    set_aside: int = 0

    def __add__(self, other: Stored) -> Stored:
        return Stored(self.events + other.events, self.repeated + other.repeated, self.set_aside + other.set_aside)
