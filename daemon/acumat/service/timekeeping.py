"""Decides whether the wall clock can be believed. Most Pis have no battery clock: after a boot it is hours or years off."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from acumat.stored import UnreadableError, read_as
from acumat_hw.clock import Clock

log = logging.getLogger(__name__)

EARLIEST_WALL_S = 1_735_689_600.0
"""2025-01-01: there was no acumat before, so a clock that shows less was never set."""
JUMP_S = 2.0
"""More than this between wall and monotonic time is somebody setting the clock: slewing moves it by half a second in 15 min."""
BELIEVE_S = 300.0
"""Without systemd-timesyncd a clock counts as right if it has not jumped for this long after boot. Where timesyncd runs without
its servers, somebody must have set the clock, and it must not have jumped for this long."""
SETTLED_S = 30.0
"""Where systemd-timesyncd does not run, a jump is most often another time service's. It is believed when no other follows."""
CHECK_S = 1.0
DOCUMENT = "clock"
RTC_AGREES_S = 60.0
"""A battery clock and the system's drift apart by this much within weeks; one that lost its power is years off."""
RTC_CHECK_S = 60.0
AWAY_MOST_S = 2 * 366 * 86400.0
"""A clock further on than this from when the time was last known is a battery clock that was set wrong."""


@dataclass(frozen=True, slots=True)
class Known:
    """When the time was last known: in which boot, wall minus monotonic time then, and the wall time itself."""

    boot_id: str
    offset_s: float
    wall_s: float


class TimeOfDay:
    """Known once a time service says so; it stays known. Without a service evidence counts, or a plausible clock in time.

    A jump by itself proves nothing: somebody may have mistyped the year. `timesync` is the folder in which systemd-timesyncd
    shows that it has set the clock; None for a clock that is always right. The kernel knows as well (adjtimex(2)), but a
    daemon that may not set the clock may not ask it either. `rtc` is the folder of a battery clock: one that agrees with the
    wall clock ran while the power was off. A clock that merely continues from where it stopped is no evidence: without a
    battery it does so after a day without power as well. `trusted`: the owner says that the clock is right. On Linux
    monotonic time counts from the boot.
    """

    def __init__(self, clock: Clock, timesync: Path | None, *, rtc: Path | None = None, trusted: bool = False) -> None:
        self._clock = clock
        self._timesync = timesync
        self._rtc = rtc
        self._trusted = trusted
        self._offset_s = self.offset_s
        self._checked_s = clock.monotonic()
        self._rtc_checked_s: float | None = self._checked_s  # until the knowledge of an earlier run is restored
        self._jumped_s: float | None = None
        self._last: Known | None = None
        self._boot_id = ""
        self._unsaved = False
        self._known = timesync is None
        self._look()

    @property
    def known(self) -> bool:
        """Whether the evidence says that the wall clock is right."""
        return self._known

    def is_known(self) -> bool:
        """The value of `known`, as a method."""
        return self._known

    @property
    def offset_s(self) -> float:
        """Wall minus monotonic time now."""
        return self._clock.wall() - self._clock.monotonic()

    def restore(self, text: str | None, *, boot_id: str) -> None:
        """Restore what an earlier run knew of the time."""
        try:
            self._last = None if text is None else read_as(Known, text)
        except UnreadableError as exc:
            log.error("when the time was last known was stored in a form that cannot be read (%s)", exc)
        self._boot_id = boot_id
        same_boot = self._last is not None and self._last.boot_id == boot_id
        if same_boot and self._last is not None and abs(self._last.offset_s - self.offset_s) <= JUMP_S:
            self._known = True  # nobody has set it since an earlier run of this boot knew it
        self._rtc_checked_s = None
        self._look()
        if self._known:
            self._note()

    def documents(self) -> dict[str, str | None]:
        """The documents to store for the next run, by name; empty if nothing is new since the last call."""
        if not self._unsaved or self._last is None:
            return {}
        self._unsaved = False
        return {DOCUMENT: json.dumps(asdict(self._last))}

    def tick(self) -> bool:
        """With each reported frame. Returns True once, when the time has become known."""
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
            self._note()
        return self._known and not before

    def _look(self) -> None:
        if self._known or self._timesync is None or self._clock.wall() < EARLIEST_WALL_S:
            return
        stood_s = self._clock.monotonic() - (self._jumped_s or 0.0)
        settled = self._jumped_s is None or stood_s >= BELIEVE_S
        if self._trusted or (self._timesync / "synchronized").exists() or (settled and self._battery_clock_agrees()):
            self._known = True
        elif self._timesync.is_dir():
            self._known = self._jumped_s is not None and stood_s >= BELIEVE_S
        else:
            self._known = stood_s >= (BELIEVE_S if self._jumped_s is None else SETTLED_S)

    def _battery_clock_agrees(self) -> bool:
        """Whether a battery clock shows this time, and one that fits when the time was last known."""
        now_s, wall_s = self._clock.monotonic(), self._clock.wall()
        if self._rtc is None or (self._rtc_checked_s is not None and now_s - self._rtc_checked_s < RTC_CHECK_S):
            return False
        self._rtc_checked_s = now_s
        try:
            shown_s = float((self._rtc / "since_epoch").read_text("ascii"))
        except (OSError, ValueError):  # there is none, or it says itself that it has stopped
            return False
        fits = self._last is None or self._last.wall_s - RTC_AGREES_S <= wall_s <= self._last.wall_s + AWAY_MOST_S
        return fits and abs(shown_s - wall_s) <= RTC_AGREES_S

    def _note(self) -> None:
        known = Known(self._boot_id, self.offset_s, self._clock.wall())
        last = self._last
        if last is None or last.boot_id != known.boot_id or abs(last.offset_s - known.offset_s) > JUMP_S:
            self._last, self._unsaved = known, True
