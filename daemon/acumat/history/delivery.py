"""Delivers events to the broker: at least once, in order, with a window of unacknowledged ones.

They come from the outbox, or from memory while the store is away. Unacknowledged events are sent again, from the oldest on, on
the next connection and in the next run. Events that a reader requests again come after all these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from acumat.history.direct_delivery import DirectDelivery
from acumat.history.jobs import Record
from acumat.history.kept_events import EventRange, late_payloads
from acumat.history.repeats import Again, Repeats
from acumat.history.send_rate import BURST, SendRate
from acumat.history.store import Store

WINDOW = 20
"""Events sent and not yet acknowledged, at most."""
REPEATS_WINDOW = WINDOW // 2
"""Requested events among these at most, so that a new event always finds room."""
BURST_KEPT = BURST // 2
"""What the send rate allows at once is left to new events by half."""


class Delivery:
    """For the writer's thread. `deliver(key, payload)` returns whether the event was accepted; it must not block.

    The key is the event's number in the store, or a negative one while it is only in memory. An event that the receiver still
    has may be delivered again after a reconnect.
    """

    def __init__(self, deliver: Callable[[int, str], bool], monotonic: Callable[[], float]) -> None:
        self._deliver = deliver
        self._monotonic = monotonic
        self._direct = DirectDelivery(deliver, monotonic)
        self._rate = SendRate(monotonic)
        self._repeats = Repeats()
        self._connected = False
        self._acked: list[int] = []
        """Acknowledged, and still in the outbox."""
        self._unacknowledged: set[int] = set()
        self._sent_to = 0
        """The number of the last event taken out of the outbox."""
        self._more = True
        """Whether the outbox may hold events beyond it."""
        self._refused = False

    @property
    def due(self) -> bool:
        """Whether there is something to do as soon as the store works."""
        if not self._connected or self._refused:
            return bool(self._acked)
        more = self._more and self._room > 0 and self._rate.allows()
        return bool(self._acked) or more or (self._repeats.waiting and self._repeats_room > 0)

    @property
    def throttled(self) -> bool:
        """Whether the send rate holds the next event back."""
        return self._rate.room <= (BURST_KEPT if self._repeats.waiting else 0)

    @property
    def awaits_acks(self) -> bool:
        """Whether the broker is connected and acknowledgements are missing."""
        return self._connected and bool(self._unacknowledged)

    def on_connection(self, up: bool) -> None:
        """Whether the broker is there now."""
        self._connected = up

    def on_reconnected(self, records: Iterable[Record]) -> None:
        """There is a new connection: everything unacknowledged is due again. `records` are those not yet stored."""
        self._direct.redeliver(records)
        self._unacknowledged.clear()
        self._repeats.on_reconnected()
        self._sent_to, self._more = 0, True

    def on_acked(self, keys: Iterable[int]) -> None:
        """The broker has these events."""
        for key in keys:
            seq = key if key > 0 else self._direct.on_acked(key)
            if seq is None:
                self._unacknowledged.discard(key)
            elif not self._repeats.on_acked(seq):
                self._acked.append(seq)

    def on_written(self) -> None:
        """Something was written: the outbox may hold more."""
        self._more = True

    def on_stored(self, record: Record, seqs: Sequence[int]) -> None:
        """The store has this record, its events under these numbers."""
        moved = self._direct.on_stored(record, seqs)
        self._unacknowledged.difference_update(moved)
        self._unacknowledged.update(moved.values())

    def on_new_file(self, records: Iterable[Record]) -> None:
        """A new file numbers from 1 again: ignore acknowledgements of everything sent so far."""
        self._acked.clear()
        self._repeats.clear()
        self.on_reconnected(records)

    def settle(self, store: Store) -> None:
        """Remove acknowledged events from the outbox. Raises StoreUnavailableError."""
        if self._acked:
            store.delete_acked(self._acked)
            self._unacknowledged.difference_update(self._acked)
            self._acked.clear()
            self._more = True

    def send_again(self, store: Store, asked: EventRange | None) -> Again:
        """Send stored events again, after those of the outbox. Raises StoreUnavailableError."""
        self.settle(store)
        return self._repeats.ask(store, asked)

    def send(self, store: Store) -> None:
        """Send what window and rate allow: from the outbox, then requested events. Raises StoreUnavailableError."""
        self._refused = False
        self._send_new(store)
        if self._connected:
            self._send_repeats(store)

    def _send_new(self, store: Store) -> None:
        while self._connected and self._more and self._room > 0 and self._rate.allows():
            limit = min(self._room, self._rate.room)
            rows = store.outbox_after(self._sent_to, limit, self._monotonic())
            self._more = len(rows) == limit
            for seq, payload in rows:
                if seq not in self._unacknowledged:  # else it was sent from memory, and is in flight
                    if not self._deliver(seq, payload):
                        self._more = self._refused = True  # tried again at the next beat, event or acknowledgement
                        return
                    self._rate.spend()
                    self._unacknowledged.add(seq)
                self._sent_to = seq

    def send_direct(self, records: Iterable[Record]) -> None:
        """While the store is away: send waiting events from memory, in order, each once on a connection."""
        if self._connected:
            self._unacknowledged.update(self._direct.send(records, self._room))

    def _send_repeats(self, store: Store) -> None:
        seqs = self._repeats.next(self._repeats_room)
        if not seqs:
            return
        with store.reading() as db:
            payloads = late_payloads(db, seqs)
        for seq in seqs:
            if seq not in payloads:
                self._repeats.on_gone(seq)
            elif self._deliver(seq, payloads[seq]):
                self._rate.spend()
                self._repeats.on_sent(seq)
            else:
                self._refused = True
                return

    @property
    def _room(self) -> int:
        return WINDOW - len(self._unacknowledged) - self._repeats.in_flight

    @property
    def _repeats_room(self) -> int:
        return max(0, min(REPEATS_WINDOW - self._repeats.in_flight, self._room, self._rate.room - BURST_KEPT))
