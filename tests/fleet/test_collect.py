"""The collector with real engines: nothing that an engine acknowledged is lost, and nothing stands twice."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import DisconnectFlags
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from acumat.cli.main import main
from acumat.fleet.collect.over_mqtt import MqttTransport
from acumat.mqtt.problems import Target
from tests.broker import until
from tests.fleet import engines
from tests.fleet.collecting import acumat, collecting, config, ids, provision, rows
from tests.fleet.engines import Postgres
from tests.fleet.fake_mats import FakeMat
from tests.mqtt.servers import granting, serving

pytestmark = pytest.mark.broker


@dataclass
class Engine:
    kind: str
    hosts: list[str]
    mqtt_port: int


@contextmanager
def engine(kind: str) -> Iterator[Engine]:
    if kind == "mqtt":
        with engines.mosquitto() as broker:
            yield Engine("mqtt", [f"127.0.0.1:{broker.port}"], broker.port)
    else:
        with engines.nats() as (node,):
            yield Engine("nats", [f"127.0.0.1:{node.port}"], node.mqtt_port)


@pytest.fixture(params=["mqtt", "nats"])
def running(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with engine(request.param) as found:
        yield found


def provisioned(tmp_path: Path, dsn: str, running: Engine, name: str = "one", **more: Any) -> Path:
    path = config(tmp_path, dsn, kind=running.kind, hosts=running.hosts, name=name, **more)
    provision(path)
    return path


def expected(*mats: FakeMat) -> list[tuple[str, str]]:
    return sorted(((each.mat_id, f"{each.incarnation}-{no}") for each in mats for no in each.kept), key=_by_number)


def _by_number(row: tuple[str, str]) -> tuple[str, int]:
    return row[0], int(row[1].split("-")[1])


def test_events_are_stored_once_while_the_collector_is_killed(tmp_path: Path, dsn: str, running: Engine) -> None:
    path = provisioned(tmp_path, dsn, running)
    mat = FakeMat("mat1", running.mqtt_port)
    mat.publish(30)
    with collecting(path) as first:
        until(lambda: len(ids(dsn)) == 30, "what waited is stored")
        first.end(signal.SIGKILL)
        mat.publish(700)
        first.start()
        until(lambda: len(ids(dsn)) >= 100, "some of it is stored")
        first.end(signal.SIGKILL)
    with collecting(path):
        until(lambda: len(ids(dsn)) == 730, "all of it is stored")
        assert ids(dsn) == expected(mat)
        assert rows(dsn, "SELECT * FROM acumat.gap_open") == []
    mat.close()


def test_a_database_that_is_away_loses_nothing(tmp_path: Path, database_server: Postgres, dsn: str, running: Engine) -> None:
    path = provisioned(tmp_path, dsn, running)
    mat = FakeMat("mat1", running.mqtt_port)
    with collecting(path) as collector:
        mat.publish(20)
        until(lambda: len(ids(dsn)) == 20, "the first are stored")
        database_server.stop_immediately()
        mat.publish(300)
        until(lambda: "Nothing is acknowledged" in collector.log.read_text(), "it says that it waits")
        database_server.start()
        mat.publish(20)
        until(lambda: len(ids(dsn)) == 340, "all are stored")
        assert ids(dsn) == expected(mat)
        until(lambda: "works again" in collector.log.read_text(), "it says that it works again")
        assert collector.log.read_text().count("Nothing is acknowledged") == 1
    mat.close()


def test_two_collectors_store_each_event_once(tmp_path: Path, dsn: str, running: Engine) -> None:
    paths = [provisioned(tmp_path, dsn, running, name) for name in ("one", "two")]
    mats = [FakeMat(f"mat{number}", running.mqtt_port) for number in range(3)]
    with collecting(paths[0]) as one, collecting(paths[1]):
        for each in mats:
            each.publish(100)
        one.end(signal.SIGKILL)
        for each in mats:
            each.publish(100)
        until(lambda: len(ids(dsn)) >= 600, "all are stored")
        assert ids(dsn) == expected(*mats)
    for each in mats:
        each.close()


def test_a_collector_whose_name_another_has_is_told_so() -> None:
    transport = MqttTransport([Target("broker.local", 1883)], client_id="acumat-collect-one", base_topic="acumat")
    client = transport._client = transport._made(Target("broker.local", 1883))
    transport._up = True
    reason = ReasonCode(PacketTypes.DISCONNECT, "Session taken over")
    transport._on_disconnect(client, None, DisconnectFlags(is_disconnect_packet_from_server=True), reason, None)
    assert transport.problem is not None
    assert "If another collector logs in as acumat-collect-one, too, give each a name of its own." in transport.problem


def test_what_an_engine_has_lost_is_asked_for(tmp_path: Path, dsn: str, running: Engine) -> None:
    """At the beginning, in the middle and at the end; two auditors ask no more than one would."""
    patient = "settle_s = 0.5\nevery_s = 2\nretry_s = 3600\n"
    paths = [provisioned(tmp_path, dsn, running, name, audit=patient) for name in ("one", "two")]
    mat = FakeMat("mat1", running.mqtt_port)
    mat.lose(7)
    mat.publish(10)
    mat.lose(5)
    mat.publish(10)
    mat.lose(3)
    with collecting(paths[0]), collecting(paths[1]):
        until(lambda: len(ids(dsn)) >= 35, "all are stored")
        assert ids(dsn) == expected(mat)
        until(lambda: rows(dsn, "SELECT * FROM acumat.gap_open") == [], "no gap is open")
        assert rows(dsn, "SELECT * FROM acumat.gap_lost") == []
        asked = [each["from"] for each in mat.asked if "from" in each]
        assert len(asked) == len(set(asked)) <= 3
    mat.close()


def test_what_a_mat_has_no_more_is_named_as_lost(tmp_path: Path, dsn: str, running: Engine) -> None:
    path = provisioned(tmp_path, dsn, running)
    mat = FakeMat("mat1", running.mqtt_port)
    mat.lose(9)
    mat.publish(1)
    for number in (1, 2, 3, 6):
        del mat.kept[number]
    with collecting(path):
        until(lambda: len(ids(dsn)) == 6, "what the mat has is stored")
        lost = "SELECT first_lost, last_lost FROM acumat.gap_lost ORDER BY 1"
        until(lambda: rows(dsn, lost) == [(1, 3), (6, 6)], "what it has no more is named")
        assert rows(dsn, "SELECT * FROM acumat.gap_open") == []
    mat.close()


POISON: dict[str, tuple[str, bytes]] = {
    "not_json": ("event", b"{"),
    "not_utf8": ("event", b"\xff\xfe"),
    "nul": ("event", b'{"id":"0a0b0c0d-1","event_type":"gap","at":"2026-11-30T00:00:00Z","text":"a\\u0000b"}'),
    "too_large": ("event", b'{"id":"0a0b0c0d-2","text":"' + b"x" * 200_000 + b'"}'),
    "wrong_type": ("event", b'{"id":"0a0b0c0d-3","event_type":7,"at":"2026-11-30T00:00:00Z"}'),
}


def test_poison_is_named_and_blocks_nothing(tmp_path: Path, dsn: str, running: Engine) -> None:
    path = provisioned(tmp_path, dsn, running)
    mat = FakeMat("mat1", running.mqtt_port)
    for leaf, payload in POISON.values():
        mat.send(leaf, payload)
    mat.last_no = 3
    mat.publish(1, at="1970-01-01T00:00:10Z")
    mat.publish(1, at="2038-01-19T03:14:07Z")
    mat.publish(1, at="9998-12-31T23:59:59+00:00")
    mat.publish(1, at="2031-05-05T00:00:00Z")
    mat.publish(1)
    with collecting(path):
        until(lambda: len(ids(dsn)) == 5, "the others are stored")
        assert ids(dsn) == expected(mat)
        found = rows(dsn, "SELECT reason, topic FROM acumat.set_aside ORDER BY reason")
        assert found == [(reason, "acumat/mat1/event") for reason in sorted(POISON)]
        assert rows(dsn, "SELECT * FROM acumat.gap_open") == []
    mat.close()


def test_what_is_personal_is_not_stored(tmp_path: Path, dsn: str, running: Engine) -> None:
    path = provisioned(tmp_path, dsn, running)
    mat = FakeMat("mat1", running.mqtt_port)
    mat.publish(1, event_type="check_in", calm=4, discomfort=2, text="Anna is calm.", note="secret")
    mat.publish(1, who="Anna", name="Anna", note="secret")
    mat.send("state", '{"presence": "lying", "who": "Anna", "note": "secret"}', qos=0)
    with collecting(path):
        mat.send("state", '{"presence": "empty", "who": "Anna", "note": "secret"}', qos=0, retain=True)
        until(lambda: len(ids(dsn)) == 2, "both are stored")
        query = "SELECT string_agg(document::text, ' ') FROM acumat.event"
        text = str(rows(dsn, query)) + str(rows(dsn, "SELECT state FROM acumat.seen"))
        for word in ("Anna", "secret", "calm", "discomfort"):
            assert word not in text
        assert rows(dsn, "SELECT event_type FROM acumat.event ORDER BY number") == [("withheld",), ("contact_started",)]
    mat.close()


def test_the_status_says_how_it_stands(tmp_path: Path, dsn: str, running: Engine) -> None:
    path = provisioned(tmp_path, dsn, running)
    silent = acumat("collect", "--check", "--config", str(path))
    assert silent.returncode == 69
    assert "No collector has run yet." in silent.stdout
    mat = FakeMat("mat1", running.mqtt_port)
    mat.publish(3)
    with collecting(path) as collector:
        until(lambda: rows(dsn, "SELECT events FROM acumat.collector") == [(3,)], "the collector notes it")
        done = acumat("collect", "--check", "--config", str(path))
        assert done.returncode == 0, done.stderr
        assert "1 mats" in done.stdout
        assert "3 events" in done.stdout
        assert collector.end() == 0
    mat.close()


def test_what_is_retained_is_read_at_the_start(tmp_path: Path, dsn: str, running: Engine) -> None:
    path = provisioned(tmp_path, dsn, running)
    mat = FakeMat("mat1", running.mqtt_port)
    mat.send("availability", "online", retain=True)
    mat.send("state", '{"presence": "empty"}', retain=True)
    with collecting(path):
        seen = "SELECT availability, state FROM acumat.seen"
        until(lambda: rows(dsn, seen) == [("online", {"state": {"presence": "empty"}})], "the mat's state is known")
    mat.close()


def test_events_from_before_the_consumer_are_asked_for(tmp_path: Path, dsn: str) -> None:
    """NATS acknowledges what it then throws away: nobody waits for it yet."""
    with engine("nats") as running:
        mat = FakeMat("mat1", running.mqtt_port)
        mat.publish(30)
        path = provisioned(tmp_path, dsn, running)
        mat.send("availability", "online", retain=True)
        with collecting(path):
            until(lambda: len(ids(dsn)) >= 30, "all are stored")
            assert ids(dsn) == expected(mat)
            assert any("from" in each for each in mat.asked), "they did not come by themselves"
        mat.close()


def test_all_that_the_engine_has_stored_is_deleted(tmp_path: Path, dsn: str) -> None:
    with engines.nats() as (node,):
        running = Engine("nats", [f"127.0.0.1:{node.port}"], node.mqtt_port)
        path = provisioned(tmp_path, dsn, running)
        mat = FakeMat("mat1", running.mqtt_port)
        mat.publish(20)
        with collecting(path) as collector:
            until(lambda: len(ids(dsn)) == 20, "the first are stored")
            collector.end(signal.SIGKILL)
            mat.publish(20)
            node.kill()
            node.wipe()
            node.start()
            collector.start()
            mat.publish(1)
            until(lambda: len(ids(dsn)) >= 41, "all are stored")
            assert ids(dsn) == expected(mat)
        mat.close()


def test_an_engine_of_mqtt_3_will_do(tmp_path: Path, dsn: str) -> None:
    """NATS' own MQTT side refuses MQTT 5."""
    with engine("nats") as found:
        running = Engine("mqtt", [f"127.0.0.1:{found.mqtt_port}"], found.mqtt_port)
        path = provisioned(tmp_path, dsn, running)
        mat = FakeMat("mat1", running.mqtt_port)
        with collecting(path) as collector:
            mat.publish(10)
            until(lambda: len(ids(dsn)) == 10, "the first are stored")
            collector.end(signal.SIGKILL)
            mat.publish(50)
            collector.start()
            until(lambda: len(ids(dsn)) >= 60, "all are stored")
            assert ids(dsn) == expected(mat)
        mat.close()


