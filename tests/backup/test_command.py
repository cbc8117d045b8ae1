"""What the commands for a mat that moves say where something is in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from acumat.cli import exit_codes
from acumat.cli.main import main
from acumat.control import claimed
from acumat.mqtt.former import NAME
from tests.backup.mats import mat


def test_a_backup_that_cannot_be_written_names_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = mat(tmp_path / "mat")
    file = tmp_path / "none" / "b"
    assert main(["backup", str(file), "--config", str(of.config_path)]) == exit_codes.DATA
    assert capsys.readouterr().err.startswith(f"acumat: {file}: No such file or directory; check")


def test_a_restore_that_cannot_be_written_names_the_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = mat(tmp_path / "mat")
    of.back_up(tmp_path / "b")
    assert main(["restore", str(tmp_path / "b"), "--config", str(tmp_path)]) == exit_codes.DATA
    assert capsys.readouterr().err.startswith(f"acumat: {tmp_path}: ")


def test_a_restore_beside_a_daemon_says_what_to_stop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = mat(tmp_path / "mat")
    of.back_up(tmp_path / "b")
    socket = of.config.daemon.control_socket
    socket.parent.mkdir()
    with claimed(socket):
        assert main(["restore", str(tmp_path / "b"), "--config", str(of.config_path)]) == exit_codes.REFUSED
    lock = socket.with_suffix(".lock")
    refused = f"acumat: another acumat holds {lock}; stop it first (systemctl stop acumat); nothing was changed\n"
    assert capsys.readouterr().err == refused


def test_a_mat_without_a_history_is_kept_with_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = mat(tmp_path / "mat")
    of.state.rmdir()
    assert main(["id", "--keep", "--config", str(of.config_path)]) == exit_codes.OK
    assert "There is no history in" in capsys.readouterr().out


def test_after_a_new_id_the_next_start_leaves_the_former_one_to_the_other_mat(tmp_path: Path) -> None:
    of = mat(tmp_path / "mat")
    (of.state / NAME).write_text("{}")
    assert main(["id", "--new", "--config", str(of.config_path)]) == exit_codes.OK
    assert not (of.state / NAME).exists()
