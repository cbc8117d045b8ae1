"""Time, handed in at the edge: monotonic for durations, wall time for what people read, and sleeping."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Where time comes from. Nothing else in the project asks the system for it."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never jumps."""
        ...

    def wall(self) -> float:
        """Unix time in seconds (UTC); may jump."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait that long; zero or less returns at once."""
        ...


class SystemClock:
    """The machine's clock."""

    monotonic = staticmethod(time.monotonic)
    wall = staticmethod(time.time)

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)
