"""When a wall clock is believed: what a battery clock, an earlier run and the owner say, and what proves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from acumat.service.timekeeping import AWAY_MOST_S, BELIEVE_S, TimeOfDay
from tests.hw.bench import JumpingClock

NOW_S = 1.8e9
DAY_S = 86_400.0
LONG_S = 3 * BELIEVE_S
"""Whatever is not believed by then never will be."""


class Clock(JumpingClock):
    """A machine that has been up for `now_s`; `wall_s` is what its clock showed at its boot."""

    def __init__(self, wall_s: float = NOW_S) -> None:
        super().__init__()
        self.now_s = 20.0
        self.boot_wall_s = wall_s

    def wall(self) -> float:
        return self.boot_wall_s + self.now_s


class Pi:
    """A Pi without a network: systemd-timesyncd runs, without servers. `rtc_s`: what its battery clock showed at the boot."""

    def __init__(self, folder: Path, *, rtc_s: float | str | None, stored: str | None = None, boot_id: str = "two") -> None:
        self.clock = Clock()
        self.stored = stored
        self._boot_id = boot_id
        self._timesync, self._rtc = folder / "timesync", folder / "rtc0"
        self._timesync.mkdir(exist_ok=True)
        self._rtc_s = rtc_s
        if rtc_s is not None:
            self._rtc.mkdir(exist_ok=True)

    def start(self, *, trusted: bool = False) -> TimeOfDay:
        self._tick_rtc()
        time = TimeOfDay(self.clock, self._timesync, rtc=self._rtc, trusted=trusted)
        time.restore(self.stored, boot_id=self._boot_id)
        self._save(time)
        return time

    def run(self, time: TimeOfDay, seconds: float) -> bool:
        for _ in range(round(seconds)):
            self.clock.now_s += 1.0
            self._tick_rtc()
            time.tick()
            self._save(time)
        return time.known

    def _save(self, time: TimeOfDay) -> None:
        self.stored = time.documents().get("clock", self.stored)

    def _tick_rtc(self) -> None:
        if self._rtc_s is not None:
            shown = self._rtc_s if isinstance(self._rtc_s, str) else int(self._rtc_s + self.clock.now_s)
            (self._rtc / "since_epoch").write_text(f"{shown}\n")


def known_at(folder: Path, wall_s: float) -> str:
    """What a run of an earlier boot has kept, which knew the time."""
    pi = Pi(folder, rtc_s=None, boot_id="one")
    pi.clock.boot_wall_s = wall_s
    assert pi.start(trusted=True).known
    assert pi.stored is not None
    return pi.stored


@pytest.mark.parametrize("off_s", [0.0, 40.0, -40.0])
def test_a_battery_clock_that_agrees_is_believed_at_once(tmp_path: Path, off_s: float) -> None:
    assert Pi(tmp_path, rtc_s=NOW_S + off_s).start().known
    assert Pi(tmp_path, rtc_s=NOW_S + off_s, stored=known_at(tmp_path, NOW_S - DAY_S)).start().known


@pytest.mark.parametrize("rtc_s", [0.0, 946_684_800.0, NOW_S - DAY_S, NOW_S + DAY_S, "", "nonsense", None])
def test_a_battery_clock_that_stood_still_or_is_none_makes_nothing_known(tmp_path: Path, rtc_s: float | str | None) -> None:
    pi = Pi(tmp_path, rtc_s=rtc_s)
    assert not pi.run(pi.start(), LONG_S)


def test_a_clock_that_only_continues_from_where_it_stood_is_no_evidence(tmp_path: Path) -> None:
    """The power was off for a day; the clock was put on from a file to where it stood at the cut, some seconds after."""
    pi = Pi(tmp_path, rtc_s=0.0, stored=known_at(tmp_path, NOW_S - 30.0))
    assert not pi.run(pi.start(), LONG_S)


@pytest.mark.parametrize("last_s", [NOW_S + DAY_S, NOW_S - AWAY_MOST_S - DAY_S])
def test_a_battery_clock_that_is_behind_the_last_known_time_or_years_ahead_is_not_believed(
    tmp_path: Path, last_s: float
) -> None:
    pi = Pi(tmp_path, rtc_s=NOW_S, stored=known_at(tmp_path, last_s))
    assert not pi.run(pi.start(), LONG_S)


def test_a_clock_set_by_hand_with_its_battery_clock_has_to_stand(tmp_path: Path) -> None:
    pi = Pi(tmp_path, rtc_s=NOW_S + 10 * 365 * DAY_S)
    time = pi.start()
    assert not pi.run(time, 10)
    pi.clock.boot_wall_s += 10 * 365 * DAY_S
    assert not pi.run(time, BELIEVE_S - 10)
    assert pi.run(time, 100)


def test_a_restart_in_the_same_boot_knows_what_the_run_before_knew(tmp_path: Path) -> None:
    first = Pi(tmp_path, rtc_s=None)
    time = first.start()
    first.clock.boot_wall_s += 3 * DAY_S
    assert first.run(time, BELIEVE_S + 10)
    again = Pi(tmp_path, rtc_s=None, stored=first.stored)
    again.clock.boot_wall_s = first.clock.boot_wall_s
    again.clock.now_s = first.clock.now_s + 5.0
    assert again.start().known
    again.clock.boot_wall_s += 60.0
    assert not again.start().known, "it was set meanwhile"
    rebooted = Pi(tmp_path, rtc_s=None, stored=first.stored, boot_id="three")
    rebooted.clock.boot_wall_s = first.clock.boot_wall_s
    assert not rebooted.start().known


def test_the_owner_may_say_that_the_clock_is_right_but_not_that_it_is_1970(tmp_path: Path) -> None:
    pi = Pi(tmp_path, rtc_s=None)
    assert pi.start(trusted=True).known
    pi.clock.boot_wall_s = 0.0
    assert not pi.run(pi.start(trusted=True), LONG_S)


@pytest.mark.parametrize("stored", ["", "{", '{"boot_id": "two", "offset_s": "x", "wall_s": 1}', "[" * 100_000])
def test_a_damaged_note_is_none(tmp_path: Path, stored: str) -> None:
    assert not Pi(tmp_path, rtc_s=None, stored=stored).start().known
    assert Pi(tmp_path, rtc_s=NOW_S, stored=stored).start().known
