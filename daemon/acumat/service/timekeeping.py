"""Whether the wall clock can be believed. A Pi has no battery clock: it boots hours or years off, and then the time jumps."""

from __future__ import annotations

import logging
from pathlib import Path

from acumat_hw.clock import Clock

log = logging.getLogger(__name__)

EARLIEST_WALL_S = 1_735_689_600.0
"""2025-01-01: there was no acumat before, so a clock that shows less was never set."""
JUMP_S = 2.0
"""More than this between wall and monotonic time is somebody setting the clock: slewing moves it by half a second in 15 min."""
BELIEVE_S = 300.0
"""Where systemd-timesyncd does not run, a clock that has not jumped for so long after boot is taken for right; where it runs
and has not found its servers, one that somebody has set and that has stood for so long."""
SETTLED_S = 30.0
"""Where systemd-timesyncd does not run, a jump is most often another time service's. It is believed when no other follows."""
CHECK_S = 1.0


class TimeOfDay:
    """Known once a time service says so; it stays known. Where none does, a plausible clock is believed in time.

    A jump by itself proves nothing: somebody may have mistyped the year. `timesync` is the folder in which systemd-timesyncd
    shows that it has set the clock; None for a clock that is always right. The kernel knows as well (adjtimex(2)), but a
    daemon that may not set the clock may not ask it either. On Linux monotonic time counts from the boot.
    """

    def __init__(self, clock: Clock, timesync: Path | None) -> None:
        self._clock = clock
        self._timesync = timesync
        self._offset_s = self.offset_s
        self._checked_s = clock.monotonic()
        self._jumped_s: float | None = None
        self._known = timesync is None
        self._look()

    @property
    def known(self) -> bool:
        """Whether the wall clock is right, as far as can be told."""
        return self._known

    @property
    def offset_s(self) -> float:
        """Wall minus monotonic time now."""
        return self._clock.wall() - self._clock.monotonic()

    def tick(self) -> bool:
        """One more turn of the loop; True once, when the time has become known."""
        now_s = self._clock.monotonic()
        if now_s - self._checked_s < CHECK_S:
            return False
        self._checked_s = now_s
        before = self._known
        offset_s = self.offset_s
        if abs(offset_s - self._offset_s) > JUMP_S:
            self._jumped_s = now_s
            log.info("the clock was set by %+.1f s", offset_s - self._offset_s)
        self._offset_s = offset_s
        self._look()
        if self._known and not before:
            log.info("the time of day is known")
        return self._known and not before

    def _look(self) -> None:
        if self._known or self._timesync is None or self._clock.wall() < EARLIEST_WALL_S:
            return
        stood_s = self._clock.monotonic() - (self._jumped_s or 0.0)
        if (self._timesync / "synchronized").exists():
            self._known = True
        elif self._timesync.is_dir():
            self._known = self._jumped_s is not None and stood_s >= BELIEVE_S
        else:
            self._known = stood_s >= (BELIEVE_S if self._jumped_s is None else SETTLED_S)
