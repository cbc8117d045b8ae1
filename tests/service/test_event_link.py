"""The link between outbox and connection: what is handed over when, and what an acknowledgement does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from acumat.history.store import Store
from acumat.history.work_queue import WorkQueue
from acumat.mqtt.null_client import OFF, NullClient
from acumat.service.event_link import EventLink
from tests.hw.bench import JumpingClock
from tests.service.test_recorder import HandWriter

EVENT = (1.7e9, 1.0, {"event_type": "got_up", "late": False})


class Client(NullClient):
    """Takes events once it knows that the outbox begins again; acknowledges them when the test says so."""

    begins = False

    def accept_events(self) -> None:
        self.begins = True

    def deliver(self, _topic: str, seq: int, _payload: str) -> bool:
        if self.begins:
            self.taken.append(seq)
        return self.begins

    def __init__(self, monotonic: Callable[[], float], *, on_acked: Callable[[int], None]) -> None:
        super().__init__(monotonic, on_acked=on_acked)
        self.taken: list[int] = []


class Bench:
    """One event in the outbox."""

    def __init__(self, path: Path, kind: type[NullClient]) -> None:
        monotonic, queue = JumpingClock().monotonic, WorkQueue()
        self.store = Store(path)
        self.store.open()
        self.client = kind(monotonic, on_acked=queue.on_acked)
        deliver = partial(self.client.deliver, "topic")
        self.writer = HandWriter(
            self.store, queue, deliver=deliver, monotonic=monotonic, on_new_file=self.client.abandon_events
        )
        self.ack = queue.on_acked
        self.link = EventLink(self.writer, self.client)
        self.writer.record([EVENT])

    @property
    def taken(self) -> list[int]:
        assert isinstance(self.client, Client)
        return self.client.taken

    def outbox(self) -> list[int]:
        self.writer.work()
        return [seq for seq, _ in self.store.outbox_after(0, 10, 0.0)]


def test_an_event_leaves_the_outbox_when_the_broker_has_acknowledged_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "h.db", Client)
    assert (bench.outbox(), bench.taken) == ([1], [])
    bench.link.on_connection(up=True)
    assert (bench.outbox(), bench.taken) == ([1], [1])
    bench.ack(1)
    assert bench.outbox() == []


def test_after_a_lost_connection_what_is_not_acknowledged_is_handed_over_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "h.db", Client)
    bench.link.on_connection(up=True)
    bench.outbox()
    assert isinstance(bench.client, Client)
    bench.client.begins = False
    bench.link.on_connection(up=False)
    bench.outbox()
    assert not bench.client.begins, "a connection that is lost begins nothing"
    bench.link.on_connection(up=True)
    bench.outbox()
    assert bench.taken == [1, 1]


def test_without_mqtt_every_event_counts_as_delivered(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "h.db", NullClient)
    bench.writer.on_connection(up=True)
    bench.outbox()
    assert bench.outbox() == []
    assert bench.client.condition == OFF
