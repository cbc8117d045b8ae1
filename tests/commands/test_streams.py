"""`-` in the place of a file: standard input or output where a command takes it, and refused everywhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from acumat.cli import exit_codes
from acumat.cli.main import COMMANDS
from acumat.cli.streams import STREAM
from acumat.cli.table import Argument, Command, OneOf, a_file, a_file_or_stream
from tests.backup.mats import Mat, mat

STREAMS = {("backup", "file"), ("restore", "file"), ("report", "--output"), ("report", "--of")}
"""Besides what `acumat history` exports and imports, which is named by a word that may be an id as well."""


def arguments(command: Command) -> list[Argument]:
    return [each for one in command.arguments for each in (one.arguments if isinstance(one, OneOf) else (one,))]


def test_every_file_of_every_command_is_one_that_may_be_a_stream_or_one_that_may_not() -> None:
    files = [(command.name, each) for command in COMMANDS.values() for each in arguments(command)]
    kinds = {(name, each.names[-1]): each.options.get("type") for name, each in files}
    assert Path not in kinds.values()
    assert {where for where, kind in kinds.items() if kind is a_file_or_stream} == STREAMS
    assert len([kind for kind in kinds.values() if kind is a_file]) > 20


def test_a_dash_is_no_file() -> None:
    assert a_file("./-") == Path("-")
    with pytest.raises(ArgumentTypeError, match="standard input or output; give a name"):
        a_file("-")


def test_a_file_of_the_name_of_a_dash_is_a_file() -> None:
    assert a_file_or_stream("-") == STREAM
    assert a_file_or_stream("./-") == Path.cwd() / "-"
    assert a_file_or_stream("folder/-") == Path("folder/-")


def acumat(of: Mat, *words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "acumat.cli.main", *words]
    environment = {**os.environ, "ACUMAT_CONFIG": str(of.config_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, input=stdin, capture_output=True, check=False, cwd=of.folder, env=environment)


def test_a_backup_and_an_export_go_through_pipes_and_leave_no_file(tmp_path: Path) -> None:
    of = mat(tmp_path / "mat")
    of.add_session(1)
    before = {each.name for each in of.folder.iterdir()}
    made = acumat(of, "backup", "-")
    assert made.returncode == exit_codes.OK, made.stderr
    assert b"mat bedroom, with its history" in made.stderr
    exported = acumat(of, "history", "export", "-")
    assert exported.returncode == exit_codes.OK, exported.stderr
    of.add_session(2)
    put_back = acumat(of, "restore", "-", stdin=made.stdout)
    assert put_back.returncode == exit_codes.OK, put_back.stderr
    assert len(of.sessions()) == 1
    assert acumat(of, "history", "forget", "--all", "--yes").returncode == exit_codes.OK
    imported = acumat(of, "history", "import", "-", stdin=exported.stdout)
    assert imported.returncode == exit_codes.OK, imported.stderr
    assert len(of.sessions()) == 1
    assert {each.name for each in of.folder.iterdir()} - {"run"} == before
    refused = acumat(of, "doctor", "--bundle", "-")
    assert refused.returncode == exit_codes.USAGE
    assert b"give a name" in refused.stderr
    assert acumat(of, "restore", "-", stdin=b"no backup").returncode == exit_codes.DATA
