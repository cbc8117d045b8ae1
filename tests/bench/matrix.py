"""What a frame costs by layout, by what is on the mat and by rate, beside the least that Python can do in the same minute.

`python -m tests.bench.matrix` prints a table and keeps it in docs/bench.json. Daemons and floors run side by side, each on
converters of its own below Python, against one real broker; counted is the CPU time of each process. Absolute times move with
the machine and its load, the ratios less so: daemons that run side by side empty each other's caches. So the case that figures
are asked of has the machine for itself with its floor, as a mat has, and runs once more beside the others.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Literal

from acumat import __version__
from acumat.config import load_config
from acumat.wiring.simulated import simulation
from acumat_hw.layout import Layout
from tests.bench.converters import Bus, Counts, compiled, write_codes
from tests.bench.daemon import LIES_S, unit_environment
from tests.bench.record import record
from tests.broker import Broker
from tests.checkout import ROOT
from tests.system.process import DaemonProcess

Condition = Literal["empty, open", "empty, with bleed", "lying"]
PRESETS = ("2x2", "4x2", "4x3", "4x4")
RATES_HZ = (5.0, 20.0, 50.0)
"""Of somebody who lies on 4x4, besides 10 Hz."""
STORY_S = 300.0
BLEED = "bleed_ohm = 470000.0\n"
REST_CODES = 550
"""Of a sensor with a bleed of 470 kilohm over 3.3 kilohm with nothing on it, within the spread of its parts."""
SPREAD = 0.06
SETTLES_S = 15.0
MOST_RATIO, MOST_TRANSFERS, MOST_WAKE_UPS = 2.0, 30.0, 300.0
"""Asked while somebody lies on 4x4 at 10 Hz: times the floor, a frame, a second."""


@dataclass(frozen=True, slots=True)
class Case:
    """One daemon and what it reads."""

    layout: str
    condition: Condition
    rate_hz: float = 10.0

    @property
    def name(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", f"{self.layout} {self.condition} {self.rate_hz:g}")

    @property
    def floor(self) -> tuple[int, float]:
        """Converters and rate: of these the floor depends, and not on what is on the mat."""
        rows, columns = (int(each) for each in self.layout.split("x"))
        return -(-rows * columns // 4), self.rate_hz


@dataclass(frozen=True, slots=True)
class Row:
    """What a case has cost: CPU a frame of the daemon and the floor, transfers a frame, wake-ups a second of all threads.

    `beside` is how many other daemons ran at the same time.
    """

    layout: str
    condition: str
    rate_hz: float
    cpu_ms: float
    floor_ms: float
    transfers: float
    wake_ups: float
    skipped: int
    ignored: int
    early: int
    repeated: int
    beside: int

    @property
    def ratio(self) -> float:
        return self.cpu_ms / self.floor_ms

    def __str__(self) -> str:
        return (
            f"{self.layout} {self.condition:<18} {self.rate_hz:>3.0f} Hz {self.cpu_ms:>6.2f} ms, {self.ratio:.2f} times "
            f"{self.floor_ms:.2f}; {self.transfers:>5.1f} transfers, {self.wake_ups:>5.0f} wake-ups/s, skipped {self.skipped}, "
            f"ignored {self.ignored}, early {self.early}, repeated {self.repeated}, beside {self.beside}"
        )


@dataclass(frozen=True, slots=True)
class Used:
    """Of a process so far."""

    cpu_s: float
    wake_ups: int

    @classmethod
    def by(cls, pid: int) -> Used:
        cpu_ns, wake_ups = 0, 0
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
                worked_ns = int((task / "schedstat").read_text().split()[0])
                (slept,) = re.findall(r"^voluntary_ctxt_switches:\s*(\d+)", (task / "status").read_text(), re.MULTILINE)
                cpu_ns, wake_ups = cpu_ns + worked_ns, wake_ups + int(slept)
        return cls(cpu_ns / 1e9, wake_ups)


@dataclass(frozen=True, slots=True)
class Moment:
    """What a daemon has used and done so far."""

    used: Used
    counts: Counts
    skipped: int


@dataclass(frozen=True, slots=True)
class Running:
    """A daemon at work on its bus."""

    case: Case
    daemon: DaemonProcess
    bus: Bus

    def now(self) -> Moment:
        """Raises RuntimeError if it does not see what its case is about."""
        status = self.daemon.status()
        seen, expected = status["state"]["presence"], "lying" if self.case.condition == "lying" else "empty"
        if seen != expected or self.daemon.process is None:
            raise RuntimeError(f"{self.case}: the mat is {seen}")
        return Moment(Used.by(self.daemon.process.pid), self.bus.counts(), status["frames_skipped"])

    def row(self, before: tuple[Moment, Used], after: tuple[Moment, Used], seconds: float, beside: int) -> Row:
        """What came between two moments, each with what the floor had used then."""
        (first, floor_first), (last, floor_last) = before, after
        frames = self.case.rate_hz * seconds
        return Row(
            self.case.layout,
            self.case.condition,
            self.case.rate_hz,
            1000 * (last.used.cpu_s - first.used.cpu_s) / frames,
            1000 * (floor_last.cpu_s - floor_first.cpu_s) / frames,
            (last.counts.transfers - first.counts.transfers) / frames,
            (last.used.wake_ups - first.used.wake_ups) / seconds,
            last.skipped - first.skipped,
            last.counts.ignored,
            last.counts.early,
            last.counts.repeated,
            beside,
        )


REFERENCE = Case("4x4", "lying")
BATCHES: tuple[tuple[float, tuple[Case, ...]], ...] = (
    (LIES_S, (REFERENCE,)),
    (SETTLES_S, tuple(Case(preset, "empty, open") for preset in PRESETS)),
    (SETTLES_S, tuple(Case(preset, "empty, with bleed") for preset in PRESETS)),
    (LIES_S, (*(Case(each, "lying") for each in PRESETS), *(Case("4x4", "lying", rate_hz) for rate_hz in RATES_HZ))),
)
"""Cases that run side by side, and how long they settle."""
SHORT: tuple[tuple[float, tuple[Case, ...]], ...] = (
    (SETTLES_S, (Case("4x4", "empty, open"), Case("4x4", "empty, with bleed"))),
    (LIES_S, (Case("4x2", "lying"), Case("4x4", "lying"))),
)


def daemon_of(case: Case, folder: Path, port: int, mat_id: str) -> DaemonProcess:
    """A daemon on real converters as it takes them to be, not yet started."""
    folder.mkdir()
    layout = f'[layout]\npreset = "{case.layout}"\n' + (BLEED if case.condition == "empty, with bleed" else "")
    daemon = DaemonProcess(folder, port, stays=[(8, STORY_S - 20)], speed=1.0, extra=layout)
    text = daemon.config.read_text().replace('id = "test"', f'id = "{mat_id}"')
    text = re.sub(r"\[source\].*?\[daemon\]", '[source]\nkind = "ads1x15"\n[daemon]', text, flags=re.DOTALL)
    # at the full rate also while nobody is there
    text = text.replace("[daemon]", f"[daemon]\nrate_hz = {case.rate_hz}\nidle_rate_hz = {case.rate_hz}")
    daemon.config.write_text(text)
    return daemon


def codes_of(case: Case, daemon: DaemonProcess) -> Path:
    """What its converters give: noise about a sensor's rest, or a simulated person."""
    layout = load_config(daemon.config).layout
    return write_codes(daemon.folder / "codes", layout, _frames(case, layout, daemon.folder / "story.toml"))


