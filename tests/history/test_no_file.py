"""Whatever stands in the place of the history, or of a file beside it, is named and never waited for."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from acumat.cli import exit_codes
from acumat.cli.main import main
from acumat.control import DaemonForbiddenError, claimed
from acumat.history.copies import documents_in, people_in
from acumat.service.origin import NAME as ORIGIN
from acumat.service.origin import read_origin
from acumat.web.code import SecretFile
from tests.backup.mats import Mat, mat

Make = Callable[[Path], None]
NOBODY = 65534


def dangling(path: Path) -> None:
    path.symlink_to(path.with_name("elsewhere") / path.name)


def loop(path: Path) -> None:
    path.symlink_to(path)


KINDS = {"pipe": os.mkfifo, "folder": Path.mkdir, "link": dangling, "loop": loop}


@pytest.fixture(params=list(KINDS.values()), ids=list(KINDS))
def make(request: pytest.FixtureRequest) -> Make:
    made: Make = request.param
    return made


COMMANDS = (
    ("backup", "{folder}/mat.acumat"),
    ("sessions",),
    ("history", "list"),
    ("history", "export", "{folder}/history.json"),
    ("report", "-o", "{folder}/report.html"),
    ("people",),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_each_command_names_what_is_no_history(
    command: tuple[str, ...], make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = mat(tmp_path, "bedroom")
    path = here.state / "acumat.db"
    path.unlink(missing_ok=True)
    make(path)
    before = sorted(tmp_path.iterdir())
    assert called(command, here) == exit_codes.UNAVAILABLE
    assert str(path) in (said := capsys.readouterr().err)
    assert "move it away" in said or "remove the link" in said
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("stands_there", [dangling, loop, Path.touch], ids=["link", "loop", "file"])
def test_each_command_names_what_is_no_folder(
    command: tuple[str, ...], stands_there: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = mat(tmp_path, "bedroom")
    here.state.rename(tmp_path / "kept")
    stands_there(here.state)
    assert called(command, here) == exit_codes.UNAVAILABLE
    assert str(here.state) in (said := capsys.readouterr().err)
    assert "move it away" in said or "mount the disk" in said


def test_a_start_waits_for_nothing(make: Make, tmp_path: Path) -> None:
    (tmp_path / "control.lock").touch()
    for name in (ORIGIN, "acumat.db", "code"):
        make(tmp_path / name)
    assert read_origin(tmp_path) is None
    assert documents_in(tmp_path / "acumat.db") == {}
    assert people_in(tmp_path / "acumat.db") == {}
    assert SecretFile(tmp_path / "code").current() is None


def test_a_lock_that_is_no_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "control.lock")
    with (
        pytest.raises(DaemonForbiddenError, match=r"control\.lock cannot be opened .*; move it away"),
        claimed(tmp_path / "control.sock"),
    ):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: files of two users")
def test_what_root_asks_of_a_damaged_history_leaves_it_to_its_owner(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = mat(tmp_path, "bedroom")
    here.add_session(1)
    assert called(("history", "list"), here) == exit_codes.OK, "all is loaded, also where only root may read this Python"
    with closing(sqlite3.connect(here.state / "acumat.db")) as db, db:
        db.execute("UPDATE install SET last_seq = 'x'")
    for path in (here.state, *here.state.iterdir()):
        os.chown(path, NOBODY, NOBODY)
    for path in (tmp_path, *tmp_path.parents):  # down to it nobody may walk
        path.chmod(path.stat().st_mode | 0o001)
    assert called(("history", "list"), here) == exit_codes.OK, capsys.readouterr().err
    assert list(here.state.glob("acumat.db.broken-*"))
    assert {path.stat().st_uid for path in here.state.iterdir()} == {NOBODY}


def called(command: tuple[str, ...], here: Mat) -> int:
    return main([*(each.format(folder=here.folder) for each in command), "--config", str(here.config_path)])
