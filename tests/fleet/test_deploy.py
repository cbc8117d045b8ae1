"""deploy/ as it is: a site's broker, its bridge out to three nodes of NATS, and a mat that moves between them."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from acumat.fleet.identity.fleet import Fleet
from acumat.fleet.identity.inventory import Mat
from tests.broker import until
from tests.fleet.collecting import acumat, collecting, config, ids
from tests.fleet.deployed import Cluster, Login, Site, cluster, log_collector_in, new_fleet, site, token
from tests.fleet.fake_mats import event

pytestmark = pytest.mark.broker
KEPT = ("availability", "state", "health", "session", "routine", "settings", "picture")
"""What a mat leaves at its broker."""
MANY = 1500
"""Events; mosquitto keeps 1,000 unless it is told otherwise."""
OUT = ("availability", "state", "health", "session")
"""What of it a bridge takes along."""


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """Two sites with a mat each, whose bridges have their tokens; NATS takes mats in."""
    made = new_fleet(tmp_path / "fleet", "mat1", site="north")
    made.add([Mat("mat2", site="south")])
    made.admit()
    made.renew_tokens(["bridge-north", "bridge-south"])
    return made


@pytest.fixture
def three(fleet: Fleet, tmp_path: Path) -> Iterator[Cluster]:
    """Three nodes that have elected who leads."""
    with cluster(fleet, tmp_path / "nats", nodes=3) as made:
        for node in made.nodes:
            until(lambda node=node: "JetStream cluster new metadata leader" in log_of(made), "the cluster has a leader")  # type: ignore[misc]
        yield made


def log_of(nats: Cluster) -> str:
    return "".join(each.log.read_text(errors="replace") for each in nats.nodes)


def leaves_of(reader: Login) -> set[str]:
    return {topic.split("/")[2] for topic, _, _ in list(reader.received)}


def at_site(broker: Site, name: str) -> Login:
    return Login(broker.fleet, broker.tls_port, name, password=token(broker.fleet, name))


def at_nats(nats: Cluster, name: str, node: int = 0) -> Login:
    return let_in(nats.fleet, nats.nodes[node].mqtt_port, name)


def let_in(fleet: Fleet, port: int, name: str) -> Login:
    """Logged in, once a cluster has made the streams of its account."""
    found: list[Login] = []

    def comes_in() -> bool:
        found.append(Login(fleet, port, name, password=token(fleet, name)))
        if not found[-1].is_in:
            found.pop().close()
        return bool(found)

    until(comes_in, f"{name} is let in")
    return found[0]


def subscribed(reader: Login, topic: str) -> None:
    until(lambda: reader.subscribe(topic) < 3, f"{topic} is granted")


def publish_all(mat: Login, name: str, text: str) -> None:
    for leaf in KEPT:
        mat.publish(f"acumat/{name}/{leaf}", f"{leaf} {text}", retain=True)


def all_of(name: str, text: str, leaves: tuple[str, ...]) -> dict[str, str]:
    return {f"acumat/{name}/{leaf}": f"{leaf} {text}" for leaf in leaves}


def test_a_bridge_takes_events_and_documents_out_and_leaves_the_site_as_it_was(
    fleet: Fleet, three: Cluster, tmp_path: Path
) -> None:
    collector = at_nats(three, "collector", 2)
    subscribed(collector, "acumat/#")
    ports = [each.mqtt_port for each in three.nodes]
    with site(fleet, tmp_path / "north", "bridge.conf", bridge_to=ports) as broker:
        mat, home = at_site(broker, "mat1"), at_site(broker, "homeassistant")
        assert mat.subscribe("acumat/mat1/command/+") == 0
        assert home.subscribe("acumat/#") == 0
        publish_all(mat, "mat1", "of today")
        mat.publish("acumat/mat1/event", "event 1")
        until(lambda: "event 1" in collector.on("acumat/mat1/event"), "the event is at NATS")
        home.publish("acumat/mat1/command/tare", "of the house")
        until(lambda: mat.on("acumat/mat1/command/tare") == ["of the house"], "the house's command")
        mat.publish("acumat/mat1/response", "done")
        until(lambda: "done" in collector.on("acumat/mat1/response"), "the answer is at NATS")
        asked = 0

        def audited() -> bool:
            nonlocal asked  # QoS 0 until the bridge has subscribed
            asked += 1
            collector.publish("acumat/mat1/command/events", f"asks {asked}", qos=0)
            return bool(mat.on("acumat/mat1/command/events"))

        until(audited, "the collector's command")
        # a reader who comes later finds what the mat left: at the site all of it, at NATS what goes out
        late = at_site(broker, "homeassistant")
        late.subscribe("acumat/mat1/+")
        until(lambda: len(late.retained()) == len(KEPT), "all that is kept")
        assert late.retained() == all_of("mat1", "of today", KEPT)
        there = at_nats(three, "collector", 1)
        subscribed(there, "acumat/mat1/+")
        until(lambda: len(there.retained()) == len(OUT), "all that goes out")
        assert there.retained() == all_of("mat1", "of today", OUT)
        # nothing came back and nothing came twice
        assert home.on("acumat/mat1/event") == ["event 1"]
        until(lambda: leaves_of(collector) == {*OUT, "event", "response", "command"}, "what a collector hears")
        assert collector.on("acumat/mat1/command/tare") == []
        for each in (mat, home, late, there):
            each.close()
    collector.close()


def test_a_site_speaks_for_its_own_mats_alone(fleet: Fleet, three: Cluster) -> None:
    collector, bridge = at_nats(three, "collector"), at_nats(three, "bridge-north")
    subscribed(collector, "acumat/#")
    bridge.publish("acumat/mat2/event", "foreign")
    assert bridge.subscribe("acumat/mat2/command/+") == 128
    assert bridge.subscribe("acumat/+/command/+") == 128
    assert bridge.subscribe("acumat/mat1/command/+") == 0
    bridge.publish("acumat/mat1/event", "own")
    until(lambda: collector.on("acumat/mat1/event") == ["own"], "its own")
    assert collector.on("acumat/mat2/event") == []
    for each in (collector, bridge):
        each.close()


def test_what_waits_at_a_site_outlives_a_kill_of_its_broker(fleet: Fleet, tmp_path: Path) -> None:
    """A thousand acknowledged events while NATS is away, and then the site's broker is killed."""
    with ExitStack() as stack:
        nats = stack.enter_context(cluster(fleet, tmp_path / "nats"))
        broker = stack.enter_context(site(fleet, tmp_path / "north", "bridge.conf", bridge_to=[nats.nodes[0].mqtt_port]))
        collector = at_nats(nats, "collector")
        subscribed(collector, "acumat/+/event")
        mat = at_site(broker, "mat1")
        mat.publish("acumat/mat1/event", "before")
        until(lambda: collector.on("acumat/mat1/event") == ["before"], "the bridge stands")
        collector.close()
        nats.nodes[0].stop()
        sent = [f"event {number}" for number in range(1000)]
        numbers = [mat.send("acumat/mat1/event", text, 1).mid for text in sent]
        until(lambda: mat.acknowledged.issuperset(numbers), "the site's broker has them")
        until(lambda: b"event 899" in stored(broker), "and has written down all but the last 100")
        broker.stop(signal.SIGKILL)
        mat.close()
        nats.nodes[0].start()
        again = at_nats(nats, "collector")
        subscribed(again, "acumat/+/event")
        broker.start()
        until(lambda: len(set(again.on("acumat/mat1/event"))) >= 900, "all that were written down have come")
        assert set(sent[:900]) <= set(again.on("acumat/mat1/event"))
        again.close()


