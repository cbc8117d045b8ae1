"""The daemon itself on NATS, which speaks MQTT 3.1.1 alone: as on mosquitto, over the death of nodes, and where it is deaf."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from acumat.control import ask
from acumat.mqtt.bounded_client import end_loop
from tests.broker import PATIENCE_S, Broker, Listener, until
from tests.fleet.engines import Nats, nats
from tests.system.process import DaemonProcess

pytestmark = pytest.mark.broker

BASE = "acumat/test"
EVENT, RESPONSE, AVAILABILITY = f"{BASE}/event", f"{BASE}/response", f"{BASE}/availability"
RETAINED = {f"{BASE}/{leaf}" for leaf in ("availability", "state", "session", "health", "settings", "now", "routine")}
STAYS = [(20.0 + 120.0 * number, 90.0 + 120.0 * number) for number in range(100)]
"""Somebody comes and goes every two minutes of the mat's time, so that there are always events."""
SESSION_MOST = 60
"""Subscriptions with QoS 1 of one client, of which NATS grants 63."""
DEAF = """authorization { users: [
  { user: mat, password: secret, permissions: { subscribe: { deny: "acumat.test.command.>" } } }
  { user: reader, password: secret }
] }"""


@contextmanager
def mat(folder: Path, ports: list[int], *, speed: float = 20.0, mqtt: str = "") -> Iterator[DaemonProcess]:
    made = DaemonProcess(folder, ports[0], stays=STAYS, speed=speed, mqtt=mqtt)
    move(made, ports)
    try:
        yield made
    finally:
        made.kill()


def move(daemon: DaemonProcess, ports: list[int]) -> None:
    """The configuration names these brokers, and nothing else of it changes."""
    kept = [each for each in daemon.config.read_text().splitlines() if not re.match(r"(host|hosts|port) = ", each)]
    hosts = json.dumps([f"127.0.0.1:{port}" for port in ports])
    kept.insert(kept.index("[mqtt]") + 1, f"hosts = {hosts}")
    daemon.config.write_text("\n".join(kept))


@contextmanager
def listening(port: int, login: tuple[str, str] | None = None) -> Iterator[Listener]:
    listener = Listener(port, login=login)
    try:
        yield listener
    finally:
        listener.close()


def numbers(*listeners: Listener) -> list[int]:
    """The numbers of all events heard, each once."""
    return sorted({int(each["id"].rpartition("-")[2]) for one in listeners for each in one.events(EVENT)})


def answer(listener: Listener, correlation: str) -> dict[str, Any] | None:
    found = [each.document for each in listener.on(RESPONSE)]
    return next((each for each in found if each["correlation"] == correlation), None)


def asked(listener: Listener, command: str, correlation: str, **arguments: str) -> dict[str, Any]:
    listener.publish(f"{BASE}/command/{command}", json.dumps({**arguments, "correlation": correlation}))
    found: dict[str, Any] = until(lambda: answer(listener, correlation), f"{command} is answered")
    return found


def heal(daemon: DaemonProcess, *listeners: Listener) -> None:
    """A node that dies takes along what it has acknowledged and not yet passed on to who listens: so it is asked for."""
    numberings = {each["id"].partition("-")[0] for one in listeners for each in one.events(EVENT)}
    assert len(numberings) == 1
    page = ask(daemon.folder / "run" / "control.sock", {"command": "events", "from": f"{numberings.pop()}-1"}, PATIENCE_S)
    assert (page["missing"], page["more"]) == ([], False)
    until(lambda: numbers(*listeners) == list(range(1, len(numbers(*listeners)) + 1)), "no event is missing")


def broker_code(daemon: DaemonProcess) -> str:
    return str(daemon.status()["health"]["broker"]["code"])


def last_node(daemon: DaemonProcess) -> int:
    """The port of the node that the daemon was let in by last."""
    return int(re.findall(r"connected to the broker at 127\.0\.0\.1:(\d+)", daemon.logged())[-1])


def test_a_mat_is_there_with_everything_and_comes_back_when_the_node_does(tmp_path: Path) -> None:
    with nats() as (node,), mat(tmp_path, [node.mqtt_port]) as daemon, listening(node.mqtt_port) as listener:
        listener.publish(f"{BASE}/command/tare", "PRESS", retain=True)
        daemon.start()
        until(lambda: len(numbers(listener)) > 4, "events come")
        until(lambda: "is ignored and removed" in daemon.logged(), "the retained command is refused")
        assert asked(listener, "status", "s1")["ok"]
        assert broker_code(daemon) == "ok"
        with listening(node.mqtt_port) as newcomer:
            until(lambda: {each.topic for each in newcomer.received if each.retained} >= RETAINED, "the newcomer is greeted")
            assert not newcomer.on(EVENT)

        node.kill()
        until(lambda: broker_code(daemon) != "ok", "the loss is seen")
        heard = numbers(listener)[-1]
        node.start()
        until(lambda: numbers(listener)[-1] > heard + 2, "events come again")
        heal(daemon, listener)
        assert asked(listener, "status", "s2")["ok"]


