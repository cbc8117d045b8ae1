"""Decides what is published, and when: everything after each connect and each birth of Home Assistant, then only changes.

Topics that another client overwrites are corrected: all of them with MQTT 5, which does not send us our own messages, else the
availability alone, which nothing else would ever correct. The discovery is left alone: people remove a device by emptying it.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from acumat.contract.commands import CommandName
from acumat.contract.documents import encode, state_document
from acumat.contract.state import MatState
from acumat.mqtt.deadband import Deadband
from acumat.mqtt.discovery_routine import with_level, with_people
from acumat.mqtt.discovery_wellbeing import with_rhythm
from acumat.mqtt.discovery_words import DiscoveryWords, in_words
from acumat.mqtt.overwrites import Overwrites
from acumat.mqtt.topics import Topics
from acumat_hw.text_file import shown_text

log = logging.getLogger(__name__)

BIRTH_WAIT_S = (1.0, 5.0)
"""Home Assistant gets everything again this long after its birth: all devices answer the birth, and not at the same moment."""

ECHO_S = 5.0
"""Seconds after we cleared a topic: a later empty message there is a command like any other."""


class Sender(Protocol):
    """The methods that the publisher needs of a connection."""

    @property
    def version_5(self) -> bool: ...

    def subscribe(self, topic: str, *, retained: bool = True) -> None: ...

    def probe(self, topic: str) -> None: ...

    def publish_retained(self, topic: str, payload: str | bytes, *, checked: bool = False) -> None: ...

    def publish(self, topic: str, payload: str) -> None: ...


class Publisher:
    """Stores the present documents and publishes those that have changed. For one thread.

    `discovery` is None if Home Assistant gets none; `monotonic` is the machine's own clock.
    """

    def __init__(
        self,
        sender: Sender,
        topics: Topics,
        *,
        discovery: Mapping[str, Any] | None,
        words: DiscoveryWords,
        monotonic: Callable[[], float],
    ) -> None:
        self._sender = sender
        self.topics = topics
        self._session, self._routine, self._now = topics.session, topics.routine, topics.now  # used with every reported frame
        self._discovery = discovery
        self._words = words
        self._monotonic = monotonic
        self._deadband = Deadband()
        self._overwrites = Overwrites()
        self._retained: dict[str, Mapping[str, Any] | bytes] = {}
        self._state: MatState | None = None
        self._state_mono_s = 0.0
        self._announce_at_s: float | None = None
        self._shown: tuple[int, tuple[str, ...]] | None = None
        """The level and the people in the discovery."""
        self._rhythm = False
        self._commands = frozenset(map(topics.command, CommandName))
        self._removed_commands: set[str] = set()
        """Topics on which a retained command was found."""
        self._cleared_s: dict[str, float] = {}
        """When a command topic was cleared; the broker sends us that message as well."""
        self.connected = False

    def on_connected(self) -> None:
        """The broker is there: subscribe and publish everything, as if the broker had nothing yet."""
        self.connected = True
        self._sender.subscribe(self.topics.commands)
        if self._discovery is not None:
            self._sender.subscribe(self.topics.birth)
        if self._sender.version_5:
            # before our documents go out: they overwrite what others publish meanwhile, and later messages of others are seen
            self._sender.subscribe(self.topics.direct, retained=False)
        self._announce(checked=True)
        if self._sender.version_5:
            for topic in self.topics.known_commands:  # the broker does not send us a retained message that is too long
                self._sender.publish_retained(topic, "")
        self._sender.probe(self.topics.probe)
        if not self._sender.version_5:  # 3.1.1 sends retained messages in any case, so ours has to be there by now
            self._sender.subscribe(self.topics.availability, retained=False)

    def on_disconnected(self) -> None:
        """The broker is gone."""
        self.connected = False
        self._announce_at_s = None
        self._cleared_s.clear()
        self._overwrites.clear()

    def on_message(self, topic: str, payload: bytes) -> None:
        """A message that is no command: a birth of Home Assistant, or a message of another client on a topic of ours."""
        if topic == self.topics.birth:
            if payload == b"online":
                self.on_birth()
            return
        ours = self._documents().get(topic)
        if ours is None or payload == ours:
            return
        if self._overwrites.on_message(topic, self._monotonic()):
            log.warning("another client publishes on %s; the mat's own message is published again", topic)

    def on_birth(self) -> None:
        """Home Assistant has started: publish everything again in a moment."""
        if self._announce_at_s is None:
            self._announce_at_s = self._monotonic() + random.uniform(*BIRTH_WAIT_S)  # noqa: S311  spreads load, no secret

    def tick(self) -> None:
        """Do everything that is due."""
        if not self.connected:
            return
        now_s = self._monotonic()
        if self._announce_at_s is not None and now_s >= self._announce_at_s:
            self._announce()
        if overwritten := self._overwrites.take_due(now_s):
            documents = self._documents()
            for topic in overwritten:
                self._sender.publish_retained(topic, documents[topic])

    def publish_state(self, state: MatState, t_mono_s: float) -> None:
        """The state after a frame; it goes out if it differs enough from the one published last."""
        self._state, self._state_mono_s = state, t_mono_s
        if not self.connected or not self._deadband.may_want(state, t_mono_s):
            return
        document = state_document(state)
        if self._deadband.wants(document, t_mono_s):
            self._sender.publish_retained(self.topics.state, encode(document))

    def publish_session(self, document: Mapping[str, Any]) -> None:
        """The last finished session and the totals."""
        self._publish_changed(self._session, document)

    def publish_health(self, document: Mapping[str, Any]) -> None:
        """The health of each part."""
        self._publish_changed(self.topics.health, document)

    def publish_routine(self, document: Mapping[str, Any], people: tuple[str, ...] = ()) -> None:
        """The routine's document: cues reach the broker here even while the history cannot be written.

        `people` are the published names to choose from; empty if no people are set up.
        """
        self._publish_changed(self._routine, document)
        shown = (document["level_min"], people)
        if self._discovery is not None and shown != self._shown:
            self._shown = shown
            self._discovery = with_people(with_level(self._discovery, document["level_min"]), self.topics, people)
            if self.connected:
                self._publish_discovery(self._discovery)

    def refresh_numbers(self) -> None:
        """A refused number stays on people's screens until the value changes: publish it as unknown for a moment."""
        document = self._retained.get(self.topics.routine)
        if self.connected and isinstance(document, Mapping):
            self._sender.publish_retained(self.topics.routine, encode({**document, "planned_min": None, "cap_min": None}))
            self._sender.publish_retained(self.topics.routine, encode(document))

    def clear_routine(self) -> None:
        """The routine is switched off: at each connect, remove what an earlier run has left on the broker."""
        self._retained[self.topics.routine] = b""

    def publish_wellbeing(self, document: Mapping[str, Any], rhythm: bool) -> None:
        """How the person feels over time. `rhythm`: it is switched on, so that it may have an entity."""
        self._publish_changed(self.topics.wellbeing, document)
        if self._discovery is not None and rhythm is not self._rhythm:
            self._rhythm = rhythm
            self._discovery = with_rhythm(self._discovery, self.topics, on=rhythm)
            if self.connected:
                self._publish_discovery(self._discovery)

    def clear_wellbeing(self) -> None:
        """Nothing of it is shared: at each connect, remove what an earlier run has left on the broker."""
        self._retained[self.topics.wellbeing] = b""

    def publish_now(self, document: Mapping[str, Any]) -> None:
        """What a person sees at a glance."""
        self._publish_changed(self._now, document)

    def publish_settings(self, document: Mapping[str, Any]) -> None:
        """What people have set."""
        self._publish_changed(self.topics.settings, document)

    def publish_update(self, document: Mapping[str, Any]) -> None:
        """The release in use, and the newest one."""
        self._publish_changed(self.topics.update, document)

    def publish_picture(self, picture: bytes) -> None:
        """The body on the mat; empty bytes remove it from the broker."""
        self._retained[self.topics.picture] = picture
        if self.connected:
            self._sender.publish_retained(self.topics.picture, picture)

    def publish_response(self, document: Mapping[str, Any]) -> None:
        """The answer to a command."""
        self._sender.publish(self.topics.response, encode(document))

    def remove_retained_command(self, topic: str) -> None:
        """A retained command would run again at every connect: it is removed from the broker and does not run."""
        remembered = self._remembered(topic)
        if remembered not in self._removed_commands:
            self._removed_commands.add(remembered)
            log.warning(
                "a retained message on %s is ignored and removed: commands must not be retained", shown_text(topic, 100)
            )
        if not self._sender.version_5:  # MQTT 5 does not send us our own messages
            self._cleared_s[remembered] = self._monotonic()
        self._sender.publish_retained(topic, "")

    def is_echo(self, topic: str) -> bool:
        """Whether an empty message on this topic is our own clearing, which the broker sends back once and soon."""
        remembered = self._remembered(topic)
        cleared_s = self._cleared_s.get(remembered)
        if remembered == topic:
            self._cleared_s.pop(topic, None)
        return cleared_s is not None and self._monotonic() - cleared_s < ECHO_S

    def _remembered(self, topic: str) -> str:
        """The topic of a command. Others can have any name, so they are remembered together under the subscription."""
        return topic if topic in self._commands else self.topics.commands

    def _publish_changed(self, topic: str, document: Mapping[str, Any]) -> None:
        before = self._retained.get(topic)
        if before is document or before == document:
            return
        self._retained[topic] = document
        if self.connected:
            self._sender.publish_retained(topic, encode(document))

    def _publish_discovery(self, payload: Mapping[str, Any], *, checked: bool = False) -> None:
        self._sender.publish_retained(self.topics.discovery, encode(in_words(payload, self._words)), checked=checked)

    def _announce(self, *, checked: bool = False) -> None:
        self._announce_at_s = None
        if self._discovery is not None:
            self._publish_discovery(self._discovery, checked=checked)
        for topic, payload in self._documents().items():
            self._sender.publish_retained(topic, payload, checked=checked)
        if self._state is not None:
            self._deadband.reset()
            self._deadband.wants(state_document(self._state), self._state_mono_s)

    def _documents(self) -> dict[str, bytes]:
        """All that the broker should retain below the mat's topics, in the order in which it is published.

        Available last: Home Assistant checks the state of what is available, and a new discovery may not have the old one.
        """
        found: dict[str, bytes] = {}
        for topic, document in self._retained.items():
            found[topic] = document if isinstance(document, bytes) else encode(document).encode()
        if self._state is not None:
            found[self.topics.state] = encode(state_document(self._state)).encode()
        found[self.topics.availability] = b"online"
        return found
