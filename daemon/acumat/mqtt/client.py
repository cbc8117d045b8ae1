"""The daemon's connection to the broker. It sends, and reports what happens; it decides nothing.

Retained documents go out with QoS 1 once in each connection, since the acknowledgement shows what the broker refuses. After
that they
go out with QoS 0, and only while connected: the next connect publishes everything again. Events go out with QoS 1, in order;
the outbox delivers what has no acknowledgement again on the next connection.

Threads: the loop calls `subscribe`, `probe`, `publish...`, `maintain` and `accept_events`; the history's writer calls `deliver`
and `abandon_events`; the connection's own thread calls everything that begins with `_on_`.
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
from acumat.mqtt.backoff import SHORT_S, STABLE_S
from acumat.mqtt.bounded_client import BoundedClient
from acumat.mqtt.connection import Connection, Hooks
from acumat.mqtt.diagnosis import ClockSynchronised
from acumat.mqtt.grants import Grants
from acumat.mqtt.in_flight import BrokerReply, InFlight, Reading, Sent, SentDocument, SentEvent, Subscription
from acumat.mqtt.problems import Target

log = logging.getLogger(__name__)

OFFLINE_WAIT_S = 2.0
"""How long a clean stop waits for the broker to acknowledge `offline`."""
STOP_S = 2.0
"""How long a stop waits for the connection's thread, which may be looking up a name."""
UNACKED_S = 60.0
"""After so long with an event unacknowledged the client reconnects: while connected, the event is not sent again."""
REFUSED_S = 300.0
"""So long after a broker refused an event the client reconnects, and the event is delivered again."""
MAINTAIN_S = 1.0
"""Seconds between two looks at the state of the connection."""
MESSAGE_BYTES = 8192
"""So much of a message is passed on; a command has at most half of it."""
PACKET_ROOM = 16
"""Most bytes of a packet besides topic and payload."""
CLEARED = ("acumat", "cleared")
"""User property of our empty messages with MQTT 5: they remove a retained message and are no command to their receivers."""


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
    """One connection, maintained by a thread. `on_event` and `on_acked` are called in that thread and must only enqueue."""

    def __init__(
        self,
        target: Target,
        *,
        client_id: str,
        will_topic: str,
        keepalive_s: int = 15,
        monotonic: Callable[[], float],
        clock_synchronised: ClockSynchronised = lambda: None,
        on_event: Callable[[ConnectionEvent], object],
        on_acked: Callable[[int], None],
    ) -> None:
        self._target, self._will_topic = target, will_topic
        self._monotonic = monotonic
        self._on_event, self._on_acked = on_event, on_acked
        self._connection = Connection(
            target,
            client_id=client_id,
            will_topic=will_topic,
            keepalive_s=keepalive_s,
            monotonic=monotonic,
            clock_synchronised=clock_synchronised,
            hooks=Hooks(self._on_open, self._on_close, self._on_message, self._on_reply, self._log_changes),
        )
        self._in_flight = InFlight()
        self._grants = Grants(target.username, self._connection.where)
        self._lock = threading.Lock()  # protects the grants and what was logged; never held while paho is called
        self._accepts_events = False
        self._probe = ""
        self._refused_since_s: float | None = None
        self._since_s = self._maintained_s = monotonic()
        self._logged = self._condition().code

    @property
    def condition(self) -> Condition:
        """The health of the connection: ok, or a code and a sentence with the fix."""
        with self._lock:
            return self._condition()

    @property
    def thread_alive(self) -> bool:
        """Whether the connection's thread runs. It says nothing of the broker."""
        return self._connection.thread.is_alive()

    @property
    def progress(self) -> float:
        """Changes while the thread makes progress. Without a connection the thread may wait for networks and names."""
        return self._connection.turns if self._connection.up else -self._monotonic()

    @property
    def version_5(self) -> bool:
        """Whether the connection uses MQTT 5: then the broker sends us neither our own messages nor those that are too long."""
        return self._connection.version_5

    def start(self) -> None:
        """Begin to connect, and retry for ever.

        Raises InputError if the TLS files cannot be used.
        """
        if self._target.tls:
            from acumat.mqtt.tls import usable_tls_context  # noqa: PLC0415  # which takes 5 MB

            usable_tls_context(self._target)
        self._connection.thread.start()

    def stop(self) -> None:
        """Publish `offline`, wait a moment for the acknowledgement, and disconnect. May be called twice."""
        if not self.thread_alive:
            return
        self._connection.end()
        client = self._connection.client
        if client is not None:
            if self._connection.up:
                try:
                    client.publish(self._will_topic, "offline", qos=1, retain=True).wait_for_publish(OFFLINE_WAIT_S)
                except (RuntimeError, ValueError) as exc:
                    log.debug("offline was not published: %s", exc)
            client.disconnect()
        self._connection.thread.join(STOP_S)

    def maintain(self) -> None:
        """To be called often: does everything that is due."""
        now_s = self._monotonic()
        if now_s - self._maintained_s < MAINTAIN_S:
            return
        self._maintained_s = now_s
        client = self._connection.live
        if client is not None:
            self._maintain(client, now_s)
        self._log_changes()

    def _maintain(self, client: BoundedClient, now_s: float) -> None:
        with self._lock:
            again, unread = self._grants.tick(now_s)
            unseen = self._grants.read_back.due_again(now_s)
            probe = self._grants.read_back.probe_due(now_s)
        if probe is not None:
            self.probe(probe)
        for each in again:
            self.subscribe(each.topic, retained=each.retained)
        if unread:
            client.unsubscribe(unread)
        for topic in unseen:
            self._send(Reading(topic), lambda topic=topic: client.subscribe(topic)[1])  # type: ignore[misc]
        if now_s - self._since_s > STABLE_S:
            self._connection.backoff.on_stable()
        unacked = now_s - min(self._in_flight.events_since_s(), default=now_s) > UNACKED_S
        if unacked or (self._refused_since_s is not None and now_s - self._refused_since_s > REFUSED_S):
            log.warning("the broker has not acknowledged an event for long: connecting anew")
            self._refused_since_s = None
            connection = client.socket()
            if connection is not None:
                with contextlib.suppress(OSError):  # the connection may be closing already
                    connection.shutdown(socket.SHUT_RDWR)  # type: ignore[attr-defined]  # paho's type is narrower than a socket

    def accept_events(self) -> None:
        """The outbox knows of the connection: from now on it sends events, beginning with the oldest unacknowledged one."""
        self._accepts_events = self._connection.up

    def abandon_events(self) -> None:
        """The events in flight belong to a history that no longer exists: ignore their acknowledgements."""
        self._in_flight.abandon_events()

    def subscribe(self, topic: str, *, retained: bool = True) -> None:
        """Subscribe to messages from others; to be called again after each connect.

        `retained`: also to what the broker retains; MQTT 3.1.1 sends that, and our own messages, in any case. QoS 0 is enough:
        within a connection nothing is lost, no session outlives a connection, and every request gets an answer. A cluster has
        to replicate each subscription with QoS 1.
        """
        client = self._connection.live
        if client is None:
            return
        subscription = Subscription(topic, retained)
        with self._lock:
            self._grants.on_subscribe_sent(subscription, self._monotonic())
        handling = SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE if retained else SubscribeOptions.RETAIN_DO_NOT_SEND
        options = SubscribeOptions(noLocal=True, retainHandling=handling)
        self._send(subscription, lambda: client.subscribe((topic, options) if self.version_5 else (topic, 0))[1])

    def probe(self, topic: str) -> None:
        """Test whether commands reach us (MQTT 5 only): some brokers grant a subscription and pass nothing on."""
        client = self._connection.live
        if client is None or not self.version_5:
            return
        self._probe = topic
        with self._lock:
            self._grants.read_back.on_probe_sent(topic, self._monotonic())
        options = SubscribeOptions(retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        self._send(Reading(topic), lambda: client.subscribe((topic, options))[1])
        self._send(Reading(topic), lambda: client.publish(topic, b"", qos=1).mid)

    def publish_retained(self, topic: str, payload: str | bytes, *, checked: bool = False) -> None:
        """Publish a retained document now, or not at all: the next connect publishes everything again.

        `checked`: find out whether the broker accepts it; meant for once in each connection.
        """
        client = self._connection.live
        if client is None:
            return
        data = payload.encode() if isinstance(payload, str) else payload
        with self._lock:
            if not self._grants.sizes.accepts(topic, len(data), len(topic.encode()) + PACKET_ROOM):
                return
        if not checked:
            client.publish(topic, data, qos=0, retain=True, properties=None if data or not self.version_5 else _cleared())
            return
        self._send(SentDocument(topic, len(data)), lambda: client.publish(topic, data, qos=1, retain=True).mid)
        if data and not self.version_5:  # an acknowledgement of MQTT 3.1.1 says nothing
            with self._lock:
                self._grants.read_back.expect(topic, self._monotonic())
            self._send(Reading(topic), lambda: client.subscribe(topic)[1])

    def publish(self, topic: str, payload: str) -> None:
        """Publish a message that is not retained, if the broker is there."""
        client = self._connection.live
        if client is not None:
            client.publish(topic, payload, qos=0, retain=False)

    def deliver(self, topic: str, seq: int, payload: str) -> bool:
        """Send an event with QoS 1; True if it is in flight now. `on_acked` gets `seq` once the broker has it."""
        client, event, taken = self._connection.live, SentEvent(seq, topic), False
        if client is None or not self._accepts_events:
            return False
        if self._in_flight.has(event):
            return True

        def call() -> int | None:
            nonlocal taken
            info = client.publish(topic, payload, qos=1, retain=False)
            # without a connection paho queues QoS 1 whatever this code is; only a full queue is a refusal
            taken = info.rc != MQTTErrorCode.MQTT_ERR_QUEUE_SIZE
            return info.mid if taken else None

        self._send(event, call)
        return taken

    def _send(self, what: Sent, call: Callable[[], int | None]) -> None:
        reply = self._in_flight.send(what, self._monotonic(), call)
        if reply is not None:
            self._settle(what, reply)

    def _on_reply(self, number: int, reply: BrokerReply) -> None:
        what = self._in_flight.on_reply(number, reply)
        if what is not None:
            self._settle(what, reply)

    def _settle(self, what: Sent, reply: BrokerReply) -> None:
        if isinstance(what, SentEvent) and not reply.refused:
            self._on_acked(what.seq)
            return
        with self._lock:
            if isinstance(what, Subscription):
                self._grants.on_subscribed(what.topic, reply)
            elif isinstance(what, Reading):
                self._grants.read_back.on_reply(what.topic, reply)
            else:
                self._grants.on_published(what.topic, reply)
                if isinstance(what, SentEvent):  # it stays in the outbox
                    self._refused_since_s = self._refused_since_s or self._monotonic()

    def _on_open(self, max_packet: int | None) -> None:
        self._since_s = self._monotonic()
        self._accepts_events, self._refused_since_s = False, None
        with self._lock:
            self._grants.where = self._connection.where
            self._grants.sizes.on_connected(max_packet)
        self._on_event(Connected())

    def _on_close(self, lasted_s: float, too_large: bool) -> None:
        self._accepts_events = False
        with self._lock:
            self._grants.on_disconnected(self._in_flight.documents(), short=lasted_s < SHORT_S, certain=too_large)
        self._in_flight.clear()
        self._on_event(Disconnected())

    def _on_message(self, message: MQTTMessage) -> None:
        with self._lock:
            read = self._grants.read_back.on_message(message.topic)
            wanted = message.topic != self._probe and any(
                topic_matches_sub(each, message.topic) for each in self._grants.subscriptions
            )
        client = self._connection.client
        if read and client is not None and not wanted:
            client.unsubscribe(message.topic)
        if wanted and CLEARED not in getattr(message.properties, "UserProperty", ()):
            self._on_event(MessageReceived(message.topic, bytes(message.payload[:MESSAGE_BYTES]), message.retain))

    def _condition(self) -> Condition:
        return self._connection.contested or self._connection.problem or self._grants.condition

    def _log_changes(self) -> None:
        """Log a change once; the attempts in between are silent."""
        with self._lock:  # two threads look: the first look must not be logged last
            condition = self._condition()
            logged, self._logged = self._logged, condition.code
        if condition.code == logged:
            return
        if condition.code == "ok":
            log.info("connected to the broker at %s", self._connection.where)
        else:
            log.warning("%s", condition.text)


def _cleared() -> Properties:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.UserProperty = CLEARED
    return properties
