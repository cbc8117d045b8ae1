"""Ports of tests: two runs on one machine never get the same one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.broker import PORTS, free_port

ASKED = 1000
ASK = f"from tests.broker import free_port; print(*(free_port() for _ in range({ASKED})), flush=True); input()"


def test_another_process_gets_none_of_the_ports_of_this_one() -> None:
    root = Path(__file__).parents[1]
    with subprocess.Popen(
        [sys.executable, "-c", ASK], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        theirs = {int(each) for each in other.stdout.readline().split()}
        ours = {free_port() for _ in range(ASKED)}
        other.communicate("\n")
    assert theirs
    assert ours | theirs <= set(PORTS)
    assert not ours & theirs
