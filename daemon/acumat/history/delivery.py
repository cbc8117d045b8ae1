"""The events on their way to the broker: at least once, in order, a window of them unacknowledged at a time.

They come from the outbox, or straight from memory while the store is away. What is not acknowledged is sent again, from the
oldest on, on the next connection and in the next run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from acumat.history.direct_delivery import DirectDelivery
from acumat.history.jobs import Record
from acumat.history.send_rate import SendRate
from acumat.history.store import Store

WINDOW = 20
"""Events sent and not yet acknowledged, at most."""


class Delivery:
    """For the writer's thread. `deliver(key, payload)` says whether the event was taken; it must not block.

    The key is the event's number in the store, or one below zero while it is in memory alone. An event that the taker still
    holds may be delivered again after a reconnect.
    """

    def __init__(self, deliver: Callable[[int, str], bool], monotonic: Callable[[], float]) -> None:
        self._deliver = deliver
        self._monotonic = monotonic
        self._direct = DirectDelivery(deliver, monotonic)
        self._rate = SendRate(monotonic)
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
        return bool(self._acked) or (
            self._connected and self._more and not self._refused and self._room > 0 and self._rate.allows()
        )

    @property
    def throttled(self) -> bool:
        """Whether the send rate holds the next event back."""
        return not self._rate.allows()

    @property
    def awaits_acks(self) -> bool:
        """Whether the broker is there and still owes acknowledgements."""
        return self._connected and bool(self._unacknowledged)

    def on_connection(self, up: bool) -> None:
        """Whether the broker is there now."""
        self._connected = up

    def on_reconnected(self, records: Iterable[Record]) -> None:
        """The connection is a new one: everything unacknowledged is due again. `records` are those not yet stored."""
        self._direct.redeliver(records)
        self._unacknowledged.clear()
        self._sent_to, self._more = 0, True

    def on_acked(self, keys: Iterable[int]) -> None:
        """The broker has these events."""
        for key in keys:
            seq = key if key > 0 else self._direct.on_acked(key)
            if seq is None:
                self._unacknowledged.discard(key)
            else:
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
        """A new file counts from 1 again: acknowledgements of what was sent until now no longer count."""
        self._acked.clear()
        self.on_reconnected(records)

    def settle(self, store: Store) -> None:
        """Take what is acknowledged out of the outbox. Raises StoreUnavailableError."""
        if self._acked:
            store.delete_acked(self._acked)
            self._unacknowledged.difference_update(self._acked)
            self._acked.clear()
            self._more = True

    def send(self, store: Store) -> None:
        """Send from the outbox what window and rate allow. Raises StoreUnavailableError."""
        self._refused = False
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
        """While the store is away: send what waits in memory, in order, each event once on a connection."""
        if self._connected:
            self._unacknowledged.update(self._direct.send(records, self._room))

    @property
    def _room(self) -> int:
        return WINDOW - len(self._unacknowledged)
