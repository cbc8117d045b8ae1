"""Messages over MQTT: a persistent session, so that the broker stores events while nobody collects.

Each collector has a session of its own and gets everything: events stored by another one are recognised by their number.
Everything happens in the caller's thread; paho has none here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from acumat.fleet.collect.messages import BATCH, BATCH_S, QUIET_S, Message
from acumat.fleet.collect.personal import KEYS
from acumat.mqtt.backoff import Backoff
from acumat.mqtt.bounded_client import MAX_PACKET_BYTES, BoundedClient
from acumat.mqtt.diagnosis import of_error
from acumat.mqtt.problems import TIMEOUT_S, Target, refused

log = logging.getLogger(__name__)

KEEPALIVE_S = 60
SESSION_S = 0xFFFFFFFF
"""The session does not expire (MQTT 5, 3.1.2.11.2)."""
RECEIVE_MOST = 2 * BATCH
"""Events unacknowledged at once: one batch is written while the next comes."""
UNSUPPORTED_PROTOCOL, TAKEN_OVER = 132, 142
REFUSED = 128
"""Reason codes from here on are refusals."""
SUBSCRIBED_S = 15.0
"""Seconds that a broker may take to grant the subscriptions, when only they are awaited."""


class MqttTransport:
    """`targets` are tried in turn.

    `client_id` is this collector's own and never changes: the broker stores its session under it.
    """

    def __init__(self, targets: Sequence[Target], *, client_id: str, base_topic: str) -> None:
        self._targets = targets
        self._client_id = client_id
        self._topics = [(f"{base_topic}/+/event", 1)]
        self._topics += [(f"{base_topic}/+/{leaf}", 0) for leaf in ("availability", "response", *KEYS)]
        self._backoff = Backoff()
        self._client: BoundedClient | None = None
        self._protocol = MQTTProtocolVersion.MQTTv5
        self._attempts = 0
        self._accepted = self._up = False
        self._since_s = self._next_s = 0.0
        self._problem: str | None = "not connected yet"
        self._buffer: list[Message] = []
        self._granted: bool | None = None

    @property
    def problem(self) -> str | None:
        """Why nothing can come."""
        return self._problem

    @property
    def waiting(self) -> int | None:
        """Unknown: a broker does not report it."""
        return None

    def open(self) -> None:
        """Begin to connect. Raises InputError if the TLS files cannot be used."""
        for target in self._targets:
            self._made(target)
        self._connect()

    def receive(self, wait_s: float) -> list[Message]:
        """Up to a batch."""
        end_s = time.monotonic() + wait_s
        while not self._buffer and (left_s := end_s - time.monotonic()) > 0:
            self._loop(left_s)
        end_s, size = time.monotonic() + BATCH_S, -1
        while size < len(self._buffer) < BATCH and time.monotonic() < end_s:
            size, quiet_s = len(self._buffer), time.monotonic() + QUIET_S
            while len(self._buffer) == size and (left_s := quiet_s - time.monotonic()) > 0:
                self._loop(left_s)
        found, self._buffer = self._buffer[:BATCH], self._buffer[BATCH:]
        return found

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Acknowledge on the same connection; on a later one the messages come again."""
        for each in messages:
            if isinstance(each.receipt, tuple) and each.receipt[0] is self._client and self._client is not None:
                self._client.ack(each.receipt[1], 1)
        self._loop(0.0)

    def idle(self, wait_s: float) -> None:
        """Messages that come meanwhile wait; the broker sends no more than RECEIVE_MOST."""
        end_s = time.monotonic() + wait_s
        while (left_s := end_s - time.monotonic()) > 0:
            self._loop(left_s)

    def publish(self, topic: str, payload: str) -> None:
        """Send with QoS 0: requests are repeated."""
        if self._client is not None and self._up:
            self._client.publish(topic, payload, qos=0)

    def close(self) -> None:
        """The session stays with the broker."""
        client = self._client
        if client is not None:
            self._up, self._problem = False, "closed"
            client.disconnect()
            client.loop(0.0)
            self._lost()

    def subscribed(self, wait_s: float) -> bool:
        """Whether the broker grants the subscriptions within this time."""
        end_s = time.monotonic() + wait_s
        while self._granted is None and (left_s := end_s - time.monotonic()) > 0:
            self._loop(left_s)
        return self._granted is True

    def _loop(self, wait_s: float) -> None:
        client = self._client
        if len(self._buffer) >= 2 * RECEIVE_MOST:  # a broker without such a limit: the messages wait, too
            time.sleep(min(wait_s, BATCH_S))
        elif client is not None:
            if client.loop(wait_s) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._lost()
        elif time.monotonic() < self._next_s:
            time.sleep(min(wait_s, max(0.0, self._next_s - time.monotonic())))
        else:
            self._connect()

    def _made(self, target: Target) -> BoundedClient:
        old = self._protocol == MQTTProtocolVersion.MQTTv311
        client = BoundedClient(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=False if old else None,
            protocol=self._protocol,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = TIMEOUT_S
        if target.username is not None:
            client.username_pw_set(target.username, target.password)
        if target.tls:
            from acumat.mqtt.tls import usable_tls_context  # noqa: PLC0415

            client.tls_set_context(usable_tls_context(target))
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_subscribe, client.on_message = self._on_subscribe, self._on_message
        return client

    def _connect(self) -> None:
        target = self._targets[self._attempts % len(self._targets)]
        client = self._made(target)
        new = self._protocol == MQTTProtocolVersion.MQTTv5
        properties = None
        if new:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = SESSION_S
            properties.ReceiveMaximum = RECEIVE_MOST
            properties.MaximumPacketSize = MAX_PACKET_BYTES
        try:
            client.connect(target.host, target.port, KEEPALIVE_S, clean_start=False if new else 3, properties=properties)
        except (OSError, ValueError) as error:
            client.hang_up()
            self._failed(of_error(error, target, clock_synchronised=None).text, self._backoff.after_no_answer())
            self._attempts += 1
            return
        self._client, self._accepted = client, False

    def _on_connect(self, client: Client, _u: object, _f: ConnectFlags, reason: ReasonCode, _p: Properties | None) -> None:
        if client is not self._client:
            return
        if not reason.is_failure:
            self._accepted = self._up = True
            self._since_s = time.monotonic()
            if self._problem is not None:
                log.warning("Connected to %s.", self._target.where)
            self._problem = None
            client.subscribe(self._topics)
        elif reason.value != UNSUPPORTED_PROTOCOL:
            self._failed(refused(reason.value, str(reason), self._target).text, self._backoff.after_refusal())

    def _on_subscribe(self, _c: Client, _u: object, _number: int, reasons: list[ReasonCode], _p: Properties | None) -> None:
        no = [
            topic
            for (topic, qos), reason in zip(self._topics, reasons, strict=False)
            if reason.value >= REFUSED or reason.value < qos
        ]
        self._granted = not no
        if no:
            text = f"The broker at {self._target.where} refuses the subscription to {', '.join(no)}; look at its ACL."
            self._failed(text, 0.0)

    def _on_disconnect(
        self, client: Client, _u: object, _f: DisconnectFlags, reason: ReasonCode, _p: Properties | None
    ) -> None:
        if client is self._client and self._up:
            self._up = False
            wait_s = self._backoff.after_loss(time.monotonic() - self._since_s, taken_over=reason.value == TAKEN_OVER)
            text = f"The broker at {self._target.where} went away ({reason})."
            if self._backoff.contested:
                text += f" If another collector logs in as {self._client_id}, too, give each a name of its own."
            self._failed(text, wait_s)

    def _on_message(self, client: Client, _u: object, message: MQTTMessage) -> None:
        receipt = (client, message.mid) if message.qos else None
        try:
            topic = message.topic
        except UnicodeDecodeError:  # a broker passes on what is UTF-8 alone
            topic = "?"
        self._buffer.append(Message(topic, bytes(message.payload), receipt, message.retain))

    @property
    def _target(self) -> Target:
        return self._targets[self._attempts % len(self._targets)]

    def _failed(self, problem: str, wait_s: float) -> None:
        if problem != self._problem:
            log.warning("%s", problem)
        self._problem = problem
        self._next_s = time.monotonic() + wait_s

    def _lost(self) -> None:
        """Choose the next attempt: the other version of the protocol, then the next host.

        The session sends waiting messages again.
        """
        client, self._client, self._up = self._client, None, False
        if not self._accepted:
            old = self._protocol == MQTTProtocolVersion.MQTTv311
            self._protocol = MQTTProtocolVersion.MQTTv5 if old else MQTTProtocolVersion.MQTTv311
            if not old:  # the same host once more, at once
                self._attempts -= 1
        if client is not None:
            client.hang_up()
        if self._problem is None:
            self._failed(f"The connection to {self._target.where} has ended.", 1.0)
        self._attempts += 1
        self._buffer = [each for each in self._buffer if each.receipt is None]
