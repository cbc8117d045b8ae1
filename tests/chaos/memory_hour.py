"""Memory over an hour of real time, a person in and out every five minutes: `python -m tests.chaos.memory_hour --minutes 60`.

Two unchanged daemons with a real broker: one on the simulated mat, as anybody tries it, and one on a mat that plays prepared
frames. What the first grows by and the second does not is the simulator's.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from array import array
from dataclasses import dataclass
from pathlib import Path

from acumat_sim.clock import SimClock
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import load_scenario
from acumat_sim.source import SimSource
from tests.bench.daemon import unit_environment
from tests.broker import Broker
from tests.chaos.played_mat import CYCLE
from tests.system.process import DaemonProcess, scenario

CYCLE_S, COMES_S, LEAVES_S = 300.0, 30.0, 230.0
SAMPLE_S = 10.0
RATE_HZ = 10.0
MAY_GROW_KB = 256
"""Of an hour's third quarter to its last. Python's arenas fill up to the most that was ever needed at once, and then stay."""
LEAST_MIN = 5.0


@dataclass(frozen=True, slots=True)
class Sample:
    """Kilobytes of one process, and minutes since the start."""

    at_min: float
    resident: int
    anonymous: int
    """Of those what is no file's: heap, stacks and arenas."""


def sample(pid: int, at_min: float) -> Sample:
    found = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return Sample(at_min, int(found["VmRSS"].split()[0]), int(found["RssAnon"].split()[0]))


def growth_kb(samples: list[Sample]) -> float:
    """From the median of the third quarter to that of the last."""
    quarter = len(samples) // 4
    third, last = samples[2 * quarter : 3 * quarter], samples[3 * quarter :]
    return statistics.median(each.anonymous for each in last) - statistics.median(each.anonymous for each in third)


def prepare_cycle(folder: Path) -> None:
    """One cycle of the simulated mat's codes, in a file beside the configuration."""
    story = folder / "cycle.toml"
    story.write_text(scenario([(COMES_S, LEAVES_S)]))
    staged = load_scenario(story)
    clock = SimClock(time.time(), None)
    source = SimSource(SimulatedMat(staged, staged.layout), clock)
    source.open()
    codes = array("h")
    for _ in range(int(CYCLE_S * RATE_HZ)):
        codes.extend(code for code in source.read().codes if code is not None)
        clock.sleep(1 / RATE_HZ)
    (folder / CYCLE).write_bytes(codes.tobytes())


def run(folder: Path, minutes: float) -> dict[str, list[Sample]]:
    """Both daemons side by side, sampled every ten seconds."""
    broker = Broker(folder)
    broker.start()
    stays = [(CYCLE_S * n + COMES_S, CYCLE_S * n + LEAVES_S) for n in range(int(minutes * 60 / CYCLE_S) + 1)]
    daemons: dict[str, DaemonProcess] = {}
    for name in ("simulated", "played"):
        (folder / name).mkdir()
        daemons[name] = DaemonProcess(folder / name, broker.port, stays=stays, speed=1.0)
        daemons[name].config.write_text(daemons[name].config.read_text().replace('id = "test"', f'id = "{name}"'))
    daemons["played"].module = "tests.chaos.played_mat"
    prepare_cycle(folder / "played")
    samples: dict[str, list[Sample]] = {name: [] for name in daemons}
    try:
        for daemon in daemons.values():
            daemon.start(**unit_environment())
        began_s = time.monotonic()
        for number in range(1, int(minutes * 60 / SAMPLE_S) + 1):
            time.sleep(max(0.0, began_s + number * SAMPLE_S - time.monotonic()))
            for name, daemon in daemons.items():
                assert daemon.process is not None
                samples[name].append(sample(daemon.process.pid, number * SAMPLE_S / 60))
            if number % 30 == 0:
                print(_row(number * SAMPLE_S / 60, samples), flush=True)
        for name, daemon in daemons.items():
            print(f"{name}: {daemon.status()['totals']['sessions_total']} sessions")
    finally:
        for daemon in daemons.values():
            daemon.kill()
        broker.stop()
    return samples


def _row(at_min: float, samples: dict[str, list[Sample]]) -> str:
    """Medians of the last five minutes."""
    found = f"{at_min:>6.0f}"
    for each in samples.values():
        for values in ([s.resident for s in each[-30:]], [s.anonymous for s in each[-30:]]):
            found += f"{statistics.median(values):>12.0f}"
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=60.0)
    args = parser.parse_args()
    if args.minutes < LEAST_MIN:
        parser.error(f"--minutes: {LEAST_MIN:g} or more")
    print("minute   simulated: RSS, anonymous KB    played: RSS, anonymous KB", flush=True)
    with tempfile.TemporaryDirectory() as name:
        samples = run(Path(name), args.minutes)
    grown = {name: growth_kb(each) for name, each in samples.items()}
    for name, kb in grown.items():
        print(f"{name}: {kb:+.0f} KB from the third quarter to the last (asked of the played one: below {MAY_GROW_KB})")
    raise SystemExit(grown["played"] > MAY_GROW_KB)


if __name__ == "__main__":
    main()
