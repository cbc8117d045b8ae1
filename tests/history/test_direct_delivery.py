"""Events published while the store is away: each under one id, late when it is, and known by its number once it is stored."""

from __future__ import annotations

import json
from typing import Any

import pytest

from acumat.history.direct_delivery import DirectDelivery
from acumat.history.jobs import Record
from acumat.history.payload import LATE_S


class Bench:
    """A broker that takes what it is given while it is willing, by a clock that stands."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.willing = True
        self.taken: list[tuple[int, dict[str, Any]]] = []
        self.direct = DirectDelivery(self._deliver, lambda: self.now_s)

    def _deliver(self, key: int, payload: str) -> bool:
        if self.willing:
            self.taken.append((key, json.loads(payload)))
        return self.willing

    def send(self, *records: Record, room: int = 20) -> list[int]:
        return list(self.direct.send(records, room))


def record(*texts: str, mono_s: float = 100.0) -> Record:
    return Record(tuple((1.7e9, mono_s, {"text": text, "late": False}) for text in texts), None, {}, dated=True)


@pytest.mark.parametrize(("age_s", "late"), [(0.0, False), (LATE_S, False), (LATE_S + 0.1, True), (-1.0, True)])
def test_an_event_that_waited_for_long_is_marked_as_late(age_s: float, late: bool) -> None:
    bench = Bench()
    bench.send(record("x", mono_s=bench.now_s - age_s))
    ((_, document),) = bench.taken
    assert document["late"] is late


def test_events_go_out_oldest_first_each_once_and_no_more_than_there_is_room_for() -> None:
    bench = Bench()
    first, second = record("1", "2"), record("3")
    assert len(bench.send(first, second, room=2)) == 2
    assert len(bench.send(first, second)) == 1
    assert bench.send(first, second) == []
    assert [document["text"] for _, document in bench.taken] == ["1", "2", "3"]
    assert all(key < 0 for key, _ in bench.taken)
    assert len({document["id"] for _, document in bench.taken}) == 3


def test_a_broker_that_takes_nothing_is_asked_once_and_the_event_keeps_its_id() -> None:
    bench = Bench()
    events = record("1", "2")
    bench.willing = False
    assert bench.send(events) == []
    bench.willing = True
    bench.send(events)
    bench.direct.redeliver([events])
    bench.send(events)
    ids = [document["id"] for _, document in bench.taken]
    assert ids[:2] == ids[2:]


def test_what_has_arrived_is_offered_no_more_and_needs_no_number() -> None:
    bench = Bench()
    events = record("1", "2")
    first, second = bench.send(events)
    assert bench.direct.on_acked(first) is None, "the store does not have it yet"
    bench.direct.redeliver([events])
    assert bench.send(events) == [second]
    assert events.direct[0].acknowledged
    assert bench.direct.on_stored(events, [7, 8]) == {second: 8}
    assert bench.direct.on_acked(second) == 8
    assert bench.direct.on_acked(second) is None


def test_what_cannot_be_reported_in_json_is_left_out_and_the_rest_goes() -> None:
    bench = Bench()
    events = Record(((1.7e9, 100.0, {"load": float("nan")}), (1.7e9, 100.0, {"text": "fine"})), None, {}, dated=True)
    assert len(bench.send(events)) == 1
    assert bench.taken[0][1]["text"] == "fine"
