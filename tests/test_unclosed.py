"""What guards every test is tried on tests that leave something open."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEAD = """
import socket
import sqlite3

held = []


class Cycle:
    def __init__(self, what):
        self.what = what
        self.me = self


def table(db):
    db.execute('CREATE TABLE t(a)')
    return db


def test_closes(tmp_path):
    table(sqlite3.connect(tmp_path / 'some.db')).close()
    socket.socket().close()
"""
LEFT = {
    "memory": ("Cycle(sqlite3.connect(':memory:'))", "unclosed database"),
    "database": ("table(sqlite3.connect(tmp_path / 'some.db'))", "unclosed database"),
    "cycle": ("Cycle(table(sqlite3.connect(tmp_path / 'some.db')))", "unclosed database"),
    "socket": ("Cycle(socket.socket())", "unclosed <socket"),
    "file": ("Cycle(open(tmp_path / 'some', 'w'))", "unclosed file"),
    "held_socket": ("held.append(socket.socket())", "left open: socket:"),
    "held_database": ("held.append(table(sqlite3.connect(tmp_path / 'some.db')))", "some.db"),
}


def test_who_leaves_something_open_fails_and_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "test_leaves.py"
    tests = [f"def test_{name}(tmp_path):\n    {body}\n\n\ndef test_after_{name}(): pass\n" for name, (body, _) in LEFT.items()]
    path.write_text("\n\n".join([HEAD, *tests]))
    options = ["-p", "tests.unclosed", "-W", "error", "-c", "/dev/null", "--tb=line", "-rE", f"--rootdir={tmp_path}"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(path)],
        cwd=ROOT,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    blamed = [line.split("::test_")[1] for line in done.stdout.splitlines() if line.startswith("ERROR ")]
    assert [each.split()[0] for each in blamed] == list(LEFT), done.stdout
    for name, (_, words) in LEFT.items():
        assert words in done.stdout, (name, done.stdout)
