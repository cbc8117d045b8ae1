"""Lays out `--help` at the terminal's width.

argparse makes a formatter for each argument of a command, even if nobody asks for help. Its own formatters import shutil for
the width, and with it three compression libraries: 0.4 MB for as long as the daemon runs.
"""

from __future__ import annotations

import argparse
import os
import sys

COLUMNS = 80
"""The width without a terminal."""


class Help(argparse.HelpFormatter):
    """As argparse's own."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


class RawHelp(Help, argparse.RawDescriptionHelpFormatter):
    """The same; descriptions keep their lines."""


def _columns() -> int:
    """The same as shutil.get_terminal_size."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size((sys.__stdout__ or sys.stdout).fileno()).columns or COLUMNS
    except (OSError, ValueError, AttributeError):
        return COLUMNS
