"""Topics of ours that another client has overwritten, and when to publish them again. Pure."""

from __future__ import annotations

RESTORE_S = (1.0, 60.0)
"""First and longest wait before an overwritten topic is published again."""
RESTORE_SOON = 10
"""The first wait is used so many times. Then it doubles, since the other client may do the same."""
RESTORE_QUIET_S = 120.0
"""After so long without such a message the first wait is used again."""


class Overwrites:
    """Times are those of a monotonic clock."""

    def __init__(self) -> None:
        self._topics: set[str] = set()
        self._last_s = -RESTORE_QUIET_S
        self._restore_at_s = 0.0
        self._restored = 0

    def on_message(self, topic: str, now_s: float) -> bool:
        """Another client has overwritten this topic. Returns whether that is new."""
        news = now_s - self._last_s >= RESTORE_QUIET_S
        if news:
            self._restored = 0
        self._last_s = now_s
        if not self._topics:
            self._restored += 1
            doubled = min(max(0, self._restored - RESTORE_SOON), 10)
            self._restore_at_s = now_s + min(RESTORE_S[1], RESTORE_S[0] * 2**doubled)
        self._topics.add(topic)
        return news

    def take_due(self, now_s: float) -> list[str]:
        """The topics to publish again now."""
        if not self._topics or now_s < self._restore_at_s:
            return []
        due = sorted(self._topics)
        self._topics.clear()
        return due

    def clear(self) -> None:
        """The connection is gone: the next one publishes everything anyway."""
        self._topics.clear()
