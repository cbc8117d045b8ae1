"""A backup and its restore: all of a mat in one file, and back on this machine or on another one."""

from __future__ import annotations

import json
import sqlite3
import threading
import zipfile
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest

from acumat.backup.archive import Backup
from acumat.backup.private_file import give_to_caller
from acumat.backup.staged import Ready, declare_ready, finish
from acumat.coach.safety import Safety
from acumat.control import DaemonRunningError, claimed
from acumat.history.forgetting import forget_all
from acumat.history.schema import MIGRATIONS
from acumat.service.origin import Origin, foreign_origin, read_origin
from acumat.state_folder import StateInUseError, StateLock
from acumat_hw.errors import InputError
from tests.backup.mats import Mat, mat, with_state_of
from tests.history.stores import opened

CANARY = "c4nary-and-its-song"


def snapshot(of: Mat) -> dict[str, bytes]:
    """Every file, but those that come and go with a look at them."""
    skipped = ("acumat.lock", "acumat.db-shm", "acumat.db-wal")
    return {
        str(path.relative_to(of.folder)): path.read_bytes()
        for path in sorted(of.folder.rglob("*"))
        if path.is_file() and path.name not in skipped
    }


def test_all_of_a_mat_comes_back_on_another_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = mat(tmp_path / "old"), mat(tmp_path / "new", "kitchen")
    for number in (1, 2):
        old.add_session(number)
    old.protect(Safety(revision=4, professional=True))
    file = tmp_path / "bedroom.acumat"
    old.back_up(file)
    assert file.stat().st_mode & 0o777 == 0o600

    monkeypatch.setattr("acumat.backup.restore.load_config", with_state_of(new))
    done = new.restore(file)
    assert done.manifest.mat_id == "bedroom"
    assert new.config_path.read_text() == old.config_path.read_text()
    assert new.sessions() == old.sessions() == ["x-s1", "x-s2"]
    assert new.safety().professional
    assert not (new.state / "restoring").exists()
    assert 'id = "kitchen"' in (new.state / f"acumat.db.before-restore-{done.stamp}.toml").read_text()
    for path in new.state.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_history_is_of_one_moment_whoever_writes_meanwhile(tmp_path: Path) -> None:
    of = mat(tmp_path / "mat")
    of.add_session(1)
    path = of.state / "acumat.db"
    done = threading.Event()

    def write() -> None:
        """Two rows that are there together or not at all, as fast as it goes."""
        with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as db:
            number = 0
            while not done.is_set():
                number += 1
                db.execute("BEGIN IMMEDIATE")
                db.execute("INSERT OR REPLACE INTO document VALUES ('one', ?)", (str(number),))
                db.execute("INSERT OR REPLACE INTO document VALUES ('other', ?)", (str(number),))
                db.execute("COMMIT")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for turn in range(5):
            file = tmp_path / f"{turn}.acumat"
            of.back_up(file)
            zipfile.ZipFile(file).extract("acumat.db", tmp_path / str(turn))
            with closing(sqlite3.connect(tmp_path / str(turn) / "acumat.db")) as db:
                assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
                assert len({value for (value,) in db.execute("SELECT value FROM document")}) <= 1
    finally:
        done.set()
        writer.join()
    assert not list(of.state.glob("*.copying*"))


def test_secrets_are_in_it_only_if_asked_for(tmp_path: Path) -> None:
    of = mat(tmp_path / "mat", password=CANARY, extra=f'#password = "{CANARY}"  # the one before\n')
    (of.folder / "etc" / "mqtt_password").write_text(f"{CANARY}\n")
    (of.folder / "etc" / "mqtt_key").write_text("\n")
    of.add_session(1)
    bare, whole = tmp_path / "bare", tmp_path / "whole"
    of.back_up(bare)
    of.back_up(whole, secrets=True)
    assert found(bare) == 0
    assert found(whole) == 3
    (of.folder / "etc" / "mqtt_password").unlink()
    done = of.restore(whole)
    assert (of.folder / "etc" / "mqtt_password").read_text() == f"{CANARY}\n"
    assert done.secrets == (of.folder / "etc" / "mqtt_password",)
    assert (of.folder / "etc" / "mqtt_password").stat().st_mode & 0o777 == 0o600


def found(path: Path) -> int:
    with zipfile.ZipFile(path) as file:
        return sum(file.read(name).count(CANARY.encode()) for name in file.namelist())


