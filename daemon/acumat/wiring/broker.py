"""Builds the connection to the broker: client, topics, discovery and publisher."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from acumat import __version__
from acumat.coach.screening import QUESTIONS
from acumat.config import Config, MqttConfig
from acumat.mqtt.client import Connected, ConnectionEvent, Disconnected, MqttClient
from acumat.mqtt.discovery import discovery_payload
from acumat.mqtt.discovery_screening import KEY
from acumat.mqtt.discovery_wellbeing import with_rhythm
from acumat.mqtt.discovery_words import DiscoveryWords
from acumat.mqtt.former import NAME, FormerTopics, Published
from acumat.mqtt.null_client import NullClient
from acumat.mqtt.problems import Target
from acumat.mqtt.publisher import Publisher
from acumat.mqtt.topics import Topics
from acumat.release import packaged
from acumat.service.timekeeping import TimeOfDay
from acumat.wiring.context import Context
from acumat.words import LANGUAGES, catalogue, mat_words

WILL_KEEPALIVES, WILL_MARGIN_S = 1.5, 10.0
"""A broker publishes the will one and a half keepalives after the last word (MQTT 5, 3.1.2.10), and not all at once."""


def topics_of(context: Context) -> Topics:
    """The topics of the configured mat."""
    mqtt = context.config.mqtt
    return Topics(mqtt.base_topic, context.mat_id, mqtt.discovery_prefix)


def client_of(
    context: Context, topics: Topics, on_acked: Callable[[int], None], time_of_day: TimeOfDay
) -> MqttClient | NullClient:
    """The client for this configuration, not connected yet. `time_of_day` is for the dates of certificates."""
    mqtt, monotonic = context.config.mqtt, context.machine_clock.monotonic
    if not mqtt.enabled:
        return NullClient(monotonic, on_acked=on_acked)
    target = target_of(mqtt, password=mqtt.password)
    former = _former_topics(context, topics, target)

    def on_event(event: ConnectionEvent) -> None:
        context.inbox.put(event)
        if isinstance(event, Connected):
            former.on_connected()
        elif isinstance(event, Disconnected):
            former.on_disconnected()

    return MqttClient(
        target,
        client_id=mqtt.client_id or f"acumat-{context.mat_id}",
        will_topic=topics.availability,
        keepalive_s=mqtt.keepalive_s,
        monotonic=monotonic,
        clock_synchronised=time_of_day.is_known,
        on_event=on_event,
        on_acked=on_acked,
    )


def _former_topics(context: Context, topics: Topics, target: Target) -> FormerTopics:
    published = topics if context.config.mqtt.discovery else replace(topics, discovery_prefix="")

    def clear(former: Topics, is_over: Callable[[], bool]) -> bool:
        from acumat.mqtt.unpublish import clear_former  # noqa: PLC0415  hardly any start needs it

        return clear_former(target, former, published, is_over)

    mqtt, path = context.config.mqtt, context.config.daemon.state_dir / NAME
    will_s = WILL_KEEPALIVES * mqtt.keepalive_s + WILL_MARGIN_S
    return FormerTopics(path, Published(context.origin.machine, (published,)), clear, will_s)


def publisher_of(context: Context, topics: Topics, client: MqttClient | NullClient) -> Publisher:
    """Remove from the broker what the configuration switches off and an earlier run may have left there."""
    config = context.config
    discovery = _discovery(config, topics)
    language = config.mqtt.language
    states = {**mat_words(language, "state"), **questions(language)}
    words = DiscoveryWords(mat_words(language, "name"), states, calibration_steps(language), verdicts(language))
    publisher = Publisher(client, topics, discovery=discovery, words=words, monotonic=context.machine_clock.monotonic)
    if not config.routine.enabled:
        publisher.clear_routine()
    if not config.share.anything:
        publisher.clear_wellbeing()
    if not config.mqtt.picture:
        publisher.publish_picture(b"")
    return publisher


def target_of(config: MqttConfig, *, password: str | None, password_hidden: bool = False) -> Target:
    """The broker's address and login."""
    (host, port), *others = config.brokers
    return Target(
        host,
        port,
        config.tls,
        config.ca_file,
        config.cert_file,
        config.key_file,
        config.username,
        password,
        password_hidden,
        tuple(others),
    )


def questions(language: str) -> dict[str, str]:
    """The questions about health by what stands for them in the discovery, in the page's words."""
    asked = catalogue(language)
    return {f"{KEY}.{name}": asked[f"question.{name}"] for name in QUESTIONS}


def calibration_steps(language: str) -> dict[str, str]:
    """Each step as the mat says it, and the same in this language; nothing where the mat speaks it anyway."""
    own, shown = catalogue(LANGUAGES[0]), catalogue(language)
    return {own[key]: shown[key] for key in own if key.startswith("stage.") and shown[key] != own[key]}


def verdicts(language: str) -> tuple[str, str] | None:
    """What an answer begins with in this language if the thing is done, and if it is refused; None where the mat speaks it."""
    words = catalogue(language)
    return None if language == LANGUAGES[0] else (words["answer.done"], words["answer.refused"])


def _discovery(config: Config, topics: Topics) -> dict[str, object] | None:
    if not config.mqtt.discovery:
        return None
    payload = discovery_payload(
        topics,
        name=config.name,
        version=__version__,
        layout=config.layout,
        routine=config.routine.enabled,
        asks_health=config.routine.screen_over_mqtt,
        latest_cap_min=config.routine.cap_min,
        picture=config.mqtt.picture,
        packaged=packaged(),
        shared=config.share,
        page_url=config.web.url,
    )
    return with_rhythm(payload, topics, on=False)  # until it is known whether it is switched off
