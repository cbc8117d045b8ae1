"""The messages of a transport, and its protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

BATCH = 500
BATCH_S = 0.2
"""A batch ends after so many messages or so long: fetched one by one an event costs three times as much."""
QUIET_S = 0.02
"""It ends sooner if nothing more comes: a broker with a small window sends more only after an acknowledgement."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `receipt` is the transport's own, None where there is nothing to acknowledge.

    `retained`: the broker had stored it. `age_s`: how long the engine has had it, if it says so.
    """

    topic: str
    payload: bytes
    receipt: object = None
    retained: bool = False
    age_s: float = 0.0


class Transport(Protocol):
    """Used by one thread. It reconnects by itself; unacknowledged messages come again, perhaps to another collector."""

    def open(self) -> None:
        """Connect as soon as possible. Raises InputError for a setting that can never work."""

    def receive(self, wait_s: float) -> list[Message]:
        """A batch; empty if nothing comes within the wait."""

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """These are stored."""

    def idle(self, wait_s: float) -> None:
        """Wait without taking anything, and keep the connection."""

    def publish(self, topic: str, payload: str) -> None:
        """Send now or not at all."""

    @property
    def problem(self) -> str | None:
        """Why nothing can come; None while connected."""

    @property
    def waiting(self) -> int | None:
        """Number of messages that the engine still has for us, if it says so."""

    def close(self) -> None:
        """Disconnect; waiting messages stay with the engine."""