@pytest.mark.parametrize("written", ['password = """\nx\ny"""', 'password = "a\\nb"', '"password" = "x"'])
def test_a_password_that_cannot_be_taken_out_stops_the_backup(tmp_path: Path, written: str) -> None:
    of = mat(tmp_path / "mat")
    of.config_path.write_text(of.config_path.read_text() + written + "\n")
    if "\\n" in written:
        of.back_up(tmp_path / "b")  # it is on one line
        return
    with pytest.raises(InputError, match="--secrets"):
        of.back_up(tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_nothing_is_overwritten_unless_asked_for(tmp_path: Path) -> None:
    of = mat(tmp_path / "mat")
    file = tmp_path / "b"
    file.write_text("of somebody")
    with pytest.raises(InputError, match="--force"):
        of.back_up(file)
    with pytest.raises(InputError, match="is no whole backup"):
        of.back_up(file, force=True)
    assert file.read_text() == "of somebody"
    of.back_up(tmp_path / "c")
    of.add_session(1)
    of.back_up(tmp_path / "c", force=True)
    assert "acumat.db" in zipfile.ZipFile(tmp_path / "c").namelist()


def test_a_stick_that_knows_no_owners_takes_a_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.fchown", refuses)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_UID", "1000")
    monkeypatch.setenv("SUDO_GID", "1000")
    with (tmp_path / "b").open("wb") as file:
        give_to_caller(file.fileno())


def test_what_could_not_be_put_back_is_not_taken_along(tmp_path: Path) -> None:
    of = mat(tmp_path / "mat")
    (of.folder / "etc" / "mqtt_key").write_text("x" * (65 << 10))
    with pytest.raises(InputError, match="mqtt_key has more than 64 KiB"):
        of.back_up(tmp_path / "b", secrets=True)
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("comment", ["# Password: {}", "#PASSWORD={}", "# passwd : {}", '# "pass" = {}'])
def test_a_password_in_a_comment_is_left_out(tmp_path: Path, comment: str) -> None:
    of = mat(tmp_path / "mat", extra=comment.format(CANARY) + "\n# password_file = 'x'\n")
    of.back_up(tmp_path / "b")
    assert found(tmp_path / "b") == 0
    with zipfile.ZipFile(tmp_path / "b") as file:
        assert b"# password_file = 'x'" in file.read("acumat.toml")


def test_a_mat_without_a_history_or_a_configuration_can_be_backed_up_too(tmp_path: Path) -> None:
    of = mat(tmp_path / "mat")
    of.state.rmdir()
    of.back_up(tmp_path / "b")
    of.restore(tmp_path / "b")
    assert of.safety().stops == ()


def spoiled(tmp_path: Path, how: str) -> Path:
    """A backup that cannot be used."""
    of = mat(tmp_path / "other", "bedroom")
    of.add_session(1)
    file = tmp_path / "b"
    of.back_up(file)
    data = file.read_bytes()
    match how:
        case "text":
            file.write_text("hello")
        case "empty":
            file.write_bytes(b"")
        case "cut":
            file.write_bytes(data[: len(data) * 2 // 3])
        case "flipped":
            at = data.index(b"acumat.db") + 400
            file.write_bytes(data[:at] + bytes((data[at] ^ 0xFF,)) + data[at + 1 :])
        case "zip":
            with zipfile.ZipFile(file, "w") as made:
                made.writestr("photo.jpg", b"x")
        case _:
            _rewritten(file, how)
    return file


def _rewritten(file: Path, how: str) -> None:
    with zipfile.ZipFile(file) as made:
        content = {name: made.read(name) for name in made.namelist()}
    manifest = json.loads(content["manifest.json"])
    if how == "newer format":
        manifest["version"] = 99
    elif how == "a text for the terminal":
        manifest["made_at"] = "\x1b[2Jyesterday"
    elif how == "another program's":
        manifest["format"] = "else"
    elif how == "a file more":
        content["../../evil"] = b"x"
    elif how == "a wrong digest":
        manifest["pieces"][0]["sha256"] = "0" * 64
    content["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(file, "w") as made:
        for name, each in content.items():
            made.writestr(name, each)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("text", "is no backup of acumat"),
        ("empty", "is no backup of acumat"),
        ("cut", "is no backup of acumat, or was cut short"),
        ("flipped", "damaged"),
        ("zip", "is no backup of acumat"),
        ("newer format", "install that version"),
        ("another program's", "is no backup of acumat"),
        ("a text for the terminal", "is no backup of acumat"),
        ("a file more", "damaged"),
        ("a wrong digest", "damaged"),
    ],
)
def test_what_is_no_whole_backup_changes_nothing(tmp_path: Path, how: str, says: str) -> None:
    of = mat(tmp_path / "mat")
    of.add_session(7)
    file = spoiled(tmp_path, how)
    before = snapshot(of)
    with pytest.raises(InputError, match=says):
        of.restore(file)
    assert snapshot(of) == before
    assert of.sessions() == ["x-s7"]


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (f"PRAGMA user_version = {len(MIGRATIONS) + 1}", "newer"),
        ("PRAGMA user_version = 0", "damaged"),
        ("DROP TABLE install", "damaged"),
    ],
)
def test_a_history_that_this_acumat_cannot_read_changes_nothing(tmp_path: Path, statement: str, says: str) -> None:
    of, other = mat(tmp_path / "mat"), mat(tmp_path / "other")
    of.add_session(7)
    other.add_session(1)
    with closing(sqlite3.connect(other.state / "acumat.db")) as db:
        db.execute(statement)
    other.back_up(tmp_path / "b")
    before = snapshot(of)
    with pytest.raises(InputError, match=says):
        of.restore(tmp_path / "b")
    assert snapshot(of) == before


