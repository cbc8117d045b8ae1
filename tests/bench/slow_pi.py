"""The daemon on a processor as slow as a Raspberry Pi Zero 2 W's, beside a compiler at work.

`python -m tests.bench.slow_pi` prints a table and keeps it in docs/bench.json. A Zero 2 W's core has 835 MIPS in 7-Zip's own
benchmark (T. Kaiser, "A quick look at RPi Zero 2 W", 1000 MHz, one core), a PC of this class 3300 to 5000: four to six times as
many. Python suffers more than that from a core that runs instructions in order, so the daemon gets a tenth of a core, one
millisecond in ten, and the compiler as much of another. That is a limit of the kernel's scheduler (cgroup cpu.max, or
cpu.cfs_quota_us). It is harder than a slow core: whatever is due in the other nine milliseconds waits for them to pass.
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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from acumat import __version__
from tests.bench.converters import SOURCE, Bus, compiled
from tests.bench.daemon import LIES_S, latencies, unit_environment
from tests.bench.matrix import Case, codes_of, daemon_of
from tests.bench.record import record
from tests.broker import Broker, Listener
from tests.system.process import ROOT

SHARE = 10
"""The daemon gets one part in so many of a core."""
PERIOD_US = 10_000
"""The shortest quota that the kernel takes is a millisecond."""
BUSES_HZ = (100_000.0, 400_000.0)
ASKED_SKIPPED, ASKED_P95_MS = 0, 100.0
WORDS = {
    "skipped": "slots skipped",
    "latency_p95_ms": "start of the scan to a subscriber, p95, ms",
    "watchdog_margin_s": "least time left to systemd's watchdog, s",
    "cpu_pct": "CPU, % of what the daemon may have",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one bus."""

    bus_hz: float
    seconds: float
    skipped: int
    latency_p95_ms: float
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
def quota(name: str) -> Iterator[Path | None]:
    """A control group that gets one part in SHARE of a core; None where this user or this machine has none to give."""
    root = next((each for each in (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")) if each.is_dir()), Path("/none"))
    group = root / f"acumat-{name}-{os.getpid()}"
    try:
        group.mkdir()
        if (group / "cpu.max").exists():
            (group / "cpu.max").write_text(f"{PERIOD_US // SHARE} {PERIOD_US}")
        else:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(PERIOD_US // SHARE))
    except OSError:
        with suppress(OSError):
            group.rmdir()
        yield None
        return
    try:
        yield group
    finally:
        group.rmdir()


def enter(group: Path, pid: int) -> None:
    """The process, with all that it starts, has the group's share from now on."""
    (group / "cgroup.procs").write_text(str(pid))


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


def measure(bus_hz: float, seconds: float, library: Path, daemons: Path, others: Path) -> Figures:
    """Somebody lies on 4x4 at 10 Hz. The daemon starts at full speed, and settles and is measured under the quota."""
    case = Case("4x4", "lying")
    folder = library.parent / f"{bus_hz:g}"
    broker = Broker(library.parent)
    broker.start()
    listener = Listener(broker.port)
    daemon = daemon_of(case, folder, broker.port)
    watchdog = Watchdog(folder / "notify", unit_watchdog_s())
    bus = Bus(library, f"slow-{bus_hz:g}", codes_of(case, daemon), bus_hz)
    try:
        with watchdog.listening():
            daemon.start(**unit_environment(), **bus.environment(), **watchdog.environment())
            assert daemon.process is not None
            enter(daemons, daemon.process.pid)
            threading.Event().wait(LIES_S)
            with compiling(others, folder):
                watchdog.fed_s.clear()
                skipped, used_s = daemon.status()["frames_skipped"], cpu_s(daemon.process.pid)
                began_s = time.monotonic()
                found = latencies(daemon, listener, 40, f"acumat/{case.name}")
                threading.Event().wait(max(0.0, seconds - (time.monotonic() - began_s)))
                took_s = time.monotonic() - began_s
                used_s = cpu_s(daemon.process.pid) - used_s
                skipped = daemon.status()["frames_skipped"] - skipped
    finally:
        daemon.kill()
        listener.close()
        broker.stop()
    p95 = sorted(found)[int(0.95 * len(found))]
    return Figures(bus_hz, took_s, skipped, p95, watchdog.margin_s(), 100 * SHARE * used_s / took_s)


def cpu_s(pid: int) -> float:
    return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir()) / 1e9


def unit_watchdog_s() -> float:
    """Of the systemd unit."""
    lines = (ROOT / "systemd" / "acumat.service").read_text().splitlines()
    return float(next(each for each in lines if each.startswith("WatchdogSec=")).partition("=")[2])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long each bus is measured")
    parser.add_argument("--keep", action="store_true", help="keep the figures in docs/bench.json")
    args = parser.parse_args()
    rows = []
    with quota("daemon") as daemons, quota("compiler") as others, tempfile.TemporaryDirectory() as name:
        library = compiled(Path(name))
        if daemons is None or others is None or library is None:
            print("no control group to limit the processor with, or no C compiler (cc): not measured")
            return 77
        print(f"acumat {__version__}, 4x4, 10 Hz, somebody lies there, a tenth of a core, beside a compiler with as much")
        for bus_hz in BUSES_HZ:
            figures = measure(bus_hz, args.seconds, library, daemons, others)
            rows.append(figures)
            print(f"{bus_hz / 1000:g} kHz, {figures.seconds:.0f} s:")
            for key, words in WORDS.items():
                print(f"  {words:<44} {getattr(figures, key):>8.2f}")
    if args.keep:
        record("slow_pi", {"rows": [{key: round(value, 2) for key, value in asdict(row).items()} for row in rows]})
    return int(any(row.skipped > ASKED_SKIPPED or row.latency_p95_ms > ASKED_P95_MS for row in rows))


if __name__ == "__main__":
    sys.exit(main())
