"""Packets in flight to the broker, by the number under which the answer comes.

paho gives the number only after it has sent, and its thread may bring the answer before that: such an answer waits here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class SentEvent:
    """An event with its number in the outbox."""

    seq: int
    topic: str


@dataclass(frozen=True, slots=True)
class SentDocument:
    """A retained document whose acceptance is checked."""

    topic: str
    size: int


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription, and whether retained messages are wanted as well."""

    topic: str
    retained: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """A short subscription, to read back what was published."""

    topic: str


Sent = SentEvent | SentDocument | Subscription | Reading


class BrokerReply(NamedTuple):
    """The broker's answer: a reason code of MQTT 5 (below 128: success), and its name."""

    code: int
    reason: str = ""

    @property
    def refused(self) -> bool:
        """Whether the broker refused."""
        return self.code >= 128


class InFlight:
    """For several threads. Its lock is never held while paho is called, since paho holds its own locks during callbacks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent: dict[int, tuple[Sent, float]] = {}
        self._sending: list[Sent] = []
        self._connection = 0
        """Counts the connections: numbers begin anew with each."""
        self._early: dict[int, BrokerReply] = {}

    def send(self, what: Sent, now_s: float, call: Callable[[], int | None]) -> BrokerReply | None:
        """`call` sends and returns the packet's number (None: not sent). Returns the reply if it has come already."""
        with self._lock:
            self._sending.append(what)
            connection = self._connection
        number: int | None = None
        try:
            number = call()
        finally:
            with self._lock:
                self._sending.remove(what)
                reply = None if number is None else self._early.pop(number, None)
                if not self._sending:
                    self._early.clear()
                if number is not None and reply is None and connection == self._connection:
                    self._sent[number] = (what, now_s)
        return reply

    def on_reply(self, number: int, reply: BrokerReply) -> Sent | None:
        """The packet that this answers; None if it is unknown so far."""
        with self._lock:
            found = self._sent.pop(number, None)
            if found is None and self._sending:
                self._early[number] = reply
        return None if found is None else found[0]

    def has(self, what: Sent) -> bool:
        """Whether it is in flight."""
        with self._lock:
            return any(sent == what for sent, _ in self._sent.values())

    def events_since_s(self) -> list[float]:
        """Since when each event is in flight."""
        with self._lock:
            return [since_s for sent, since_s in self._sent.values() if isinstance(sent, SentEvent)]

    def documents(self) -> list[SentDocument]:
        """The documents in flight."""
        with self._lock:
            return [
                sent for sent in (*(each for each, _ in self._sent.values()), *self._sending) if isinstance(sent, SentDocument)
            ]

    def abandon_events(self) -> None:
        """Ignore the answers to the events in flight."""
        with self._lock:
            self._sent = {number: each for number, each in self._sent.items() if not isinstance(each[0], SentEvent)}

    def clear(self) -> None:
        """The connection is gone: no answer will come."""
        with self._lock:
            self._connection += 1
            self._sent.clear()
            self._early.clear()