def test_a_long_list_of_files_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("it is read")

    file = tmp_path / "b"
    with zipfile.ZipFile(file, "w") as made:
        for number in range(2000):
            made.writestr(f"{number}", b"")
    monkeypatch.setattr("acumat.backup.archive.zipfile.ZipFile", never)
    with file.open("rb") as opened_file, pytest.raises(InputError, match="is no backup of acumat"):
        Backup(opened_file, file)


def test_a_wrong_byte_anywhere_in_the_archives_own_parts_is_a_sentence(tmp_path: Path) -> None:
    of = mat(tmp_path / "mat")
    of.back_up(tmp_path / "b")
    data = (tmp_path / "b").read_bytes()
    refused = 0
    for at in (*range(60), *range(data.rindex(b"manifest.json") - 200, len(data))):
        for value in (0, 12, 14, 99, 255):  # 12 and 14 are kinds of compression, 99 a version of the format
            file = BytesIO(data[:at] + bytes((value,)) + data[at + 1 :])
            try:
                backup = Backup(file, tmp_path / "c")
            except InputError:
                refused += 1
                continue
            with suppress(InputError):
                backup.read("acumat.toml")
    assert refused > 100


@pytest.mark.parametrize(("text", "says"), [(b"# \xff", "not UTF-8"), (b"x = [", "toml")])
def test_a_configuration_that_is_none_changes_nothing(tmp_path: Path, text: bytes, says: str) -> None:
    of = mat(tmp_path / "mat")
    of.back_up(tmp_path / "b")
    _with_config(tmp_path / "b", text)
    before = snapshot(of)
    with pytest.raises(InputError, match=says):
        of.restore(tmp_path / "b")
    assert snapshot(of) == before


def test_a_configuration_that_this_acumat_cannot_use_changes_nothing(tmp_path: Path) -> None:
    of = mat(tmp_path / "mat")
    of.back_up(tmp_path / "b")
    _with_config(tmp_path / "b", (of.config_path.read_text() + "[from_the_future]\nx = 1\n").encode())
    before = snapshot(of)
    with pytest.raises(InputError, match="from_the_future"):
        of.restore(tmp_path / "b")
    assert snapshot(of) == before


