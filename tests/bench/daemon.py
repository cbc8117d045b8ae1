"""What the daemon costs: start, memory, CPU a frame, latency, bytes written. `python -m tests.bench.daemon` prints a table and
keeps it in docs/bench.json.

Sixteen sensors at 10 Hz through the real driver on the simulated bus, in real time, against a real broker on this machine, with
the environment that the systemd unit gives.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path

from acumat import __version__
from tests.bench.record import record
from tests.broker import Broker, Listener, until
from tests.checkout import ROOT
from tests.hw.bench import Bench
from tests.system.process import DaemonProcess

BASE = "acumat/test"
LIES_S = 75.0
"""By then somebody who lay down after 8 s has lain still for the whole of breathing's window."""
LAYOUT = '[layout]\npreset = "4x4"\n'
ASKED: dict[str, float | None] = {
    "start_s": 0.3,
    "restart_s": 2.0,
    "rss_mb": 33.0,
    "lying_rss_mb": 35.0,
    "cpu_ms": 2.5,
    "lying_cpu_ms": 2.5,
    "lying_loop_ms": None,
    "latency_ms": None,
    "latency_p95_ms": None,
    "scan_ms": None,
    "decision_ms": 10.0,
    "written_idle_kb": 0.0,
    "skipped": 0.0,
}
WORDS = {
    "start_s": "start to online, s",
    "restart_s": "restart (SIGTERM to online again), s",
    "rss_mb": "resident memory, empty mat, MiB",
    "lying_rss_mb": "resident memory, somebody lies there, MiB",
    "cpu_ms": "CPU a frame, the simulated mat's included, ms",
    "lying_cpu_ms": "the same while somebody lies there, ms",
    "lying_loop_ms": "of that all but reading the simulated bus, ms",
    "latency_ms": "start of the scan to a subscriber, p50, ms",
    "latency_p95_ms": "start of the scan to a subscriber, p95, ms",
    "scan_ms": "the scan itself on the wire, ms",
    "decision_ms": "decision to a subscriber, p50, ms",
    "written_idle_kb": "written while idle, KB a minute",
    "skipped": "slots skipped",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long CPU is measured")
    parser.add_argument("--runs", type=int, default=5, help="starts measured")
    args = parser.parse_args()
    figures = measure(args.seconds, args.runs)
    print(f"acumat {__version__}, layout 4x4, 10 Hz, simulated bus at 400 kHz, scenario seed 41")
    for key, words in WORDS.items():
        asked = ASKED[key]
        print(f"{words:<46} {figures[key]:>10.2f}   asked: {'-' if asked is None else f'{asked:g}'}")
    record("daemon", {key: round(figures[key], 3) for key in WORDS})


def measure(seconds: float, runs: int) -> dict[str, float]:
    """All figures by name; starts are medians over `runs`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker = Broker(folder)
        broker.start()
        listener = Listener(broker.port)
        daemon = daemon_on_the_bus(folder / "empty", broker.port, (10_000, 10_060))
        try:
            starts = [_start(daemon, listener, stop=run < runs - 1) for run in range(runs)]
            steady = _steady(daemon, seconds, settles_s=10.0)  # baseline learnt, first documents out
            delays = latencies(daemon, listener, 40)
            skipped = daemon.status()["frames_skipped"]
            restart = _restart(daemon, listener)
            daemon.kill()
            daemon = daemon_on_the_bus(folder / "lying", broker.port, (8, 10_000))
            daemon.start(**unit_environment())
            lying = _steady(daemon, seconds, settles_s=LIES_S)
            assert daemon.status()["state"]["confirmed"]
        finally:
            daemon.kill()
            listener.close()
            broker.stop()
    return {
        "start_s": statistics.median(starts),
        "restart_s": restart,
        **steady,
        **{f"lying_{key}": value for key, value in lying.items()},
        "latency_ms": statistics.median(delays),
        "latency_p95_ms": sorted(delays)[int(0.95 * len(delays))],
        "scan_ms": scan_ms(),
        "decision_ms": statistics.median(delays) - scan_ms(),
        "skipped": float(skipped),
    }


def unit_environment() -> dict[str, str]:
    """The variables that the systemd unit sets. Bytecode is kept, as an installation has it."""
    lines = (ROOT / "systemd" / "acumat.service").read_text().splitlines()
    line = next(each for each in lines if each.startswith("Environment="))
    return {**dict(pair.split("=", 1) for pair in line.removeprefix("Environment=").split()), "PYTHONDONTWRITEBYTECODE": ""}


def daemon_on_the_bus(folder: Path, port: int, stay: tuple[float, float]) -> DaemonProcess:
    """Not yet started; somebody lies there from ... to ... (seconds)."""
    folder.mkdir()
    daemon = DaemonProcess(folder, port, stays=[stay], speed=1.0, extra=LAYOUT)
    text = daemon.config.read_text().replace('through = "fast"', 'through = "bus"')
    # what a frame costs is measured at the full rate, also while nobody is there
    daemon.config.write_text(text.replace("[daemon]", "[daemon]\nidle_rate_hz = 10.0"))
    return daemon


def scan_ms() -> float:
    """Time on the simulated wire of one frame of 16 sensors at 400 kHz."""
    bench = Bench()
    bench.reader.open()
    bench.reader.read()
    took_s = 0.0
    for _ in range(100):
        bench.clock.sleep(0.1)
        took_s -= bench.clock.monotonic()
        bench.reader.read()
        took_s += bench.clock.monotonic()
    return 1000 * took_s / 100


def _online(listener: Listener, since_s: float) -> float:
    def found() -> float | None:
        hits = [h.at_s for h in listener.on(f"{BASE}/availability") if h.payload == "online" and h.at_s > since_s]
        return hits[0] if hits else None

    return float(until(found, "online"))


def _start(daemon: DaemonProcess, listener: Listener, *, stop: bool) -> float:
    began_s = time.monotonic()
    daemon.start(**unit_environment())
    took_s = _online(listener, began_s) - began_s
    if stop:
        daemon.stop()
    return took_s


def _restart(daemon: DaemonProcess, listener: Listener) -> float:
    began_s = time.monotonic()
    daemon.stop()
    daemon.start(**unit_environment())
    return _online(listener, began_s) - began_s


def _steady(daemon: DaemonProcess, seconds: float, *, settles_s: float) -> dict[str, float]:
    assert daemon.process is not None
    pid = daemon.process.pid
    threading.Event().wait(settles_s)
    cpu, loop, written = cpu_s(pid), loop_s(pid), _written(pid)
    threading.Event().wait(seconds)
    return {
        "cpu_ms": 1000 * (cpu_s(pid) - cpu) / (10 * seconds),
        "loop_ms": 1000 * (loop_s(pid) - loop) / (10 * seconds),
        "rss_mb": rss_mb(pid),
        "written_idle_kb": (_written(pid) - written) / 1024 * 60 / seconds,
    }


def latencies(daemon: DaemonProcess, listener: Listener, count: int, base: str = BASE) -> list[float]:
    """Of `tare_done` events: from the frame that decided them (its own time stamp) to their arrival at a subscriber."""
    found: list[float] = []
    for _ in range(count):
        threading.Event().wait(0.6)  # two commands a second are taken, more are refused
        before = len(listener.on(f"{base}/event"))
        listener.publish(f"{base}/command/tare", "PRESS")
        until(lambda before=before: len(listener.on(f"{base}/event")) > before, "the mat is tared")  # type: ignore[misc]
        received = listener.on(f"{base}/event")[-1]
        if received.document["event_type"] == "tare_done":
            arrived_wall_s = time.time() - time.monotonic() + received.at_s
            found.append(1000 * (arrived_wall_s - _unix(received.document["at"])))
    return found


def _unix(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def cpu_s(pid: int) -> float:
    """CPU seconds of all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def loop_s(pid: int) -> float:
    """Of the main thread, which does all but read the bus, write to the disk and speak to the broker."""
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e9


def rss_mb(pid: int) -> float:
    """Resident memory, MiB."""
    line = next(each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def _written(pid: int) -> int:
    line = next(each for each in Path(f"/proc/{pid}/io").read_text().splitlines() if each.startswith("write_bytes"))
    return int(line.split()[1])


if __name__ == "__main__":
    main()
