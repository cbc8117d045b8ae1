"""The link between outbox and connection: what is handed over when, and what an acknowledgement does."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from acumat.history.store import Store
from acumat.mqtt.null_client import OFF, NullClient
from acumat.service.event_link import EventLink
from tests.hw.bench import JumpingClock
from tests.service.test_recorder import HandWriter

EVENT = (1.7e9, 1.0, {"id": "", "event_type": "got_up", "late": False})


class Client(NullClient):
    """Takes events once it knows that the outbox begins again; acknowledges them when the test says so."""

    def __init__(self, link: EventLink) -> None:
        super().__init__(JumpingClock().monotonic, acked=link.on_acked)
        self.begins = False
        self.taken: list[int] = []

    def resumed(self) -> None:
        self.begins = True

    def deliver(self, _topic: str, seq: int, _payload: str) -> bool:
        if self.begins:
            self.taken.append(seq)
        return self.begins


class Bench:
    def __init__(self, path: Path, client: NullClient, link: EventLink) -> None:
        self.store = Store(path)
        self.store.open()
        deliver = partial(client.deliver, "topic")
        self.writer = HandWriter(self.store, deliver=deliver, monotonic=JumpingClock().monotonic, fresh=client.forget)
        link.connect(self.writer, client)
        self.writer.record([EVENT])

    def outbox(self) -> list[int]:
        self.writer.work()
        return [seq for seq, _ in self.store.outbox_after(0, 10, 0.0)]


def test_an_event_leaves_the_outbox_when_the_broker_has_acknowledged_it(tmp_path: Path) -> None:
    link = EventLink()
    link.on_acked(1)  # before both ends are there nothing can be under way
    client = Client(link)
    bench = Bench(tmp_path / "h.db", client, link)
    assert (bench.outbox(), client.taken) == ([1], [])
    link.on_connection(up=True)
    assert (bench.outbox(), client.taken) == ([1], [1])
    link.on_acked(1)
    assert bench.outbox() == []


def test_after_a_lost_connection_what_is_not_acknowledged_is_handed_over_again(tmp_path: Path) -> None:
    link = EventLink()
    client = Client(link)
    bench = Bench(tmp_path / "h.db", client, link)
    link.on_connection(up=True)
    bench.outbox()
    client.begins = False
    link.on_connection(up=False)
    bench.outbox()
    assert not client.begins, "a connection that is lost begins nothing"
    link.on_connection(up=True)
    bench.outbox()
    assert client.taken == [1, 1]


def test_without_mqtt_every_event_counts_as_delivered(tmp_path: Path) -> None:
    link = EventLink()
    client = NullClient(JumpingClock().monotonic, acked=link.on_acked)
    bench = Bench(tmp_path / "h.db", client, link)
    bench.writer.connection(up=True)
    bench.outbox()
    assert bench.outbox() == []
    assert client.condition == OFF
