"""Of what the daemon's resident memory is made: a bare interpreter, and what each import of `acumat run` adds to it.

`python -m tests.bench.memory` prints a table and keeps it in docs/bench.json. Each run is a process of its own with the
environment that the systemd unit gives; its modules are imported in the daemon's order, and what one needs that nobody had yet
counts for itself. What is left up to the running daemon's memory is its data, threads and buffers.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

from tests.bench.daemon import daemon_on_the_bus, rss_mb, unit_environment
from tests.bench.record import record
from tests.broker import Broker, until
from tests.checkout import ROOT

RUNS = 9
SETTLES_S = 15.0
START = "the interpreter, bare"
CODE = """
import importlib._bootstrap as bootstrap, os, sys
own, nested, statm = {}, [], os.open("/proc/self/statm", os.O_RDONLY)
def resident():
    return int(os.pread(statm, 100, 0).split()[1])
def load(spec, original=bootstrap._load_unlocked):
    before = resident()
    nested.append(0)
    try:
        return original(spec)
    finally:
        added = resident() - before
        own[spec.name] = own.get(spec.name, 0) + added - nested.pop()
        if nested:
            nested[-1] += added
own[""] = resident()
bootstrap._load_unlocked = load
import acumat.cli.main, acumat.cli.start
from acumat.mqtt.lean import import_paho
import_paho()
import acumat.cli.run
import acumat.wiring.simulated
bootstrap._load_unlocked = load.__defaults__[0]
import json
print(json.dumps(own))
"""
"""`_load_unlocked` is where CPython imports a module that is not there yet."""
DRIVER = ("adafruit", "Adafruit", "busio", "circuitpython_typing", "micropython", "typing_extensions")
LIBRARIES = {"sqlite3": "SQLite", "_sqlite3": "SQLite", "paho": "paho-mqtt"}
LARGEST = 4
"""Named of each row."""


def main() -> None:
    rows, daemon_mib = measure(), running_mib()
    for row in rows:
        print(f"{row['what']:<34} {row['mib']:>6.2f} MiB   {row['largest']}")
    print(f"{'a daemon on an empty mat':<34} {daemon_mib:>6.2f} MiB")
    record("memory", {"rows": rows, "daemon_mib": round(daemon_mib, 2)})


def measure() -> list[dict[str, str | float]]:
    """Medians of all runs, the largest group first."""
    runs = [_pages() for _ in range(RUNS)]
    names = {name for run in runs for name in run}
    mib = {name: statistics.median(run.get(name, 0) for run in runs) * os.sysconf("SC_PAGE_SIZE") / 2**20 for name in names}
    groups: Counter[str] = Counter()
    for name, each in mib.items():
        groups[group(name)] += each  # type: ignore[assignment]
    return [{"what": what, "mib": round(total, 2), "largest": _largest(what, mib)} for what, total in groups.most_common()]


def running_mib() -> float:
    """Of a daemon that has looked at an empty mat for a while, its documents out."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker = Broker(folder)
        broker.start()
        daemon = daemon_on_the_bus(folder / "empty", broker.port, (10_000, 10_060))
        try:
            daemon.start(**unit_environment())
            until(lambda: daemon.status()["state"]["presence"] == "empty", "the mat is seen")
            threading.Event().wait(SETTLES_S)
            assert daemon.process is not None
            return rss_mb(daemon.process.pid)
        finally:
            daemon.kill()
            broker.stop()


def group(module: str) -> str:
    """The part of the table to which a module belongs."""
    first, _, rest = module.partition(".")
    if not module:
        return START
    if first in LIBRARIES:
        return LIBRARIES[first]
    if first.startswith(DRIVER):
        return "the converters' driver"
    if first == "acumat":
        return f"acumat.{rest.partition('.')[0]}" if "." in rest else "acumat"
    return first if first.startswith("acumat") else "Python's library"


def _largest(what: str, mib: dict[str, float]) -> str:
    found = sorted((name for name in mib if name and group(name) == what), key=lambda name: -mib[name])
    return ", ".join(f"{name.removeprefix(what + '.')} {mib[name]:.2f}" for name in found[:LARGEST] if mib[name] >= 0.05)


def _pages() -> dict[str, int]:
    run = subprocess.run(
        [sys.executable, "-c", CODE],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **unit_environment()},
    )
    found: dict[str, int] = json.loads(run.stdout)
    return found


if __name__ == "__main__":
    main()