def _with_config(file: Path, text: bytes) -> None:
    import hashlib

    with zipfile.ZipFile(file) as made:
        content = {name: made.read(name) for name in made.namelist()}
    content["acumat.toml"] = text
    manifest = json.loads(content["manifest.json"])
    for piece in manifest["pieces"]:
        if piece["name"] == "acumat.toml":
            piece |= {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
    content["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(file, "w") as made:
        for name, each in content.items():
            made.writestr(name, each)


def test_while_a_daemon_runs_nothing_is_changed(tmp_path: Path) -> None:
    of = mat(tmp_path / "mat")
    of.add_session(1)
    of.back_up(tmp_path / "b")
    (of.folder / "run").mkdir()
    before = snapshot(of)
    with claimed(of.config.daemon.control_socket), pytest.raises(DaemonRunningError):
        of.restore(tmp_path / "b")
    with closing(StateLock(of.state)), pytest.raises(StateInUseError):
        of.restore(tmp_path / "b")
    assert {name: data for name, data in snapshot(of).items() if not name.startswith("run")} == {
        name: data for name, data in before.items() if not name.startswith("run")
    }


def test_the_id_goes_along_where_the_machine_gave_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of = mat(tmp_path / "mat")
    of.config_path.write_text(of.config_path.read_text().replace('[mat]\nid = "bedroom"\n', ""))
    monkeypatch.setattr("acumat.backup.make.machine_mat_id", lambda: "0ld0ld00")
    of.back_up(tmp_path / "b")
    of.restore(tmp_path / "b")
    assert of.config.mat_id == "0ld0ld00"
    assert of.config_path.read_text().startswith("# this mat's own\n")


def test_on_the_same_machine_the_configuration_comes_back_letter_by_letter(tmp_path: Path) -> None:
    of = mat(tmp_path / "mat")
    of.config_path.write_text(of.config_path.read_text().replace('[mat]\nid = "bedroom"\n', ""))
    of.config_path.chmod(0o640)
    text = of.config_path.read_text()
    of.back_up(tmp_path / "b")
    of.config_path.write_text(text + "# changed\n")
    of.restore(tmp_path / "b")
    assert of.config_path.read_text() == text
    assert of.config_path.stat().st_mode & 0o777 == 0o640


def test_another_machine_is_noticed_until_somebody_says_which_mat_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = mat(tmp_path / "mat")
    monkeypatch.setattr("acumat.backup.make.machine_mark", lambda: "of another one")
    of.back_up(tmp_path / "b")
    of.restore(tmp_path / "b")
    here = Origin("bedroom", "of this one")
    for _start in range(2):
        origin = foreign_origin(of.state, here)
        assert origin is not None
        assert origin.condition.code == "other_machine"
        assert "acumat id --keep" in origin.condition.text
        assert "acumat id --new" in origin.condition.text
    assert foreign_origin(of.state, replace(here, mat_id="attic")) is None
    assert read_origin(of.state) == replace(here, mat_id="attic")
    assert foreign_origin(of.state, replace(here, mat_id="attic")) is None


def test_events_get_ids_of_another_series_and_earlier_restores_are_kept_up_to_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = mat(tmp_path / "mat")
    of.add_session(1)
    with closing(sqlite3.connect(of.state / "acumat.db")) as db:
        db.execute("UPDATE install SET last_event_no = 404")
        db.commit()
    of.back_up(tmp_path / "b")
    ids = {install_of(of)}
    for day in range(1, 6):
        moment = datetime(2026, 11, day, tzinfo=UTC)
        monkeypatch.setattr("acumat.backup.restore.datetime", SimpleNamespace(now=lambda _zone, moment=moment: moment))
        of.restore(tmp_path / "b")
        ids.add(install_of(of))
    assert len(ids) == 6
    with closing(sqlite3.connect(of.state / "acumat.db")) as db:
        assert db.execute("SELECT last_event_no FROM install").fetchone() == (0,), "a reader misses none before the first"
    kept = {path.name[len("acumat.db.before-restore-") :][:8] for path in of.state.glob("acumat.db.before-restore-*")}
    assert kept == {"20261103", "20261104", "20261105"}


def test_two_restores_within_a_second_keep_what_was_there_before_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of = mat(tmp_path / "mat")
    of.add_session(1)
    of.back_up(tmp_path / "b")
    of.add_session(2)
    moment = datetime(2026, 11, 1, 12, 0, 59, tzinfo=UTC)
    monkeypatch.setattr("acumat.backup.restore.datetime", SimpleNamespace(now=lambda _zone: moment))
    first, second = of.restore(tmp_path / "b"), of.restore(tmp_path / "b")
    assert (first.stamp, second.stamp) == ("20261101-120059", "20261101-120100")
    assert of.sessions() == ["x-s1"]
    with closing(sqlite3.connect(of.state / f"acumat.db.before-restore-{first.stamp}")) as db:
        assert db.execute("SELECT count(*) FROM session").fetchone() == (2,)


def test_a_staged_state_that_is_being_discarded_counts_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However far its removal has got: what is left of it must not take the place of the present data."""
    of = mat(tmp_path / "mat")
    of.add_session(1)
    (of.state / "restoring").mkdir()
    (of.state / "restoring" / "acumat.db").write_bytes(b"")
    declare_ready(of.state, Ready(str(of.config_path), "of another configuration", "20261101-120000"))

    def cut_off(_folder: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("acumat.backup.staged.shutil.rmtree", cut_off)
    with pytest.raises(KeyboardInterrupt):
        finish(of.state)
    monkeypatch.undo()
    assert not (of.state / "restoring" / "ready.json").exists()
    assert not finish(of.state)
    assert of.sessions() == ["x-s1"]


def test_what_is_forgotten_goes_from_what_a_restore_has_kept(tmp_path: Path) -> None:
    of = mat(tmp_path / "mat")
    of.add_session(1)
    of.protect(Safety(revision=1))
    of.back_up(tmp_path / "b")
    of.restore(tmp_path / "b")
    assert len(list(of.state.glob("*before-restore*"))) >= 3
    with closing(opened(of.state / "acumat.db")) as store:
        store.forget(forget_all)
        store.wipe()
    assert list(of.state.glob("*before-restore*")) == []


def install_of(of: Mat) -> str:
    with closing(sqlite3.connect(of.state / "acumat.db")) as db:
        return str(db.execute("SELECT id FROM install").fetchone()[0])
