"""Where the secrets of a backup come back to, and who can read them there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from acumat.backup.archive import PASSWORD
from acumat.config import Config
from acumat_hw.errors import InputError
from tests.backup.mats import Mat, mat

CANARY = "c4nary-and-its-song"
NOBODY = 65534


class Placed(Mat):
    """A mat whose configuration names the files of its secrets."""

    def places(self, config: Config) -> dict[str, Path]:
        return {**super().places(config), **({PASSWORD: found} if (found := config.mqtt.password_file) else {})}


def placed(folder: Path, password_file: Path) -> Placed:
    made = mat(folder)
    text = made.config_path.read_text().replace('username = "mat"', f'username = "mat"\npassword_file = "{password_file}"')
    made.config_path.write_text(text)
    password_file.parent.mkdir(exist_ok=True)
    password_file.write_text(f"{CANARY}\n")
    password_file.chmod(0o600)
    return Placed(folder)


@pytest.mark.parametrize("folder", ["elsewhere", "gone"])
def test_a_backup_writes_nowhere_but_where_this_mat_has_its_files(tmp_path: Path, folder: str) -> None:
    """It may be somebody else's, and it is put back by root."""
    place = tmp_path / folder / "sudoers"
    of = placed(tmp_path / "mat", place)
    of.back_up(tmp_path / "b", secrets=True)
    of.config_path.write_text(of.config_path.read_text().replace("password_file", "# "))
    place.unlink()
    if folder == "gone":
        place.parent.rmdir()
    done = of.restore(tmp_path / "b")
    assert not place.exists()
    assert done.secrets == ()
    assert [str(place) in each and "zip archive" in each for each in done.left_out] == [True]
    assert CANARY not in done.left_out[0]


def test_a_folder_that_is_gone_is_named_after_all_else_is_back(tmp_path: Path) -> None:
    place = tmp_path / "secrets" / "password"
    of = placed(tmp_path / "mat", place)
    of.add_session(1)
    of.back_up(tmp_path / "b", secrets=True)
    place.unlink()
    place.parent.rmdir()
    done = of.restore(tmp_path / "b")
    assert of.sessions() == ["x-s1"]
    assert "No such file or directory" in done.left_out[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: files of two users")
@pytest.mark.parametrize("there", [True, False])
def test_the_daemon_can_read_the_password_that_it_reads_itself(tmp_path: Path, there: bool) -> None:
    of = placed(tmp_path / "mat", tmp_path / "mat" / "etc" / "password")
    of.back_up(tmp_path / "b", secrets=True)
    place = tmp_path / "mat" / "etc" / "password"
    os.chown(of.state, NOBODY, NOBODY)
    os.chown(place, NOBODY, NOBODY)
    if not there:
        of.config_path.write_text(of.config_path.read_text().replace("password_file", "# "))
        place.unlink()
    _walkable(tmp_path)
    of.restore(tmp_path / "b")
    assert (place.stat().st_uid, place.stat().st_mode & 0o777) == (NOBODY, 0o600)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: files of two users")
@pytest.mark.parametrize("there", [True, False])
def test_a_configuration_with_a_password_is_not_for_everybody(tmp_path: Path, there: bool) -> None:
    of = mat(tmp_path / "mat", password=CANARY)
    of.back_up(tmp_path / "b", secrets=True)
    os.chown(of.state, NOBODY, NOBODY)
    of.config_path.chmod(0o644)
    if not there:
        of.config_path.unlink()
    _walkable(tmp_path)
    of.restore(tmp_path / "b")
    found = of.config_path.stat()
    assert (found.st_gid, found.st_mode & 0o777) == (NOBODY, 0o640)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: files of two users")
def test_a_configuration_that_the_daemon_cannot_read_changes_nothing(tmp_path: Path) -> None:
    of = mat(tmp_path / "mat")
    of.add_session(1)
    of.back_up(tmp_path / "b")
    of.add_session(2)
    for path in (of.state, *of.state.iterdir()):
        os.chown(path, NOBODY, NOBODY)
    of.config_path.chmod(0o600)
    _walkable(tmp_path)
    with pytest.raises(InputError, match="cannot be read by the daemon's user"):
        of.restore(tmp_path / "b")
    assert of.sessions() == ["x-s1", "x-s2"]
    of.config_path.chmod(0o644)
    of.restore(tmp_path / "b")
    assert of.sessions() == ["x-s1"]


def _walkable(folder: Path) -> None:
    for path in (folder, *folder.parents):  # down to it nobody may walk
        if path.stat().st_mode & 0o001 == 0:
            path.chmod(path.stat().st_mode | 0o001)
