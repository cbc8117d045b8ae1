"""What guards every test is tried on tests that leave something open."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILE = """
import socket
import sqlite3

held = []


class Cycle:
    def __init__(self, what):
        self.what = what
        self.me = self


def test_first(tmp_path):
    {first}


def test_second():
    pass
"""


def outcome(folder: Path, first: str) -> tuple[int, str]:
    """Exit code and output of a run over two tests, the second of which does nothing."""
    path = folder / "test_leaves.py"
    path.write_text(FILE.format(first=first))
    options = ["-p", "tests.unclosed", "-p", "no:randomly", "-p", "no:cacheprovider", "-W", "error", "-c", "/dev/null"]
    command = [sys.executable, "-m", "pytest", *options, f"--rootdir={folder}", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("first", "words"),
    [
        ("Cycle(sqlite3.connect(':memory:'))", "unclosed database"),
        ("Cycle(socket.socket())", "unclosed <socket"),
        ("Cycle(open(tmp_path / 'some', 'w'))", "unclosed file"),
        ("held.append(socket.socket())", "left open: socket:"),
        ("held.append(sqlite3.connect(tmp_path / 'some.db')); held[0].execute('CREATE TABLE t(a)')", "some.db"),
    ],
)
def test_who_leaves_something_open_fails_and_nobody_else(first: str, words: str, tmp_path: Path) -> None:
    code, output = outcome(tmp_path, first)
    assert code == 1, output
    assert words in output
    blamed = [line.split("::")[1].split()[0] for line in output.splitlines() if line.startswith(("ERROR ", "FAILED "))]
    assert blamed == ["test_first"], output


def test_who_closes_passes(tmp_path: Path) -> None:
    code, output = outcome(tmp_path, "sqlite3.connect(':memory:').close(); socket.socket().close()")
    assert code == 0, output
