"""Events told while the store is away: under ids of this run, each known by a number below zero until the store has it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping

from acumat.contract.documents import encode
from acumat.history.jobs import Record
from acumat.history.store import LATE_S


class FromMemory:
    """For the writer's thread. `deliver` and `monotonic` are the writer's."""

    def __init__(self, deliver: Callable[[int, str], bool], monotonic: Callable[[], float]) -> None:
        self._deliver = deliver
        self._monotonic = monotonic
        self._run_id = uuid.uuid4().hex[:8]
        self._told = 0
        self._waiting: dict[int, Record | int] = {}
        """Events told and not yet acknowledged: the record they wait in, or their number in the store once it has them."""

    def offer(self, records: Iterable[Record], room: int) -> Iterator[int]:
        """Hand over what nobody has heard of, oldest first, `room` at most; the keys of what was taken."""
        for record in records:
            for index in range(len(record.events)):
                if not record.to_offer(index):
                    continue
                if room <= 0:
                    return
                payload = self._payload(record, index)
                if payload is None:
                    continue
                key = record.key(index)
                if not self._deliver(key, payload):
                    return
                record.taken(index)
                self._waiting[key] = record
                room -= 1
                yield key

    def stored(self, record: Record, seqs: list[int]) -> dict[int, int]:
        """The store has this record now: what is under way counts as handed over from there. Numbers in the store, by key."""
        moved = {key: seqs[index] for key, index in record.offered.items() if index not in record.arrived}
        self._waiting.update(moved)
        return moved

    def acked(self, key: int) -> int | None:
        """The number in the store of an event that has arrived; None while it waits in memory, where this is noted."""
        found = self._waiting.get(key)
        if isinstance(found, Record):
            found.arrived.add(found.offered[key])
            del self._waiting[key]
            return None
        return found

    def forget(self, keys: Iterable[int]) -> None:
        """These are done with."""
        for key in keys:
            self._waiting.pop(key, None)

    def _payload(self, record: Record, index: int) -> str | None:
        """None for what cannot be said in JSON: the store will leave it out."""
        if index not in record.ids:
            self._told += 1
            record.name(index, -self._told, f"{self._run_id}-{self._told}")
        _, mono_s, document = record.events[index]
        late = {} if 0 <= self._monotonic() - mono_s <= LATE_S else {"late": True}
        return _encoded(record.ids[index], {**document, **late})


def _encoded(event_id: str, document: Mapping[str, object]) -> str | None:
    try:
        return encode({"id": event_id, **{key: value for key, value in document.items() if key != "id"}})
    except (TypeError, ValueError):
        return None
