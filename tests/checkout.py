"""Where this checkout is, and what a process needs that runs its modules."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = ("daemon", "hw", "sim", "update", ".")
"""Folders with packages."""


def environment(**more: str) -> dict[str, str]:
    """Our own environment, in which Python finds the packages of this checkout and its tests."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in PARTS), **more}
