"""When a daemon that dies again and again is started safely, and when not."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from acumat.service.starts import DARK_STARTS, STABLE_S, WINDOW_S, Starts
from acumat.service.watchdog import STALL_S, Watchdog


class Machine:
    """Starts one daemon after the other on one state folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "state" / "starts.json"
        self.now_s = 50.0
        self.boot_id = "boot"

    def start(self, *, safe_after: int = 5) -> Starts:
        self.now_s += 3.0
        return Starts(self.path, safe_after=safe_after, boot_id=self.boot_id, monotonic=lambda: self.now_s)


def raised(text: str) -> Exception:
    """An error that quotes what it was given."""
    try:
        int(text)
    except ValueError as exc:
        return exc
    return pytest.fail("a number")


def test_after_five_starts_that_did_not_last_comes_a_safe_one_that_says_why(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    for number in range(1, 5):
        starts = machine.start()
        assert starts.begin() is None, number
        starts.failed(raised("the shoe is too small"))
    safe = machine.start().begin()
    assert safe is not None
    assert "5 starts" in safe.text
    assert re.search(r"ended by ValueError in test_starts\.py, line \d+\.", safe.text)
    assert "shoe" not in safe.text + machine.path.read_text(), "an error's own words may be private"
    assert machine.path.stat().st_mode & 0o777 == 0o600
    assert machine.path.parent.stat().st_mode & 0o777 == 0o700
    assert not safe.dark
    for _ in range(DARK_STARTS):
        safe = machine.start().begin()
    assert safe is not None
    assert safe.dark
    assert "a kill or a hang" in safe.text


def test_a_safe_start_does_not_count_as_well_however_long_it_lasts_until_somebody_ends_it(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    for _ in range(4):
        machine.start().begin()
    safe = machine.start()
    assert safe.begin() is not None
    machine.now_s += STABLE_S + 1
    safe.tick()
    assert machine.start().begin() is not None
    safe.over()
    assert machine.start().begin() is None


@pytest.mark.parametrize("way", ["lasted", "ended well", "another boot", "long ago", "off"])
def test_what_ends_well_or_lies_back_does_not_count(tmp_path: Path, way: str) -> None:
    machine = Machine(tmp_path)
    for _ in range(12):
        starts = machine.start(safe_after=0 if way == "off" else 5)
        assert starts.begin() is None
        if way == "lasted":
            machine.now_s += STABLE_S + 1
            starts.tick()
        elif way == "ended well":
            starts.over()
        elif way == "another boot":
            machine.boot_id += "x"
        elif way == "long ago":
            machine.now_s += WINDOW_S / 4


DAMAGED = [
    "",
    "[]",
    '{"boot_id": "boot"}',
    '{"boot_id": "boot", "begun_s": 3, "error": null}',
    '{"boot_id": "boot", "begun_s": [NaN], "error": ""}',
    '{"boot_id": "boot", "begun_s": [%s], "error": ""}' % ("9" * 5000),
    '{"boot_id": "boot", "begun_s": [1e400, true, "x"], "error": ""}',
    "[" * 60_000,
    "\0" * 100,
    "x" * 1_000_000,
]


@pytest.mark.parametrize("damage", DAMAGED, ids=lambda text: text[:40].replace("\0", "NUL"))
def test_a_damaged_file_or_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path, damage: str) -> None:
    machine = Machine(tmp_path)
    machine.path.parent.mkdir()
    machine.path.write_text(damage)
    assert machine.start().begin() is None
    machine.path.unlink()
    machine.path.parent.rmdir()
    machine.path.parent.write_text("a file in the way")
    starts = machine.start()
    assert starts.begin() is None
    starts.failed(ValueError())
    starts.over()


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize("make", [make_fifo, Path.mkdir, make_loop, lambda path: path.symlink_to("/dev/zero")])
@pytest.mark.parametrize("name", ["starts.json", "starts.new"])
def test_whatever_stands_in_the_files_place_neither_blocks_nor_stops_a_start(
    tmp_path: Path, make: Callable[[Path], None], name: str
) -> None:
    machine = Machine(tmp_path)
    machine.path.parent.mkdir()
    make(machine.path.with_name(name))
    starts = machine.start()
    assert starts.begin() is None
    starts.failed(ValueError("x"))
    machine.start().begin()


def life(machine: Machine, starts: Starts, seconds: float, hangs_since_s: float | None) -> bool:
    """So long with a bus that hangs or not; whether the watchdog would have ended it."""
    fed_s = [machine.now_s]
    watch = Watchdog(
        lambda: {"bus": starts.bus_beat(hangs_since_s)},
        feed=lambda: fed_s.append(machine.now_s),
        interval_s=5.0,
        monotonic=lambda: machine.now_s,
        on_starved=starts.on_starved,
        resident=int,  # that of the tests would count
    )
    for _ in range(round(seconds)):
        machine.now_s += 1.0
        watch.tick()
        starts.tick()
    return machine.now_s - fed_s[-1] > STALL_S


def test_a_bus_that_hangs_is_worth_one_restart_until_it_comes_back_and_none_of_them_counts(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    for _ in range(12):
        first = machine.start()
        assert first.begin() is None
        assert life(machine, first, 40.0, machine.now_s), "it is ended"
        second = machine.start()
        assert second.begin() is None
        assert not life(machine, second, 40.0, machine.now_s), "a restart was no help"
        assert not life(machine, second, 5.0, None)
        assert life(machine, second, 40.0, machine.now_s), "the bus was back, and it may help again"
        again = machine.start()
        assert again.begin() is None
        assert not life(machine, again, STABLE_S + 1.0, None)


def test_a_hang_neither_hides_what_else_ends_a_start_nor_makes_a_safe_one_dark(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    for _ in range(4):
        starts = machine.start()
        assert starts.begin() is None
        assert life(machine, starts, 40.0, machine.now_s)
        starts.failed(ValueError("it came back odd"))
    for _ in range(DARK_STARTS + 2):
        safe = machine.start()
        reported = safe.begin()
        assert reported is not None
        assert not reported.dark
        safe.on_starved("bus")
