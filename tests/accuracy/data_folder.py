"""Where the real recordings lie that are not in the repository: the folder that ACUMAT_DATA names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def folder(name: str) -> Path:
    """The folder of one set; skips the test that asks for it when it is not there."""
    root = os.environ.get("ACUMAT_DATA")
    if not root or not (Path(root) / name).is_dir():
        pytest.skip(f"real recordings: set ACUMAT_DATA to a folder that holds {name}")
    return Path(root) / name
