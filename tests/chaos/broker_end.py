"""The other end of the connection, without threads or sockets: a broker that forgets, keeps silent or goes, and a listener.

`LocalClient` takes the place of the MQTT client in the wiring and keeps its promises as paho does: a message of QoS 1 is sent
again on the next connection until it is acknowledged, one of QoS 0 goes now or never.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from acumat.contract.state import Condition
from acumat.mqtt.client import Connected, ConnectionEvent, Disconnected, MessageReceived
from acumat.mqtt.problems import Target


class LocalBroker:
    """Lives on while daemons come and go. `acknowledges` and `hears` can be taken from it while it stays connected."""

    def __init__(self) -> None:
        self.up = True
        self.receives = True
        self.acknowledges = True
        self.retained: dict[str, str] = {}
        self.listened: list[str] = []
        """Payloads of events in the order in which they came, doubles included."""
        self.client: LocalClient | None = None
        self.shown: list[tuple[str, str]] = []
        """Retained messages in the order in which they came."""
        self.said: list[tuple[str, str]] = []

    def send(self, topic: str, payload: bytes = b"", *, retained: bool = False) -> None:
        """Somebody's message, to whoever is connected."""
        if self.client is not None:
            self.client.take(MessageReceived(topic, payload, retained))

    def go(self, *, forgetful: bool) -> None:
        self.up = False
        if forgetful:
            self.retained.clear()
        self.cut()

    def come(self) -> None:
        self.up = self.receives = self.acknowledges = True
        if self.client is not None:
            self.client.connect()

    def cut(self) -> None:
        """The connection breaks; what the broker took stays taken."""
        if self.client is not None:
            self.client.lose()
        self.receives = self.acknowledges = True

    def settle(self) -> None:
        """Take what was sent and acknowledge it."""
        client = self.client
        if client is None or not client.connected or not self.receives:
            return
        sent, client.wire = client.wire, []
        for seq, payload in sent:
            self.listened.append(payload)
            if self.acknowledges:
                client.arrived(seq)


class LocalClient:
    """What wiring asks of a client, by the same names."""

    def __init__(
        self,
        broker: LocalBroker,
        *,
        on_event: Callable[[ConnectionEvent], object],
        on_acked: Callable[[int], None],
        will_topic: str,
    ) -> None:
        self._broker = broker
        self._on_event, self._on_acked = on_event, on_acked
        self._will_topic = will_topic
        self._flight: dict[int, str] = {}
        self.wire: list[tuple[int, str]] = []
        self.connected = False
        self.progress = 0.0

    @property
    def condition(self) -> Condition:
        return Condition() if self.connected else Condition("unreachable", "No broker answers.")

    def start(self) -> None:
        self._broker.client = self
        self.connect()

    def stop(self) -> None:
        if self.connected:
            self._broker.retained[self._will_topic] = "offline"
        self.connected, self._broker.client = False, None

    def die(self) -> None:
        """With its process: the broker sends the last will."""
        if self._broker.up:
            self._broker.retained[self._will_topic] = "offline"
        self._broker.client = None

    def connect(self) -> None:
        if self._broker.up and not self.connected:
            self.connected = True
            self.wire = list(self._flight.items())
            self._on_event(Connected())

    def lose(self) -> None:
        if self.connected:
            self.connected, self.wire = False, []
            self._on_event(Disconnected())
            if self._broker.up:
                self._broker.retained[self._will_topic] = "offline"

    def maintain(self) -> None:
        """It reconnects by itself while the broker is there."""
        self.connect()

    def abandon_events(self) -> None:
        self._flight.clear()

    version_5 = False

    def accept_events(self) -> None:
        pass

    def subscribe(self, topic: str, **_: Any) -> None:
        pass

    def probe(self, topic: str) -> None:
        pass

    def publish_retained(self, topic: str, payload: str | bytes, **_: Any) -> None:
        if self.connected and self._broker.receives:
            text = payload if isinstance(payload, str) else payload.decode()
            self._broker.retained[topic] = text
            self._broker.shown.append((topic, text))

    def publish(self, topic: str, payload: str) -> None:
        if self.connected and self._broker.receives:
            self._broker.said.append((topic, payload))

    def take(self, message: MessageReceived) -> None:
        if self.connected:
            self._on_event(message)

    def deliver(self, topic: str, seq: int, payload: str) -> bool:
        if not self.connected:
            return False
        if seq not in self._flight:
            self._flight[seq] = payload
            self.wire.append((seq, payload))
        return True

    def arrived(self, seq: int) -> None:
        if self._flight.pop(seq, None) is not None:
            self._on_acked(seq)


def client_for(broker: LocalBroker) -> Callable[..., LocalClient]:
    """In the place of the client's class; of what that takes only a part is needed here."""

    def make(
        _target: Target,
        *,
        on_event: Callable[[ConnectionEvent], object],
        on_acked: Callable[[int], None],
        will_topic: str,
        **_: Any,
    ) -> LocalClient:
        return LocalClient(broker, on_event=on_event, on_acked=on_acked, will_topic=will_topic)

    return make
