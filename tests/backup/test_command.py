"""What the commands for a mat that moves say where something is in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from acumat.cli import exit_codes
from acumat.cli.main import main
from acumat.control import claimed
from acumat.history.copies import copy_history
from acumat.mqtt.former import NAME
from tests.backup.mats import mat


def test_a_backup_that_cannot_be_written_names_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = mat(tmp_path / "mat")
    file = tmp_path / "none" / "b"
    assert main(["backup", str(file), "--config", str(of.config_path)]) == exit_codes.DATA
    assert capsys.readouterr().err.startswith(f"acumat: {file}: No such file or directory; check")


def test_a_damaged_history_is_not_copied_a_second_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    of = mat(tmp_path / "mat")
    of.add_session(1)
    path = of.state / "acumat.db"
    path.write_bytes(path.read_bytes()[:4096] + b"\xab" * 40_960)
    tries: list[Path] = []

    def counted(source: Path, copy: Path) -> int:
        tries.append(copy)
        return copy_history(source, copy)

    monkeypatch.setattr("acumat.backup.make.copy_history", counted)
    assert main(["backup", str(tmp_path / "b"), "--config", str(of.config_path)]) == exit_codes.UNAVAILABLE
    said = f"acumat: {path}: is damaged; start the daemon, which saves what can be read of it\n"
    assert (len(tries), capsys.readouterr().err) == (1, said)


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
