"""Events published from memory while the store is away, under ids of this run.

Each has a negative number for the broker's answer, until it has a number in the store.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence

from acumat.history.entries import DirectEvent
from acumat.history.jobs import Record
from acumat.history.payload import event_payload, is_late


class DirectDelivery:
    """For the writer's thread. `deliver` and `monotonic` are those of the writer."""

    def __init__(self, deliver: Callable[[int, str], bool], monotonic: Callable[[], float]) -> None:
        self._deliver = deliver
        self._monotonic = monotonic
        self._run_id = uuid.uuid4().hex[:8]
        self._last_no = 0
        self._unacknowledged: dict[int, DirectEvent] = {}
        """Events published and not yet acknowledged, by key."""

    def send(self, records: Iterable[Record], room: int) -> Iterator[int]:
        """Publish events that are not in flight, oldest first, `room` at most. Returns the keys of the accepted ones."""
        for record in records:
            for index, (_, mono_s, document) in enumerate(record.events):
                event = record.direct.get(index)
                if event is not None and (event.in_flight or event.acknowledged):
                    continue
                if room <= 0:
                    return
                if event is None:
                    event = record.direct[index] = self._numbered()
                try:
                    payload = event_payload(event.event_id, document, late=is_late(mono_s, self._monotonic()))
                except (TypeError, ValueError):  # JSON cannot hold it, and the store will leave it out
                    continue
                if not self._deliver(event.key, payload):
                    return
                event.in_flight = True
                self._unacknowledged[event.key] = event
                room -= 1
                yield event.key

    def redeliver(self, records: Iterable[Record]) -> None:
        """There is a new connection, and no answer of the old one will come: unacknowledged events are due again."""
        self._unacknowledged.clear()
        for record in records:
            for event in record.direct.values():
                event.in_flight = False

    def on_stored(self, record: Record, seqs: Sequence[int]) -> dict[int, int]:
        """The store has this record: events in flight count as sent from there. Returns their numbers in the store, by key."""
        for index, event in record.direct.items():
            event.seq = seqs[index]
        return {event.key: event.seq for event in record.direct.values() if event.in_flight and event.seq is not None}

    def on_acked(self, key: int) -> int | None:
        """The number in the store of an acknowledged event; None while it waits in memory, where that is noted."""
        event = self._unacknowledged.pop(key, None)
        if event is None:
            return None
        event.acknowledged, event.in_flight = True, False
        return event.seq

    def _numbered(self) -> DirectEvent:
        self._last_no += 1
        return DirectEvent(-self._last_no, f"{self._run_id}-{self._last_no}")
