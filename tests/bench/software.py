"""What the software alone costs a frame: the daemon, the floor and a naive script on a bus that takes no time.

`python -m tests.bench.software` prints a table and keeps it in docs/bench.json. All run side by side while somebody lies on 4x4
at 10 Hz. Each has converters of its own below Python, on which conversions are over at once. The daemon waits for them even so.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

from acumat import __version__
from tests.bench.converters import Bus, compiled
from tests.bench.daemon import LIES_S, unit_environment
from tests.bench.matrix import Case, Running, Used, codes_of, daemon_of, floor_process
from tests.bench.record import record
from tests.broker import Broker

CASE = Case("4x4", "lying")
SCRIPTS = {"floor_ms": "tests.bench.floor", "naive_ms": "tests.bench.naive"}
WORDS = {
    "cpu_ms": "acumat",
    "naive_ms": "a naive script: Adafruit's driver, each input's voltage published",
    "floor_ms": "the floor",
}


def measure(seconds: float, library: Path) -> dict[str, float]:
    """CPU of each process a frame, ms, by the keys of WORDS."""
    with ExitStack() as stack:
        broker = Broker(library.parent)
        broker.start()
        stack.callback(broker.stop)
        daemon = daemon_of(CASE, library.parent / CASE.name, broker.port, CASE.name)
        codes = codes_of(CASE, daemon)
        running = Running(CASE, daemon, Bus(library, CASE.name, codes, 0.0))
        stack.callback(daemon.kill)
        daemon.start(**unit_environment(), **running.bus.environment())
        scripts = {
            key: stack.enter_context(floor_process(Bus(library, key, codes, 0.0), broker.port, *CASE.floor, module))
            for key, module in SCRIPTS.items()
        }
        threading.Event().wait(LIES_S)
        before = {"cpu_ms": running.now().used, **{key: Used.by(pid) for key, pid in scripts.items()}}
        threading.Event().wait(seconds)
        after = {"cpu_ms": running.now().used, **{key: Used.by(pid) for key, pid in scripts.items()}}
    return {key: 1000 * (after[key].cpu_s - before[key].cpu_s) / (CASE.rate_hz * seconds) for key in WORDS}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long it is measured, after it has settled")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        library = compiled(Path(name))
        if library is None:
            print("there is no C compiler (cc): not measured")
            return 77
        figures = measure(args.seconds, library)
    print(f"acumat {__version__}, 4x4, 10 Hz, somebody lies there, a bus that takes no time: CPU a frame, ms")
    for key, words in WORDS.items():
        print(f"  {words:<70} {figures[key]:>6.2f}")
    record("software", {key: round(value, 3) for key, value in figures.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
