"""The connection to the broker: the only place that speaks paho. It sends, and it reports what happens; it decides nothing.

paho's callbacks run in its network thread and may not block or raise: here each one only hands a value on. Retained documents
go out with QoS 0 and only while connected, for paho keeps QoS 1 over a reconnect and would then send a stale document after the
fresh one. Events go out with QoS 1, in order, each until its acknowledgement.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from acumat.model import Condition
from acumat_hw.errors import InputError

log = logging.getLogger(__name__)

RECONNECT_S = (1, 3)
"""First and longest wait before the next attempt: the broker is in the house, and Home Assistant is to be right within 5 s."""
REFUSED_S = (30, 60)
"""A broker that refuses us will do so again until somebody mends the configuration."""
CONNECT_TIMEOUT_S = 5.0
OFFLINE_WAIT_S = 2.0
"""How long a clean stop waits for the broker to take the farewell."""
STOP_S = 2.0
"""How long a stop waits for paho's thread, which may be looking up a name."""
UNACKED_S = 60.0
"""A broker that leaves an event unacknowledged for this long is met anew: while connected, paho does not send it again."""
TEND_S = 5.0
IN_FLIGHT = 20
NOT_AUTHORISED = {134, 135}
"""Bad user name or password, not authorised (MQTT 5 reason codes, to which paho translates those of 3.1.1)."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker has accepted us."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is gone."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message on a topic we subscribed to."""

    topic: str
    payload: bytes
    retained: bool


Happening = Connected | Disconnected | Arrived


class _Turning(Client):
    """paho's client, counting how often its loop goes round: about once a second, and with each message."""

    turns = 0

    def loop_misc(self) -> MQTTErrorCode:
        self.turns += 1
        return super().loop_misc()


