"""The connection against a real broker: acknowledgements, outages, and nothing sent twice."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from acumat.mqtt.bounded_client import BoundedClient, end_loop
from acumat.mqtt.client import UNACKED_S, Connected, ConnectionEvent, Disconnected, MessageReceived, MqttClient
from acumat.mqtt.in_flight import BrokerReply
from acumat.mqtt.problems import Target
from tests.broker import PATIENCE_S, Broker, Listener, free_port, until
from tests.hw.bench import JumpingClock

pytestmark = pytest.mark.broker


class Bench:
    def __init__(self, port: int) -> None:
        self.reported: queue.SimpleQueue[ConnectionEvent] = queue.SimpleQueue()
        self.acked: list[int] = []
        self.clock = JumpingClock()
        self.client = MqttClient(
            Target("127.0.0.1", port),
            client_id=f"bench-{port}",
            will_topic="m/availability",
            monotonic=self.clock.monotonic,
            on_event=self.reported.put,
            on_acked=self.acked.append,
        )

    def connect(self) -> None:
        """As the service does: it hears of the connection, and the outbox offers anew."""
        self.client.start()
        self.expect(Connected())

    def expect(self, happening: ConnectionEvent) -> None:
        assert self.reported.get(timeout=PATIENCE_S) == happening
        if happening == Connected():
            self.client.accept_events()


@pytest.fixture
def bench(broker: Broker) -> Iterator[Bench]:
    made = Bench(broker.port)
    yield made
    made.client.stop()
    made.client.stop()


def test_every_event_is_acknowledged_once_in_order(broker: Broker, bench: Bench) -> None:
    broker.start()
    listener = Listener(broker.port)
    bench.connect()
    for seq in range(1, 201):
        assert bench.client.deliver("m/event", seq, str(seq))
    until(lambda: len(bench.acked) == 200, "all are acknowledged")
    assert bench.acked == list(range(1, 201))
    until(lambda: len(listener.on("m/event")) == 200, "all have come")
    assert [each.payload for each in listener.on("m/event")] == [str(seq) for seq in range(1, 201)]
    assert not [each for each in listener.received if each.retained]
    listener.close()


def test_over_a_broker_restart_nothing_is_lost_and_what_paho_holds_is_not_published_twice(broker: Broker, bench: Bench) -> None:
    broker.start()
    bench.connect()
    broker.stop()
    bench.expect(Disconnected())
    assert not bench.client.deliver("m/event", 1, "1")  # not now: it stays in the outbox
    broker.start()
    listener = Listener(broker.port)
    bench.expect(Connected())
    for seq in (1, 2, 3, 1, 2, 3):
        assert bench.client.deliver("m/event", seq, str(seq))
    until(lambda: sorted(set(bench.acked)) == [1, 2, 3], "all are acknowledged")
    assert bench.client.condition.code == "ok"
    assert bench.client.thread_alive
    listener.close()


def test_retained_documents_are_stored_by_the_broker_and_messages_come_in_with_their_flag(broker: Broker, bench: Bench) -> None:
    broker.start()
    bench.connect()
    bench.client.publish_retained("m/state", "{}")
    bench.client.publish("m/response", "{}")
    bench.client.subscribe("m/#")
    arrived = bench.reported.get(timeout=PATIENCE_S)
    assert arrived == MessageReceived("m/state", b"{}", retained=True)
    bench.client.stop()
    listener = Listener(broker.port)
    until(lambda: listener.last("m/availability"), "the farewell is kept")
    assert listener.last("m/availability").payload == "offline"  # type: ignore[union-attr]
    listener.close()


def test_a_broker_that_is_not_there_is_named_with_what_to_check_and_stopping_is_quick() -> None:
    bench = Bench(free_port())
    bench.client.start()
    until(lambda: bench.client.condition.code == "unreachable", "it is said that nobody answers")
    assert "mqtt.host" in bench.client.condition.text
    assert not bench.client.deliver("m/event", 1, "1")
    bench.client.stop()
    until(lambda: not bench.client.thread_alive, "the thread is gone")


def test_a_broker_that_stops_acknowledging_is_met_anew(broker: Broker, bench: Bench) -> None:
    broker.start()
    bench.connect()
    broker.freeze()
    assert bench.client.deliver("m/event", 1, "1")
    bench.clock.sleep(UNACKED_S + 1)
    bench.client.maintain()
    bench.expect(Disconnected())
    broker.thaw()
    bench.expect(Connected())
    assert bench.client.deliver("m/event", 1, "1")
    until(lambda: bench.acked == [1], "what was under way is offered again and acknowledged")


def test_a_client_that_fails_is_replaced(broker: Broker, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    broker.start()

    def fail(_client: BoundedClient, _timeout: float) -> None:
        raise RuntimeError("a fault of the library")

    with monkeypatch.context() as broken:
        broken.setattr(BoundedClient, "loop", fail)
        bench.client.start()
        until(lambda: bench.client.condition.code == "client_died", "it is said")
    bench.expect(Connected())
    assert bench.client.thread_alive


@pytest.mark.parametrize("qos", [0, 1])
def test_a_message_that_is_sent_while_another_thread_hangs_up_raises_nothing(qos: int) -> None:
    client = BoundedClient(CallbackAPIVersion.VERSION2)
    client.on_socket_register_write = lambda _c, _u, _s: None
    sock, other = socket.socketpair()
    closed, its_pair = socket.socketpair()
    closed.close()
    with sock, other, its_pair:
        client._sock, client._sockpairW = sock, closed
        assert client.publish("m/state", "{}", qos=qos).rc == MQTTErrorCode.MQTT_ERR_NO_CONN
        client._sock = client._sockpairW = None
        client.hang_up()


class AnswersFirst(BoundedClient):
    """Its broker's answer comes before `publish` has returned."""

    answered: Callable[[int, BrokerReply], None]

    def publish(self, *_: object, **__: object) -> MQTTMessageInfo:
        self.answered(7, BrokerReply(0))
        return MQTTMessageInfo(7)


