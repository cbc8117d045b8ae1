"""Where no fresh system can be made, the script says what is missing; that is not taken for a failure."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CANNOT = 77


def only_these(folder: Path, *tools: str) -> Path:
    """A folder of commands for PATH."""
    for tool in tools:
        found = shutil.which(tool)
        if found is None:
            pytest.skip(f"needs {tool}")
        (folder / tool).symlink_to(found)
    return folder


def test_without_container_and_debootstrap_it_says_what_it_needs(tmp_path: Path) -> None:
    path = only_these(tmp_path, "bash", "git", "dirname", "mktemp", "rm", "id")
    command = [str(path / "bash"), str(ROOT / "tests" / "bare" / "run.sh"), "trixie", "true"]
    environment = {"PATH": str(path), "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == CANNOT, done.stderr
    assert "NOT TESTED on Debian trixie" in done.stderr
    assert not list(tmp_path.glob("bare-run*")), "nothing stays behind"
