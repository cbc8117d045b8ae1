"""The command that shows the mat while it is at work: watch."""

from __future__ import annotations

import os
import selectors
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from acumat.cli import exit_codes
from acumat.cli.talk import ASK_S, socket_of
from acumat.cli.terminal import Happening, Terminal
from acumat.cli.watch_displays import Display, JsonLines, PlainLines, Screen
from acumat.contract.feed import HEARTBEAT_S
from acumat.control import DaemonNotRunningError, DaemonTimeoutError
from acumat.feed_client import FeedConnection, subscribe

RETRY_S = 1.0
SILENT_S = 3 * HEARTBEAT_S
"""Seconds of silence after which the daemon hangs, or its machine was asleep."""
WAITS = "Waiting for it; the display continues by itself."


def watch(config_path: Path | None, *, rate_hz: float, plain: bool, as_json: bool) -> int:
    """Show the mat until q or Ctrl-C: on a screen, in plain lines, or as the lines of the feed."""
    connect = partial(subscribe, socket_of(config_path), rate_hz, ASK_S)
    connection = connect()  # without a daemon this ends here with a sentence
    if as_json:
        return _Watch(connect, JsonLines(), None).run(connection)
    if plain or not _has_screen():
        return _Watch(connect, PlainLines(), None).run(connection)
    terminal = Terminal(sys.stdin, sys.stdout)
    return _Watch(connect, Screen(terminal), terminal).run(connection)


def _has_screen() -> bool:
    """Whether blocks of colour may be drawn: on a terminal that can, for people who want them (no-color.org)."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"
    return wanted and sys.stdout.isatty() and (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


class _Watch:
    """Passes the feed on to a display, and reconnects to a daemon that has been away."""

    def __init__(
        self,
        connect: Callable[[], FeedConnection],
        display: Display,
        terminal: Terminal | None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = connect
        self._display = display
        self._terminal = terminal
        self._monotonic = monotonic
        self._selector = selectors.DefaultSelector()
        self._connection: FeedConnection | None = None
        self._heard_s = self._retry_s = 0.0
        self._welcome = False
        """Whether the daemon has ever accepted this reader."""
        self._refused = ""
        self._over = False

    def run(self, connection: FeedConnection) -> int:
        """Run until somebody ends it. Returns the exit code."""
        try:
            with self._terminal or nullcontext():
                self._take_up(connection)
                for handle in () if self._terminal is None else self._terminal.handles:
                    self._selector.register(handle, selectors.EVENT_READ)
                while not self._over:
                    self._turn()
        except KeyboardInterrupt:
            pass
        finally:
            self._hang_up()
            self._selector.close()
        if self._refused:
            print(self._refused, file=sys.stderr)
            return exit_codes.REFUSED
        return exit_codes.OK

    def _turn(self) -> None:
        due_s = self._heard_s + SILENT_S if self._connection is not None else self._retry_s
        for key, _ in self._selector.select(max(0.0, due_s - self._monotonic())):
            if isinstance(key.fileobj, FeedConnection):
                self._read(key.fileobj)
            elif self._terminal is not None:
                for happening in self._terminal.happened(key.fd):
                    self._react(happening, self._terminal)
        if self._connection is None:
            self._try_again()
        elif self._monotonic() >= self._heard_s + SILENT_S:
            self._lose(f"The daemon has said nothing for {SILENT_S:.0f} s.")
        self._display.refresh()

    def _read(self, connection: FeedConnection) -> None:
        lines = connection.lines()
        self._heard_s = self._monotonic()
        if lines is None:
            self._lose("The daemon has stopped or starts over.")
            return
        for document in lines:
            if "kind" in document:
                self._welcome = True
                self._display.take(document)
            elif self._welcome:
                self._lose(document["text"])
                return
            else:
                self._refused, self._over = document["text"], True

    def _react(self, happening: Happening, terminal: Terminal) -> None:
        if happening is Happening.QUIT:
            self._over = True
        elif happening is Happening.PUT_ASIDE:
            terminal.put_aside()

    def _try_again(self) -> None:
        if self._monotonic() < self._retry_s:
            return
        try:
            self._take_up(self._connect())
        except (DaemonNotRunningError, DaemonTimeoutError):
            self._retry_s = self._monotonic() + RETRY_S

    def _take_up(self, connection: FeedConnection) -> None:
        self._connection, self._heard_s = connection, self._monotonic()
        self._selector.register(connection, selectors.EVENT_READ)

    def _lose(self, why: str) -> None:
        self._hang_up()
        self._retry_s = self._monotonic() + RETRY_S
        self._display.away(f"{why} {WAITS}")

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._selector.unregister(connection)
            connection.close()
