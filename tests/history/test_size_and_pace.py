"""What years of use cost: the size of the file, and how much work the database has for a question and for a start.

`ACUMAT_HISTORY_YEARS` sets how many years are tried. Work is counted in instructions of SQLite's virtual machine, which do not
depend on what else the machine does; `make bench` measures milliseconds.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from acumat.history.store import Store
from tests.history.diary import Desk, fill
from tests.history.stores import NAMES

YEARS = float(os.environ.get("ACUMAT_HISTORY_YEARS", "1"))
BYTES_A_YEAR = 1_000_000
STEP = 20
"""Instructions between two counts."""
ADDED_UP = 35
"""Instructions a session, for the sums; the last one is found from the end."""
LOOKED_AT = 12
"""Instructions an event, to find those of a session among all that are stored, at most 50,000; the diary has one a session."""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("years") / "acumat.db", YEARS)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A quarter of the history."""
    return filled(tmp_path_factory.mktemp("months") / "acumat.db", YEARS / 4)


def filled(path: Path, years: float) -> Path:
    store = Store(path)
    store.open()
    with store.reading() as db:
        db.execute("PRAGMA synchronous = OFF")  # of making it, which takes minutes else
    fill(store, round(365 * years), events=False)
    store.close()
    return path


def work(store: Store, do: Callable[[], object]) -> int:
    """Instructions that SQLite runs for it, rounded down to STEP."""
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += STEP
        return 0

    with store.reading() as db:
        db.set_progress_handler(count, STEP)
    do()
    with store.reading() as db:
        db.set_progress_handler(None, 0)
    return counted


def test_ten_years_twice_a_day_take_ten_megabytes(path: Path) -> None:
    size = path.stat().st_size
    print(f"{YEARS:g} years: {size / 1e6:.2f} MB")
    assert size <= BYTES_A_YEAR * max(1.0, YEARS)


def test_a_question_reads_what_it_answers_and_not_the_whole_history(path: Path, short: Path) -> None:
    """The last sessions cost as much after a year as after three months, and a list costs by its rows. What was reported of a
    session is looked for among all events.
    """
    found: list[dict[str, int]] = []
    for each in (short, path):
        store = Store(each)
        store.open()
        desk = Desk(store)
        found.append(
            {
                "last 30": work(store, lambda: desk.done("list", last=30)),  # noqa: B023
                "last 120": work(store, lambda: desk.done("list", last=120)),  # noqa: B023
                "30 days": work(store, lambda: desk.done("list", by="day", last=30)),  # noqa: B023
                "show": work(store, lambda: desk.done("show", id="100")),  # noqa: B023
            }
        )
        store.close()
    print(found)
    months, years = found
    more = dict.fromkeys(years, 0) | {"show": LOOKED_AT * 2 * (round(365 * YEARS) - round(365 * YEARS / 4))}
    for what, instructions in years.items():
        assert 0 < instructions <= 1.1 * months[what] + STEP + more[what], what
    assert years["last 120"] <= 4.4 * years["last 30"]


def test_a_start_adds_up_the_sessions_once_and_reads_nothing_else(path: Path, short: Path) -> None:
    """Of a long history a start needs the sums, the last session and what was learnt; check-ins and minutes it leaves alone."""
    months, years = restarting(short), restarting(path)
    more_sessions = 2 * (round(365 * YEARS) - round(365 * YEARS / 4))
    print(months, years)
    assert 0 < years - months <= ADDED_UP * more_sessions


def restarting(path: Path) -> int:
    store = Store(path)
    store.open()
    instructions = work(store, lambda: store.restore(NAMES, 0.0))
    store.close()
    return instructions


def test_the_count_sees_a_scan_of_the_whole_table(path: Path, short: Path) -> None:
    """The check can fail."""

    def scanning(each: Path) -> int:
        store = Store(each)
        store.open()

        def scan() -> None:
            with store.reading() as db:
                db.execute("SELECT sum(contact_s) FROM session").fetchall()

        instructions = work(store, scan)
        store.close()
        return instructions

    assert scanning(path) > 3 * scanning(short) > 0


def test_nothing_is_written_while_nothing_happens(path: Path) -> None:
    store = Store(path)
    store.open()
    with store.reading() as db:
        before = db.execute("PRAGMA data_version").fetchone(), db.total_changes
        store.restore(NAMES, 0.0)
        assert (db.execute("PRAGMA data_version").fetchone(), db.total_changes) == before
    store.close()
