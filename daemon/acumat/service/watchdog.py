"""Feeds systemd's watchdog while every part makes progress, and stops feeding it when one does not or memory runs away."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from acumat.service.starts import Starts

log = logging.getLogger(__name__)

STALL_S = 10.0
"""A part without progress for this long hangs: an SD card may stall for seconds, but not for ten."""
MEMORY = "memory"
RESIDENT_MOST_BYTES = 128 * 1024**2
"""Almost three times what the daemon takes with a panel and pages of 16 KiB (49 MB). It is below the unit's MemoryMax, which
does nothing on Raspberry Pi OS: its firmware starts the kernel with cgroup_disable=memory."""


def resident_bytes() -> int:
    """What this process has in memory (proc(5), /proc/pid/statm: the second number, in pages)."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Progressing(Protocol):
    """Has a value that changes while the part is alive."""

    @property
    def progress(self) -> float: ...


class HasBeat(Protocol):
    """Records the monotonic time of its last progress."""

    @property
    def beat_mono_s(self) -> float: ...


class MayHang(Protocol):
    """Knows since when it hangs (monotonic seconds); None while it does not."""

    @property
    def hangs_since_s(self) -> float | None: ...


class Progress:
    """When each thread last made progress. `bus` is None if the mat is read without a thread of its own."""

    def __init__(self, *, history: HasBeat, mqtt: Progressing, bus: MayHang | None, starts: Starts) -> None:
        self._history = history
        self._mqtt = mqtt
        self._bus = bus
        self._starts = starts

    def now(self) -> dict[str, float]:
        """The last progress by part. A restart may help a bus that hangs for long; `starts` knows whether it was tried."""
        hangs_since_s = None if self._bus is None else self._bus.hangs_since_s
        return {
            "history": self._history.beat_mono_s,
            "bus": self._starts.bus_beat(hangs_since_s),
            "mqtt": self._mqtt.progress,
        }


class Watchdog:
    """Called from the loop itself, so the loop's own hang needs no further proof. `monotonic` is the machine's clock.

    `progress` gives a value for each part that changes while the part lives. It does not depend on whether a broker answers.
    """

    def __init__(
        self,
        progress: Callable[[], Mapping[str, object]],
        *,
        feed: Callable[[], None],
        interval_s: float | None,
        monotonic: Callable[[], float],
        on_starved: Callable[[str], object],
        resident: Callable[[], int] = resident_bytes,
    ) -> None:
        """`on_starved` gets the name of the part because of which the watchdog is no longer fed, MEMORY for that."""
        self._progress = progress
        self._feed = feed
        self._interval_s = interval_s
        self._monotonic = monotonic
        self._on_starved = on_starved
        self._resident = resident
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
        if stalled is None and self._resident() > RESIDENT_MOST_BYTES:
            stalled = MEMORY
        if stalled != self._stalled:
            self._stalled = stalled
            if stalled is not None:
                log.error("%s: the watchdog is no longer fed", _why(stalled))
                self._on_starved(stalled)
        if stalled is None:
            self._feed()


def _why(stalled: str) -> str:
    if stalled == MEMORY:
        return f"the daemon takes more than {RESIDENT_MOST_BYTES // 1024**2} MiB of memory"
    return f"{stalled} has made no progress for {STALL_S:g} s"
