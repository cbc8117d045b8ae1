"""The long forms of the fault tests: refusals, restarts, a day of empty mat, a corpus of healthy people.

`python -m tests.faults.soak` prints the figures and exits with 1 where one is missed; some 20 minutes on one core.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

from acumat.contract.events import EventType
from acumat_hw.layout import PRESETS
from acumat_sim.corpus import people_scenario
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import parse_scenario
from tests.accuracy.trials import mat_layout as corpus_layout
from tests.accuracy.trials import run as fast_run
from tests.faults.chain import Run, run, story

T = EventType
SEED = 11
FLAGS = (T.SENSOR_FAILED, T.SENSOR_RECOVERED)
STAY_S, AWAY_S = 300.0, 60.0


class Lines(logging.Handler):
    """Counts what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1


@dataclass(frozen=True, slots=True)
class Refusals:
    """What one transfer in a hundred refused did to so many frames."""

    frames: int
    events: int
    same_events: bool
    largest_shift_s: float
    readings_lost: int
    log_lines: int
    hours: float


def refusals(frames: int, share: float = 0.01) -> Refusals:
    """People come and go; the same with and without refusals."""
    hours = frames / 36000
    stays = [(20.0 + n * (STAY_S + AWAY_S), 20.0 + n * (STAY_S + AWAY_S) + STAY_S) for n in range(int(hours * 10) + 1)]
    faults: tuple[list[dict[str, Any]], ...] = ([], [{"do": "nacks", "at_s": 0, "amount": share}])
    data = [story(each, stays=stays, seed=SEED, duration_s=hours * 3600 + 60) for each in faults]
    with ProcessPoolExecutor(2) as pool:
        (calm, _), (bad, lines) = pool.map(_counted, data, [frames, frames])
    same = [each.event_type for each in calm.events] == [each.event_type for each in bad.events]
    shift_s = max((abs(a.t_mono_s - b.t_mono_s) for a, b in zip(calm.events, bad.events, strict=False)), default=0.0)
    return Refusals(bad.frames, len(bad.events), same, shift_s, bad.readings_lost, lines, hours)


def _counted(data: dict[str, Any], frames: int) -> tuple[Run, int]:
    """A run, without what cannot leave the process, and how many lines it logged."""
    log = Lines()
    for name in ("acumat_hw", "acumat"):
        logging.getLogger(name).addHandler(log)
    done = run(data, idle_rate_hz=10.0, most_frames=frames)
    done.reader, done.chips = None, ()
    return done, log.count


@dataclass(frozen=True, slots=True)
class Restarts:
    """Chips that restarted at random moments: how many, how many were noticed and how late at most, and what was reported."""

    injected: int
    noticed: int
    latest_s: float
    false_ends: int
    failed_sensors: int


def restarts(count: int, layout: str = "4x2") -> Restarts:
    """One at a time, some two seconds apart, in the middle of transfers and waits as well, with somebody lying there."""
    random_ = random.Random(SEED)
    times, t_s = [], 30.0
    for _ in range(count):
        t_s += random_.uniform(1.5, 2.5)
        times.append(t_s)
    noticed: list[tuple[float, float]] = []
    data = story([], stays=[(10.0, t_s + 20.0)], seed=SEED)
    done = run(data, corpus_layout(layout), restart_at_s=times, noticed=noticed)
    ends = [at_s for at_s in done.times(T.GOT_UP) if at_s < t_s + 19.0]
    late = max((seen_s - at_s for at_s, seen_s in noticed), default=0.0)
    return Restarts(count, len(noticed), late, len(ends), len(done.times(T.SENSOR_FAILED)))


def healthy(seeds: range, layout: str) -> tuple[int, float]:
    """Flags raised against healthy sensors under so many people, and the hours of it."""
    mat_layout, flags, hours = corpus_layout(layout), 0, 0.0
    for seed in seeds:
        scenario = people_scenario(seed, mat_layout)
        done = fast_run(SimulatedMat(scenario, mat_layout))
        flags += sum(each.event_type in FLAGS for each in done.events)
        hours += scenario.duration_s / 3600
    return flags, hours


def quiet(hours: float, layout: str, rate_hz: float = 5.0) -> int:
    """Flags raised against the sensors of a mat that lies there empty."""
    data = {"seed": SEED, "duration_s": hours * 3600}
    mat_layout = corpus_layout(layout)
    done = fast_run(SimulatedMat(parse_scenario("quiet", data, mat_layout), mat_layout), rate_hz=rate_hz)
    return sum(each.event_type in FLAGS for each in done.events)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; 1 when a figure is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--frames", type=int, default=100_000, help="frames with refused transfers")
    parser.add_argument("--restarts", type=int, default=1000, help="restarts of chips")
    parser.add_argument("--people", type=int, default=60, help="healthy people a layout")
    parser.add_argument("--hours", type=float, default=24.0, help="hours of empty mat a layout")
    options = parser.parse_args(argv)
    well = True
    if options.frames:
        r = refusals(options.frames)
        print(f"1 % refused, 4x2, seed {SEED}: {r}", flush=True)
        well = well and r.same_events and r.log_lines <= r.hours * 60
    if options.restarts:
        b = restarts(options.restarts)
        print(f"restarts, 4x2, seed {SEED}: {b}", flush=True)
        well = well and b.noticed == b.injected and b.latest_s <= 1.0 and not b.false_ends and not b.failed_sensors
    for layout in PRESETS:
        if options.people:
            flags, hours = healthy(range(1, options.people + 1), layout)
            print(f"{layout}: {flags} flags under {options.people} healthy people in {hours:.1f} h", flush=True)
            well = well and not flags
        if options.hours:
            flags = quiet(options.hours, layout)
            print(f"{layout}: {flags} flags in {options.hours:g} h of empty mat at 5 Hz", flush=True)
            well = well and not flags
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
