"""Limits the rate of a backlog: Home Assistant must not be flooded when the broker returns after a week."""

from __future__ import annotations

from collections.abc import Callable

RATE_HZ = 50.0
BURST = 100
"""Events that may go at once. A session makes fewer, so that only a backlog is slowed down."""


class SendRate:
    """A token bucket."""

    PAUSE_S = 0.05
    """When to ask again."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._left = float(BURST)
        self._at_s = monotonic()

    @property
    def room(self) -> int:
        """How many events may go now."""
        now_s = self._monotonic()
        self._left = min(float(BURST), self._left + max(0.0, now_s - self._at_s) * RATE_HZ)
        self._at_s = now_s
        return int(self._left)

    def allows(self) -> bool:
        """Whether an event may go now."""
        return self.room > 0

    def spend(self) -> None:
        """An event was sent."""
        self._left -= 1.0
