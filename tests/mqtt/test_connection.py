"""How a connection comes about with brokers old and new, strict and slow to start; scripted servers on loopback."""

from __future__ import annotations

import queue
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count

import pytest
from paho.mqtt.enums import MQTTErrorCode

from acumat.mqtt.bounded_client import MAX_PACKET_BYTES, BoundedClient
from acumat.mqtt.client import Connected, ConnectionEvent, Disconnected, MqttClient
from acumat.mqtt.problems import Target
from acumat_hw.clock import SystemClock
from tests.broker import PATIENCE_S, free_port, until
from tests.mqtt.servers import Serve, granting, serving

V5_OK = b"\x20\x03\x00\x00\x00"
V3_OK = b"\x20\x02\x00\x00"


def only_3(level: int) -> bytes:
    return V3_OK if level == 4 else b"\x20\x02\x00\x01"


def hangs_up_on_5(level: int) -> bytes:
    return V3_OK if level == 4 else b""


def answers_5_as_if_it_were_3(level: int) -> bytes:
    return V3_OK


@contextmanager
def client_at(serve: Serve) -> Iterator[tuple[MqttClient, queue.SimpleQueue[ConnectionEvent]]]:
    with serving(serve) as port, client_of(Target("127.0.0.1", port)) as found:
        yield found


@contextmanager
def client_of(target: Target) -> Iterator[tuple[MqttClient, queue.SimpleQueue[ConnectionEvent]]]:
    happenings: queue.SimpleQueue[ConnectionEvent] = queue.SimpleQueue()
    client = MqttClient(
        target,
        client_id="c",
        will_topic="m/availability",
        monotonic=SystemClock().monotonic,
        on_event=happenings.put,
        on_acked=lambda _seq: None,
    )
    client.start()
    try:
        yield client, happenings
    finally:
        client.stop()


@pytest.mark.parametrize(
    ("connack", "version_5"),
    [(lambda _level: V5_OK, True), (only_3, False), (hangs_up_on_5, False), (answers_5_as_if_it_were_3, False)],
)
def test_the_newest_protocol_that_the_broker_speaks_is_spoken(connack: object, version_5: bool) -> None:
    with client_at(granting(lambda _n: 1, connack=connack)) as (client, happenings):  # type: ignore[arg-type]
        assert happenings.get(timeout=PATIENCE_S) == Connected()
        assert client.version_5 is version_5
        assert client.condition.code == "ok"


@pytest.mark.parametrize("level", [4, 5])
def test_no_session_outlives_a_connection_and_the_size_of_what_comes_is_bounded(level: int) -> None:
    logins: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    answers = granting(lambda _n: 1, connack=(lambda _level: V5_OK) if level == 5 else only_3)

    def serve(client: socket.socket) -> None:
        logins.put(client.recv(1024, socket.MSG_PEEK))
        answers(client)

    with client_at(serve) as (_, happenings):
        assert happenings.get(timeout=PATIENCE_S) == Connected()
    login = logins.get()
    while login[8] != level:
        login = logins.get()
    assert login[9] & 0x02, "a clean start"
    if level == 5:  # without a session's expiry interval, the session ends with the connection (MQTT 5, 3.1.2.11.2)
        assert login[12:18] == b"\x05\x27" + MAX_PACKET_BYTES.to_bytes(4, "big")


def test_a_broker_that_takes_few_messages_at_a_time_is_given_no_more() -> None:
    few = b"\x20\x06\x00\x00\x03\x21\x00\x05"  # Receive Maximum 5
    with client_at(granting(lambda _n: 1, connack=lambda _level: few)) as (client, happenings):
        assert happenings.get(timeout=PATIENCE_S) == Connected()
        assert client._connection.client is not None
        assert client._connection.client.max_inflight_messages == 5


@pytest.mark.parametrize("level", [4, 5])
@pytest.mark.parametrize("refusal", [0x80, 0x87])
def test_a_refused_subscription_is_a_fault_within_five_seconds_and_asked_for_again(level: int, refusal: int) -> None:
    connack = (lambda _level: V5_OK) if level == 5 else only_3
    granted = granting(lambda n: refusal if n == 1 else 1, connack=connack)
    with client_at(granted) as (client, happenings):
        assert happenings.get(timeout=PATIENCE_S) == Connected()
        client.subscribe("m/command/+")
        until(lambda: client.condition.code == "subscription_refused", "it is said")
        assert "m/command/+" in client.condition.text

        def healed() -> bool:
            client.maintain()
            return client.condition.code == "ok"

        until(healed, "it was asked for again, and granted")


