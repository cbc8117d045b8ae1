"""Events that a reader has requested again: they wait in memory, after all new events. Nothing is written.

A reader sees what has come, and requests again what a restart has lost; so a card is not worn, and no new event has to make
room in the outbox.
"""

from __future__ import annotations

from bisect import insort
from typing import NamedTuple

from acumat.commands.events_table import PAGE_MOST
from acumat.history.kept_events import EventRange, Kept, Numbering, kept_events, numberings, present_numbering
from acumat.history.store import Store


class Again(NamedTuple):
    """The answer to a request for events: which of the range come again, the present numbering and its last number.

    `full`: nothing comes, since the queue is full. Without a range, `numberings` take the place of `kept`.
    """

    asked: EventRange | None
    numbering: str
    last_no: int
    kept: Kept | None = None
    numberings: tuple[Numbering, ...] = ()

    @property
    def full(self) -> bool:
        return self.kept is not None and self.kept.more and not self.kept.numbers


class Repeats:
    """For the writer's thread. Events are known by their rows."""

    def __init__(self) -> None:
        self._waiting: list[int] = []
        """In their order."""
        self._in_flight: set[int] = set()

    @property
    def waiting(self) -> bool:
        """Whether any is to be sent."""
        return bool(self._waiting)

    @property
    def in_flight(self) -> int:
        """How many are sent and not acknowledged."""
        return len(self._in_flight)

    def ask(self, store: Store, asked: EventRange | None) -> Again:
        """Queue the events of this range, as far as there is room. Raises StoreUnavailableError."""
        with store.reading() as db:
            numbering, last_no = present_numbering(db)
            if asked is None:
                return Again(None, numbering, last_no, numberings=tuple(numberings(db)))
            left = PAGE_MOST

            def take(seq: int, waits: bool) -> bool:
                nonlocal left
                left -= 1
                if left < 0:
                    return False
                if waits or seq in self._in_flight or seq in self._waiting:
                    return True
                if len(self._waiting) + len(self._in_flight) >= PAGE_MOST:
                    return False
                insort(self._waiting, seq)
                return True

            return Again(asked, numbering, last_no, kept_events(db, asked, take))

    def next(self, most: int) -> list[int]:
        """The first waiting events, so many at most."""
        return self._waiting[:most]

    def on_sent(self, seq: int) -> None:
        """It is in flight."""
        self._waiting.remove(seq)
        self._in_flight.add(seq)

    def on_gone(self, seq: int) -> None:
        """The event is no longer stored."""
        self._waiting.remove(seq)

    def on_acked(self, seq: int) -> bool:
        """The broker has an event. Returns whether it was one of these."""
        if seq in self._in_flight:
            self._in_flight.remove(seq)
        elif seq in self._waiting:  # an answer from an earlier connection
            self._waiting.remove(seq)
        else:
            return False
        return True

    def on_reconnected(self) -> None:
        """The events in flight are due again."""
        self._waiting = sorted([*self._waiting, *self._in_flight])
        self._in_flight.clear()

    def clear(self) -> None:
        """The rows belong to a file that no longer exists."""
        self._waiting.clear()
        self._in_flight.clear()