def test_the_next_host_is_tried(tmp_path: Path, dsn: str, running: Engine) -> None:
    running.hosts.insert(0, "127.0.0.1:1")
    path = config(tmp_path, dsn, kind=running.kind, hosts=running.hosts)
    mat = FakeMat("mat1", running.mqtt_port)
    provision(path)
    with collecting(path):
        mat.publish(5)
        until(lambda: len(ids(dsn)) == 5, "all are stored")
    mat.close()


@pytest.mark.parametrize(
    ("kind", "waits", "said"),
    [
        ("mqtt", "over_mqtt.SUBSCRIBED_S", "127.0.0.1:1"),
        ("nats", "nats_engine.REQUEST_S", "all nodes of the cluster have to run"),
    ],
)
def test_provisioning_without_an_engine_is_refused_with_a_sentence(
    tmp_path: Path,
    dsn: str,
    kind: str,
    waits: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(f"acumat.fleet.collect.{waits}", 1.0)
    path = config(tmp_path, dsn, kind=kind, hosts=["127.0.0.1:1"])
    assert main(["collect", "--provision", "--config", str(path)]) == 69
    assert said in capsys.readouterr().err
    assert rows(dsn, "SELECT * FROM acumat.provision") == []


def test_a_promoted_replica_goes_on(tmp_path: Path) -> None:
    """A commit waits for the replica, so what was acknowledged is there. The collector finds the one that takes writes."""
    with engines.postgres_pair() as (primary, replica), engine("mqtt") as running:
        both = f"host=127.0.0.1,127.0.0.1 port={primary.port},{replica.port} user=postgres dbname=fleet"
        path = provisioned(tmp_path, both, running)
        mat = FakeMat("mat1", running.mqtt_port)
        with collecting(path):
            mat.publish(50)
            until(lambda: len(ids(primary.dsn)) == 50, "the first are stored")
            replica.freeze()
            mat.publish(50)
            primary.kill()
            replica.thaw()
            replica.promote()
            until(lambda: len(ids(replica.dsn)) >= 100, "all are stored")
            assert ids(replica.dsn) == expected(mat)
        mat.close()


@pytest.mark.parametrize("level", [5, 4])
def test_a_broker_that_grants_no_events_is_refused_with_a_sentence(tmp_path: Path, dsn: str, level: int) -> None:
    def accepted(asked: int) -> bytes:
        return (
            b"\x20\x03\x00\x00\x00" if asked == level == 5 else b"\x20\x02\x00\x00" if asked == level else b"\x20\x02\x00\x01"
        )

    with serving(granting(lambda _: 0x80, connack=accepted)) as port:
        path = config(tmp_path, dsn, kind="mqtt", hosts=[f"127.0.0.1:{port}"])
        done = acumat("collect", "--provision", "--config", str(path))
        assert done.returncode == 69
        assert "acumat/+/event" in done.stderr
