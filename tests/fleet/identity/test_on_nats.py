"""What the fleet's tokens let through on NATS, and what not. Real nats-server, with deploy/nats."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from acumat.cli import exit_codes
from acumat.cli.main import main
from acumat.fleet.identity.fleet import Fleet
from acumat.fleet.identity.inventory import inventory_text
from tests.broker import until
from tests.fleet.collecting import acumat, collecting, config, ids
from tests.fleet.deployed import Cluster, Login, at, cluster, log_collector_in, new_fleet, token
from tests.fleet.fake_mats import event

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
    reads(collector, "acumat/mat1/command/events", "asks")
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


def test_no_mat_comes_in_before_a_collector_waits(
    fleet: Fleet, tmp_path: Path, dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """From nothing to a mat's event in the record, with the commands as people type them."""
    with cluster(fleet, tmp_path / "nats") as nats:
        early = login(nats, "mat1")
        assert not early.is_in
        early.close()
        host = f"localhost:{nats.nodes[0].port}"
        admit = ["fleet", "admit", "--folder", str(fleet.folder.path), "--nats", host]
        assert main(admit) == exit_codes.UNAVAILABLE
        assert "acumat collect --provision" in capsys.readouterr().err
        path = config(tmp_path, dsn, kind="nats", hosts=[host])
        log_collector_in(path, fleet)
        done = acumat("collect", "--provision", "--config", str(path))
        assert done.returncode == 0, done.stderr
        assert main(admit) == exit_codes.OK
        assert "A collector waits at NATS (acumat-collect)" in capsys.readouterr().out
        nats.reload()
        with collecting(path):
            mat = login(nats, "mat1")
            assert mat.is_in
            mat.subscribe("acumat/mat1/command/+")
            mat.publish("acumat/mat1/event", json.dumps(event(1)))
            until(lambda: ids(dsn) == [("mat1", "0a0b0c0d-1")], "the event is in the record")
            until(lambda: mat.on("acumat/mat1/command/events"), "the audit asks the mat")
            mat.close()


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
