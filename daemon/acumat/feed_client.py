"""A connection to the feed of the running daemon, which yields complete lines as they come."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

from acumat.control import DaemonNotRunningError, connected
from acumat.request_line import encoded
from acumat.strict_json import NotJsonError, read_json

LINE_MOST_BYTES = 64 << 10
CHUNK_BYTES = 64 << 10


class FeedConnection:
    """Can be waited for with `select`, by its `fileno`."""

    def __init__(self, server: socket.socket, path: Path) -> None:
        self._server = server
        self._path = path
        self._data = bytearray()

    def fileno(self) -> int:
        return self._server.fileno()

    def lines(self) -> list[dict[str, Any]] | None:
        """The lines that are complete by now; None: the daemon has hung up. Waits if nothing has come.

        Raises DaemonNotRunningError if something else answers at the socket.
        """
        try:
            chunk = self._server.recv(CHUNK_BYTES)
        except OSError:
            return None
        if not chunk:
            return None
        self._data += chunk
        *complete, rest = bytes(self._data).split(b"\n")
        if len(rest) > LINE_MOST_BYTES:
            raise self._foreign()
        self._data[:] = rest
        return [self._document(line) for line in complete]

    def _document(self, line: bytes) -> dict[str, Any]:
        """A line of the feed has a kind, a refusal its sentence."""
        try:
            document = read_json(line.decode("utf-8"))
        except (UnicodeDecodeError, NotJsonError):
            raise self._foreign() from None
        if not isinstance(document, dict) or not isinstance(document.get("kind", document.get("text")), str):
            raise self._foreign()
        return document

    def _foreign(self) -> DaemonNotRunningError:
        return DaemonNotRunningError(f"what answers at {self._path} is not acumat; check daemon.runtime_dir")

    def close(self) -> None:
        self._server.close()


def subscribe(path: Path, rate_hz: float, timeout_s: float) -> FeedConnection:
    """Ask the daemon at this socket for its feed; its answer is the first line.

    Raises DaemonNotRunningError, DaemonForbiddenError or DaemonTimeoutError.
    """
    server = connected(path, timeout_s)
    with suppress(OSError):  # disconnected before it could ask: what comes, if only an end, says so
        server.sendall(encoded({"command": "watch", "rate_hz": rate_hz}))
    return FeedConnection(server, path)
