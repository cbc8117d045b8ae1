"""A real broker for tests, on loopback and a port of its own, and a client that writes down all that it hears."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from acumat.mqtt.bounded_client import end_loop
from tests import machine

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
PATIENCE_S = 60.0
"""How long anything may take before it counts as never."""


PORTS = range(20_000, 32_000)
"""Below those that Linux gives to whoever asks for any port (from 32768 on): no connection takes one of them while a broker
is down, and a client that calls there does not reach itself.
"""
_SHARES = 24
_asked = count(os.getpid())


@cache
def share_of_ports() -> range:
    """Ports that no other process gets as long as this one lives: a name stands for them, which the kernel then frees."""
    each = len(PORTS) // _SHARES
    for number in range(_SHARES):
        name = socket.socket(socket.AF_UNIX)
        try:
            name.bind(f"\0acumat-test-ports-{number}")
        except OSError:
            name.close()
        else:
            name.detach()
            return PORTS[number * each : (number + 1) * each]
    raise AssertionError(f"{_SHARES} processes ask for ports already")


def free_port() -> int:
    """A port that nobody listens at, and that no other process that runs tests is given."""
    share = share_of_ports()
    for number in _asked:
        port = share[number % len(share)]
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("the count has no end")


def until(condition: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """Wait for another process; gives the condition's first true value. The patience is for a machine that is not busy."""
    began_s = time.monotonic()
    pause = threading.Event()
    while not (value := condition()):
        waited_s = time.monotonic() - began_s
        if waited_s > patience_s and waited_s > machine.patience_s(patience_s):
            pytest.fail(f"within {patience_s:g} s it never came to this: {what}")
        pause.wait(0.02)
    return value


class Broker:
    """mosquitto, started and stopped at will on one port. Without mosquitto, iotcore's broker stands in where it can."""

    def __init__(
        self, folder: Path, *, password: tuple[str, str] | None = None, settings: Sequence[str] = (), acl: str | None = None
    ) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._other: Any = None
        lines = [f"listener {self.port} 127.0.0.1", "persistence false", *settings]
        if (settings or acl) and MOSQUITTO is None:
            pytest.skip("needs mosquitto: the stand-in has no such settings")
        if acl is not None:
            (folder / "acl").write_text(acl)
            (folder / "acl").chmod(0o644)
            lines.append(f"acl_file {folder / 'acl'}")
        if os.getuid() == 0:
            lines.append("user root")  # else it gives up the right to read its own password file here
        if password is None:
            lines.append("allow_anonymous true")
        elif MOSQUITTO is None:
            pytest.skip("needs mosquitto: the stand-in knows no passwords")
        else:
            secrets = folder / "passwords"
            subprocess.run(["mosquitto_passwd", "-b", "-c", str(secrets), *password], check=True, capture_output=True)
            secrets.chmod(0o644)
            lines += ["allow_anonymous false", f"password_file {secrets}"]
        (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")

    def start(self) -> None:
        if MOSQUITTO is None:
            self._start_other()
        else:
            self._process = subprocess.Popen(
                [MOSQUITTO, "-c", str(self._folder / "mosquitto.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        until(self._answers, f"a broker on port {self.port}")

    def stop(self, *, kill: bool = False) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
            until(lambda: process.poll() is not None, "the broker ends")
        if self._other is not None:
            self._other.stop()
            self._other = None

    def freeze(self) -> None:
        """It keeps its connections and answers nothing any more."""
        if self._process is None:
            pytest.skip("needs mosquitto: the stand-in cannot be halted")
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def restart(self) -> None:
        self.stop()
        self.start()

    def _start_other(self) -> None:
        iotcore = pytest.importorskip("iotcore", reason="neither mosquitto nor iotcore is here: no broker to test against")
        self._other = iotcore.Broker(port=self.port, listen="127.0.0.1")
        self._other.start()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S).close()
        except OSError:
            return False
        return True


@dataclass(frozen=True)
class Received:
    topic: str
    payload: str
    retained: bool
    at_s: float
    data: bytes = b""
    wall_s: float = 0.0

    @property
    def document(self) -> Any:
        return json.loads(self.payload)


RETRY_S = 0.02


class Listener:
    """Subscribes to everything and keeps it in order of arrival; its own connection comes back by itself."""

    def __init__(self, port: int, *, login: tuple[str, str] | None = None) -> None:
        self.received: list[Received] = []
        self.connects = 0
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=f"listener-{uuid.uuid4()}")
        # back long before the daemon tries again, which hands over at once what nobody else will hear a second time
        self._client.reconnect_delay_set(RETRY_S, RETRY_S)  # type: ignore[arg-type]
        if login is not None:
            self._client.username_pw_set(*login)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.connect_async("127.0.0.1", port, 60)
        self._client.loop_start()
        until(lambda: self.connects, "the listener is connected")

    def close(self) -> None:
        self._client.disconnect()
        end_loop(self._client)

    def publish(self, topic: str, payload: str | bytes = "", *, retain: bool = False) -> None:
        sent = self._client.publish(topic, payload, qos=1, retain=retain)
        until(sent.is_published, f"the broker has {topic}")

    def catch_up(self) -> None:
        """Until all that the broker took before is heard: it delivers in order, and this word of ours last."""
        fence = f"fence/{uuid.uuid4()}"
        self.publish(fence)
        until(lambda: self.on(fence), "the fence is heard")

    def on(self, topic: str) -> list[Received]:
        return [each for each in list(self.received) if each.topic == topic]

    def last(self, topic: str) -> Received | None:
        found = self.on(topic)
        return found[-1] if found else None

    def shown(self, topic: str) -> dict[str, Any]:
        """The last document; empty while there is none, so that it can be waited for."""
        last = self.last(topic)
        document: dict[str, Any] = last.document if last is not None and last.payload else {}
        return document

    def events(self, topic: str) -> list[dict[str, Any]]:
        """Every event once, by its id, in the order in which each was first heard."""
        return list({each.document["id"]: each.document for each in reversed(self.on(topic))}.values())[::-1]

    def _on_connect(self, client: Client, *_: Any) -> None:
        client.subscribe("#", qos=1)
        self.connects += 1

    def _on_message(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        data = bytes(message.payload)
        text = data.decode(errors="replace")  # a picture is no text
        self.received.append(Received(message.topic, text, message.retain, time.monotonic(), data, time.time()))