def test_events_that_nobody_heard_are_asked_for_and_come_with_their_ids(tmp_path: Path) -> None:
    with nats() as (node,), mat(tmp_path, [node.mqtt_port]) as daemon:
        daemon.start()
        with listening(node.mqtt_port) as late:  # what was acknowledged before is gone: nothing has stored it
            until(lambda: len(numbers(late)) > 1, "events come")
            first = numbers(late)[0]
            known = asked(late, "events", "what")
            (numbering,) = known["numberings"]
            assert (numbering["first_no"], numbering["numbering"]) == (1, known["numbering"])
            page = asked(late, "events", "again", **{"from": f"{known['numbering']}-1", "to": f"{known['numbering']}-{first}"})
            assert (page["count"], page["missing"], page["more"]) == (first, [], False)
            until(lambda: numbers(late)[0] == 1, "the first event comes again")
            until(lambda: numbers(late)[:first] == list(range(1, first + 1)), "and all after it")
            again = [each for each in late.events(EVENT) if int(each["id"].rpartition("-")[2]) < first]
            assert all(each["late"] for each in again)
            assert numbers(late) == list(range(1, numbers(late)[-1] + 1))


def test_where_no_more_subscriptions_with_qos_1_are_granted_commands_arrive_all_the_same(tmp_path: Path) -> None:
    """Each of them is a consumer of a stream, of which NATS grants 1,000."""
    with nats() as (node,), ExitStack() as others, mat(tmp_path, [node.mqtt_port]) as daemon:
        topics = [uuid.uuid4().hex for _ in range(SESSION_MOST)]
        while all(code == 1 for code in subscribed(others, node.mqtt_port, topics, qos=1)[1]):
            pass
        reader, _ = subscribed(others, node.mqtt_port, [RESPONSE, AVAILABILITY], qos=0)
        heard: list[tuple[str, bytes]] = []
        reader.on_message = lambda _c, _u, message: heard.append((message.topic, bytes(message.payload)))
        daemon.start()
        until(lambda: (AVAILABILITY, b"online") in heard, "the mat listens")
        until(lambda: broker_code(daemon) == "ok", "it is allowed all that it needs")

        def answered() -> bool:
            # NATS confirms a subscription a moment before it passes messages on to it
            reader.publish(f"{BASE}/command/status", "PRESS", qos=1)
            return any(topic == RESPONSE for topic, _ in heard)

        until(answered, "the command is answered")


def subscribed(stack: ExitStack, port: int, topics: list[str], *, qos: int) -> tuple[Client, list[int]]:
    """A client that stays, and what it is granted for these topics."""
    codes: list[int] = []
    client = Client(CallbackAPIVersion.VERSION2, client_id=uuid.uuid4().hex)
    stack.callback(end_loop, client)
    client.on_subscribe = lambda _c, _u, _m, reasons, _p: codes.extend(each.value for each in reasons)
    client.connect("127.0.0.1", port)
    client.loop_start()
    until(client.is_connected, "it is let in")
    client.subscribe([(each, qos) for each in topics])
    until(lambda: len(codes) == len(topics), "all are answered")
    return client, codes


def test_a_mat_that_may_not_subscribe_says_so_where_it_can_be_seen(tmp_path: Path) -> None:
    login = 'username = "mat"\npassword = "secret"'
    with (
        nats(settings=DEAF) as (node,),
        mat(tmp_path, [node.mqtt_port], mqtt=login) as daemon,
        listening(node.mqtt_port, ("reader", "secret")) as listener,
    ):
        daemon.start()

        def shown() -> str:
            found = listener.last(f"{BASE}/health")
            return str(found.document["broker"]["code"]) if found else ""

        until(lambda: broker_code(daemon) == "subscription_refused", "the refusal is a fault")
        until(lambda: shown() == "subscription_refused", "whoever looks at the broker sees it")


def test_a_node_that_dies_costs_no_event_and_the_mat_goes_to_another(tmp_path: Path) -> None:
    with nats(nodes=3) as nodes, mat(tmp_path, [each.mqtt_port for each in nodes]) as daemon:
        by_port: dict[int, Nats] = {each.mqtt_port: each for each in nodes}
        listeners = [listener for each in nodes for listener in [Listener(each.mqtt_port)]]
        try:
            daemon.start()
            until(lambda: len(numbers(*listeners)) > 3, "events come")
            for _ in range(2):
                port = last_node(daemon)
                connects = daemon.logged().count("connected to the broker at")
                by_port[port].kill()
                until(lambda: daemon.logged().count("connected to the broker at") > connects, "the mat is let in")  # noqa: B023
                heard = numbers(*listeners)[-1]
                until(lambda: numbers(*listeners)[-1] > heard + 3, "events come again")  # noqa: B023
                by_port[port].start()
            heal(daemon, *listeners)
        finally:
            for each in listeners:
                each.close()


def test_a_mat_moves_to_other_brokers_by_its_hosts_alone_and_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "mat"
    folder.mkdir()
    (tmp_path / "a").mkdir()
    site = Broker(tmp_path / "a")
    site.start()
    with nats() as (single,), nats(nodes=3) as cluster, mat(folder, [site.port]) as daemon:
        listeners = []
        try:
            for ports in ([site.port], [single.mqtt_port], [each.mqtt_port for each in cluster]):
                move(daemon, ports)
                listeners.append(Listener(ports[0]))
                before = len(numbers(*listeners))
                daemon.start()
                until(lambda: len(numbers(*listeners)) > before + 3, "events come")  # noqa: B023
                if ports == [site.port]:
                    site.stop(kill=True)  # so that some wait for the next broker
                    until(lambda: broker_code(daemon) != "ok", "the loss is seen")
                daemon.kill()
            until(lambda: numbers(*listeners) == list(range(1, len(numbers(*listeners)) + 1)), "nothing is missing")
        finally:
            for each in listeners:
                each.close()
            site.stop(kill=True)
