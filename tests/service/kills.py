"""Kills at random moments of a simulated session, flat out: `python -m tests.service.kills 200` prints what became of them."""

from __future__ import annotations

import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random

from acumat.detect.pipeline import Pipeline
from acumat.history.store import Store
from acumat.history.work_queue import WorkQueue
from acumat.history.writer import Writer
from acumat.service.checkpoint import DOCUMENT, Checkpoints, read_checkpoint
from acumat.service.recovery import Recovery
from acumat.service.timekeeping import TimeOfDay
from acumat_hw.layout import PRESETS, grid
from acumat_sim.clock import SimClock
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import load_scenario
from acumat_sim.source import SimSource
from tests.service.hand import recorder_on
from tests.system.process import scenario

RATE_HZ = 10.0
LAYOUTS = ("2x2", "4x2", "4x3", "4x4")
START_WALL_S = 1.8e9


@dataclass(frozen=True)
class Outcome:
    """Sessions kept, against the one that there was; `stayed` if the person lay there through the gap."""

    sessions: int
    error_s: float
    recovered: bool
    ids: int
    stayed: bool
    stayed_on_s: float
    """How long the person stayed on after the kill."""


class HandWriter(Writer):
    def work(self) -> None:
        self._worker.work()


class Run:
    """One life of the daemon, without its threads: what wiring puts together around detection and store."""

    def __init__(self, path: Path, clock: SimClock, mat: SimulatedMat, *, boot_id: str) -> None:
        names = tuple(sensor.name for sensor in mat.layout.sensors)
        self.store = Store(path, boot_id=boot_id)
        self.store.open()
        self.writer = HandWriter(self.store, WorkQueue(), deliver=lambda seq, payload: False, monotonic=clock.monotonic)
        stored = self.store.restore(names, 0.0)
        time_of_day = TimeOfDay(clock, None)
        self.pipeline = Pipeline(
            mat.layout, learned=stored.learned, prefix=stored.install, first_session=stored.next_session_no
        )
        self.recorder, _, _ = recorder_on(self.writer, clock, time_of_day, self.pipeline, stored, names)
        self.checkpoints = Checkpoints(self.pipeline, clock, time_of_day, boot_id=boot_id, sensors=names)
        self.recovery = Recovery(
            self.pipeline, self.recorder, self.checkpoints, clock, time_of_day, boot_id=boot_id, sensors=names
        )
        checkpoint = read_checkpoint(stored.documents.get(DOCUMENT))
        if checkpoint is not None:
            self.recovery.start(checkpoint)

    def turn(self, source: SimSource) -> None:
        events = self.pipeline.step(source.read())
        self.recovery.tick()
        records = self.pipeline.take_records()
        documents = self.checkpoints.due(self.recovery.interrupted, at_once=bool(events or records))
        if events or records:
            self.recorder.record(events, records, documents)
        else:
            self.recorder.save_documents(documents)
        if events or records or documents:
            self.writer.work()


def trial(seed: int, folder: Path, *, reboot: bool = False) -> Outcome:
    """One person lies there once; the daemon is killed at a random moment of it and comes back within 95 s."""
    random = Random(seed)
    lie_s, stay_s = random.uniform(10, 20), random.uniform(60, 160)
    killed_after_s, gap_s = random.uniform(25, stay_s - 2), random.uniform(1, 30 if random.random() < 0.6 else 90)
    folder.mkdir()
    story = folder / "story.toml"
    story.write_text(scenario([(lie_s, lie_s + stay_s)]))
    staged = load_scenario(story, grid(*PRESETS[LAYOUTS[seed % 4]], rm_ohm=3300.0), seed)
    clock, mat = SimClock(START_WALL_S), SimulatedMat(staged, staged.layout)
    source = SimSource(mat, clock, zero_s=clock.monotonic())
    source.open()
    zero_s = clock.monotonic()
    run = Run(folder / "h.db", clock, mat, boot_id="one")
    while clock.monotonic() - zero_s < lie_s + killed_after_s:
        run.turn(source)
        clock.sleep(1 / RATE_HZ)
    run.store.close()  # what was enqueued is written; nothing else is said or kept
    clock.sleep(gap_s)
    run = Run(folder / "h.db", clock, mat, boot_id="two" if reboot else "one")
    while clock.monotonic() - zero_s < lie_s + max(stay_s, killed_after_s + gap_s) + 60:
        run.turn(source)
        clock.sleep(1 / RATE_HZ)
    last = run.store.restore((), 0.0).last_session
    sessions = run.store.totals(0.0).sessions_total
    starts = sum('"session_started"' in payload for _, payload in run.store.outbox_after(0, 10**6, 0.0))
    run.store.close()
    assert last is not None
    (truth,) = staged.lying()
    return Outcome(
        sessions,
        last.record.wall_s - (truth.end_s - truth.start_s),
        last.record.recovered,
        starts,
        killed_after_s + gap_s < stay_s - 3,
        stay_s - killed_after_s,
    )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for reboot in (False, True):
        with tempfile.TemporaryDirectory() as name:
            outcomes = [trial(seed, Path(name) / str(seed), reboot=reboot) for seed in range(7000, 7000 + count)]
        stayed = [abs(each.error_s) for each in outcomes if each.stayed]
        gone = [each.error_s for each in outcomes if not each.stayed]
        print(
            f"{'another boot' if reboot else 'same boot'}: {count} kills (layouts {', '.join(LAYOUTS)}, seeds 7000 on), "
            f"sessions {sum(each.sessions for each in outcomes)}, started events {sum(each.ids for each in outcomes)}; "
            f"person stayed: n {len(stayed)}, error p50 {statistics.median(stayed):.2f} s, max {max(stayed):.2f} s, "
            f"recovered {sum(each.recovered for each in outcomes if each.stayed)}; "
            f"person gone: n {len(gone)}, shortest by {min(gone):.1f} s, longest by {max(gone):.1f} s, "
            f"recovered {sum(each.recovered for each in outcomes if not each.stayed)}"
        )


if __name__ == "__main__":
    main()
