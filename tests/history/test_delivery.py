"""Delivery without a thread: window, order, acknowledgements, reconnects, and events from memory while the store is away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acumat.history.bounds import Bounds
from acumat.history.delivery import WINDOW, Delivery
from acumat.history.jobs import Record
from acumat.history.kept_events import EventRange, Kept
from acumat.history.payload import LATE_S
from acumat.history.send_rate import BURST, RATE_HZ
from acumat.history.store import Store
from tests.hw.bench import JumpingClock


class Broker:
    """Takes what is delivered on the present connection, as long as it is willing."""

    def __init__(self) -> None:
        self.willing = True
        self.taken: list[int] = []
        self.ids: list[str] = []
        self.late: list[bool] = []
        self.contents: list[object] = []

    def deliver(self, key: int, payload: str) -> bool:
        if self.willing:
            document = json.loads(payload)
            self.taken.append(key)
            self.ids.append(document["id"])
            self.late.append(document["late"])
            self.contents.append(document.get("n"))
        return self.willing


class Bench:
    """A delivery in front of a real store; the clock stands still unless it is moved."""

    def __init__(self, path: Path, *, broker: Broker | None = None, bounds: Bounds | None = None) -> None:
        self.clock, self.broker = JumpingClock(), broker or Broker()
        self.store = Store(path, bounds=bounds)
        self.store.open()
        self.delivery = Delivery(self.broker.deliver, self.clock.monotonic)
        self.waiting: list[Record] = []
        """Records that are in memory alone."""
        self.happened = count()

    def connect(self) -> None:
        self.delivery.on_connection(True)
        self.delivery.on_reconnected(self.waiting)

    def happens(self, count: int) -> Record:
        now_s = self.clock.monotonic()
        events = tuple((1.7e9, now_s, {"n": next(self.happened), "late": False}) for _ in range(count))
        record = Record(events, None, {}, dated=True)
        self.waiting.append(record)
        return record

    def store_all(self) -> None:
        while self.waiting:
            record = self.waiting.pop(0)
            self.delivery.on_stored(record, record.write(self.store))
            self.delivery.on_written()

    def send(self) -> None:
        self.delivery.settle(self.store)
        self.delivery.send(self.store)

    def send_direct(self) -> None:
        self.delivery.send_direct(self.waiting)

    def due(self) -> bool:
        return self.delivery.due

    def throttled(self) -> bool:
        return self.delivery.throttled

    def ask(self, first: int, last: int | None = None) -> Kept:
        """Have a range of the present numbering come again."""
        found = self.delivery.send_again(self.store, EventRange(self.store.install, first, last))
        assert found.kept is not None
        return found.kept

    def in_outbox(self) -> list[int]:
        return [seq for seq, _ in self.store.outbox_after(0, 1000, self.clock.monotonic())]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "history.db")
    yield bench
    bench.store.close()


def test_nothing_is_sent_without_a_connection_and_everything_in_order_with_one(bench: Bench) -> None:
    bench.happens(3)
    bench.store_all()
    bench.send()
    assert bench.broker.taken == []
    assert not bench.due()
    bench.connect()
    assert bench.due()
    bench.send()
    assert bench.broker.taken == [1, 2, 3]
    assert not bench.due()
    assert bench.delivery.awaits_acks


def test_the_window_bounds_what_is_unacknowledged_and_an_acknowledgement_makes_room(bench: Bench) -> None:
    bench.happens(WINDOW + 5)
    bench.store_all()
    bench.connect()
    bench.send()
    bench.send()
    assert bench.broker.taken == list(range(1, WINDOW + 1))
    bench.delivery.on_acked([1, 2])
    assert bench.due()
    bench.send()
    assert bench.broker.taken == list(range(1, WINDOW + 3))
    assert bench.in_outbox() == list(range(3, WINDOW + 6))


def test_the_rate_holds_a_backlog_back(bench: Bench) -> None:
    bench.happens(BURST + 50)
    bench.store_all()
    bench.connect()
    for _ in range(BURST):
        bench.send()
        bench.delivery.on_acked(bench.broker.taken[-WINDOW:])
    assert len(bench.broker.taken) == BURST
    assert bench.throttled()
    bench.clock.sleep(10.5 / RATE_HZ)
    assert not bench.throttled()
    bench.send()
    assert len(bench.broker.taken) == BURST + 10


def test_what_is_refused_is_not_due_before_somebody_sends_again(bench: Bench) -> None:
    bench.happens(2)
    bench.store_all()
    bench.broker.willing = False
    bench.connect()
    bench.send()
    assert not bench.due(), "else the thread would be busy"
    bench.broker.willing = True
    bench.send()
    assert bench.broker.taken == [1, 2]
    bench.happens(1)
    bench.store_all()
    assert bench.due(), "the refusal is over"


def test_an_event_from_memory_keeps_its_id_and_needs_no_outbox_once_it_is_acknowledged(bench: Bench) -> None:
    bench.connect()
    bench.happens(2)
    bench.send_direct()
    bench.send_direct()
    first, second = bench.broker.taken
    assert second < first < 0
    bench.delivery.on_acked([first])
    bench.store_all()
    assert bench.in_outbox() == [2]
    bench.send()
    assert len(bench.broker.taken) == 2, "what is in flight is not sent twice"
    bench.delivery.on_acked([second])
    bench.send()
    assert bench.in_outbox() == []
    assert not bench.delivery.awaits_acks


def test_after_a_reconnect_everything_unacknowledged_is_sent_again_whether_it_is_stored_by_then_or_not(bench: Bench) -> None:
    bench.connect()
    bench.happens(1)
    bench.happens(1)
    bench.send_direct()
    assert len(bench.broker.taken) == 2
    bench.connect()  # and the store is back at that very moment
    first = bench.waiting.pop(0)
    bench.delivery.on_stored(first, first.write(bench.store))
    bench.send()
    bench.store_all()
    bench.send()
    assert bench.broker.taken[2:] == [1, 2]
    assert bench.broker.ids[2:] == bench.broker.ids[:2]


def test_from_memory_an_event_is_sent_once_a_connection(bench: Bench) -> None:
    bench.connect()
    bench.happens(WINDOW + 2)
    bench.send_direct()
    bench.send_direct()
    assert len(bench.broker.taken) == WINDOW
    bench.connect()
    bench.send_direct()
    assert bench.broker.ids[WINDOW:] == bench.broker.ids[:WINDOW]
    bench.delivery.on_acked(bench.broker.taken[WINDOW:])
    bench.send_direct()
    assert len(set(bench.broker.ids)) == WINDOW + 2
    assert len(bench.broker.ids) == 2 * WINDOW + 2


def test_a_new_file_takes_nothing_for_acknowledged_that_belongs_to_the_old_one(bench: Bench, tmp_path: Path) -> None:
    bench.connect()
    bench.happens(1)
    bench.store_all()
    bench.send()
    bench.delivery.on_acked([1])
    bench.store.close()
    bench.store = Store(tmp_path / "other.db")
    bench.store.open()
    bench.delivery.on_new_file(bench.waiting)
    bench.happens(1)
    bench.store_all()
    bench.send()
    assert bench.broker.taken == [1, 1]
    assert bench.in_outbox() == [1]


@pytest.mark.parametrize(("waited_s", "late"), [(0.0, False), (LATE_S, False), (LATE_S + 0.1, True)])
def test_late_means_the_same_from_memory_and_from_the_outbox(bench: Bench, waited_s: float, late: bool) -> None:
    bench.connect()
    bench.happens(1)
    bench.clock.sleep(waited_s)
    bench.send_direct()
    bench.connect()
    bench.store_all()
    bench.send()
    assert bench.broker.late == [late, late]


def test_an_event_that_json_cannot_hold_stops_nobody(bench: Bench) -> None:
    bench.connect()
    bench.waiting.append(Record(((1.7e9, 0.0, {"load": float("nan")}),), None, {}, dated=True))
    bench.happens(1)
    bench.send_direct()
    assert len(bench.broker.taken) == 1


STEPS = st.lists(st.sampled_from(["happens", "store", "direct", "send", "ack", "lose", "connect"]), max_size=60)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_whatever_comes_in_between_every_event_arrives_under_one_id_and_the_outbox_is_empty_in_the_end(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    bench = Bench(tmp_path_factory.mktemp("delivery") / "history.db")
    expected = answered = 0
    connected = False

    def ack() -> None:
        nonlocal answered
        if connected:
            bench.delivery.on_acked(bench.broker.taken[answered:])
            answered = len(bench.broker.taken)

    def lose() -> None:
        nonlocal answered, connected
        bench.delivery.on_connection(False)
        answered, connected = len(bench.broker.taken), False  # what is under way gets no answer

    def connect() -> None:
        nonlocal connected
        lose()
        bench.connect()
        connected = True

    calls = {"store": bench.store_all, "direct": bench.send_direct, "send": bench.send, "ack": ack}
    calls |= {"lose": lose, "connect": connect}
    try:
        for step in steps:
            if step == "happens":
                expected += 2
                bench.happens(2)
            else:
                calls[step]()
        if not connected:
            connect()
        bench.store_all()
        for _ in range(expected // WINDOW + 3):
            bench.clock.sleep(1.0)
            ack()
            bench.send()
        assert len(set(bench.broker.ids)) == expected
        assert bench.in_outbox() == []
        assert not bench.delivery.awaits_acks
    finally:
        bench.store.close()
