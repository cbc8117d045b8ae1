"""A daemon's socket with a feed that says what the test wants, and `acumat watch` as a process beside it."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import socket
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

from acumat.control_server import ControlServer, Reply
from acumat.feed.reader import line_of
from tests.broker import PATIENCE_S, until
from tests.checkout import ROOT
from tests.watch.emulator import Emulator
from tests.watch.lines import hello


class FeedDaemon:
    """Comes and goes; `say` sends a line to all who watch."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "acumat.toml"
        self.config.write_text(f'[daemon]\nruntime_dir = "{folder / "run"}"\n')
        self._path = folder / "run" / "control.sock"
        self._server: ControlServer | None = None
        self.watching: list[socket.socket] = []
        self.asked: list[dict[str, Any]] = []
        self.refusal: dict[str, Any] | None = None

    def start(self) -> None:
        self._server = ControlServer(self._path, self._submit, self._adopt)
        self._server.start()

    def stop(self) -> None:
        for each in self.watching:
            each.close()
        self.watching.clear()
        if self._server is not None:
            self._server.close()
            self._server = None

    def say(self, *lines: dict[str, Any], cut: int | None = None) -> bytes:
        """Give the bytes that were sent; `cut` sends them in two parts."""
        until(lambda: self.watching, "somebody watches")
        data = b"".join(map(line_of, lines))
        for each in self.watching:
            each.sendall(data[:cut])
            if cut is not None:
                each.sendall(data[cut:])
        return data

    def _submit(self, request: dict[str, Any], reply: Reply) -> None:
        self.asked.append(request)
        reply(self.refusal or hello())

    def _adopt(self, client: socket.socket, first: dict[str, Any]) -> bool:
        own = socket.socket(fileno=client.detach())
        own.settimeout(PATIENCE_S)
        own.sendall(line_of(first))
        self.watching.append(own)
        return True


class WatchProcess:
    """`acumat watch` in a terminal of its own."""

    def __init__(self, config: Path, columns: int = 80, rows: int = 24, *arguments: str, environment: dict[str, str]) -> None:
        self._terminal, theirs = pty.openpty()
        self.screen = Emulator(columns, rows)
        self._size(columns, rows)
        self.before = termios.tcgetattr(theirs)
        usual = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLORTERM")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "acumat.cli.main", "watch", "--config", str(config), *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**usual, "TERM": "xterm-256color", "PYTHONUTF8": "1", **environment},
            cwd=ROOT,
            start_new_session=True,
        )
        self._theirs = theirs
        os.set_blocking(self._terminal, False)

    def resize(self, columns: int, rows: int) -> None:
        self._size(columns, rows)
        self.screen.resize(columns, rows)
        self.process.send_signal(signal.SIGWINCH)

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def look(self) -> str:
        """What stands on the screen now."""
        try:
            while True:
                self.screen.feed(os.read(self._terminal, 1 << 16))
        except OSError:  # nothing more, or all is closed
            pass
        return self.screen.text

    def shows(self, text: str) -> None:
        until(lambda: text in self.look(), f"it shows {text!r}")

    def attributes(self) -> list[Any]:
        return termios.tcgetattr(self._theirs)

    def ended(self) -> int:
        """The exit code, once it has ended."""
        until(lambda: [self.look(), self.process.poll()][1] is not None, "it ends")
        self.look()
        return int(self.process.returncode)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._terminal)
        os.close(self._theirs)

    def _size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
