"""Time for a simulated mat: flat out, or paced by the machine's clock."""

from __future__ import annotations

import time

START_MONO_S = 1000.0
"""Monotonic time does not start at zero on a real machine either."""


class SimClock:
    """A Clock that starts at `start_wall_s` (Unix time).

    With `speed` None sleeping only moves the time on; 20.0 is twenty times real time.
    """

    def __init__(self, start_wall_s: float, speed: float | None = None, *, now_wall_s: float | None = None) -> None:
        """`now_wall_s` is what the machine's clock shows now: a mat that began at `start_wall_s` has lived on until then."""
        lived_s = 0.0 if now_wall_s is None or speed is None else max(0.0, now_wall_s - start_wall_s) * speed
        self._start_mono_s = START_MONO_S + lived_s
        self._start_wall_s = start_wall_s + lived_s
        self._speed = speed
        self._elapsed_s = 0.0
        self._origin_s = time.monotonic()

    def monotonic(self) -> float:
        if self._speed is None:
            return self._start_mono_s + self._elapsed_s
        return self._start_mono_s + (time.monotonic() - self._origin_s) * self._speed

    def wall(self) -> float:
        return self._start_wall_s + self.monotonic() - self._start_mono_s

    def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        if self._speed is None:
            self._elapsed_s += seconds
        else:
            time.sleep(seconds / self._speed)

    def skip(self, seconds: float) -> None:
        """Let so much time pass at once, for everybody who looks at this clock."""
        if self._speed is None:
            self._elapsed_s += seconds
        else:
            self._origin_s -= seconds / self._speed
