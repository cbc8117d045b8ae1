"""A restore that is killed at any moment leaves the old state or the new one, after whatever comes next."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.checkout import ROOT, environment

STEP = 3
"""Of the hundred calls that change the disk every third is tried here. All of them: python -m tests.backup.killer FOLDER 1."""


def test_old_or_new_whenever_it_is_killed_and_the_next_restore_works(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.backup.killer", str(tmp_path), str(STEP)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment(), cwd=ROOT)
    assert done.returncode == 0, done.stderr
    calls, outcomes = done.stdout.split(maxsplit=1)
    assert int(calls) > 40, "the calls that change the disk are seen"
    assert outcomes.strip() == "[False, True]"