def stored(broker: Site) -> bytes:
    path = broker.folder / "mosquitto.db"
    return path.read_bytes() if path.exists() else b""


def test_a_collector_at_a_site_stores_what_its_mats_say(fleet: Fleet, tmp_path: Path, dsn: str) -> None:
    """What was published while it was away, too: more than mosquitto keeps by itself."""
    with site(fleet, tmp_path / "broker") as broker:
        path = config(tmp_path, dsn, kind="mqtt", hosts=[f"localhost:{broker.tls_port}"])
        log_collector_in(path, fleet)
        done = acumat("collect", "--provision", "--config", str(path))
        assert done.returncode == 0, done.stderr
        mat = at_site(broker, "mat1")
        mat.subscribe("acumat/mat1/command/+")
        numbers = [mat.send("acumat/mat1/event", json.dumps(event(number)), 1).mid for number in range(1, MANY + 1)]
        until(lambda: mat.acknowledged.issuperset(numbers), "the broker has them")
        with collecting(path):
            until(lambda: len(ids(dsn)) == MANY, "all are in the record")
            until(lambda: mat.on("acumat/mat1/command/events"), "the audit asks the mat")
        mat.close()


def test_a_mat_moves_from_a_site_to_nats_with_another_host_and_nothing_else(
    fleet: Fleet, three: Cluster, tmp_path: Path
) -> None:
    """The same name and the same token are good at a site, at a site with a bridge, and at each node of NATS."""
    nodes = [each.mqtt_port for each in three.nodes]
    with (
        site(fleet, tmp_path / "a") as first,
        site(fleet, tmp_path / "b", "bridge.conf", bridge_to=nodes) as second,
    ):
        for port in (first.tls_port, second.tls_port, *nodes):
            mat = let_in(fleet, port, "mat1")
            mat.publish("acumat/mat1/event", "own")
            assert mat.is_in
            mat.close()
