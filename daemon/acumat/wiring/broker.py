"""The way to the broker: client, topics, discovery and what is shown there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from acumat import __version__
from acumat.config import Config, MqttConfig
from acumat.mqtt.client import MqttClient
from acumat.mqtt.diagnosis import ClockSynchronised, Target
from acumat.mqtt.discovery import discovery_payload
from acumat.mqtt.publisher import Publisher
from acumat.mqtt.topics import Topics
from acumat.service.inbox import Inbox
from acumat_hw.clock import SystemClock


@dataclass(frozen=True, slots=True)
class Broker:
    """The way to the broker; with MQTT switched off only `deliver` does anything."""

    client: MqttClient | None
    publisher: Publisher | None
    deliver: Callable[[int, str], bool]
    forget: Callable[[], None] = lambda: None


def broker(config: Config, mat_id: str, inbox: Inbox, *, clock_set: ClockSynchronised, acked: Callable[[int], None]) -> Broker:
    """As the configuration asks for; nothing is connected yet. `acked` hears of each event that the broker has taken.

    `clock_set` tells whether the machine's clock is known to be right, for the dates of certificates.
    """
    if not config.mqtt.enabled:
        return Broker(None, None, lambda seq, _payload: _done(acked, seq))
    topics = Topics(config.mqtt.base_topic, mat_id, config.mqtt.discovery_prefix)
    client = _client(config.mqtt, mat_id, topics, inbox, clock_set, acked)
    publisher = Publisher(client, topics, discovery=_discovery(config, topics), monotonic=SystemClock().monotonic)
    if not config.routine.enabled:
        publisher.clear_routine()
    return Broker(client, publisher, partial(client.deliver, topics.event), client.forget)


def _done(acked: Callable[[int], None], seq: int) -> bool:
    """Nobody is to be told: the event stays in history, and that is all."""
    acked(seq)
    return True


def target_of(config: MqttConfig, *, password: str | None, password_hidden: bool = False) -> Target:
    """Where the broker is, and how to get in."""
    return Target(config.host, config.port, config.tls, config.ca_file, config.username, password, password_hidden)


def _client(
    config: MqttConfig, mat_id: str, topics: Topics, inbox: Inbox, clock_set: ClockSynchronised, acked: Callable[[int], None]
) -> MqttClient:
    return MqttClient(
        target_of(config, password=config.password),
        client_id=config.client_id or f"acumat-{mat_id}",
        will_topic=topics.availability,
        keepalive_s=config.keepalive_s,
        monotonic=SystemClock().monotonic,
        clock_synchronised=clock_set,
        told=inbox.put,
        acked=acked,
    )


def _discovery(config: Config, topics: Topics) -> dict[str, object] | None:
    if not config.mqtt.discovery:
        return None
    return discovery_payload(
        topics,
        name=config.name,
        version=__version__,
        layout=config.layout,
        profile=config.profile,
        routine=config.routine.enabled,
        latest_cap_min=config.routine.cap_min,
        picture=config.mqtt.picture,
    )
