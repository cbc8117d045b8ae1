"""Whoever writes a file of the mat's own leaves nothing unfinished behind on a disk without room."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from acumat_update import database, journal
from acumat_update.machine import Machine

from acumat.cli import exit_codes
from acumat.cli.main import main
from acumat.history.files import hint
from acumat.history.salvage import salvage
from acumat.history.schema import write_whole_copy
from acumat.service.origin import Origin, write_origin
from acumat.service.safety_file import SafetyFile
from acumat.service.starts import Starts
from acumat.state_folder import make_private
from acumat.whole_file import whole_file
from tests.backup.mats import mat
from tests.broker import PATIENCE_S
from tests.full_disk import no_room
from tests.history.stores import opened

Write = Callable[[], object]


def _of_starts(folder: Path) -> Write:
    return Starts(folder / "starts.json", safe_after=5, boot_id="boot", monotonic=lambda: 1.0).begin


def _of_origin(folder: Path) -> Write:
    return lambda: write_origin(folder, Origin("bedroom", "mark"))


def _of_safety(folder: Path) -> Write:
    def save() -> None:
        file = SafetyFile(folder / "safety.slots")
        file.save("text")
        file.stop(PATIENCE_S)

    return save


def _of_whole_file(folder: Path) -> Write:
    def write() -> None:
        with whole_file(folder / "list") as file:
            file.write(b"text")

    return write


def _of_salvage(folder: Path) -> Write:
    _history(folder)
    return lambda: salvage(folder / "acumat.db", lambda path: sqlite3.connect(path, isolation_level=None))


def _of_schema(folder: Path) -> Write:
    path = _history(folder)
    db = sqlite3.connect(path, isolation_level=None)

    def copy() -> None:
        try:
            write_whole_copy(db, path, folder / "acumat.db.schema-1")
        finally:
            db.close()

    return copy


def _of_switch(folder: Path) -> Write:
    return lambda: journal.write(folder / "switch.json", {"before": "0.2.0"})


def _of_units(folder: Path) -> Write:
    (folder / "0.3.0" / "share").mkdir(parents=True)
    (folder / "0.3.0" / "share" / "acumat.service").write_text("[Service]\n")
    (folder / "units").mkdir()
    return lambda: Machine(folder, live=False, units=folder / "units").point_to("0.3.0")


def _of_copy(folder: Path) -> Write:
    _history(folder)
    return lambda: database.copy(folder, "0.2.0")


def _history(folder: Path) -> Path:
    path = folder / "acumat.db"
    opened(path).close()
    return path


WRITERS = [_of_starts, _of_origin, _of_safety, _of_whole_file, _of_salvage, _of_schema, _of_switch, _of_units, _of_copy]


@pytest.mark.parametrize("prepare", WRITERS, ids=lambda each: each.__name__.removeprefix("_of_"))
def test_nothing_unfinished_stays_on_a_full_disk(tmp_path: Path, prepare: Callable[[Path], Write]) -> None:
    write = prepare(tmp_path)
    before = _files(tmp_path)
    with no_room(), suppress(OSError, sqlite3.Error):
        write()
    assert _files(tmp_path) == before


def _files(folder: Path) -> set[Path]:
    """All files, without the log and the index of the history, which SQLite leaves when it cannot write them back."""
    return {path for path in folder.rglob("*") if path.is_file() and path.name not in ("acumat.db-wal", "acumat.db-shm")}


def test_a_restore_without_room_for_what_it_replaces_leaves_no_staged_history(tmp_path: Path) -> None:
    of = mat(tmp_path / "mat")
    of.add_session(1)
    of.back_up(tmp_path / "b")
    size = (of.state / "acumat.db").stat().st_size
    with of.config_path.open("a", encoding="utf-8") as file:
        file.write("#" * 2 * size)
    before = _files(tmp_path)
    with no_room(left_bytes=size + size // 2), pytest.raises(OSError, match="File too large"):
        of.restore(tmp_path / "b")
    assert _files(tmp_path) - {of.state / "acumat.lock"} == before


COMMANDS = (["restore", "-"], ["history", "import", "-"], ["report", "--of", "-", "-o", "r"])


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each[0])
def test_a_command_without_room_for_what_passes_through_it_names_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    of = mat(tmp_path / "mat")
    of.add_session(1)
    reader, writer = os.pipe()
    os.write(writer, bytes(4096))
    os.close(writer)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = _files(tmp_path)
    with os.fdopen(reader) as piped, no_room():
        monkeypatch.setattr("sys.stdin", piped)
        assert main([*command, "--config", str(of.config_path)]) != exit_codes.OK
    assert capsys.readouterr().err.startswith(f"acumat: {tmp_path}: File too large; make room there")
    assert _files(tmp_path) == before


def test_a_file_that_cannot_be_written_is_named_as_it_was_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = mat(tmp_path / "mat")
    asked = ["doctor", "--bundle", str(tmp_path / "b.zip"), "--config", str(of.config_path)]
    with no_room():
        assert main(asked) == exit_codes.UNAVAILABLE
    assert capsys.readouterr().err.startswith(f"acumat: {tmp_path / 'b.zip'}: File too large; make room there")


def test_a_backup_goes_from_a_full_disk_to_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of = mat(tmp_path / "mat")
    of.add_session(1)
    tried: list[Path] = []

    def full(path: Path) -> None:
        tried.append(path)
        if path.parent == of.state:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        make_private(path)

    monkeypatch.setattr("acumat.backup.make.make_private", full)
    of.back_up(tmp_path / "b")
    assert len(tried) == 2
    assert not any(each.exists() for each in tried)
    sessions = of.sessions()
    of.restore(tmp_path / "b")
    assert of.sessions() == sessions


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_history_for_which_there_is_no_room_or_no_more_file_says_so(number: int) -> None:
    said = hint(OSError(number, os.strerror(number)))
    assert "takes no more files" in said
    assert "make room on it (df -h and df -i" in said
