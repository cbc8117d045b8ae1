"""What it costs the daemon to be watched: `python -m tests.bench.watch` prints a table and keeps it in docs/bench.json.

The same daemon, watched and unwatched in turn, while somebody lies on sixteen sensors that are read at 10 Hz through the real
driver. Only the differences count: other work on the machine falls on both alike.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from acumat import __version__
from acumat.feed_client import FeedConnection, subscribe
from tests.bench.daemon import LIES_S, cpu_s, daemon_on_the_bus, loop_s, rss_mb, unit_environment
from tests.bench.record import record
from tests.broker import PATIENCE_S, Broker
from tests.system.process import DaemonProcess

RATE_HZ = 5.0
READERS = 3
ASKED: dict[str, float | None] = {
    "unwatched_cpu_pct": None,
    "watched_cpu_pct": 1.0,
    "watched_loop_pct": None,
    "unwatched_rss_mb": None,
    "watched_rss_mb": 0.5,
    "unwatched_skipped": None,
    "watched_skipped": 0.0,
    "frames_a_second": None,
}
WORDS = {
    "unwatched_cpu_pct": "CPU while nobody watches, % of a core",
    "watched_cpu_pct": f"more while {READERS} watch at {RATE_HZ:g} Hz, % of a core",
    "watched_loop_pct": "of that in the loop, % of a core",
    "unwatched_rss_mb": "memory that comes to it while nobody watches, MiB",
    "watched_rss_mb": "memory that comes to it while they watch, in as long a time, MiB",
    "unwatched_skipped": "slots skipped while nobody watches",
    "watched_skipped": "slots skipped while they watch, in as long a time",
    "frames_a_second": "frames a second that each of them got",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each stretch, watched or not")
    parser.add_argument("--pairs", type=int, default=5, help="stretches of each kind")
    args = parser.parse_args()
    figures = measure(args.seconds, args.pairs)
    print(f"acumat {__version__}, layout 4x4, 10 Hz, simulated bus, medians of {args.pairs} pairs of {args.seconds:g} s")
    for key, words in WORDS.items():
        asked = ASKED[key]
        print(f"{words:<52} {figures[key]:>8.3f}   asked: {'-' if asked is None else f'{asked:g}'}")
    record("watch", {key: round(figures[key], 3) for key in WORDS})


def measure(seconds: float, pairs: int) -> dict[str, float]:
    """All figures by name."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker = Broker(folder)
        broker.start()
        daemon = daemon_on_the_bus(folder / "lying", broker.port, (8, 10_000))
        try:
            daemon.start(**unit_environment())
            threading.Event().wait(LIES_S)
            return _compared(daemon, seconds, pairs)
        finally:
            daemon.kill()
            broker.stop()


def _compared(daemon: DaemonProcess, seconds: float, pairs: int) -> dict[str, float]:
    assert daemon.process is not None
    pid = daemon.process.pid
    plain: list[tuple[float, float, int]] = []
    watched: list[tuple[float, float, int]] = []
    plain_mb = watched_mb = 0.0
    frames = 0
    for _ in range(pairs):
        began_mb = rss_mb(pid)
        plain.append(_stretch(daemon, pid, seconds))
        came_mb = rss_mb(pid)
        plain_mb += came_mb - began_mb
        with _watching(daemon) as counts:
            watched.append(_stretch(daemon, pid, seconds))
            watched_mb += rss_mb(pid) - came_mb
        frames += sum(counts)
    cpu, loop = (
        statistics.median(
            100.0 * (with_[place] - without[place]) / seconds for with_, without in zip(watched, plain, strict=True)
        )
        for place in (0, 1)
    )
    return {
        "unwatched_cpu_pct": statistics.median(100.0 * each[0] / seconds for each in plain),
        "watched_cpu_pct": cpu,
        "watched_loop_pct": loop,
        "unwatched_rss_mb": plain_mb,
        "watched_rss_mb": watched_mb,
        "unwatched_skipped": float(sum(each[2] for each in plain)),
        "watched_skipped": float(sum(each[2] for each in watched)),
        "frames_a_second": frames / (pairs * seconds * READERS),
    }


def _stretch(daemon: DaemonProcess, pid: int, seconds: float) -> tuple[float, float, int]:
    """CPU seconds of all the process's threads and of the loop's, and slots skipped."""
    cpu, loop, skipped = cpu_s(pid), loop_s(pid), daemon.status()["frames_skipped"]
    threading.Event().wait(seconds)
    return cpu_s(pid) - cpu, loop_s(pid) - loop, daemon.status()["frames_skipped"] - skipped


@contextmanager
def _watching(daemon: DaemonProcess) -> Iterator[list[int]]:
    """Readers that take all there is; afterwards the list has how many frames each of them got."""
    path = daemon.folder / "run" / "control.sock"
    readers = [subscribe(path, RATE_HZ, PATIENCE_S) for _ in range(READERS)]
    counts: list[int] = []
    over = threading.Event()
    threads = [threading.Thread(target=_count, args=(reader, over, counts)) for reader in readers]
    for thread in threads:
        thread.start()
    try:
        yield counts
    finally:
        over.set()
        for thread in threads:
            thread.join()
        for reader in readers:
            reader.close()


def _count(reader: FeedConnection, over: threading.Event, counts: list[int]) -> None:
    frames = 0
    while not over.is_set():
        lines = reader.lines()
        frames += sum(line["kind"] == "frame" for line in lines or ())
    counts.append(frames)


if __name__ == "__main__":
    main()
