"""A release on the disk: whole or not there, and the links to it."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from acumat_update import install
from acumat_update.install import digest_of, is_whole, unpack
from acumat_update.journal import DIGEST, RECORD, UNFINISHED, Journal, Outcome, Stage, read
from acumat_update.machine import Machine
from acumat_update.main import main
from acumat_update.switch import CannotError

from acumat.release import last_switch

CODE = {"bin/acumat": "#!/bin/sh\n", "lib/acumat/__init__.py": "X = 1\n"}


@contextmanager
def closing_handle(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        yield handle
    finally:
        os.close(handle)


def archive(folder: Path, files: dict[str, str] = CODE) -> Path:
    """As release.sh makes it."""
    sums = "".join(f"{hashlib.sha256(text.encode()).hexdigest()}  ./{name}\n" for name, text in files.items())
    path = folder / "release.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, text in {**files, "files.sha256": sums}.items():
            member = tarfile.TarInfo(f"./{name}")
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return path


def test_a_release_is_unpacked_beside_the_others_and_compiled(tmp_path: Path) -> None:
    packed, root = archive(tmp_path), tmp_path / "opt"
    assert unpack(packed, root, "0.3.0") == "0.3.0"
    assert is_whole(root / "0.3.0", digest_of(packed))
    assert list((root / "0.3.0").rglob("*.pyc")), "the daemon's user may not write there, and would compile at each start"
    assert unpack(packed, root, "0.3.0") == "0.3.0.1", "what runs is never written over"


@pytest.mark.parametrize("name", ["lib/acumat/__init__.py", "files.sha256", "payload.sha256"])
def test_a_release_that_lacks_a_file_or_has_another_is_not_whole(tmp_path: Path, name: str) -> None:
    packed, root = archive(tmp_path), tmp_path / "opt"
    release = root / unpack(packed, root, "0.3.0")
    (release / name).write_text("other\n")
    assert not is_whole(release, digest_of(packed))
    (release / name).unlink()
    assert not is_whole(release, digest_of(packed))


def test_what_was_left_half_unpacked_is_no_hindrance(tmp_path: Path) -> None:
    packed, root = archive(tmp_path), tmp_path / "opt"
    (root / UNFINISHED / "lib").mkdir(parents=True)
    (root / UNFINISHED / "lib" / "half.py").touch()
    release = root / unpack(packed, root, "0.3.0")
    assert not (release / "lib" / "half.py").exists()


def test_a_full_disk_and_a_damaged_archive_leave_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed, root = archive(tmp_path), tmp_path / "opt"
    monkeypatch.setattr(install, "SPARE_BYTES", 1 << 60)
    with pytest.raises(CannotError, match=r"MB of room are needed, .* are free"):
        unpack(packed, root, "0.3.0")
    packed.write_bytes(packed.read_bytes()[:100])
    with pytest.raises(CannotError, match="cannot be unpacked"):
        unpack(packed, root, "0.3.0")
    assert not list(root.iterdir())


def test_into_an_image_a_release_is_put_at_once(tmp_path: Path) -> None:
    packed, image = archive(tmp_path, {**CODE, "share/acumat.service": "one\n", "share/README.md": ""}), tmp_path / "image"
    root, units = image / "opt", image / "usr/lib/systemd/system"

    def install_as(version: str) -> str | None:
        assert main(["--image", str(image), "install", str(packed), version], Path("/opt")) == 0
        return Machine(root, live=False).release()

    assert install_as("0.2.0") == "0.2.0"
    assert install_as("0.3.0") == "0.2.0", "the same archive changes nothing"
    assert [(unit.name, unit.is_symlink(), unit.read_text()) for unit in units.iterdir()] == [
        ("acumat.service", False, "one\n")
    ]
    packed = archive(tmp_path, {**CODE, "share/acumat.service": "two\n"})
    assert install_as("0.3.0") == "0.3.0"
    assert (units / "acumat.service").read_text() == "two\n"
    assert read(root / "switch.json") is None


def test_releases_that_are_neither_in_use_nor_the_one_before_are_removed(tmp_path: Path) -> None:
    machine = Machine(tmp_path, live=False)
    for name in ("0.1.0", "0.2.0", "0.3.0", UNFINISHED):
        (tmp_path / name / "lib").mkdir(parents=True)
        (tmp_path / name / DIGEST).touch()
    (tmp_path / "backups").mkdir()
    left = {"0.1.0", "0.2.0", "current", "previous", "backups"}  # the last is somebody's, and no release
    machine.point_to("0.2.0")
    machine.keep_only("0.2.0", "0.1.0")
    assert {each.name for each in tmp_path.iterdir()} == left
    (tmp_path / "0.3.0").mkdir()
    (tmp_path / "0.3.0" / DIGEST).touch()
    machine.keep_only("0.2.0", None)
    assert {each.name for each in tmp_path.iterdir()} == left
    assert (machine.release("current"), machine.release("previous")) == ("0.2.0", "0.1.0")
    machine.point_to("gone")
    assert machine.release() is None, "a link to nothing is no release"


def test_a_release_that_cannot_be_removed_hinders_no_switch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(path: Path, **_how: object) -> None:
        if path.exists():
            raise OSError(errno.EBUSY, "Device or resource busy", str(path))

    machine = Machine(tmp_path, live=False)
    for name in ("0.1.0", "0.2.0", "0.3.0"):
        (tmp_path / name).mkdir()
        (tmp_path / name / DIGEST).touch()
    monkeypatch.setattr(shutil, "rmtree", refused)
    machine.keep_only("0.3.0", "0.2.0")
    assert "an earlier release cannot be removed ([Errno 16]" in capsys.readouterr().err
    monkeypatch.undo()
    machine.keep_only("0.3.0", None)
    assert {each.name for each in tmp_path.iterdir()} == {"0.2.0", "0.3.0", "previous"}


def test_one_command_at_a_time_begins_a_switch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[bool] = []

    def unpacked(_archive: Path, root: Path, _version: str) -> str:
        with closing_handle(root) as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held.append(True)
        raise CannotError("enough")

    monkeypatch.setattr("acumat_update.main.unpack", unpacked)
    for _ in range(2):  # what one has held is free again, however it ends
        assert main(["--image", str(tmp_path), "install", str(archive(tmp_path)), "0.3.0"], Path("/opt")) == 1
    assert len(held) == 2


def test_without_an_earlier_release_nothing_goes_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--image", str(tmp_path), "back"], Path("/nowhere")) == 1
    assert capsys.readouterr().err == f"acumat: there is no release below {tmp_path}/nowhere\n"
    (tmp_path / "nowhere").mkdir()
    assert main(["--image", str(tmp_path), "back"], Path("/nowhere")) == 1
    assert capsys.readouterr().err == f"acumat: there is no earlier release below {tmp_path}/nowhere\n"
    for link, name in (("previous", "0.2.0"), ("current", "0.3.0")):
        (tmp_path / "nowhere" / name).mkdir()
        (tmp_path / "nowhere" / link).symlink_to(name)
    assert main(["--image", str(tmp_path), "back"], Path("/nowhere")) == 1
    assert capsys.readouterr().err.startswith("acumat: systemd does not run here")
    assert read(tmp_path / "nowhere" / "switch.json") is None, "nothing waits there for ever"


@pytest.mark.parametrize("argv", [[], ["install"], ["back", "now"], ["--image"]])
def test_anything_else_is_explained(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv, Path("/nowhere")) == 2
    assert "install ARCHIVE VERSION" in capsys.readouterr().err


def test_a_switch_is_read_as_it_was_written_and_a_spoiled_one_is_none(tmp_path: Path) -> None:
    machine = Machine(tmp_path, live=False)
    journal = Journal("0.2.0", "0.3.0", Stage.ON_TRIAL, ailing=("bus",), trials=1, put_back=True)
    for each in (journal, journal.returning("x"), journal.ending(Outcome.RETURNED, "x"), Journal("a", "b", ailing=None)):
        machine.write_journal(each)
        assert machine.read_journal() == each
    for spoiled in ("", "[]", "{}", '{"before": "0.2.0"}', '{"before": "a", "after": "b", "stage": "x"}'):
        (tmp_path / "switch.json").write_text(spoiled)
        assert machine.read_journal() is None
    machine.write_journal(None)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("outcome", "code", "text"),
    [
        (Outcome.KEPT, "ok", ""),
        (
            Outcome.RETURNED,
            "update_returned",
            "Version 0.3.0 was installed and did not stay: it ended. Version 0.2.0 is in use again.",
        ),
        (Outcome.NOT_SWITCHED, "update_not_switched", "Version 0.3.0 could not be put in use: it ended. Version 0.2.0 stays."),
    ],
)
def test_health_says_of_the_last_switch_what_was_not_kept(tmp_path: Path, outcome: Outcome, code: str, text: str) -> None:
    release = tmp_path / "0.2.0"
    release.mkdir()
    assert last_switch(release) is None, "a checkout has no releases beside it"
    (release / "payload.sha256").touch()
    nothing = last_switch(release)
    assert nothing is not None
    assert nothing.condition.code == "ok"
    Machine(tmp_path, live=False).record(Journal("0.2.0", "0.3.0").ending(outcome, "it ended"))
    found = last_switch(release)
    assert found is not None
    assert found.condition.code == code
    assert found.condition.text.startswith(text)
    (tmp_path / RECORD).write_text("spoiled")
    spoiled = last_switch(release)
    assert spoiled is not None
    assert spoiled.condition.code == "ok"