def _frames(case: Case, layout: Layout, story: Path) -> Iterator[Sequence[int | None]]:
    random_ = Random(7)
    count = round(10 * STORY_S)
    if case.condition == "lying":
        mat = simulation(str(story), layout=layout, fast=True)
        mat.source.open()
        for _ in range(count):
            yield mat.source.read().codes
            mat.clock.sleep(0.1)
        return
    rest = REST_CODES if case.condition == "empty, with bleed" else 0
    rests = [rest * random_.gauss(1.0, SPREAD) for _ in layout.sensors]
    for _ in range(count):
        yield [round(random_.gauss(each, 1.0)) for each in rests]


@contextmanager
def floor_process(bus: Bus, port: int, chips: int, rate_hz: float, module: str = "tests.bench.floor") -> Iterator[int]:
    """The floor, or another script that takes its arguments, running on this bus; gives its process id."""
    command = [sys.executable, "-m", module, str(port), bus.name, str(chips), f"{rate_hz:g}"]
    with subprocess.Popen(command, cwd=ROOT, env={**unit_environment(), **python_path(), **bus.environment()}) as process:
        try:
            yield process.pid
        finally:
            process.kill()


def python_path() -> dict[str, str]:
    return {"PYTHONPATH": ":".join(str(ROOT / each) for each in ("daemon", "hw", "sim", "."))}


def measure(cases: Sequence[Case], settles_s: float, seconds: float, library: Path) -> list[Row]:
    """All cases at once with their floors."""
    folder = library.parent
    with ExitStack() as stack:
        broker = Broker(folder)
        broker.start()
        stack.callback(broker.stop)
        running, floors = [], {}
        for case in cases:
            daemon = daemon_of(case, folder / case.name, broker.port, case.name)
            codes = codes_of(case, daemon)
            each = Running(case, daemon, Bus(library, case.name, codes))
            stack.callback(daemon.kill)
            daemon.start(**unit_environment(), **each.bus.environment())
            running.append(each)
            if case.floor not in floors:
                chips, rate_hz = case.floor
                bus = Bus(library, f"floor-{chips}-{rate_hz:g}", codes)
                floors[case.floor] = stack.enter_context(floor_process(bus, broker.port, chips, rate_hz))
        threading.Event().wait(settles_s)
        before = [(each.now(), Used.by(floors[each.case.floor])) for each in running]
        threading.Event().wait(seconds)
        after = [(each.now(), Used.by(floors[each.case.floor])) for each in running]
        beside = len(cases) - 1
        return [each.row(first, last, seconds, beside) for each, first, last in zip(running, before, after, strict=True)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long each is measured, after it has settled")
    parser.add_argument("--short", action="store_true", help="two layouts at 10 Hz; nothing is kept")
    args = parser.parse_args()
    rows: list[Row] = []
    print(f"acumat {__version__}, converters below Python at 400 kHz; times the CPU of a floor that reads and publishes")
    for settles_s, cases in SHORT if args.short else BATCHES:
        with tempfile.TemporaryDirectory() as name:
            library = compiled(Path(name))
            if library is None:
                print("there is no C compiler (cc): not measured")
                return 77
            batch = measure(cases, settles_s, args.seconds, library)
        for row in batch:
            print(row)
        rows += batch
    print(f"median ratio {statistics.median(row.ratio for row in rows):.2f}")
    if not args.short:
        record("matrix", {"rows": [{**asdict(row), **_rounded(row)} for row in rows]})
    return 0


def _rounded(row: Row) -> dict[str, float]:
    return {
        "cpu_ms": round(row.cpu_ms, 3),
        "floor_ms": round(row.floor_ms, 3),
        "transfers": round(row.transfers, 1),
        "wake_ups": round(row.wake_ups),
    }


if __name__ == "__main__":
    sys.exit(main())
