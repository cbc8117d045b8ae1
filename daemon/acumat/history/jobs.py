"""The jobs for the writer's thread: single entries, and records whose events may be published before they are stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from acumat.history.checkins import CheckInRow
from acumat.history.entries import DirectEvent, EventEntry
from acumat.history.minutes import MinuteRow
from acumat.history.rows import SessionRow, StepRow
from acumat.history.store import Store


@dataclass(slots=True, eq=False)
class Entry:
    """Something to write or read. An optional one may be left out when memory is short."""

    write: Callable[[Store], object]
    optional: bool = False
    unreported: int = 0
    number: int = 0
    """Number of the oldest call that it counts for; the backlog counts calls."""


@dataclass(slots=True, eq=False)
class Record:
    """Events with a session, documents, steps, check-ins and minutes, written in one transaction.

    `direct`, by index: the events that were published from memory while the store was away.
    """

    events: tuple[EventEntry, ...]
    session: SessionRow | None
    documents: Mapping[str, str | None]
    dated: bool
    steps: tuple[StepRow, ...] = ()
    check_ins: tuple[CheckInRow, ...] = ()
    minutes: tuple[MinuteRow, ...] = ()
    number: int = 0
    direct: dict[int, DirectEvent] = field(default_factory=dict)

    @property
    def unreported(self) -> int:
        """Events that were not published on the present connection."""
        direct = list(self.direct.values())  # a copy in one step: the writer's thread may add to it just now
        return len(self.events) - sum(each.acknowledged or each.in_flight for each in direct)

    def without_events(self) -> Record:
        """The rest alone."""
        return replace(self, events=(), direct={})

    def write(self, store: Store, *gaps: EventEntry) -> list[int]:
        """Write everything, and `gaps` after its events. Returns the numbers of these in the store."""
        events = (*self.events, *gaps)
        return store.record(
            events,
            self.session,
            documents=self.documents,
            steps=self.steps,
            check_ins=self.check_ins,
            minutes=self.minutes,
            dated=self.dated,
            direct=self.direct,
        )


Job = Entry | Record
