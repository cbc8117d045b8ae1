"""A terminal that one command uses alone for a while: reads keys, draws changes, and restores it afterwards."""

from __future__ import annotations

import os
import signal
import termios
import tty
from collections.abc import Iterator, Sequence
from contextlib import suppress
from enum import Enum, auto
from types import FrameType
from typing import Any, TextIO

ENTER = "\x1b[?1049h\x1b[?25l"
"""Switches to the second screen without a cursor, as in xterm and its successors."""
LEAVE = "\x1b[0m\x1b[?25h\x1b[?1049l"
REST_OF_LINE, ALL = "\x1b[K", "\x1b[2J"
CAUGHT = (signal.SIGWINCH, signal.SIGTSTP, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ENDING = b"qQ\x03\x04"
"""q, and Ctrl-C and Ctrl-D where the terminal passes them on."""
READ_MOST = 1024


class Happening(Enum):
    """What a person can do at the terminal."""

    QUIT = auto()
    RESIZED = auto()
    PUT_ASIDE = auto()


class Terminal:
    """A context manager: afterwards the terminal is as before, whatever has happened.

    Keyboard and screen are those of the process.
    """

    def __init__(self, keyboard: TextIO, screen: TextIO) -> None:
        self._keyboard = keyboard
        self._screen = screen
        self._before: list[Any] | None = None
        """The earlier mode of the keyboard; None if it is no terminal."""
        self._signals: tuple[int, int] | None = None
        """A pipe by which signals wake a waiting call: its reading end, and the end that the interpreter writes to."""
        self._handlers: dict[signal.Signals, Any] = {}
        self._wakes_before = -1
        self._shown: Sequence[str | None] = []
        """The text of each row; empty if unknown."""

    def __enter__(self) -> Terminal:
        self._signals = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._wakes_before = signal.set_wakeup_fd(self._signals[1], warn_on_full_buffer=False)
        self._handlers = {number: signal.signal(number, _noted) for number in CAUGHT}
        if self._keyboard.isatty():
            self._before = termios.tcgetattr(self._keyboard)
        self._take()
        return self

    def __exit__(self, *_: object) -> None:
        self._give_back()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakes_before)
        for handle in self._signals or ():
            os.close(handle)

    @property
    def handles(self) -> Iterator[int]:
        """The handles to wait for."""
        if self._signals is not None:
            yield self._signals[0]
        if self._before is not None:
            yield self._keyboard.fileno()

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        size = os.get_terminal_size(self._screen.fileno())
        return (size.columns or 80), (size.lines or 24)  # a serial line has no size

    def happened(self, handle: int) -> Iterator[Happening]:
        """The input from this handle, which is ready."""
        data = os.read(handle, READ_MOST)
        if self._signals is None or handle != self._signals[0]:
            if not data or any(key in ENDING for key in data):
                yield Happening.QUIT
            return
        for number in data:
            if number == signal.SIGWINCH:
                self._clear()
                yield Happening.RESIZED
            else:
                yield Happening.PUT_ASIDE if number == signal.SIGTSTP else Happening.QUIT

    def put_aside(self) -> None:
        """Stop on Ctrl-Z, with the terminal as before, until the shell continues the process."""
        self._give_back()
        os.kill(os.getpid(), signal.SIGSTOP)
        self._take()

    def draw(self, lines: Sequence[str]) -> None:
        """Draw the changed lines, one for each row. A line that fills its row would lose its last sign."""
        if len(self._shown) != len(lines):  # the first screen, or the window has just changed
            self._clear()
        before, self._shown = self._shown or [None] * len(lines), lines
        changed = [
            f"\x1b[{row};1H{line}{REST_OF_LINE}"
            for row, (line, old) in enumerate(zip(lines, before, strict=True), 1)
            if line != old
        ]
        self._write("".join(changed))

    def _take(self) -> None:
        if self._before is not None:
            tty.setcbreak(self._keyboard)
        self._write(ENTER)
        self._clear()

    def _clear(self) -> None:
        self._shown = []
        self._write(ALL)

    def _give_back(self) -> None:
        with suppress(OSError):  # a closed terminal needs nothing
            self._write(LEAVE)
        if self._before is not None:
            with suppress(termios.error):
                termios.tcsetattr(self._keyboard, termios.TCSAFLUSH, self._before)

    def _write(self, text: str) -> None:
        self._screen.write(text)
        self._screen.flush()


def _noted(_number: int, _frame: FrameType | None) -> None:
    """The pipe has it already."""
