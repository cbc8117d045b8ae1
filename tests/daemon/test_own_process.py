"""A module of this installation as a process, from any folder and without any environment."""

from __future__ import annotations

import subprocess
from pathlib import Path

from acumat import __version__
from acumat.own_process import own_process


def test_it_is_of_the_same_installation_and_takes_its_arguments(tmp_path: Path) -> None:
    command = own_process("acumat.cli.main", "--version")
    done = subprocess.run(command, cwd=tmp_path, env={"PYTHONPATH": "/nowhere"}, capture_output=True, text=True, check=True)
    assert done.stdout == f"acumat {__version__}\n"
