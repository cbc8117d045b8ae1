"""The daemon on a processor as slow as a Raspberry Pi Zero 2 W's, beside a compiler at work.

`python -m tests.bench.slow_pi` prints a table and keeps it in docs/bench.json. A Zero 2 W's core has 835 MIPS in 7-Zip's own
benchmark (T. Kaiser, "A quick look at RPi Zero 2 W", 1000 MHz, one core), a PC of this class 3300 to 5000: four to six times as
many. Python suffers more than that from a core that runs instructions in order, so the daemon gets a tenth of a core, one
millisecond in ten, and the compiler as much of another. That is a limit of the kernel's scheduler (cgroup cpu.max, or
cpu.cfs_quota_us). It is harder than a slow core: whatever is due in the other nine milliseconds waits for them to pass.

Four daemons run side by side for as long as `--seconds` says: 900 is a quarter of an hour of each, 3600 an hour. What else this
machine does is to change nothing: daemons, broker and listener come before it, by the largest weight that the scheduler has.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from acumat import __version__
from tests.bench.control_groups import SHARE, control_group, enter, measuring
from tests.bench.converters import SOURCE, Bus, compiled
from tests.bench.daemon import LIES_S, latencies, unit_environment
from tests.bench.matrix import Case, Condition, Used, codes_of, daemon_of
from tests.bench.record import record
from tests.broker import Broker, Listener
from tests.checkout import ROOT

CONDITIONS: tuple[Condition, ...] = ("empty, with bleed", "lying")
MATCHED = f"a daemon gets 1/{SHARE} of a core, as much as the compiler; daemons and broker come before all else on the machine"
ROWS = tuple((hz, Case("4x4", condition)) for hz in (100_000.0, 400_000.0) for condition in CONDITIONS)
LATENCY_EVERY_S, LATENCIES_LEAST = 9.0, 20
"""How often a latency is measured on average, a hundred times in a quarter of an hour, and the least number in a short run."""
ASKED_SKIPPED, ASKED_P95_MS = 0, 100.0
WORDS = {
    "skipped": "slots skipped",
    "latency_p95_ms": "start of the scan to a subscriber, empty mat, p95, ms",
    "watchdog_margin_s": "least time left to systemd's watchdog, s",
    "cpu_pct": "CPU, % of what the daemon may have",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one daemon; no latency while somebody lies there, for nothing is decided on demand then."""

    bus_hz: float
    condition: str
    seconds: float
    skipped: int
    latency_p95_ms: float | None
    watchdog_margin_s: float
    cpu_pct: float


@dataclass(slots=True)
class Watchdog:
    """What the daemon tells systemd: when it fed the watchdog."""

    path: Path
    interval_s: float
    fed_s: list[float] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[None]:
        over = threading.Event()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(self.path))
            notify.settimeout(0.5)

            def listen() -> None:
                while not over.is_set():
                    with suppress(TimeoutError):
                        if b"WATCHDOG=1" in notify.recv(4096):
                            self.fed_s.append(time.monotonic())

            thread = threading.Thread(target=listen)
            thread.start()
            try:
                yield
            finally:
                over.set()
                thread.join()

    def environment(self) -> dict[str, str]:
        return {"NOTIFY_SOCKET": str(self.path), "WATCHDOG_USEC": str(round(1e6 * self.interval_s))}

    def margin_s(self) -> float:
        """The least time that was left."""
        gaps = [b - a for a, b in zip(self.fed_s, self.fed_s[1:], strict=False)]
        return self.interval_s - max(gaps)


@contextmanager
def compiling(group: Path, folder: Path) -> Iterator[None]:
    """A compiler that has always something to do."""
    command = f"while :; do {shutil.which('cc')} -O2 -shared -fPIC -o {folder}/again.so {SOURCE} -ldl; done"
    process = subprocess.Popen(["sh", "-c", command], start_new_session=True)
    enter(group, process.pid)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        while (group / "cgroup.procs").read_text():  # a child that was just ending
            threading.Event().wait(0.05)


