"""Time for a simulated mat: flat out, or paced by the machine's clock."""

from __future__ import annotations

import time

START_MONO_S = 1000.0
"""Monotonic time does not start at zero on a real machine either."""


class SimClock:
    """A Clock that starts at `start_wall_s` (Unix time).

    With `speed` None sleeping only moves the time on; 20.0 is twenty times real time.
    """

    def __init__(self, start_wall_s: float, speed: float | None = None) -> None:
        self._start_wall_s = start_wall_s
        self._speed = speed
        self._elapsed_s = 0.0
        self._origin_s = time.monotonic()

    def monotonic(self) -> float:
        if self._speed is None:
            return START_MONO_S + self._elapsed_s
        return START_MONO_S + (time.monotonic() - self._origin_s) * self._speed

    def wall(self) -> float:
        return self._start_wall_s + self.monotonic() - START_MONO_S

    def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        if self._speed is None:
            self._elapsed_s += seconds
        else:
            time.sleep(seconds / self._speed)
