"""The copy of the history that a switch keeps, and its return."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from acumat_update.database import copy, copy_of, main, needs, prune, put

from acumat.history.store import Store

OLD, NEW = "0.2.0", "0.3.0"


def history(folder: Path) -> Path:
    """A history as the daemon leaves it."""
    path = folder / "acumat.db"
    with closing(Store(path)) as store:
        store.open()
        store.save_document("kept", "before")
    return path


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def document(path: Path) -> str:
    with closing(Store(path)) as store:
        store.open()
        return store.document("kept") or ""


def test_a_history_of_another_schema_comes_back_as_it_was(tmp_path: Path) -> None:
    path = history(tmp_path)
    copy(tmp_path, OLD)
    assert not needs(tmp_path, OLD)
    change(path, "UPDATE document SET value = 'after'", "PRAGMA user_version = 99")
    assert needs(tmp_path, OLD)
    put(tmp_path, OLD)
    assert not needs(tmp_path, OLD)
    assert document(path) == "before"


def test_events_after_a_return_have_ids_that_the_trial_cannot_have_used(tmp_path: Path) -> None:
    path = history(tmp_path)
    change(path, "UPDATE install SET last_event_no = 404")
    copy(tmp_path, OLD)
    series = []
    for _ in range(2):
        put(tmp_path, OLD)
        with closing(sqlite3.connect(path)) as db:
            series.append(db.execute("SELECT id, last_event_no FROM install").fetchone())
    assert len({name for name, _ in series}) == 2
    assert all(len(name) == 8 and last == 0 for name, last in series), "a reader misses none before the first"
    assert not list(tmp_path.glob("*.switching*"))


def test_what_was_written_with_the_same_schema_is_no_reason_to_go_back(tmp_path: Path) -> None:
    path = history(tmp_path)
    copy(tmp_path, OLD)
    change(path, "UPDATE document SET value = 'after'")
    assert not needs(tmp_path, OLD)


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 100])
def test_a_spoiled_history_is_a_reason_to_go_back(tmp_path: Path, damage: bytes) -> None:
    path = history(tmp_path)
    copy(tmp_path, OLD)
    path.write_bytes(damage)
    assert needs(tmp_path, OLD)
    put(tmp_path, OLD)
    assert document(path) == "before"


def test_the_log_of_the_history_that_goes_does_not_get_into_the_one_that_comes(tmp_path: Path) -> None:
    path = history(tmp_path)
    copy(tmp_path, OLD)
    killed = tmp_path / "killed"
    killed.mkdir()
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE document SET value = 'after'")
        db.execute("PRAGMA user_version = 99")
        db.commit()
        for file in tmp_path.glob("acumat.db*"):  # as a kill leaves it: the change is in the log alone
            shutil.copy(file, killed)
    assert (killed / "acumat.db-wal").stat().st_size
    put(killed, OLD)
    assert document(killed / "acumat.db") == "before"


def test_on_a_full_disk_the_copy_itself_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_source: Path, target: Path) -> None:
        target.write_bytes(b"as much as there was room for")
        raise OSError(errno.ENOSPC, "No space left on device")

    path = history(tmp_path)
    copy(tmp_path, OLD)
    change(path, "UPDATE document SET value = 'after'", "PRAGMA user_version = 99")
    monkeypatch.setattr(shutil, "copyfile", full)
    put(tmp_path, OLD)
    put(tmp_path, OLD)  # once more, after a power cut
    assert document(path) == "before"
    assert not list(tmp_path.glob("*.switching*"))
    change(path, "UPDATE document SET value = 'later'")
    copy(tmp_path, NEW)
    monkeypatch.undo()
    put(tmp_path, NEW)
    assert document(path) == "later"


def test_without_a_history_there_is_no_copy_and_an_older_copy_goes(tmp_path: Path) -> None:
    copy_of(tmp_path, OLD).write_text("of an earlier life")
    copy(tmp_path, OLD)
    assert not list(tmp_path.iterdir())
    assert not needs(tmp_path, OLD)


def test_copies_of_other_releases_are_removed_and_nothing_else(tmp_path: Path) -> None:
    history(tmp_path)
    for release in (OLD, NEW, "0.1.0"):
        copy(tmp_path, release)
    (tmp_path / "acumat.db.schema-4").touch()
    prune(tmp_path, OLD, NEW)
    assert {each.name for each in tmp_path.iterdir()} >= {f"acumat.db.of-{OLD}", f"acumat.db.of-{NEW}", "acumat.db.schema-4"}
    assert not copy_of(tmp_path, "0.1.0").exists()


def test_a_copy_is_for_its_owner_alone_and_an_unfinished_one_is_cleared_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history(tmp_path)
    (tmp_path / "acumat.db.switching").write_text("half of one")
    assert main(["copy", str(tmp_path), OLD]) == 0
    assert stat.S_IMODE(copy_of(tmp_path, OLD).stat().st_mode) == 0o600
    assert main(["needs", str(tmp_path), OLD]) == 0
    assert capsys.readouterr().out == "no\n"
    assert not (tmp_path / "acumat.db.switching").exists()


def test_what_is_in_the_way_is_a_sentence_that_quotes_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "acumat.db").write_text("no database, but a secret" * 50)
    assert main(["copy", str(tmp_path), OLD]) == 1
    said = capsys.readouterr().err
    assert said == "the history cannot be copied (DatabaseError)\n"
    assert main(["put", str(tmp_path), "none"]) == 1
    assert capsys.readouterr().err == "the history cannot be copied (No such file or directory)\n"
