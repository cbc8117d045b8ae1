"""What a command writes where somebody names a place: over nothing but its like, whole or not at all, for its owner alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from acumat.cli import exit_codes
from acumat.cli.main import main
from tests.backup.mats import Mat, mat
from tests.closing import stores_are_closed

__all__ = ["stores_are_closed"]

STORY = b'description = "mine"\n'


@pytest.fixture
def bedroom(tmp_path: Path) -> Mat:
    """A mat with some sessions and a check-in."""
    made = mat(tmp_path / "bedroom")
    for number in range(2):
        made.add_session(number)
    argv = ["history", "add", "--at", "1970-01-01T00:20:00Z", "--calm", "4", "--config", str(made.config_path)]
    assert main(argv) == exit_codes.OK
    return made


def export(mat: Mat, target: Path, form: str = "json") -> int:
    return main(["history", "export", str(target), "--format", form, "--config", str(mat.config_path)])


@pytest.mark.parametrize("form", ["json", "sessions", "check-ins", "lines"])
def test_an_export_replaces_exports_and_empty_files_alone(
    bedroom: Mat, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "mine"
    target.write_bytes(b"")
    for _ in range(2):
        assert export(bedroom, target, form) == exit_codes.OK
    whole = target.read_bytes()
    assert len(whole.splitlines()) > 1
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    for content in (STORY, b"\xff\x00", whole[:10], b"x" + whole):
        target.write_bytes(content)
        capsys.readouterr()
        assert export(bedroom, target, form) == exit_codes.DATA
        assert "is there already and is no export; choose another name" in capsys.readouterr().err
        assert target.read_bytes() == content


@pytest.mark.parametrize("name", ["acumat.db", "safety.slots", "new.json"])
def test_no_export_is_written_into_the_mats_own_folder(bedroom: Mat, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path.name: path.read_bytes() for path in bedroom.state.iterdir()}
    assert export(bedroom, bedroom.state / name) == exit_codes.DATA
    assert "is in the mat's own folder" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in bedroom.state.iterdir()} == before


@pytest.mark.parametrize("command", [["history", "export"], ["report", "--force", "-o"]])
@pytest.mark.parametrize("linked", [False, True])
def test_nothing_takes_the_place_of_the_configuration(
    bedroom: Mat, tmp_path: Path, command: list[str], linked: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    target = bedroom.config_path
    if linked:
        target = tmp_path / "link"
        target.symlink_to(bedroom.config_path)
    before = bedroom.config_path.read_bytes()
    assert main([*command, str(target), "--config", str(bedroom.config_path)]) == exit_codes.DATA
    assert "is the mat's configuration" in capsys.readouterr().err
    assert bedroom.config_path.read_bytes() == before


def test_a_full_disk_leaves_the_earlier_export(bedroom: Mat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "mine.json"
    assert export(bedroom, target) == exit_codes.OK
    before = target.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert export(bedroom, target) == exit_codes.DATA
    assert target.read_bytes() == before
