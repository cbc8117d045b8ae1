"""What waits for the writer's thread: single entries, and records whose events may be told before they are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from acumat.history.entries import EventEntry
from acumat.history.rows import SessionRow, StepRow
from acumat.history.store import Store


@dataclass(slots=True, eq=False)
class Entry:
    """Something to be written or read. An optional one may be left out when memory is short."""

    write: Callable[[Store], object]
    optional: bool = False
    untold: int = 0
    number: int = 0
    """Of the oldest call that it stands for; the backlog counts calls."""


@dataclass(slots=True, eq=False)
class Record:
    """Events with a session and documents, kept in one transaction.

    While the store is away its events are told from memory: `ids` by index, `offered` the key under which each was handed
    over, `arrived` those that the broker has acknowledged.
    """

    events: tuple[EventEntry, ...]
    session: SessionRow | None
    documents: Mapping[str, str | None]
    dated: bool
    steps: tuple[StepRow, ...] = ()
    number: int = 0
    ids: dict[int, str] = field(default_factory=dict)
    offered: dict[int, int] = field(default_factory=dict)
    arrived: set[int] = field(default_factory=set)
    _keys: dict[int, int] = field(default_factory=dict)
    _out: set[int] = field(default_factory=set)

    @property
    def untold(self) -> int:
        """Events that nobody has heard of."""
        return len(self.events) - len(self.arrived | self._out)

    def add(self, event: EventEntry) -> None:
        """One more event at the end; all others keep their places."""
        self.events = (*self.events, event)

    def without_events(self) -> Record:
        """The session, documents and steps alone."""
        return replace(self, events=(), ids={}, offered={}, arrived=set(), _keys={}, _out=set())

    def write(self, store: Store) -> list[int]:
        """Keep it all; the events' numbers in the store."""
        return store.record(
            self.events,
            self.session,
            documents=self.documents,
            steps=self.steps,
            dated=self.dated,
            ids=self.ids,
            arrived=frozenset(self.arrived),
        )

    def name(self, index: int, key: int, event_id: str) -> None:
        """The event gets an id, for good, and a key by which the broker's answer finds it."""
        self.ids[index], self._keys[index] = event_id, key

    def key(self, index: int) -> int:
        return self._keys[index]

    def to_offer(self, index: int) -> bool:
        """Whether it is neither under way nor arrived."""
        return index not in self._out and index not in self.arrived

    def taken(self, index: int) -> None:
        """It was handed over."""
        self._out.add(index)
        self.offered[self._keys[index]] = index

    def offer_again(self) -> None:
        """The connection is another one: what has not arrived is offered once more."""
        self._out.clear()


Job = Entry | Record
