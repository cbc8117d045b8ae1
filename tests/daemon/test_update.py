"""The commands update and rollback, with stand-ins for apt and for what switches releases."""

from __future__ import annotations

from pathlib import Path

import pytest

from acumat.cli import exit_codes, update
from acumat.cli.main import main


def stand_in(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of commands: apt-cache prints the file `policy`, apt-get notes what it was asked for."""
    stand_in(tmp_path, "apt-cache", f'while read -r line; do echo "$line"; done <{tmp_path}/policy')
    stand_in(tmp_path, "apt-get", f'echo "$*" >>{tmp_path}/asked\n[ ! -e {tmp_path}/fails ]')
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(update.ENVIRONMENT, "PATH", str(tmp_path))
    return tmp_path


def policy(folder: Path, installed: str, candidate: str) -> None:
    (folder / "policy").write_text(f"acumat:\n  Installed: {installed}\n  Candidate: {candidate}\n  Version table:\n")


def test_the_check_names_a_newer_release_and_changes_nothing(apt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy(apt, "0.2.0", "0.3.0")
    assert main(["update", "--check"]) == exit_codes.OK
    assert "There is a newer one, 0.3.0: sudo acumat update" in capsys.readouterr().out
    policy(apt, "0.3.0", "0.3.0")
    assert main(["update", "--check"]) == exit_codes.OK
    assert "apt knows of no newer one" in capsys.readouterr().out
    assert not (apt / "asked").exists()


def test_after_a_rollback_the_way_forward_is_another_one(
    apt: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    policy(apt, "0.3.0", "0.3.0")
    monkeypatch.setattr(update, "how_to_install", lambda newest: f"rollback to {newest}")
    assert main(["update", "--check"]) == exit_codes.OK
    assert "rollback to 0.3.0\n" in capsys.readouterr().out


def test_what_did_not_come_as_a_package_is_not_updated_as_one(apt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy(apt, "(none)", "(none)")
    assert main(["update"]) == exit_codes.UNAVAILABLE
    assert "in its checkout: git pull && sudo make install" in capsys.readouterr().err
    (apt / "apt-cache").unlink()
    assert main(["update", "--check"]) == exit_codes.UNAVAILABLE
    assert "there is no apt here" in capsys.readouterr().err
    assert not (apt / "asked").exists()


def test_an_update_asks_apt_for_this_package_alone(
    apt: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    policy(apt, "0.2.0", "0.3.0")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert main(["update"]) == exit_codes.UNAVAILABLE
    assert "this needs root: sudo acumat update" in capsys.readouterr().err
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert main(["update"]) == exit_codes.OK
    assert (apt / "asked").read_text().splitlines() == [
        "update --quiet",
        "install --yes --quiet --only-upgrade acumat",
    ]
    (apt / "fails").touch()
    assert main(["update"]) == exit_codes.UNAVAILABLE
    assert "apt-get update failed" in capsys.readouterr().err


def test_going_back_is_left_to_what_lies_outside_of_the_releases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(update, "SWITCH", tmp_path / "switch")
    assert main(["rollback"]) == exit_codes.UNAVAILABLE
    assert "acumat runs from a checkout or was not installed as a release" in capsys.readouterr().err
    stand_in(tmp_path, "switch", f'echo "$*" >{tmp_path}/asked; [ ! -e {tmp_path}/fails ]')
    assert main(["rollback"]) == exit_codes.OK
    assert (tmp_path / "asked").read_text() == "back\n"
    (tmp_path / "fails").touch()
    assert main(["rollback"]) == exit_codes.UNAVAILABLE
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert main(["rollback"]) == exit_codes.UNAVAILABLE
    assert "sudo acumat rollback" in capsys.readouterr().err
