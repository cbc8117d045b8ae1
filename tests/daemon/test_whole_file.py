"""A file that takes another one's place: all of it or nothing, and never through a link."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from acumat.whole_file import sync, whole_file


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_it_takes_the_place_of_the_one_before(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "list"
    path.write_text("before")
    with whole_file(path, mode) as file:
        file.write(b"after")
        assert path.read_text() == "before"
    assert path.read_text() == "after"
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert names(tmp_path) == {"list"}


def test_what_raises_leaves_the_one_before_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("before")

    def interrupted() -> None:
        with whole_file(path) as file:
            file.write(b"half of it")
            raise RuntimeError("half")

    with pytest.raises(RuntimeError, match="half"):
        interrupted()
    assert path.read_text() == "before"
    assert names(tmp_path) == {"list"}


def test_what_an_earlier_attempt_left_is_removed_and_a_link_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    (tmp_path / "list.new").symlink_to(victim)
    with whole_file(tmp_path / "list") as file:
        file.write(b"after")
    assert victim.read_text() == "untouched"
    assert names(tmp_path) == {"list", "victim"}


@pytest.mark.parametrize(("code", "raises"), [(errno.EINVAL, False), (errno.EIO, True)])
def test_only_a_folder_that_cannot_be_synced_is_passed_over(
    tmp_path: Path, code: int, raises: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(_handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", answer)
    if raises:
        with pytest.raises(OSError, match="Input"):
            sync(tmp_path)
    else:
        sync(tmp_path)


def test_a_folder_that_may_be_written_and_not_read_gets_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def refused(path: os.PathLike[str], flags: int, mode: int = 0o777) -> int:
        if Path(path) == tmp_path:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return opened(path, flags, mode)

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refused)
        with whole_file(tmp_path / "list") as file:
            file.write(b"after")
    assert (tmp_path / "list").read_text() == "after"
