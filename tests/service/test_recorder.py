"""Totals and what was learnt, with a store that is slow, away or damaged; the writer is real and works by hand."""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from acumat.contract.events import Event, EventType
from acumat.contract.learned import Learned
from acumat.contract.sessions import SessionRecord, Totals
from acumat.history.days import day_start_wall_s
from acumat.history.rows import Restored
from acumat.history.store import Store
from acumat.history.work_queue import WorkQueue
from acumat.history.writer import Writer
from acumat.service.timekeeping import TimeOfDay
from tests.hw.bench import JumpingClock
from tests.service.hand import recorder_on

NAMES = ("a", "b")
CALIBRATED = Learned((1.0, 2.0), (1.2, 0.8), 500.0, calibrated=True)
FOUR = time(4, 0)


class HandWriter(Writer):
    """Its jobs are done when the test says so, in the test's own thread."""

    def work(self) -> None:
        self._worker.work()


class Bench:
    def __init__(self, path: Path, restored: Restored | None = None) -> None:
        self.clock = JumpingClock()
        self.store = Store(path)
        self.store.open()
        self.put: list[Any] = []
        """What the recorder has brought into the loop."""
        self.writer = HandWriter(self.store, WorkQueue(), deliver=lambda seq, payload: False, monotonic=self.clock.monotonic)
        day_s = day_start_wall_s(self.clock.wall(), FOUR)
        restored = restored or self.store.restore(NAMES, day_s)
        time_of_day = TimeOfDay(self.clock, None)
        self.recorder, self.book, self.learning = recorder_on(
            self.writer, self.clock, time_of_day, self, restored, NAMES, self.put.append
        )
        self.learned = Learned((3.0, 4.0), (1.0, 1.0), 700.0)

    def session(self, number: int, minutes: float = 10.0, install: str = "0a0b0c0d") -> None:
        end_s = self.clock.monotonic()
        record = SessionRecord(f"{install}-s{number}", end_s - 60 * minutes, end_s, 60 * minutes, 0, "got_up")
        ended = Event(EventType.SESSION_ENDED, end_s, "got_up", "It ended.", numbers={"session_id": record.session_id})
        self.recorder.record([ended], [record])

    def totals(self) -> tuple[int, int]:
        return self.book.now.sessions_total, self.book.now.sessions_today


def test_sessions_count_at_once_and_as_the_store_does(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "h.db")
    bench.session(1)
    bench.session(2)
    assert bench.totals() == (2, 2)
    bench.writer.work()
    assert bench.store.totals(bench.book.day_start_s()) == bench.book.now
    document = bench.book.document()
    assert document["session_id"] == "0a0b0c0d-s2"
    assert document["session_s"] == 600.0


def test_a_guests_session_is_the_last_one_but_counts_for_nobody(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "h.db")
    bench.session(1)
    end_s = bench.clock.monotonic()
    guest = SessionRecord("0a0b0c0d-s2", end_s - 600, end_s, 600.0, 0, "got_up", guest=True)
    bench.recorder.record([], [guest])
    bench.writer.work()
    assert bench.totals() == (1, 1)
    assert bench.store.totals(bench.book.day_start_s()) == bench.book.now
    document = bench.book.document()
    assert (document["session_id"], document["guest"]) == ("0a0b0c0d-s2", True)


def test_a_new_day_begins_at_zero_and_forgets_no_session_that_ended_while_the_store_was_asked(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "h.db")
    bench.session(1)
    bench.writer.work()
    bench.clock.sleep(86_400.0)
    bench.book.follow_day()
    assert bench.totals() == (1, 0)
    bench.writer.work()  # the store answers, but the loop does not hear it yet
    bench.session(2)
    assert bench.totals() == (2, 1)
    (answer,) = bench.put
    bench.book.add(answer.totals, answer.last)
    assert bench.totals() == (2, 1)
    bench.writer.work()
    assert bench.store.totals(day_start_wall_s(bench.clock.wall(), FOUR)).sessions_today == 1


def test_a_new_zone_is_taken_up_without_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        monkeypatch.setenv("TZ", "UTC")
        clock.tzset()
        bench = Bench(tmp_path / "h.db")
        bench.session(1)
        of_utc_s = bench.book.day_start_s()
        since_s = (bench.clock.wall() - of_utc_s) / 3600  # hours since the day began: further west it has not begun yet
        monkeypatch.setenv("TZ", f"there{int(since_s) + 1}")
        bench.clock.sleep(10.0)
        bench.book.follow_day()
        assert bench.book.day_start_s() == of_utc_s + 3600 * (int(since_s) + 1) - 86_400
    finally:
        monkeypatch.undo()
        clock.tzset()


@pytest.mark.parametrize("step_s", [3600.0, -3600.0, 10 * 365 * 86_400.0])
def test_a_clock_that_jumps_changes_no_duration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step_s: float) -> None:
    bench = Bench(tmp_path / "h.db")
    wall: Callable[[], float] = bench.clock.wall
    monkeypatch.setattr(bench.clock, "wall", lambda: wall() + step_s)
    bench.session(1)
    assert bench.book.document()["session_s"] == 600.0
    assert bench.book.now.minutes_total == pytest.approx(10.0)


def test_a_store_that_comes_late_loses_neither_its_calibration_nor_its_totals(tmp_path: Path) -> None:
    before = Bench(tmp_path / "h.db")
    for number in range(1, 6):
        before.session(number)
    before.writer.work()
    before.store.save_learned(NAMES, CALIBRATED)
    before.store.close()

    away = Restored("ffffffff", 1, Learned.nothing(2), layout_changed=False, totals=Totals(), last_session=None, found=False)
    bench = Bench(tmp_path / "h.db", restored=away)
    bench.writer.restore(NAMES, bench.book.day_start_s, bench.put.append)
    bench.session(1, install="ffffffff")
    assert bench.totals() == (1, 1)
    bench.writer.work()
    assert bench.store.restore(NAMES, 0.0).learned == CALIBRATED, "what was learnt without it must not take its place"
    (found,) = bench.put
    bench.book.restore_late(found)
    bench.learning.restore_late(found)
    assert bench.totals()[0] == 6
    assert bench.book.document()["session_id"] == "ffffffff-s1"
    bench.learning.allow()
    bench.learning.save()
    bench.writer.work()
    assert bench.store.restore(NAMES, 0.0).learned == bench.learned
    assert bench.store.totals(bench.book.day_start_s()).sessions_total == 6
