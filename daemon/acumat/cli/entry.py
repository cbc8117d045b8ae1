"""Where the command `acumat` begins: Ctrl-C ends it without a traceback, also while the rest is still being imported.

So do SIGTERM, and SIGHUP when its terminal is closed: whatever it has begun is tidied up, and then the signal ends the process.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from types import FrameType

INTERRUPTED = 130
"""The same as in exit_codes, which is imported only inside."""
ENDING = (signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Run the command of the command line."""
    try:
        with _ending_in_order():
            make_streams_usable()
            from acumat.cli.main import main as command  # noqa: PLC0415

            return command()
    except KeyboardInterrupt:
        return INTERRUPTED


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """A signal that would end the process at once ends the block as Ctrl-C does, and the process after it."""
    came: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        if not came:  # a second one is not to interrupt the tidying up
            came.append(number)
            raise KeyboardInterrupt

    caught = [each for each in ENDING if signal.getsignal(each) is signal.SIG_DFL]  # nohup has SIGHUP ignored
    for each in caught:
        signal.signal(each, end)
    try:
        yield
    finally:
        for each in caught:
            signal.signal(each, signal.SIG_DFL)
        if came:
            signal.raise_signal(came[0])


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
