"""What the fleet's tokens let through on NATS, and what not. Real nats-server, with deploy/nats."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from nats import connect
from nats.js.api import AckPolicy, ConsumerConfig

from acumat.cli import exit_codes
from acumat.cli.main import main
from acumat.fleet.identity.fleet import Fleet
from acumat.fleet.identity.inventory import inventory_text
from tests.broker import until
from tests.fleet.deployed import Cluster, Login, at, cluster, new_fleet, token

REFUSED = 128


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return new_fleet(tmp_path / "fleet", "mat1", "mat2")


@pytest.fixture
def nats(fleet: Fleet, tmp_path: Path) -> Iterator[Cluster]:
    """One node that takes mats in."""
    fleet.admit()
    with cluster(fleet, tmp_path / "nats") as made:
        yield made


def login(nats: Cluster, name: str, password: str | None = None, node: int = 0) -> Login:
    return Login(nats.fleet, nats.nodes[node].mqtt_port, name, password=password or token(nats.fleet, name))


def reads(reader: Login, topic: str, payload: str) -> None:
    until(lambda: payload in reader.on(topic), f"{payload} on {topic}")


def test_a_mat_has_its_own_topics_and_no_other(nats: Cluster) -> None:
    collector, mat = login(nats, "collector"), login(nats, "mat1")
    assert collector.subscribe("acumat/#") == 0
    assert mat.subscribe("acumat/mat1/command/+") == 0
    for foreign in ("acumat/mat2/event", "homeassistant/device/acumat_mat1/config", "$JS/API/STREAM/LIST"):
        mat.publish(foreign, "foreign")
    mat.publish("acumat/mat1/event", "own")
    mat.publish("acumat/mat1/state", "kept", retain=True)
    reads(collector, "acumat/mat1/event", "own")
    collector.publish("acumat/mat1/command/tare", "must not", qos=0)
    collector.publish("acumat/mat1/command/events", "asks", qos=0)
    reads(mat, "acumat/mat1/command/events", "asks")
    assert {topic for topic, _, _ in mat.received} == {"acumat/mat1/command/events"}
    reads(collector, "acumat/mat1/state", "kept")
    assert {topic for topic, _, _ in collector.received} == {
        f"acumat/mat1/{each}" for each in ("event", "state", "command/events")
    }
    assert mat.is_in
    for each in (collector, mat):
        each.close()


def test_the_token_of_another_fleet_is_refused(nats: Cluster, tmp_path: Path) -> None:
    other = new_fleet(tmp_path / "other", "mat1")
    mat = login(nats, "mat1", token(other, "mat1"))
    assert not mat.is_in
    header, claims, _ = token(nats.fleet, "mat1").split(".")
    forged = login(nats, "mat1", f"{header}.{claims}.{token(nats.fleet, 'mat2').split('.')[2]}")
    assert not forged.is_in
    for each in (mat, forged):
        each.close()


def test_no_mat_comes_in_before_a_collector_waits(fleet: Fleet, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with cluster(fleet, tmp_path / "nats") as nats:
        early = login(nats, "mat1")
        assert not early.is_in
        early.close()
        argv = ["fleet", "admit", "--folder", str(fleet.folder.path), "--nats", f"localhost:{nats.nodes[0].port}"]
        assert main(argv) == exit_codes.UNAVAILABLE
        assert "acumat collect --provision" in capsys.readouterr().err
        # as acumat collect --provision does: a login over MQTT makes the stream, and then the consumer
        collector = login(nats, "collector")
        assert main(argv) == exit_codes.UNAVAILABLE, "the stream alone is not enough"
        make_consumer(nats)
        assert main(argv) == exit_codes.OK
        assert "A collector waits at NATS (record)" in capsys.readouterr().out
        nats.reload()
        mat = login(nats, "mat1")
        assert mat.is_in
        for each in (collector, mat):
            each.close()


def make_consumer(nats: Cluster) -> None:
    """What is left of `acumat collect --provision` once the stream is there."""

    async def make() -> None:
        connection = await connect(
            f"nats://localhost:{nats.nodes[0].port}",
            user_jwt_cb=lambda: bytearray(token(nats.fleet, "collector").encode()),
            signature_cb=lambda _nonce: b"",
            tls=ssl.create_default_context(cafile=str(nats.fleet.folder.authority)),
        )
        config = ConsumerConfig(durable_name="record", ack_policy=AckPolicy.EXPLICIT, filter_subject="$MQTT.msgs.acumat.>")
        await connection.jetstream().add_consumer("$MQTT_msgs", config)
        await connection.close()

    asyncio.run(make())


def test_a_revoked_mat_is_cut_off_at_the_next_reload_and_comes_back_with_a_new_token_alone(nats: Cluster) -> None:
    before = token(nats.fleet, "mat1")
    mat, other = login(nats, "mat1"), login(nats, "mat2")
    at(nats.fleet).revoke(["mat1"])
    nats.reload()
    until(lambda: mat.cut, "the revoked mat is cut off")
    again = login(nats, "mat1", before)
    assert not again.is_in
    assert other.is_in
    # let in again by hand, with a new token; the old one stays void
    inventory = nats.fleet.folder.inventory
    inventory.write_text(inventory_text([replace(mat, revoked="") for mat in nats.fleet.mats()]))
    at(nats.fleet).renew_tokens(["mat1"])
    nats.reload()
    new, old = login(nats, "mat1"), login(nats, "mat1", before)
    assert new.is_in
    assert not old.is_in
    for each in (mat, other, again, new, old):
        each.close()


def test_of_a_thousand_forbidden_accesses_none_comes_through_and_no_connection_is_lost(nats: Cluster) -> None:
    """Half of them writes, half reads."""
    collector, mat, victim = login(nats, "collector"), login(nats, "mat1"), login(nats, "mat2")
    collector.subscribe("acumat/#")
    victim.subscribe("acumat/mat2/command/+")
    leaves = ["event", "state", "availability", "health", "response", "command/tare", "command/events", "x/y/z"]
    topics = [f"acumat/mat2/{leaf}" for leaf in leaves]
    topics += [
        "homeassistant/device/acumat_mat1/config",
        "acumat/mat1x/event",
        "other",
        "$JS/API/STREAM/NAMES",
        "$MQTT/msgs/acumat/mat2/event",
    ]
    for number in range(500):
        mat.send(topics[number % len(topics)], "foreign", qos=number % 2)
    filters = [
        "acumat/mat2/#",
        "acumat/+/event",
        "acumat/#",
        "#",
        "+/mat2/+",
        "acumat/mat2/command/+",
        "$MQTT/#",
        "$JS/#",
        "$SYS/#",
        "acumat/mat1/#",
    ]
    asked = [mat.ask(filters[number % len(filters)], number % 2) for number in range(500)]
    until(lambda: all(each in mat.granted for each in asked), "the broker has answered")
    assert {mat.granted[each] for each in asked} == {REFUSED}
    victim.publish("acumat/mat2/event", "of the victim")
    collector.publish("acumat/mat2/command/events", "asks", qos=0)
    reads(victim, "acumat/mat2/command/events", "asks")
    mat.publish("acumat/mat1/event", "own")
    reads(collector, "acumat/mat1/event", "own")
    reads(collector, "acumat/mat2/event", "of the victim")
    for each in (collector, victim):
        assert "foreign" not in [payload.decode() for _, payload, _ in each.received]
    assert mat.received == []
    assert all(each.is_in for each in (collector, mat, victim))
    for each in (collector, mat, victim):
        each.close()
