"""Finds the newest package of acumat that apt knows."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from acumat_update.journal import write

NEWEST = "newest.json"
PACKAGE = "acumat"


def record_newest(root: Path) -> None:
    """Store it for the daemon, which cannot ask apt. It makes no network request: apt looks for updates on its own schedule."""
    shown = subprocess.run(
        ["apt-cache", "policy", PACKAGE],
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    found = dict(line.strip().split(": ", 1) for line in shown.splitlines() if ": " in line)
    latest = found.get("Candidate", "(none)")
    write(root / NEWEST, None if latest == "(none)" else {"latest": latest})
