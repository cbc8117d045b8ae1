"""The file of the history: broken, newer, older, full or cut short, and what survives."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from acumat.contract.learned import Learned
from acumat.contract.sessions import Profile
from acumat.history.schema import MIGRATIONS, StoreUnavailableError
from acumat.history.store import Store
from tests.history.stores import NAMES, bounded, document, learned, opened, session, waiting


def test_a_file_that_is_no_database_is_put_aside_and_a_fresh_one_begun(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    path.write_bytes(b"not a database " * 400)
    store = opened(path)
    store.record([document("works")])
    assert (tmp_path / "history.db.broken-1").read_bytes().startswith(b"not a database")


def test_a_damaged_page_is_found_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = opened(path)
    store.record([document("x" * 500)] * 100)
    old = store.install
    store.close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\x55" * (len(data) - 4096)
    path.write_bytes(data)
    store.open()
    assert store.install != old
    assert store.outbox_after(0, 9, 12.5) == []
    assert (tmp_path / "history.db.broken-1").exists()


def test_a_file_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    opened(path).close()
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(StoreUnavailableError, match=r"history.db: the history has schema \d+.*install the newer acumat"):
        Store(path).open()
    assert [each.name for each in tmp_path.iterdir() if "broken" in each.name] == []


def test_a_place_that_cannot_be_written_is_unavailable_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailableError, match=r"file/history.db: .*/file is no folder; move it away"):
        Store(tmp_path / "file" / "history.db").open()
    with pytest.raises(StoreUnavailableError, match="is not open"):
        Store(tmp_path / "history.db").record([])


CHILD = """
import sys
from pathlib import Path
from acumat.history.store import Store
store = Store(Path(sys.argv[1]))
store.open()
while True:
    store.record([(0.0, 0.0, {"n": 1}), (0.0, 0.0, {"n": 2})])
    print(store.outbox_after(0, 10**6, 12.5)[-1][0], flush=True)