class Slowed:
    """One daemon with a group of its own."""

    def __init__(self, case: Case, bus_hz: float, library: Path, port: int, group: Path) -> None:
        self.case = case
        self.bus_hz = bus_hz
        self._group = group
        self.daemon = daemon_of(case, library.parent / f"{case.name}-{bus_hz:g}", port, f"{case.name}-{bus_hz:g}")
        self.watchdog = Watchdog(self.daemon.folder / "notify", unit_watchdog_s())
        self._bus = Bus(library, f"{case.name}-{bus_hz:g}", codes_of(case, self.daemon), bus_hz)

    def start(self) -> None:
        """At full speed; what comes after the start is slow."""
        self.daemon.start(**unit_environment(), **self._bus.environment(), **self.watchdog.environment())
        enter(self._group, self.pid)

    @property
    def pid(self) -> int:
        assert self.daemon.process is not None
        return self.daemon.process.pid

    def used(self) -> tuple[float, int]:
        """CPU seconds and slots skipped so far."""
        return Used.by(self.pid).cpu_s, self.daemon.status()["frames_skipped"]


def measure(seconds: float, library: Path, groups: Sequence[Path], others: Path) -> list[Figures]:
    """4x4 at 10 Hz, empty and with somebody who lies there, on each bus, all side by side."""
    with ExitStack() as stack:
        broker = Broker(library.parent)
        broker.start()
        stack.callback(broker.stop)
        listener = Listener(broker.port)
        stack.callback(listener.close)
        slowed = [Slowed(case, bus_hz, library, broker.port, group) for (bus_hz, case), group in zip(ROWS, groups, strict=True)]
        for each in slowed:
            stack.enter_context(each.watchdog.listening())
            stack.callback(each.daemon.kill)
            each.start()
        threading.Event().wait(LIES_S)
        stack.enter_context(compiling(others, library.parent))
        for each in slowed:
            each.watchdog.fed_s.clear()
        before, began_s = [each.used() for each in slowed], time.monotonic()
        count = max(LATENCIES_LEAST, round(seconds / LATENCY_EVERY_S))
        delays = {
            each.pid: latencies(each.daemon, listener, count, f"acumat/{each.daemon.folder.name}")
            for each in slowed
            if each.case.condition != "lying"
        }
        threading.Event().wait(max(0.0, seconds - (time.monotonic() - began_s)))
        took_s, after = time.monotonic() - began_s, [each.used() for each in slowed]
        return [
            Figures(
                each.bus_hz,
                each.case.condition,
                took_s,
                then[1] - first[1],
                sorted(delays[each.pid])[int(0.95 * len(delays[each.pid]))] if each.pid in delays else None,
                each.watchdog.margin_s(),
                100 * SHARE * (then[0] - first[0]) / took_s,
            )
            for each, first, then in zip(slowed, before, after, strict=True)
        ]


def unit_watchdog_s() -> float:
    """Of the systemd unit."""
    lines = (ROOT / "systemd" / "acumat.service").read_text().splitlines()
    return float(next(each for each in lines if each.startswith("WatchdogSec=")).partition("=")[2])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the daemons are measured, all at once")
    parser.add_argument("--keep", action="store_true", help="keep the figures in docs/bench.json")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the groups go as well
    with ExitStack() as stack:
        library = compiled(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        bench = stack.enter_context(control_group("bench", limited=False))
        compiler = stack.enter_context(control_group("compiler", first=False))
        slow = [stack.enter_context(control_group(f"{number}")) for number in range(len(ROWS))]
        groups = [each for each in slow if each is not None]
        if library is None or bench is None or compiler is None or len(groups) < len(slow):
            print("no control group to limit the processor with, or no C compiler (cc): not measured")
            return 77
        print(f"acumat {__version__}, 4x4, 10 Hz, each with a tenth of a core, beside a compiler with as much")
        with measuring(bench):
            rows = measure(args.seconds, library, groups, compiler)
    for figures in rows:
        print(f"{figures.bus_hz / 1000:g} kHz, {figures.condition}, {figures.seconds:.0f} s:")
        for key, words in WORDS.items():
            value = getattr(figures, key)
            print(f"  {words:<54} {'-' if value is None else f'{value:.2f}':>8}")
    if args.keep:
        record("slow_pi", {"matched": MATCHED, "rows": [_rounded(row) for row in rows]})
    return int(any(row.skipped > ASKED_SKIPPED or (row.latency_p95_ms or 0.0) > ASKED_P95_MS for row in rows))


def _rounded(row: Figures) -> dict[str, object]:
    return {key: round(value, 2) if isinstance(value, float) else value for key, value in asdict(row).items()}


if __name__ == "__main__":
    sys.exit(main())
