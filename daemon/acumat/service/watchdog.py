"""Feeds systemd's watchdog while every part makes progress, and stops feeding it when one does not."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)

STALL_S = 10.0
"""A part that has made no progress for this long hangs: an SD card may stall for seconds, but not for ten."""


class Watchdog:
    """Called from the loop itself, so the loop's own hang needs no further proof. `monotonic` is the machine's clock.

    `progress` gives a value for each part that changes while the part lives. Whether a broker answers is no part of it.
    """

    def __init__(
        self,
        progress: Callable[[], Mapping[str, object]],
        *,
        feed: Callable[[], None],
        interval_s: float | None,
        monotonic: Callable[[], float],
        starved: Callable[[str], None] = lambda _part: None,
    ) -> None:
        """`starved` hears which part it is for whose sake the watchdog is no longer fed."""
        self._progress = progress
        self._feed = feed
        self._interval_s = interval_s
        self._monotonic = monotonic
        self._starved = starved
        self._seen: dict[str, tuple[object, float]] = {}
        self._next_s = monotonic()
        self._stalled: str | None = None

    def tick(self) -> None:
        """One more turn of the loop."""
        now_s = self._monotonic()
        if self._interval_s is None or now_s < self._next_s:
            return
        self._next_s = now_s + self._interval_s
        for part, value in self._progress().items():
            if part not in self._seen or self._seen[part][0] != value:
                self._seen[part] = (value, now_s)
        stalled = next((part for part, (_, since_s) in self._seen.items() if now_s - since_s > STALL_S), None)
        if stalled != self._stalled:
            self._stalled = stalled
            if stalled is not None:
                log.error("%s has made no progress for %g s: the watchdog is no longer fed", stalled, STALL_S)
                self._starved(stalled)
        if stalled is None:
            self._feed()
