"""Where the command `acumat` begins: Ctrl-C ends it without a traceback, also while the rest is still being imported."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper

INTERRUPTED = 130
"""The same as in exit_codes, which is imported only inside."""


def main() -> int:
    """Run the command of the command line."""
    try:
        make_streams_usable()
        from acumat.cli.main import main as command  # noqa: PLC0415

        return command()
    except KeyboardInterrupt:
        return INTERRUPTED


def make_streams_usable() -> None:
    """Standard streams that the caller has closed lead nowhere, and no character is an error to one that is open.

    Without this the next file that is opened gets the number of a closed stream, and with it what is meant for the terminal.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this one
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(descriptor, "w" if descriptor else "r", encoding="utf-8", closefd=False))  # noqa: SIM115
        stream = getattr(sys, name)
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace" if descriptor else "surrogateescape")
