"""What years of history cost: `python -m tests.bench.history` prints the size of the file and the milliseconds of each question
and of a start, and keeps them in docs/bench.json.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from acumat import __version__
from acumat.history.store import Store
from tests.bench.record import record
from tests.history.diary import Desk, fill
from tests.history.stores import NAMES

YEARS = 10
TIMES = 15
ASKED_MS = {"last_30": 5.0, "year": 30.0, "year_by_day": 30.0, "show": 5.0}
ASKED_MB = 10.0


def main() -> int:
    """Measure, print and keep; 1 when something is dearer than asked."""
    with TemporaryDirectory(prefix="acumat-bench-") as folder:
        path = Path(folder) / "acumat.db"
        fill_years(path)
        size_mb = path.stat().st_size / 1e6
        taken = {**questions(path), "start": median_ms(lambda: start(path))}
    figures = {"years": YEARS, "size_mb": round(size_mb, 2), **{f"{what}_ms": round(each, 2) for what, each in taken.items()}}
    record("history", figures)
    print(f"acumat {__version__}, {YEARS} years of two sessions a day: {size_mb:.2f} MB")
    print("\n".join(f"  {what:<12} {each:6.2f} ms" for what, each in taken.items()))
    return int(size_mb > ASKED_MB or any(taken[what] > most_ms for what, most_ms in ASKED_MS.items()))


def fill_years(path: Path) -> None:
    store = Store(path)
    store.open()
    with store.reading() as db:
        db.execute("PRAGMA synchronous = OFF")  # of making it, which takes minutes else
    fill(store, 365 * YEARS, events=False)
    store.close()


def questions(path: Path) -> dict[str, float]:
    """Milliseconds of each question."""
    store = Store(path)
    store.open()
    desk = Desk(store)
    found = {
        "last_30": median_ms(lambda: desk.done("list", last=30)),
        "year": median_ms(lambda: desk.done("list", last=730)),
        "year_by_day": median_ms(lambda: desk.done("list", by="day", last=365)),
        "show": median_ms(lambda: desk.done("show", id="300")),
    }
    store.close()
    return found


def start(path: Path) -> None:
    store = Store(path)
    store.open()
    store.restore(NAMES, 0.0)
    store.close()


def median_ms(do: Callable[[], object]) -> float:
    """The median of some times."""
    taken = []
    for _ in range(TIMES):
        began_s = time.perf_counter()
        do()
        taken.append(1e3 * (time.perf_counter() - began_s))
    return statistics.median(taken)


if __name__ == "__main__":
    sys.exit(main())
