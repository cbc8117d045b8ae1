"""Takes everything that the broker keeps of one mat off it, for a mat that has gone or got another id."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from acumat.mqtt.client import CONNECT_TIMEOUT_S, end_loop, use_tls
from acumat.mqtt.topics import Topics
from acumat_hw.errors import AcumatError

log = logging.getLogger(__name__)

QUIET_S = 1.0
"""What the broker keeps comes right after the subscription; so long without a message, and that was all."""
ANSWER_S = 10.0
ROUNDS = 3
"""The broker is asked again after each removal, until it has nothing left."""


class UnpublishError(AcumatError):
    """The broker cannot be used, or the mat is still online; the message says which, and the cure."""


class Broom:
    """One broker, and how to get in."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        username: str | None = None,
        password: str | None = None,
        tls: bool = False,
        ca_file: Path | None = None,
    ) -> None:
        self._host, self._port = host, port
        self._username, self._password = username, password
        self._tls, self._ca_file = tls, ca_file

    def sweep(self, topics: Topics) -> list[str]:
        """Remove all that is retained of this mat and give the topics, sorted.

        Raises UnpublishError if the mat is online, or if the broker does not answer or does not let go of something.
        """
        removed: set[str] = set()
        kept: dict[str, bytes] = {}
        with self._connected() as client:
            for _ in range(ROUNDS):
                kept = self._kept(client, topics)
                if kept.get(topics.availability) == b"online":
                    cure = "stop its daemon first (sudo systemctl stop acumat)"
                    raise UnpublishError(f"the mat {topics.mat_id} is online and would publish everything again; {cure}")
                if not kept:
                    return sorted(removed)
                # the device goes first: its entities would show up as unavailable else
                for topic in sorted(kept, key=lambda topic: topic != topics.discovery):
                    self._remove(client, topic)
                removed |= kept.keys()
        left = ", ".join(sorted(kept))
        raise UnpublishError(f"the broker still keeps {left}; check that this user may write there")

    def _remove(self, client: Client, topic: str) -> None:
        try:
            client.publish(topic, b"", qos=1, retain=True).wait_for_publish(ANSWER_S)
        except (RuntimeError, ValueError) as exc:
            raise UnpublishError(f"the broker at {self._host}:{self._port} went away ({exc}); ask again") from exc

    def _kept(self, client: Client, topics: Topics) -> dict[str, bytes]:
        """What the broker keeps below the mat's topics, and its discovery."""
        kept: dict[str, bytes] = {}
        came, subscribed = threading.Event(), threading.Event()

        def on_message(_client: Client, _userdata: Any, message: MQTTMessage) -> None:
            if message.retain and message.payload:
                kept[message.topic] = bytes(message.payload)
                came.set()

        client.on_message = on_message
        client.on_subscribe = lambda *_: subscribed.set()
        wanted = [(topics.everything, 1), (topics.discovery, 1)]
        client.subscribe(wanted)
        if not subscribed.wait(ANSWER_S):
            raise UnpublishError(f"the broker at {self._host}:{self._port} does not answer; look at its log")
        while came.wait(QUIET_S):
            came.clear()
        client.unsubscribe([topic for topic, _ in wanted])
        return kept

    @contextmanager
    def _connected(self) -> Iterator[Client]:
        client = Client(CallbackAPIVersion.VERSION2)
        client.connect_timeout = CONNECT_TIMEOUT_S
        if self._username is not None:
            client.username_pw_set(self._username, self._password)
        if self._tls:
            use_tls(client, self._ca_file)
        outcome: list[Any] = []
        told = threading.Event()

        def on_connect(_client: Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
            outcome.append(reason)
            told.set()

        client.on_connect = on_connect
        where = f"{self._host}:{self._port}"
        try:
            client.connect(self._host, self._port)
        except (OSError, ValueError) as exc:
            cure = "check that it runs, mqtt.host and mqtt.port"
            raise UnpublishError(f"no MQTT broker answers at {where} ({exc}); {cure}") from exc
        client.loop_start()
        try:
            if not told.wait(ANSWER_S):
                raise UnpublishError(f"what answers at {where} is no MQTT broker; check mqtt.port and mqtt.tls")
            if outcome[0].is_failure:
                raise UnpublishError(f"the broker at {where} refused us ({outcome[0]}); check mqtt.username and the password")
            yield client
        finally:
            client.disconnect()
            end_loop(client)
