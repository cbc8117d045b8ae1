"""What somebody else has published over our topics, and when it is published again. Pure."""

from __future__ import annotations

RESTORE_S = (1.0, 60.0)
"""First and longest wait before what others have overwritten is published again."""
RESTORE_SOON = 10
"""So many times the first wait holds. From then on it doubles, for the other may do the same."""
RESTORE_QUIET_S = 120.0
"""After so long without such a message the first wait holds again."""


class Overwrites:
    """Times are those of a monotonic clock."""

    def __init__(self) -> None:
        self._topics: set[str] = set()
        self._last_s = -RESTORE_QUIET_S
        self._restore_at_s = 0.0
        self._restored = 0

    def on_message(self, topic: str, now_s: float) -> bool:
        """Somebody has overwritten this topic; whether that is news."""
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
        """The connection is gone: on the next one everything is published anyway."""
        self._topics.clear()