"""


@pytest.mark.parametrize("records", [1, 7, 30])
def test_what_was_recorded_survives_kill_9_and_nothing_is_half_there(tmp_path: Path, records: int) -> None:
    path = tmp_path / "history.db"
    command = [sys.executable, "-c", "import sys; sys.path[:0] = ['daemon', 'hw']\n" + CHILD, str(path)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        promised = [int(child.stdout.readline()) for _ in range(records)][-1]
        child.kill()
    rows = opened(path).outbox_after(0, 10**6, 12.5)
    assert len(rows) >= promised
    assert [seq for seq, _ in rows] == list(range(1, len(rows) + 1))
    assert [json.loads(payload)["n"] for _, payload in rows] == [1, 2] * (len(rows) // 2)


def test_a_file_near_its_bound_lets_old_events_go_and_a_full_one_is_reported(tmp_path: Path) -> None:
    store = bounded(tmp_path / "history.db", file_bytes=4 << 20)
    for _ in range(100):
        store.record([document("x" * 1000)] * 64)
        store.delete_acked([seq for seq, _ in store.outbox_after(0, 10**6, 12.5)])
    assert store.path.stat().st_size <= 4 << 20
    assert store.restore(NAMES, 0.0).install == store.install
    with pytest.raises(StoreUnavailableError, match="full"):
        store.record([document("x" * 1000)] * 4000)
    store.record([document("goes on")])
    assert len(waiting(store)) == 1


def test_a_file_that_was_full_has_room_again_after_it_is_opened_anew(tmp_path: Path) -> None:
    store = bounded(tmp_path / "history.db")
    store.record([document("x" * 1000)] * 200)
    store.record([document("x" * 1000)] * 800)
    store.delete_acked([seq for seq, _ in store.outbox_after(0, 10**6, 12.5)])
    store.close()
    small = bounded(store.path, file_bytes=1 << 20)
    small.record([document("x" * 1000)] * 100)
    assert len(waiting(small)) == 100


def test_a_file_that_ended_well_is_not_verified_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "history.db"
    store = opened(path)
    statements: list[str] = []

    connect = sqlite3.connect

    def traced(*args: object, **options: object) -> sqlite3.Connection:
        db = connect(*args, **options)  # type: ignore[call-overload]
        db.set_trace_callback(statements.append)
        return db  # type: ignore[no-any-return]

    store.record([document("x")])
    monkeypatch.setattr(sqlite3, "connect", traced)
    again = opened(path)  # the first one still has it open, as after a kill
    assert any("quick_check" in each for each in statements)
    again.close()
    store.close()
    statements.clear()
    again.open()
    assert not any("quick_check" in each for each in statements)


def test_an_older_file_is_copied_before_it_becomes_a_newer_one(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db, db:
        MIGRATIONS[0](db)
        db.execute("PRAGMA user_version = 1")
        db.execute("UPDATE install SET last_seq = 7")
        db.execute("INSERT INTO event VALUES (7, 1.7e9, 12.5, 'b', '{\"id\": \"old-7\"}')")
        db.execute("INSERT INTO outbox VALUES (7)")
        text = json.dumps({"baseline_us": [1.0, None], "gains": [0.75, 1.25], "reference_us": 40.0, "calibrated": True})
        db.execute("INSERT INTO learned VALUES (1, ?, ?)", ('["a", "b"]', text[:-1] + ', "turned": false}'))
        db.execute(
            "INSERT INTO calibration VALUES (3, 1.0, 0.5, ?, ?, ?)", ('["b", "a"]', text[:-1] + ', "turned": false}', "{}")
        )
    db.close()
    store = opened(path)
    assert store.restore(NAMES, 0.0).learned == learned(0.75)
    store.record([document("next")])
    assert [json.loads(payload)["id"] for _, payload in store.outbox_after(7, 9, 12.5)] == [f"{store.install}-8"]
    undone = store.undo_calibration(NAMES)
    assert undone is not None
    assert undone.gains == (1.25, 0.75)
    with closing(sqlite3.connect(tmp_path / "history.db.schema-1")) as db, db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
        assert db.execute("SELECT last_seq FROM install").fetchone() == (7,)
    db.close()
    assert not (tmp_path / "history.db.unfinished").exists()


def test_a_damaged_history_hands_on_all_that_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = opened(path)
    store.save_learned(NAMES, learned(0.75))
    store.save_document("routine", "{}")
    for number in range(1, 30):
        store.record([document("x" * 900)] * 10, session(number))
    install = store.install
    store.close()
    with closing(sqlite3.connect(path)) as db, db:
        root = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'event'").fetchone()[0]
    db.close()
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    assert middle > 4096 * root
    data[middle : middle + 4096] = b"\x55" * 4096
    path.write_bytes(data)
    path.with_name("history.db-wal").write_bytes(b"left by a crash")
    store.open()
    assert store.damage is not None
    assert "29 session" in store.damage
    stored = store.restore(NAMES, 0.0)
    assert (stored.install, stored.totals.sessions_total, stored.learned) == (install, 29, learned(0.75))
    assert stored.documents == {"routine": "{}"}
    events = store.outbox_after(0, 10**6, 12.5)
    assert 200 <= len(events) < 290
    store.record([document("next")])
    assert store.outbox_after(290, 9, 12.5)[0][1].startswith(f'{{"id":"{install}-291"')


def test_a_damaged_row_is_put_aside_with_its_file_and_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = opened(tmp_path / "history.db")
    store.save_learned(NAMES, Learned.nothing(len(NAMES)))
    store.record([document("first"), document("second")], session(1))
    with closing(sqlite3.connect(tmp_path / "history.db")) as db, db:
        db.execute("UPDATE learned SET learned = substr(learned, 1, 20)")
        db.execute("UPDATE event SET payload = '{' WHERE seq = 1")
        db.execute("UPDATE session SET profile = '[1]'")
    stored = store.restore(NAMES, 0.0)
    assert stored.learned == Learned.nothing(len(NAMES))
    assert stored.last_session == replace(session(1), profile=Profile())
    assert [json.loads(each).get("reason") for _, each in store.outbox_after(0, 9, 1e6)] == [None, "history_damaged"]
    assert "damaged" in caplog.text
    assert (tmp_path / "history.db.broken-1").exists()


@pytest.mark.parametrize("parts", [("",), ("-wal",), ("-shm",), ("-wal", "-shm"), ("", "-wal", "-shm")])
def test_a_file_that_is_removed_while_it_is_in_use_costs_nothing(tmp_path: Path, parts: tuple[str, ...]) -> None:
    store = Store(tmp_path / "acumat.db")
    store.open()
    store.save_document("before", "1")
    for part in parts:
        tmp_path.joinpath(f"acumat.db{part}").unlink()
    with pytest.raises(StoreUnavailableError, match="was removed or replaced while it was in use"):
        store.save_document("lost", "2")
    store.open()
    store.save_document("after", "3")
    with closing(sqlite3.connect(tmp_path / "acumat.db")) as other:  # what the next process finds
        found = dict(other.execute("SELECT name, value FROM document WHERE name IN ('before', 'lost', 'after')"))
        assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert found == {"before": "1", "after": "3"}
    assert stat.S_IMODE((tmp_path / "acumat.db").stat().st_mode) == 0o600
    store.close()
    assert {each.name for each in tmp_path.iterdir()} == {"acumat.db"}


def test_a_file_that_takes_the_place_of_one_in_use_is_used(tmp_path: Path) -> None:
    stores = {name: Store(tmp_path / f"{name}.db") for name in ("acumat", "other")}
    for name, store in stores.items():
        store.open()
        store.save_document("whose", name)
    stores["other"].close()
    tmp_path.joinpath("other.db").replace(tmp_path / "acumat.db")
    with pytest.raises(StoreUnavailableError):
        stores["acumat"].save_document("lost", "2")
    stores["acumat"].open()
    assert stores["acumat"].document("whose") == "other"
    stores["acumat"].close()


def test_a_folder_that_is_removed_begins_a_fresh_history(tmp_path: Path) -> None:
    store = Store(tmp_path / "state" / "acumat.db")
    store.open()
    shutil.rmtree(tmp_path / "state")
    with pytest.raises(StoreUnavailableError):
        store.save_document("lost", "2")
    store.close()
    store.open()
    assert store.document("lost") is None
    store.close()
