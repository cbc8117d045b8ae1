"""Sessions over another boot: the clock decides, once it is known; and what is kept of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from acumat.contract.documents import rfc3339
from acumat.contract.sessions import SessionRecord, Totals
from acumat.detect.pipeline import Pipeline
from acumat.history.store import Store
from acumat.history.work_queue import WorkQueue
from acumat.history.writer import Writer
from acumat.service.checkpoint import CHECKPOINT_S, DOCUMENT, Checkpoint, Checkpoints, read_checkpoint
from acumat.service.recovery import GAP_S, Recovery
from acumat.service.timekeeping import BELIEVE_S, SETTLED_S, TimeOfDay
from tests.detect.harness import PipelineHarness, layout
from tests.service.hand import recorder_on

MAT = layout()
NAMES = tuple(sensor.name for sensor in MAT.sensors)
NOON_S = 1.8e9


class TwoClocks:
    """Monotonic and wall time, each as the test says."""

    def __init__(self, mono_s: float, wall_s: float) -> None:
        self.mono_s, self.offset_s = mono_s, wall_s - mono_s

    def monotonic(self) -> float:
        return self.mono_s

    def wall(self) -> float:
        return self.mono_s + self.offset_s

    def sleep(self, seconds: float) -> None:
        self.mono_s += max(0.0, seconds)


def checkpoint(*, boot_id: str = "first", dated: bool = True, sensors: tuple[str, ...] = NAMES) -> Checkpoint:
    """A person has lain for 100 s, by a clock by which it is noon now."""
    drive = PipelineHarness(MAT)
    drive.empty(20)
    drive.person(100)
    snapshot = drive.pipeline.snapshot
    assert snapshot is not None
    return Checkpoint(snapshot, boot_id, NOON_S - snapshot.sure_mono_s, dated, sensors)


class Bench:
    """Another run, `gap_s` after that noon."""

    def __init__(self, folder: Path, *, gap_s: float, known: bool, boot_id: str = "second") -> None:
        self.clock = TwoClocks(20.0, NOON_S + gap_s if known else 1e9)
        self.timesync = folder / "timesync"
        self.timesync.mkdir()
        if known:
            self.set_clock(NOON_S + gap_s)
        self.time = TimeOfDay(self.clock, self.timesync)
        self.store = Store(folder / "h.db", boot_id=boot_id)
        self.store.open()
        self.writer = Writer(self.store, WorkQueue(), deliver=lambda seq, payload: False, monotonic=self.clock.monotonic)
        self.pipeline = Pipeline(MAT)
        self.put: list[Any] = []
        """What the recorder has brought into the loop."""
        self.recorder, self.totals, _ = recorder_on(
            self.writer, self.clock, self.time, self.pipeline, self.store.restore(NAMES, 0.0), NAMES, self.put.append
        )
        checkpoints = Checkpoints(self.pipeline, self.clock, self.time, boot_id=boot_id, sensors=NAMES)
        self.recovery = Recovery(
            self.pipeline, self.recorder, checkpoints, self.clock, self.time, boot_id=boot_id, sensors=NAMES
        )

    def set_clock(self, wall_s: float) -> None:
        self.clock.offset_s = wall_s - self.clock.mono_s
        (self.timesync / "synchronized").touch()

    def wait(self, seconds: float) -> None:
        self.clock.sleep(seconds)
        self.time.tick()
        self.recovery.tick()

    @property
    def goes_on(self) -> bool:
        return self.pipeline.snapshot is not None

    def closed(self) -> tuple[object, ...]:
        """End (Unix time), length and whether recovered, of the session as it is kept."""
        self.writer.start()
        self.writer.stop(10)
        self.store.open()
        last = self.store.restore(NAMES, 0.0).last_session
        self.store.close()
        assert last is not None
        return (last.end_wall_s, last.record.wall_s, last.record.recovered)


@pytest.mark.parametrize(
    ("gap_s", "goes_on"), [(0.0, True), (119.0, True), (GAP_S + 1, False), (86_400.0, False), (-60.0, False)]
)
@pytest.mark.parametrize("known_after_s", [0.0, 40.0])
def test_another_boot_continues_if_the_clock_says_that_it_was_short(
    tmp_path: Path, gap_s: float, goes_on: bool, known_after_s: float
) -> None:
    bench = Bench(tmp_path, gap_s=gap_s, known=not known_after_s)
    bench.recovery.start(checkpoint())
    if known_after_s:
        assert not bench.goes_on
        assert bench.totals.now.sessions_total == 0
        bench.wait(known_after_s)
        assert not bench.goes_on
        bench.set_clock(NOON_S + gap_s + known_after_s)
        bench.wait(1.5)
    assert bench.goes_on is goes_on
    assert bench.totals.now.sessions_total == (not goes_on)
    if goes_on:
        snapshot = bench.pipeline.snapshot
        assert snapshot is not None
        assert snapshot.sure_mono_s == pytest.approx(20.0 - gap_s, abs=0.01)
    else:
        assert bench.closed() == (pytest.approx(NOON_S, abs=0.01), pytest.approx(100, abs=1), True)


def test_a_clock_that_nobody_sets_closes_it_in_the_end(tmp_path: Path) -> None:
    bench = Bench(tmp_path, gap_s=10.0, known=False)
    bench.recovery.start(checkpoint())
    bench.wait(GAP_S - 1)
    assert bench.totals.now.sessions_total == 0
    bench.wait(2)
    assert bench.totals.now.sessions_total == 1
    assert bench.closed() == (pytest.approx(NOON_S, abs=0.01), pytest.approx(100, abs=1), True)


@pytest.mark.parametrize(
    "earlier", [checkpoint(dated=False), checkpoint(sensors=("other",)), checkpoint(boot_id="second", sensors=())]
)
def test_what_cannot_be_compared_is_closed_at_once(tmp_path: Path, earlier: Checkpoint) -> None:
    bench = Bench(tmp_path, gap_s=1.0, known=True)
    bench.recovery.start(earlier)
    assert not bench.goes_on
    assert bench.totals.now.sessions_total == 1


def test_the_same_boot_needs_no_clock(tmp_path: Path) -> None:
    bench = Bench(tmp_path, gap_s=0.0, known=False, boot_id="first")
    bench.clock.mono_s = 300.0
    bench.recovery.start(checkpoint())
    assert bench.goes_on


def test_a_history_read_late_closes_what_it_stored(tmp_path: Path) -> None:
    bench = Bench(tmp_path, gap_s=1.0, known=True)
    bench.recovery.restore_late(checkpoint())
    assert (bench.goes_on, bench.totals.now.sessions_total) == (False, 1)


def test_checkpoints_come_at_once_when_asked_then_in_time_and_never_without_a_session() -> None:
    clock = TwoClocks(100.0, NOON_S)
    drive = PipelineHarness(MAT)
    checkpoints = Checkpoints(drive.pipeline, clock, TimeOfDay(clock, None), boot_id="b", sensors=NAMES)
    drive.empty(20)
    assert checkpoints.due() == {}
    drive.person(60)
    (text,) = checkpoints.due().values()
    assert read_checkpoint(text).boot_id == "b"  # type: ignore[union-attr]
    clock.sleep(CHECKPOINT_S - 1)
    assert checkpoints.due() == {}
    assert checkpoints.due(at_once=True).keys() == {DOCUMENT}
    clock.sleep(CHECKPOINT_S + 1)
    assert checkpoints.due().keys() == {DOCUMENT}
    drive.empty(30)
    assert checkpoints.due() == {}  # in time; and
    gone: Mapping[str, str | None] = checkpoints.due(at_once=True)
    assert gone == {DOCUMENT: None}
    assert checkpoints.due(at_once=True) == {}


@pytest.mark.parametrize(
    ("service", "mono_s", "wall_s", "jump_s", "known_after_s"),
    [
        ("runs", 1000.0, NOON_S, 0.0, None),
        ("runs", 10.0, NOON_S, 3600.0, BELIEVE_S),
        ("runs", 10.0, 1e9, 10.0, None),
        ("has set it", 10.0, NOON_S, 0.0, 0.0),
        ("has set it", 10.0, NOON_S, 3600.0, 0.0),
        ("none", 10.0, NOON_S, 0.0, BELIEVE_S - 12.0),
        ("none", 1000.0, NOON_S, 0.0, 0.0),
        ("none", 1000.0, 1e9, 0.0, None),
        ("none", 10.0, 1e9, 8e8, SETTLED_S),
        ("always right", 10.0, 0.0, 0.0, 0.0),
    ],
)
def test_a_clock_is_known_by_its_service_or_when_it_has_stood_for_long(
    tmp_path: Path, service: str, mono_s: float, wall_s: float, jump_s: float, known_after_s: float | None
) -> None:
    folder = tmp_path / "timesync"
    if service in ("runs", "has set it"):
        folder.mkdir()
    if service == "has set it":
        (folder / "synchronized").touch()
    clock = TwoClocks(mono_s, wall_s)
    time_of_day = TimeOfDay(clock, None if service == "always right" else folder)
    clock.sleep(2)
    clock.offset_s += jump_s
    time_of_day.tick()
    waited_s = 0.0
    while not time_of_day.known and waited_s < 2 * BELIEVE_S:
        clock.sleep(1.0)
        waited_s += 1.0
        time_of_day.tick()
    assert (waited_s if time_of_day.known else None) == known_after_s


def test_a_year_mistyped_and_put_right_is_never_believed(tmp_path: Path) -> None:
    clock = TwoClocks(60.0, NOON_S)
    (tmp_path / "timesync").mkdir()
    time_of_day = TimeOfDay(clock, tmp_path / "timesync")
    for step_s in (3.2e8, -3.2e8):
        clock.offset_s += step_s
        for _ in range(100):
            clock.sleep(1.0)
            time_of_day.tick()
            assert not time_of_day.known
    (tmp_path / "timesync" / "synchronized").touch()
    clock.sleep(1.0)
    assert time_of_day.tick()


def test_who_lay_there_before_anybody_knew_and_after_is_one_session_if_the_clocks_say_so(tmp_path: Path) -> None:
    """Power cut, a boot without a clock, a kill, and then the clock is there: nobody has moved."""
    bench = Bench(tmp_path, gap_s=90.0, known=True)
    drive = PipelineHarness(MAT)
    drive.t_s = -60.0
    earlier = checkpoint()
    drive.pipeline.carry_on(earlier.session, hold=True)
    drive.person(70, rise_s=0.1)
    lies = drive.pipeline.pending_lying
    assert lies is not None
    bench.clock.mono_s, bench.clock.offset_s = 20.0, NOON_S + 70.0
    bench.recovery.start(replace(earlier, pending_lying=Checkpoint(lies, "second", 0.0, dated=False, sensors=NAMES)))
    snapshot = bench.pipeline.snapshot
    assert snapshot is not None
    assert (bench.totals.now.sessions_total, snapshot.session_id) == (0, earlier.session.session_id)
    assert snapshot.sure_mono_s == lies.sure_mono_s
    assert snapshot.contact_s == pytest.approx(100 + 70 + lies.sure_mono_s, abs=1.0)


def test_a_session_waits_no_longer_for_a_clock_than_it_could_go_on_however_often_the_machine_boots(tmp_path: Path) -> None:
    earlier = checkpoint()
    for boot in range(1, 20):
        folder = tmp_path / str(boot)
        folder.mkdir()
        bench = Bench(folder, gap_s=0.0, known=False, boot_id=f"boot {boot}")
        bench.recovery.start(earlier)
        if bench.totals.now.sessions_total:
            break
        for restarted_at_s in (30.0, 40.0):
            bench.clock.mono_s = restarted_at_s
            assert bench.recovery.interrupted is not None
            bench.recovery.start(bench.recovery.interrupted)
        assert bench.recovery.interrupted is not None
        earlier = bench.recovery.interrupted
    assert (boot - 1) * 40.0 + 20.0 > GAP_S >= (boot - 2) * 40.0 + 20.0


@pytest.mark.parametrize("step_s", [3600.0, -3600.0, 3.2e8, -3.2e8, NOON_S - 1e9])
def test_a_clock_set_in_mid_session_changes_neither_its_length_nor_where_its_end_belongs(tmp_path: Path, step_s: float) -> None:
    bench = Bench(tmp_path, gap_s=0.0, known=False)
    bench.clock.offset_s = NOON_S - step_s
    drive = PipelineHarness(MAT)
    drive.t_s = bench.clock.mono_s
    drive.empty(20)
    drive.person(100)
    drive.empty(30)
    (record,) = drive.pipeline.take_records()
    events = list(drive.events)
    bench.recorder.record(events[:-1], ())
    bench.clock.mono_s = drive.t_s
    bench.set_clock(NOON_S + bench.clock.mono_s)
    assert bench.time.tick()
    bench.recorder.on_clock_set()
    bench.recorder.record(events[-1:], [record])
    assert bench.closed() == (pytest.approx(NOON_S + record.end_mono_s, abs=0.01), record.wall_s, False)
    document = bench.totals.document()
    assert document["session_s"] == pytest.approx(100, abs=1.0)
    bench.store.open()
    reported = [json.loads(payload) for _, payload in bench.store.outbox_after(0, 99, 0.0)]
    bench.store.close()
    for event, each in zip(events, reported, strict=True):
        at_s = datetime.fromisoformat(each["at"]).timestamp()
        assert at_s == pytest.approx(NOON_S + event.t_mono_s, abs=0.002)
        assert "clock_set" not in each


def test_a_session_that_ended_before_the_clock_was_set_belongs_to_its_day_afterwards(tmp_path: Path) -> None:
    bench = Bench(tmp_path, gap_s=0.0, known=False)
    record = SessionRecord("x-s1", 25.0, 85.0, 60.0, 0, "got_up")
    bench.clock.mono_s = 100.0
    bench.recorder.record([], [record])
    bench.set_clock(NOON_S + 100.0)
    assert bench.time.tick()
    bench.recorder.on_clock_set()
    assert bench.totals.document()["ended_at"] == rfc3339(NOON_S + 85.0)
    assert bench.closed() == (NOON_S + 85.0, 60.0, False)
    bench.totals.add(bench.put[0].totals, bench.put[0].last)
    assert bench.totals.now == Totals(1, 1.0, 1, 1.0)


@pytest.mark.parametrize("guest", [False, True])
def test_the_end_that_is_reported_late_says_whose_session_it_was(tmp_path: Path, guest: bool) -> None:
    bench = Bench(tmp_path, gap_s=500.0, known=True)
    earlier = checkpoint()
    bench.recovery.start(replace(earlier, session=replace(earlier.session, guest=guest)))
    bench.writer.start()
    bench.writer.stop(10)
    bench.store.open()
    (ended,) = [json.loads(payload) for _, payload in bench.store.outbox_after(0, 10, 0.0)]
    bench.store.close()
    assert (ended["event_type"], ended["reason"], ended["guest"]) == ("session_ended", "interrupted", guest)
