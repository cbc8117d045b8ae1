"""Passes the daemon's feed to every visitor: each has a bounded queue, in which the newest frame replaces the one before."""

from __future__ import annotations

import asyncio
from collections import deque

MAX_VISITORS = 8
"""Streams at once. A browser opens one a window, and none while the window is hidden."""
QUEUED = 32
"""Lines that may wait for a slow visitor, besides the newest frame. The oldest are dropped first: a page that missed some asks
anew."""
REMEMBERED = 20
"""Events that a visitor who comes later still sees."""


class Visitor:
    """One stream's queue."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque(maxlen=QUEUED)
        self._frame = b""
        self._filled = asyncio.Event()
        self._closed = False

    def put(self, kind: str, line: str) -> None:
        """Add a line of the feed; never waits."""
        chunk = f"event: {kind}\ndata: {line}\n\n".encode()
        if kind == "frame":
            self._frame = chunk
        else:
            self._lines.append(chunk)
        self._filled.set()

    def close(self) -> None:
        """Let the stream end once it is read empty."""
        self._closed = True
        self._filled.set()

    async def take(self) -> bytes | None:
        """All waiting lines, as soon as there are any; None after the end."""
        await self._filled.wait()
        chunk = b"".join((*self._lines, self._frame))
        self._lines.clear()
        self._frame = b""
        if not self._closed:
            self._filled.clear()
        return chunk or None


class Hub:
    """All visitors, and the lines that each of them gets first."""

    def __init__(self) -> None:
        self.watched = asyncio.Event()
        """Set while there is a visitor."""
        self._visitors: set[Visitor] = set()
        self._hello = ""
        self._frame = ""
        self._link = '{"up":false}'
        self._events: deque[str] = deque(maxlen=REMEMBERED)

    def join(self) -> Visitor | None:
        """A new visitor with all that is known so far in the queue; None if there are MAX_VISITORS."""
        if len(self._visitors) >= MAX_VISITORS:
            return None
        visitor = Visitor()
        for kind, lines in (
            ("link", [self._link]),
            ("hello", [self._hello]),
            ("event", self._events),
            ("frame", [self._frame]),
        ):
            for line in lines:
                if line:
                    visitor.put(kind, line)
        self._visitors.add(visitor)
        self.watched.set()
        return visitor

    def leave(self, visitor: Visitor) -> None:
        """The visitor is gone; may be called twice."""
        self._visitors.discard(visitor)
        if not self._visitors:
            self.watched.clear()

    def put(self, kind: str, line: str) -> None:
        """A line of the feed for everybody."""
        if kind == "hello":
            self._hello, self._frame = line, ""
        elif kind == "frame":
            self._frame = line
        elif kind == "event":
            self._events.append(line)
        for visitor in self._visitors:
            visitor.put(kind, line)

    def link(self, *, up: bool) -> None:
        """Whether the daemon shows anything. What it showed last is not shown as if it were now."""
        self._link = '{"up":true}' if up else '{"up":false}'
        if not up:
            self._frame = ""
        for visitor in self._visitors:
            visitor.put("link", self._link)

    def close(self) -> None:
        """End every stream."""
        for visitor in self._visitors:
            visitor.close()
