"""A store that cannot be used: when the next attempt is due. The wait doubles with each failure."""

from __future__ import annotations

BACKOFF_S = (0.5, 30.0)
"""First and longest wait."""


class Outage:
    """Times are those of a monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._failures = 0
        self._retry_at_s = 0.0

    @property
    def active(self) -> bool:
        return self._failures > 0

    def failed(self, now_s: float) -> None:
        """One more attempt has failed."""
        first_s, longest_s = BACKOFF_S
        self._retry_at_s = now_s + min(longest_s, first_s * 2 ** min(self._failures, 10))
        self._failures += 1

    def ended(self) -> None:
        """An attempt has succeeded."""
        self._failures, self._retry_at_s = 0, 0.0

    def retry_in_s(self, now_s: float) -> float:
        """Seconds until the next attempt; 0 if it is due."""
        return max(0.0, self._retry_at_s - now_s)