class MqttClient:
    """One connection, kept up by paho's own thread. `told` and `acked` are called in that thread and must only enqueue."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        client_id: str,
        will_topic: str,
        username: str | None = None,
        password: str | None = None,
        tls: bool = False,
        ca_file: Path | None = None,
        keepalive_s: int = 15,
        monotonic: Callable[[], float],
        told: Callable[[Happening], object],
        acked: Callable[[int], None],
    ) -> None:
        self._host, self._port, self._keepalive_s = host, port, keepalive_s
        self._client_id = client_id
        self._will_topic = will_topic
        self._username, self._password = username, password
        self._tls, self._ca_file = tls, ca_file
        self._monotonic = monotonic
        self._told, self._acked = told, acked
        self._client: _Turning | None = None
        self._up = False
        self._stopping = False
        self._condition = Condition("connecting", f"Not yet connected to {host}:{port}.")
        self._flight = threading.Lock()  # never held while paho is called: its callbacks come with paho's own locks held
        self._seq_of: dict[int, int] = {}
        self._since_s: dict[int, float] = {}
        self._tended_s = monotonic()
        self._early: list[int] = []
        self._delivering = False

    @property
    def condition(self) -> Condition:
        """How the connection fares: ok, or a code and a sentence with the cure."""
        return self._condition

    @property
    def alive(self) -> bool:
        """Whether paho's thread runs. It says nothing of the broker."""
        name = f"paho-mqtt-client-{self._client_id}"
        return any(thread.name == name for thread in threading.enumerate())

    @property
    def progress(self) -> float:
        """Changes while paho's thread makes progress. Without a connection it waits for networks and names, as it may."""
        client = self._client
        return client.turns if self._up and client is not None else -self._monotonic()

    def start(self) -> None:
        """Begin to connect, and go on trying for ever.

        Raises InputError if the TLS files cannot be used.
        """
        client = _Turning(CallbackAPIVersion.VERSION2, client_id=self._client_id)
        client.suppress_exceptions = True  # one raising callback would end paho's thread without a word
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.reconnect_delay_set(*RECONNECT_S)
        client.max_inflight_messages_set(IN_FLIGHT)
        client.will_set(self._will_topic, "offline", qos=1, retain=True)
        if self._username is not None:
            client.username_pw_set(self._username, self._password)
        if self._tls:
            use_tls(client, self._ca_file)
        client.on_socket_open = _no_delay
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.connect_async(self._host, self._port, self._keepalive_s)
        client.loop_start()
        self._client = client

    def stop(self) -> None:
        """Say `offline`, wait a moment for the broker to take it, and hang up. May be called twice."""
        client, self._client = self._client, None
        if client is None:
            return
        self._stopping = True
        if self._up:
            try:
                client.publish(self._will_topic, "offline", qos=1, retain=True).wait_for_publish(OFFLINE_WAIT_S)
            except (RuntimeError, ValueError) as exc:
                log.debug("the farewell was not taken: %s", exc)
        client.disconnect()
        ending = threading.Thread(target=end_loop, args=(client,), name="mqtt-end", daemon=True)
        ending.start()
        ending.join(STOP_S)

    def tend(self) -> None:
        """Called often: puts right what paho leaves wrong. A dead thread is replaced, a silent broker is met anew."""
        now_s = self._monotonic()
        client = self._client
        if client is None or now_s - self._tended_s < TEND_S:
            return
        self._tended_s = now_s
        if not self.alive:
            self._changed(
                Condition("client_died", f"The MQTT client died over {self._host}:{self._port} and is started again.")
            )
            if self._up:
                self._up = False
                self._told(Disconnected())
            self.forget()
            self.start()
            return
        with self._flight:
            oldest_s = min(self._since_s.values(), default=now_s)
        connection = client.socket()
        if self._up and connection is not None and now_s - oldest_s > UNACKED_S:
            log.warning("the broker has not acknowledged an event for %g s: connecting anew", UNACKED_S)
            with self._flight:
                self._since_s = dict.fromkeys(self._since_s, now_s)
            with contextlib.suppress(OSError):  # it may be going down by itself
                connection.shutdown(socket.SHUT_RDWR)  # type: ignore[attr-defined]  # paho's type is narrower than a socket

    def forget(self) -> None:
        """The events under way are no longer ours: their acknowledgements mean nothing."""
        with self._flight:
            self._seq_of.clear()
            self._since_s.clear()

    def subscribe(self, topic: str) -> None:
        """Ask for messages; has to be asked again after each connect."""
        if self._client is not None:
            self._client.subscribe(topic, qos=1)

    def show(self, topic: str, payload: str | bytes) -> None:
        """Publish a retained document now, or not at all: the next connect shows everything anew."""
        if self._client is not None and self._up:
            self._client.publish(topic, payload, qos=0, retain=True)

    def say(self, topic: str, payload: str) -> None:
        """Publish something of the moment, not retained, if anybody is there to take it."""
        if self._client is not None and self._up:
            self._client.publish(topic, payload, qos=0, retain=False)

    def deliver(self, topic: str, seq: int, payload: str) -> bool:
        """Hand an event to paho, which keeps it until its acknowledgement; True if paho has it (or had it already)."""
        client = self._client
        if client is None or not self._up:
            return False
        with self._flight:
            if seq in self._seq_of.values():
                return True
            self._delivering = True
        info = client.publish(topic, payload, qos=1, retain=False)
        # without a connection paho refuses QoS 0 but keeps QoS 1, whatever this code says; only a full queue is a no
        taken = info.rc != MQTTErrorCode.MQTT_ERR_QUEUE_SIZE
        with self._flight:
            self._delivering = False
            early, self._early = self._early, []
            if taken and info.mid not in early:
                self._seq_of[info.mid] = seq
                self._since_s[info.mid] = self._monotonic()
        if taken and info.mid in early:
            self._acked(seq)
        return taken

    def _on_connect(
        self, client: Client, userdata: Any, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            code = "auth_failed" if reason.value in NOT_AUTHORISED else "refused"
            cure = "check mqtt.username and the password" if code == "auth_failed" else "look at the broker's log"
            self._changed(Condition(code, f"The broker at {self._host}:{self._port} refused us ({reason}); {cure}."))
            client.reconnect_delay_set(*REFUSED_S)
            return
        client.reconnect_delay_set(*RECONNECT_S)
        self._up = True
        self._changed(Condition())
        self._told(Connected())

    def _on_connect_fail(self, client: Client, userdata: Any) -> None:
        tls = ", mqtt.tls and the broker's certificate" if self._tls else ""
        text = f"No MQTT broker answers at {self._host}:{self._port}; check that it runs, mqtt.host, mqtt.port{tls}."
        self._changed(Condition("unreachable", text))

    def _on_disconnect(
        self, client: Client, userdata: Any, flags: DisconnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if not self._up:
            if self._condition.code == "connecting":  # taken and dropped at once, as a TLS port does with plain MQTT
                text = f"What answers at {self._host}:{self._port} hangs up ({reason}); check mqtt.port and mqtt.tls."
                self._changed(Condition("unreachable", text))
            return
        self._up = False
        if not self._stopping:
            self._changed(Condition("connection_lost", f"The broker at {self._host}:{self._port} went away ({reason})."))
        self._told(Disconnected())

    def _on_message(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        self._told(Arrived(message.topic, bytes(message.payload), message.retain))

    def _on_publish(self, client: Client, userdata: Any, mid: int, reason: ReasonCode, properties: Properties | None) -> None:
        with self._flight:
            seq = self._seq_of.pop(mid, None)
            self._since_s.pop(mid, None)
            if seq is None and self._delivering:
                self._early.append(mid)
        if seq is not None:
            self._acked(seq)

    def _changed(self, condition: Condition) -> None:
        """Log a change once; the attempts in between are silent."""
        if condition.code == self._condition.code:
            return
        if condition.code == "ok":
            log.info("connected to the broker at %s:%d", self._host, self._port)
        else:
            log.warning("%s", condition.text)
        self._condition = condition


def end_loop(client: Client) -> None:
    """Wait for paho's thread. It may end while paho's own `loop_stop` looks at it, which then raises (paho 2.1)."""
    with contextlib.suppress(AttributeError):
        client.loop_stop()


def use_tls(client: Client, ca_file: Path | None) -> None:
    """Have the client speak TLS. Raises InputError for a file that cannot be used."""
    try:
        client.tls_set(None if ca_file is None else str(ca_file))
    except (OSError, ssl.SSLError, ValueError) as exc:
        raise InputError(f"mqtt.ca_file {ca_file} cannot be used ({exc}); give a PEM file") from exc


def _no_delay(client: Client, userdata: Any, sock: Any) -> None:
    """Small messages must not wait for each other's acknowledgement (Nagle's algorithm holds them for 40 ms)."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
