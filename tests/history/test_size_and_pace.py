"""What years of use cost: the size of the file, the time of a question, a start, and a minute while nothing happens.

`ACUMAT_HISTORY_YEARS` sets how many years are tried; the bounds of time hold for any number, that of size for ten.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from acumat.history.store import Store
from tests.history.diary import Desk, fill
from tests.history.stores import NAMES
from tests.machine import slowdown

YEARS = float(os.environ.get("ACUMAT_HISTORY_YEARS", "1"))
BYTES_A_YEAR = 1_000_000
LAST_S, YEAR_S = 0.005, 0.030


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = Store(tmp_path_factory.mktemp("years") / "acumat.db")
    store.open()
    with store.reading() as db:
        db.execute("PRAGMA synchronous = OFF")  # of making it, which takes minutes else
    fill(store, round(365 * YEARS), events=False)
    store.close()
    return store.path


def took_s(do: Callable[[], object], times: int = 7) -> float:
    """The median, on a machine that may be busy."""
    taken = []
    for _ in range(times):
        began_s = time.perf_counter()
        do()
        taken.append(time.perf_counter() - began_s)
    return statistics.median(taken) / slowdown()


def test_ten_years_twice_a_day_take_ten_megabytes(path: Path) -> None:
    size = path.stat().st_size
    print(f"{YEARS:g} years: {size / 1e6:.2f} MB")
    assert size <= BYTES_A_YEAR * max(1.0, YEARS)


def test_the_last_sessions_and_a_year_are_there_at_once(path: Path) -> None:
    store = Store(path)
    store.open()
    desk = Desk(store)
    assert len(desk.done("list", last=730)["sessions"]) == min(730, round(730 * YEARS))
    last_s = took_s(lambda: desk.done("list", last=30))
    year_s = took_s(lambda: desk.done("list", last=730))
    days_s = took_s(lambda: desk.done("list", by="day", last=365))
    show_s = took_s(lambda: desk.done("show", id="300"))
    taken = {"last 30": last_s, "a year": year_s, "its days": days_s, "one session": show_s}
    print(f"{YEARS:g} years:", ", ".join(f"{what} {1e3 * each:.2f} ms" for what, each in taken.items()))
    assert max(last_s, show_s) < LAST_S
    assert max(year_s, days_s) < YEAR_S
    store.close()


def test_a_start_reads_none_of_it(path: Path) -> None:
    """As of an empty history: what a start reads is the last session and the sums."""

    def start() -> None:
        store = Store(path)
        store.open()
        store.restore(NAMES, 0.0)
        store.close()

    taken_s = took_s(start)
    print(f"{YEARS:g} years: start {1e3 * taken_s:.2f} ms")
    assert taken_s < 0.05
