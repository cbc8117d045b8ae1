"""Steps of the programme in the store: kept with their reason, dated anew with the clock, there after an upgrade."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from acumat.history.columns import TABLES
from acumat.history.rows import StepRow
from acumat.history.schema import MIGRATIONS
from tests.history.stores import opened

STEP = StepRow(1_800_000_000.0, 50.0, "comfortable", "Two comfortable sessions.", 10, 12, "shirt", "shirt")
BACK = StepRow(1_800_000_900.0, 950.0, "discomfort", "A little less.", 12, 10, "shirt", "shirt")


def test_steps_come_back_in_order_and_the_last_ones_if_there_are_many(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db")
    store.record((), steps=(STEP, BACK), documents={"routine": "{}"})
    store.close()
    again = opened(tmp_path / "h.db")
    assert again.programme_steps(10) == [STEP, BACK]
    assert again.programme_steps(1) == [BACK]
    assert again.restore(("a",), 0.0).documents == {"routine": "{}"}


def test_steps_of_this_boot_are_dated_anew_when_the_clock_is_set(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db")
    store.record((), steps=(STEP,))
    store.redate(1_900_000_000.0)
    assert store.programme_steps(1)[0].wall_s == 1_900_000_050.0


def test_a_history_from_before_the_routine_gets_its_table_and_keeps_what_it_held(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    with sqlite3.connect(path, isolation_level=None) as old:
        for step in MIGRATIONS[:2]:
            step(old)
        old.execute("INSERT INTO document VALUES ('other', 'kept')")
        old.execute("PRAGMA user_version = 2")
    old.close()
    store = opened(path)
    assert store.programme_steps(5) == []
    store.record((), steps=(STEP,))
    assert store.programme_steps(5) == [STEP]
    assert store.restore(("a",), 0.0).documents == {"other": "kept"}


def test_steps_survive_a_damaged_history_and_no_table_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    store = opened(path)
    store.record([(1.8e9, 1.0, {"event_type": "programme_step", "text": "x"})] * 20, steps=(STEP, BACK))
    store.close()
    with sqlite3.connect(path) as db:
        size = db.execute("PRAGMA page_size").fetchone()[0]
        root = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'event'").fetchone()[0]
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    db.close()
    data = bytearray(path.read_bytes())
    data[(root - 1) * size : root * size] = b"\xff" * size
    path.write_bytes(data)
    path.with_name("h.db-wal").write_bytes(b"left by a crash")
    again = opened(path)
    assert again.damage is not None
    assert again.programme_steps(10) == [STEP, BACK]
    assert set(TABLES) == tables - {"install"}
