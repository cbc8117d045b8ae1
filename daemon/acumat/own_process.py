"""Starts a module of this installation as a process, wherever the installation is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

START = (
    "import os, runpy, sys; _, module, places = sys.argv[:3]; del sys.argv[1:3]; sys.path[:] = places.split(os.pathsep); "
    "runpy.run_module(module, run_name='__main__', alter_sys=True)"
)
"""Sets the same import paths: the `acumat` of a release adds its own folder, which another process would not know."""


def own_process(module: str, *arguments: str) -> list[str]:
    """The command line that runs a module. It writes no bytecode and ignores environment and user settings."""
    places = os.pathsep.join(str(Path(place).resolve()) for place in sys.path if place)
    return [sys.executable, "-IB", "-c", START, module, places, *arguments]