def test_an_acknowledgement_that_comes_before_the_packets_number_is_known_counts() -> None:
    bench = Bench(free_port())
    paho = AnswersFirst(CallbackAPIVersion.VERSION2)
    paho.answered = bench.client._on_reply
    bench.client._connection.client, bench.client._connection.problem = paho, None
    bench.client.accept_events()
    assert bench.client.deliver("m/event", 3, "3")
    assert bench.acked == [3]


class EndsMeanwhile(Client):
    """Its thread is there at each of the first two looks, and gone at the third."""

    looks = 0

    @property
    def _thread(self) -> threading.Thread | None:
        self.looks += 1
        return threading.Thread() if self.looks < 3 else None

    @_thread.setter
    def _thread(self, value: threading.Thread | None) -> None:
        self.looks = 0


def test_a_thread_that_ends_while_it_is_waited_for_raises_nothing() -> None:
    client = EndsMeanwhile(CallbackAPIVersion.VERSION2)
    with pytest.raises(AttributeError):
        client.loop_stop()
    client.looks = 0
    end_loop(client)
    assert client.looks == 3


def test_progress_shows_whether_the_thread_turns_and_a_broker_that_is_away_counts_as_progress(
    broker: Broker, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.client.start()
    before = bench.client.progress
    bench.clock.sleep(1)
    assert bench.client.progress != before, "without a broker the thread may wait for names and networks"
    broker.start()
    bench.expect(Connected())
    seen = bench.client.progress
    until(lambda: bench.client.progress > seen + 1, "it goes round by itself")
    release = threading.Event()
    monkeypatch.setattr(bench.client, "_on_event", lambda happening: release.wait(PATIENCE_S))  # a callback that never returns
    bench.client.subscribe("m/in")
    with closing(Listener(broker.port)) as listener:
        listener.publish("m/in", "x")
        until(lambda: stands_still(bench.client), "a thread that hangs shows no progress")
    release.set()


def stands_still(client: MqttClient) -> bool:
    before = client.progress
    threading.Event().wait(2.5)  # it goes round once a second
    return client.progress == before