def refusing(_level: int) -> bytes:
    return b"\x20\x03\x00\x88\x00"  # Server unavailable


def hanging_up(client: socket.socket) -> None:
    client.recv(1024)


@pytest.mark.parametrize("others", [(None,), (granting(lambda _n: 1, connack=refusing),), (None, hanging_up)])
def test_the_first_of_several_hosts_that_lets_us_in_is_used(others: tuple[Serve | None, ...]) -> None:
    """None: nobody listens there."""
    with ExitStack() as servers:
        ports = [free_port() if each is None else servers.enter_context(serving(each)) for each in others]
        good = servers.enter_context(serving(granting(lambda _n: 1, connack=lambda _level: V5_OK)))
        for _ in range(3):  # whichever is the first
            target = Target("127.0.0.1", ports[0], others=tuple(("127.0.0.1", port) for port in (*ports[1:], good)))
            with client_of(target) as (client, happenings):
                assert happenings.get(timeout=PATIENCE_S) == Connected()
                assert client.condition.code == "ok"
                assert client._connection.where == f"127.0.0.1:{good}"


def test_after_a_fault_of_the_library_over_one_host_another_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    accepting = granting(lambda _n: 1, connack=lambda _level: V5_OK)
    with serving(accepting) as bad, serving(accepting) as good:
        works = BoundedClient.loop

        def loop(client: BoundedClient, timeout_s: float) -> MQTTErrorCode:
            if client.port == bad:
                raise RuntimeError("a fault of the library")
            return works(client, timeout_s)

        monkeypatch.setattr(BoundedClient, "loop", loop)
        for _ in range(5):  # whichever is the first
            with client_of(Target("127.0.0.1", bad, others=(("127.0.0.1", good),))) as (client, happenings):
                assert happenings.get(timeout=PATIENCE_S) == Connected()
                assert client._connection.where == f"127.0.0.1:{good}"


def test_after_a_loss_another_host_is_tried() -> None:
    logins = [0, 0]

    def going(node: int) -> Serve:
        def connack(_level: int) -> bytes:
            logins[node] += 1
            return V5_OK + b"\xe0\x02\x8b\x00"  # DISCONNECT, Server shutting down

        return granting(lambda _n: 1, connack=connack)

    with serving(going(0)) as first, serving(going(1)) as second:
        with client_of(Target("127.0.0.1", first, others=(("127.0.0.1", second),))) as (_, happenings):
            for _ in range(2):
                assert happenings.get(timeout=PATIENCE_S) == Connected()
                assert happenings.get(timeout=PATIENCE_S) == Disconnected()
        assert min(logins) == 1


def test_a_broker_that_refuses_while_it_starts_is_met_as_soon_as_it_accepts() -> None:
    attempts = count(1)

    def starting(_level: int) -> bytes:
        return V5_OK if next(attempts) > 3 else b"\x20\x03\x00\x88\x00"  # Server unavailable

    with client_at(granting(lambda _n: 1, connack=starting)) as (client, happenings):
        until(lambda: client.condition.code == "refused", "it is refused")
        assert happenings.get(timeout=PATIENCE_S) == Connected()
        assert client.condition.code == "ok"
        assert next(attempts) == 5, "at the first attempt that it accepts"


def test_a_broker_that_says_that_another_client_took_our_place_is_believed_at_once() -> None:
    taken_over = V5_OK + b"\xe0\x02\x8e\x00"  # DISCONNECT, Session taken over
    with client_at(granting(lambda _n: 1, connack=lambda _level: taken_over)) as (client, happenings):
        assert happenings.get(timeout=PATIENCE_S) == Connected()
        assert happenings.get(timeout=PATIENCE_S) == Disconnected()
        until(lambda: client.condition.code == "id_in_use", "it is said")
        assert client.condition.text.startswith("Another client uses the client id c ")
        assert happenings.get(timeout=PATIENCE_S) == Connected()
        assert client.condition.code == "id_in_use", "until a connection lasts"
