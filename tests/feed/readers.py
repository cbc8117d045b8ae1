"""The far end of a feed's socket, and lines to send through it."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from typing import Any

HELLO = {"kind": "hello", "rate_hz": 5.0}


class Peer:
    """Somebody who watches. `near` is the end that the feed gets."""

    def __init__(self) -> None:
        self.near, self.far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.far.setblocking(False)
        self._data = b""
        self.ended = False

    def read(self, most: int = 1 << 20) -> list[dict[str, Any]]:
        """The lines that are complete by now, of at most so many bytes more."""
        with suppress(BlockingIOError):
            while most > 0:
                chunk = self.far.recv(min(most, 1 << 16))
                self.ended = self.ended or not chunk
                if not chunk:
                    break
                most -= len(chunk)
                self._data += chunk
        *lines, self._data = self._data.split(b"\n")
        return [json.loads(line) for line in lines]

    def close(self) -> None:
        self.near.close()
        self.far.close()
