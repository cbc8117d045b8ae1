"""What the broker is shown, and when: everything after each connect and each birth of Home Assistant, then only changes.

What somebody else writes over our topics is put right: over all of them where MQTT 5 keeps our own messages from us, else over
the availability, which nothing else would ever correct. The discovery is left alone: emptying it is how people remove a device.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from acumat.contract.documents import encode
from acumat.mqtt.deadband import Deadband
from acumat.mqtt.discovery_routine import with_level
from acumat.mqtt.topics import Topics

log = logging.getLogger(__name__)

BIRTH_WAIT_S = (1.0, 5.0)
"""Home Assistant gets everything again this long after its birth: at once would join the storm of all devices."""

ECHO_S = 5.0
"""An empty message later than this after we cleared a topic is a command like any other."""


RESTORE_S = (1.0, 60.0)
"""First and longest wait before what others wrote over is put right."""
RESTORE_SOON = 10
"""So often the first wait holds. From then on it doubles, for the other may put right as well."""
RESTORE_QUIET_S = 120.0
"""After so long without such a message the first wait holds again."""


class Sender(Protocol):
    """What is needed of a connection."""

    @property
    def version_5(self) -> bool: ...

    def subscribe(self, topic: str, *, qos: int = 0, retained: bool = True) -> None: ...

    def probe(self, topic: str) -> None: ...

    def show(self, topic: str, payload: str | bytes, *, checked: bool = False) -> None: ...

    def say(self, topic: str, payload: str) -> None: ...


class Publisher:
    """Keeps the documents as they are now and sends those that somebody should see. For one thread.

    `discovery` is None where Home Assistant is not to be told; `monotonic` is the machine's own clock.
    """

    def __init__(
        self, sender: Sender, topics: Topics, *, discovery: Mapping[str, Any] | None, monotonic: Callable[[], float]
    ) -> None:
        self._sender = sender
        self.topics = topics
        self._discovery = discovery
        self._monotonic = monotonic
        self._deadband = Deadband()
        self._retained: dict[str, Mapping[str, Any]] = {}
        self._state: Mapping[str, Any] | None = None
        self._state_mono_s = 0.0
        self._picture: bytes | None = None
        self._announce_at_s: float | None = None
        self._level_min: int | None = None
        self._stray: set[str] = set()
        self._cleared_s: dict[str, float] = {}
        self._cleared = False
        self._overwritten: set[str] = set()
        self._overwritten_mono_s = -RESTORE_QUIET_S
        self._restore_at_s = 0.0
        self._restored = 0
        self.connected = False

    def up(self) -> None:
        """The broker is there: subscribe and show everything, as if it had never heard of us."""
        self.connected = True
        self._sender.subscribe(self.topics.commands, qos=1)
        if self._discovery is not None:
            self._sender.subscribe(self.topics.birth)
        self._announce(checked=True)
        if self._sender.version_5:
            for topic in self.topics.known_commands:  # a retained one that is too long is kept from us, and never seen
                self._sender.show(topic, "")
        self._sender.probe(self.topics.probe)
        self._sender.subscribe(self.topics.direct if self._sender.version_5 else self.topics.availability, retained=False)

    def down(self) -> None:
        """The broker is gone."""
        self.connected = False
        self._announce_at_s = None
        self._cleared_s.clear()
        self._overwritten.clear()

    def arrived(self, topic: str, payload: bytes) -> None:
        """Something that is no command: a birth of Home Assistant, or what somebody else wrote over a topic of ours."""
        if topic == self.topics.birth:
            if payload == b"online":
                self.born()
            return
        right = self._documents().get(topic)
        now_s = self._monotonic()
        if right is None or payload == (right.encode() if isinstance(right, str) else right):
            return
        if now_s - self._overwritten_mono_s >= RESTORE_QUIET_S:
            log.warning("somebody else publishes on %s; what belongs there is published again", topic)
            self._restored = 0
        self._overwritten_mono_s = now_s
        if not self._overwritten:
            self._restored += 1
            doubled = min(max(0, self._restored - RESTORE_SOON), 10)
            self._restore_at_s = now_s + min(RESTORE_S[1], RESTORE_S[0] * 2**doubled)
        self._overwritten.add(topic)

    def born(self) -> None:
        """Home Assistant has started: show everything again in a moment."""
        if self._announce_at_s is None:
            self._announce_at_s = self._monotonic() + random.uniform(*BIRTH_WAIT_S)  # noqa: S311  spreads load, hides nothing

    def tick(self) -> None:
        """Do what has come due."""
        now_s = self._monotonic()
        if self.connected and self._announce_at_s is not None and now_s >= self._announce_at_s:
            self._announce()
        if self.connected and self._overwritten and now_s >= self._restore_at_s:
            documents = self._documents()
            for topic in sorted(self._overwritten):
                self._sender.show(topic, documents[topic])
            self._overwritten.clear()

    def show_state(self, document: Mapping[str, Any], t_mono_s: float) -> None:
        """The state after a frame; it goes out if the difference to what was last shown is worth it."""
        self._state, self._state_mono_s = document, t_mono_s
        if self.connected and self._deadband.wants(document, t_mono_s):
            self._sender.show(self.topics.state, encode(document))

    def show_session(self, document: Mapping[str, Any]) -> None:
        """The last finished session and the totals."""
        self._show(self.topics.session, document)

    def show_health(self, document: Mapping[str, Any]) -> None:
        """The health of each part."""
        self._show(self.topics.health, document)

    def show_routine(self, document: Mapping[str, Any]) -> None:
        """What the routine says now: cues reach the broker here even while the history cannot be written."""
        self._show(self.topics.routine, document)
        if self._discovery is not None and document["level_min"] != self._level_min:
            self._level_min = document["level_min"]
            self._discovery = with_level(self._discovery, self._level_min)
            if self.connected:
                self._sender.show(self.topics.discovery, encode(self._discovery))

    def redraw_numbers(self) -> None:
        """Numbers that were refused stand on people's screens until the value changes: they are unknown for a moment."""
        document = self._retained.get(self.topics.routine)
        if self.connected and document is not None:
            self._sender.show(self.topics.routine, encode({**document, "planned_min": None, "cap_min": None}))
            self._sender.show(self.topics.routine, encode(document))

    def clear_routine(self) -> None:
        """The routine is switched off: what an earlier run has left on the broker is taken off."""
        self._cleared = True

    def show_settings(self, document: Mapping[str, Any]) -> None:
        """What people have set."""
        self._show(self.topics.settings, document)

    def show_picture(self, picture: bytes) -> None:
        """The body on the mat; no bytes at all take it off the broker."""
        self._picture = picture
        if self.connected:
            self._sender.show(self.topics.picture, picture)

    def respond(self, document: Mapping[str, Any]) -> None:
        """The answer to a command."""
        self._sender.say(self.topics.response, encode(document))

    def ignore_retained(self, topic: str) -> None:
        """A command that the broker keeps would run again at every connect: it is not run, and taken off the broker."""
        if topic not in self._stray:
            self._stray.add(topic)
            log.warning("a retained message on %s is ignored and removed: commands must not be retained", topic)
        if not self._sender.version_5:  # which keeps our own messages from us
            self._cleared_s[topic] = self._monotonic()
        self._sender.show(topic, "")

    def is_echo(self, topic: str) -> bool:
        """Whether an empty message on this topic is our own clearing, which the broker sends to us as well: once, and soon."""
        cleared_s = self._cleared_s.pop(topic, None)
        return cleared_s is not None and self._monotonic() - cleared_s < ECHO_S

    def _show(self, topic: str, document: Mapping[str, Any]) -> None:
        if self._retained.get(topic) == document:
            return
        self._retained[topic] = document
        if self.connected:
            self._sender.show(topic, encode(document))

    def _announce(self, *, checked: bool = False) -> None:
        self._announce_at_s = None
        if self._discovery is not None:
            self._sender.show(self.topics.discovery, encode(self._discovery), checked=checked)
        for topic, payload in self._documents().items():
            self._sender.show(topic, payload, checked=checked)
        if self._state is not None:
            self._deadband.forget()
            self._deadband.wants(self._state, self._state_mono_s)

    def _documents(self) -> dict[str, str | bytes]:
        """All that the broker should keep below the mat's topics, in the order in which it is shown."""
        found: dict[str, str | bytes] = {self.topics.availability: "online"}
        if self._cleared:
            found[self.topics.routine] = ""
        found |= {topic: encode(document) for topic, document in self._retained.items()}
        if self._picture is not None:
            found[self.topics.picture] = self._picture
        if self._state is not None:
            found[self.topics.state] = encode(self._state)
        return found
