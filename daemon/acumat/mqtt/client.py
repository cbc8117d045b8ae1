"""The daemon's way to the broker. It sends, and it reports what happens; it decides nothing.

Retained documents go out with QoS 1 once a connection, for their acknowledgement tells what the broker refuses, and then with
QoS 0, only while connected: the next connect shows everything anew. Events go out with QoS 1, in order; what has no
acknowledgement when a connection ends is offered again by the outbox on the next one.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass

from paho.mqtt.client import MQTTMessage, topic_matches_sub
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from acumat.contract.state import Condition
from acumat.mqtt.backoff import LASTS_S, YOUNG_S
from acumat.mqtt.bounded_client import BoundedClient
from acumat.mqtt.connection import Connection, Hooks
from acumat.mqtt.diagnosis import ClockSynchronised, Target, usable_tls_context
from acumat.mqtt.grants import Grants
from acumat.mqtt.in_flight import BrokerReply, InFlight, Reading, Sent, SentDocument, SentEvent, Subscription

log = logging.getLogger(__name__)

OFFLINE_WAIT_S = 2.0
"""How long a clean stop waits for the broker to take the farewell."""
STOP_S = 2.0
"""How long a stop waits for the connection's thread, which may be looking up a name."""
UNACKED_S = 60.0
"""A broker that leaves an event unacknowledged for this long is met anew: while connected, it is not sent again."""
REFUSED_S = 300.0
"""A broker that refuses events is met anew after this long, and they are offered again."""
TEND_S = 1.0
ARRIVED_BYTES = 8192
"""So much of a message is handed on; a command has at most half of it."""
PACKET_ROOM = 16
"""What a packet has besides topic and payload, at most."""
CLEARED = ("acumat", "cleared")
"""What an empty message of ours says with MQTT 5: it takes off what was retained, and is no command to whoever hears it."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker has accepted us."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is gone."""


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A message on a topic we subscribed to."""

    topic: str
    payload: bytes
    retained: bool


ConnectionEvent = Connected | Disconnected | MessageReceived


class MqttClient:
    """One connection, kept up by a thread. `told` and `acked` are called in that thread and must only enqueue."""

    def __init__(
        self,
        target: Target,
        *,
        client_id: str,
        will_topic: str,
        keepalive_s: int = 15,
        monotonic: Callable[[], float],
        clock_synchronised: ClockSynchronised = lambda: None,
        told: Callable[[ConnectionEvent], object],
        acked: Callable[[int], None],
    ) -> None:
        self._target, self._will_topic = target, will_topic
        self._monotonic = monotonic
        self._told, self._acked = told, acked
        self._connection = Connection(
            target,
            client_id=client_id,
            will_topic=will_topic,
            keepalive_s=keepalive_s,
            monotonic=monotonic,
            clock_synchronised=clock_synchronised,
            hooks=Hooks(self._opened, self._closed, self._arrived, self._replied_to, self._say_changes),
        )
        self._flight = InFlight()
        self._grants = Grants(target.username, target.where)
        self._lock = threading.Lock()  # of grants and what was said; never held while paho is called
        self._resumed = False
        self._probe = ""
        self._refused_since_s: float | None = None
        self._since_s = self._tended_s = monotonic()
        self._said = self._condition().code

    @property
    def condition(self) -> Condition:
        """How the connection fares: ok, or a code and a sentence with the fix."""
        with self._lock:
            return self._condition()

    @property
    def alive(self) -> bool:
        """Whether the connection's thread runs. It says nothing of the broker."""
        return self._connection.thread.is_alive()

    @property
    def progress(self) -> float:
        """Changes while the thread makes progress. Without a connection it waits for networks and names, as it may."""
        return self._connection.turns if self._connection.up else -self._monotonic()

    @property
    def version_5(self) -> bool:
        """Whether MQTT 5 is spoken: the broker keeps from us what we published ourselves, and what is too long for us."""
        return self._connection.version_5

    def start(self) -> None:
        """Begin to connect, and go on trying for ever.

        Raises InputError if the TLS files cannot be used.
        """
        if self._target.tls:
            usable_tls_context(self._target.ca_file)
        self._connection.thread.start()

    def stop(self) -> None:
        """Say `offline`, wait a moment for the broker to take it, and hang up. May be called twice."""
        if not self.alive:
            return
        self._connection.end()
        client = self._connection.client
        if client is not None:
            if self._connection.up:
                try:
                    client.publish(self._will_topic, "offline", qos=1, retain=True).wait_for_publish(OFFLINE_WAIT_S)
                except (RuntimeError, ValueError) as exc:
                    log.debug("the farewell was not taken: %s", exc)
            client.disconnect()
        self._connection.thread.join(STOP_S)

    def tend(self) -> None:
        """Called often: does what has come due."""
        now_s = self._monotonic()
        if now_s - self._tended_s < TEND_S:
            return
        self._tended_s = now_s
        client = self._connection.client
        if client is not None and self._connection.up:
            self._tend(client, now_s)
        self._say_changes()

    def _tend(self, client: BoundedClient, now_s: float) -> None:
        with self._lock:
            again, unread = self._grants.tick(now_s)
            probe = self._grants.probe_due(now_s)
        if probe is not None:
            self.probe(probe)
        for each in again:
            self.subscribe(each.topic, qos=each.qos, retained=each.retained)
        if unread:
            client.unsubscribe(unread)
        if now_s - self._since_s > LASTS_S:
            self._connection.backoff.lasts()
        unacked = now_s - min(self._flight.events_since_s(), default=now_s) > UNACKED_S
        if unacked or (self._refused_since_s is not None and now_s - self._refused_since_s > REFUSED_S):
            log.warning("the broker has not acknowledged an event for long: connecting anew")
            self._refused_since_s = None
            connection = client.socket()
            if connection is not None:
                with contextlib.suppress(OSError):  # it may be going down by itself
                    connection.shutdown(socket.SHUT_RDWR)  # type: ignore[attr-defined]  # paho's type is narrower than a socket

    def resumed(self) -> None:
        """From here on events are taken: the outbox offers again what was under way before, from the oldest on."""
        self._resumed = self._connection.up

    def forget(self) -> None:
        """The events under way are no longer ours: their acknowledgements mean nothing."""
        self._flight.forget_events()

    def subscribe(self, topic: str, *, qos: int = 0, retained: bool = True) -> None:
        """Ask for messages of others; has to be asked again after each connect. `qos` is the least that will do.

        `retained`: also for what the broker has kept; MQTT 3.1.1 gives that, and our own messages, in any case.
        """
        client = self._connection.client
        if client is None or not self._connection.up:
            return
        asked = Subscription(topic, qos, retained)
        with self._lock:
            self._grants.asked(asked, self._monotonic())
        kept = SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE if retained else SubscribeOptions.RETAIN_DO_NOT_SEND
        options = SubscribeOptions(qos=1, noLocal=True, retainHandling=kept)
        self._send(asked, lambda: client.subscribe((topic, options) if self.version_5 else (topic, 1))[1])

    def probe(self, topic: str) -> None:
        """See whether commands reach us, where a broker tells (MQTT 5): some let a client subscribe and pass nothing on."""
        client = self._connection.client
        if client is None or not self._connection.up or not self.version_5:
            return
        self._probe = topic
        with self._lock:
            self._grants.probe(topic, self._monotonic())
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        self._send(Reading(topic), lambda: client.subscribe((topic, options))[1])
        self._send(Reading(topic), lambda: client.publish(topic, b"", qos=1).mid)

    def show(self, topic: str, payload: str | bytes, *, checked: bool = False) -> None:
        """Publish a retained document now, or not at all: the next connect shows everything anew.

        `checked`: look whether the broker takes it; meant for once a connection.
        """
        client = self._connection.client
        if client is None or not self._connection.up:
            return
        data = payload.encode() if isinstance(payload, str) else payload
        with self._lock:
            if not self._grants.takes(topic, len(data), len(topic.encode()) + PACKET_ROOM):
                return
        if not checked:
            client.publish(topic, data, qos=0, retain=True, properties=None if data or not self.version_5 else _cleared())
            return
        self._send(SentDocument(topic, len(data)), lambda: client.publish(topic, data, qos=1, retain=True).mid)
        if data and not self.version_5:  # an acknowledgement of MQTT 3.1.1 says nothing
            with self._lock:
                self._grants.read_back(topic, self._monotonic())
            self._send(Reading(topic), lambda: client.subscribe(topic, qos=1)[1])

    def say(self, topic: str, payload: str) -> None:
        """Publish something of the moment, not retained, if anybody is there to take it."""
        client = self._connection.client
        if client is not None and self._connection.up:
            client.publish(topic, payload, qos=0, retain=False)

    def deliver(self, topic: str, seq: int, payload: str) -> bool:
        """Hand an event over, to be kept until its acknowledgement; True if that was done (or had been already)."""
        client, event, taken = self._connection.client, SentEvent(seq, topic), False
        if client is None or not self._connection.up or not self._resumed:
            return False
        if self._flight.has(event):
            return True

        def call() -> int | None:
            nonlocal taken
            info = client.publish(topic, payload, qos=1, retain=False)
            # without a connection paho keeps QoS 1, whatever this code says; only a full queue is a no
            taken = info.rc != MQTTErrorCode.MQTT_ERR_QUEUE_SIZE
            return info.mid if taken else None

        self._send(event, call)
        return taken

    def _send(self, what: Sent, call: Callable[[], int | None]) -> None:
        reply = self._flight.send(what, self._monotonic(), call)
        if reply is not None:
            self._replied(what, reply)

    def _replied_to(self, number: int, reply: BrokerReply) -> None:
        what = self._flight.answered(number, reply)
        if what is not None:
            self._replied(what, reply)

    def _replied(self, what: Sent, reply: BrokerReply) -> None:
        if isinstance(what, SentEvent) and not reply.refused:
            self._acked(what.seq)
            return
        with self._lock:
            if isinstance(what, Subscription):
                self._grants.subscribed(what.topic, reply)
            elif isinstance(what, Reading):
                self._grants.reads(what.topic, reply)
            else:
                self._grants.published(what.topic, reply)
                if isinstance(what, SentEvent):  # it stays in the outbox
                    self._refused_since_s = self._refused_since_s or self._monotonic()

    def _opened(self, max_packet: int | None) -> None:
        self._since_s = self._monotonic()
        self._resumed, self._refused_since_s = False, None
        with self._lock:
            self._grants.connected(max_packet)
        self._told(Connected())

    def _closed(self, lasted_s: float, too_large: bool) -> None:
        self._resumed = False
        with self._lock:
            self._grants.lost(self._flight.documents(), young=lasted_s < YOUNG_S, certain=too_large)
        self._flight.clear()
        self._told(Disconnected())

    def _arrived(self, message: MQTTMessage) -> None:
        with self._lock:
            read = self._grants.seen(message.topic)
            wanted = message.topic != self._probe and any(
                topic_matches_sub(each, message.topic) for each in self._grants.subscriptions
            )
        client = self._connection.client
        if read and client is not None and not wanted:
            client.unsubscribe(message.topic)
        if wanted and CLEARED not in getattr(message.properties, "UserProperty", ()):
            self._told(MessageReceived(message.topic, bytes(message.payload[:ARRIVED_BYTES]), message.retain))

    def _condition(self) -> Condition:
        return self._connection.contested or self._connection.problem or self._grants.condition

    def _say_changes(self) -> None:
        """Log a change once; the attempts in between are silent."""
        with self._lock:  # two threads look: the one that looked first must not speak last
            condition = self._condition()
            said, self._said = self._said, condition.code
        if condition.code == said:
            return
        if condition.code == "ok":
            log.info("connected to the broker at %s", self._target.where)
        else:
            log.warning("%s", condition.text)


def _cleared() -> Properties:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.UserProperty = CLEARED
    return properties
