"""One reader of the feed: its waiting lines and its socket."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Mapping
from typing import Any

from acumat.contract.documents import encode
from acumat.contract.feed import HEARTBEAT_S, alive_document, dropped_document

LINES_WAITING = 32
"""Lines for one reader: six seconds at the usual rate, and at most some 50 kB."""
SEND_BUFFER_BYTES = 16 << 10
"""In the kernel, for one reader: with the system's 200 kB a slow reader would lag minutes behind before a line is dropped."""
STALLED_S = 60.0
"""Seconds after which a reader that takes nothing counts as gone, since another one may need its place."""
EARLY = 0.1
"""Share of the time between two frames: a frame that is early by so much is still the due one."""


class Reader:
    """Owns the socket. `rate_hz` frames a second are wanted, 0: none. Times are monotonic seconds."""

    def __init__(self, client: socket.socket, hello: bytes, rate_hz: float, now_s: float) -> None:
        self._client = client
        self._lines: deque[tuple[bool, bytes]] = deque()
        """Each with whether it is a frame."""
        self._rest = hello
        """Of the line that is under way, which is never left out."""
        self._period_s = 1.0 / rate_hz if rate_hz else None
        self._next_frame_s = now_s
        self._last_line_s = self._moved_s = now_s
        self._dropped = [0, 0]
        """Lines since that was last said: frames, others."""

    @property
    def handle(self) -> int:
        """The socket's file number."""
        return self._client.fileno()

    @property
    def pending(self) -> bool:
        """Whether something waits for the socket to take it."""
        return bool(self._rest or self._lines)

    @property
    def due_s(self) -> float:
        """When it has to be served again even without a new line."""
        return self._moved_s + STALLED_S if self.pending else self._last_line_s + HEARTBEAT_S

    def wants_frame(self, now_s: float) -> bool:
        """Whether a frame is due by this reader's rate. If so, the next one is due a period later; none is made up for."""
        period_s = self._period_s
        if period_s is None or now_s < self._next_frame_s - EARLY * period_s:
            return False
        scheduled_s = self._next_frame_s + period_s
        self._next_frame_s = scheduled_s if scheduled_s > now_s else now_s + period_s
        return True

    def put(self, line: bytes, *, frame: bool, now_s: float) -> None:
        """Queue the line. The oldest frame makes room for it, or without a waiting frame the oldest line."""
        if len(self._lines) >= LINES_WAITING:
            oldest = next((place for place, (is_frame, _) in enumerate(self._lines) if is_frame), 0)
            self._dropped[0 if self._lines[oldest][0] else 1] += 1
            del self._lines[oldest]
        if not self.pending:
            self._moved_s = now_s
        self._lines.append((frame, line))
        self._last_line_s = now_s

    def send(self, now_s: float) -> bool:
        """Send as much as the socket takes now, with a heartbeat if one is due. False: this reader is gone."""
        if not self.pending and now_s >= self._last_line_s + HEARTBEAT_S:
            self.put(line_of(alive_document()), frame=False, now_s=now_s)
        try:
            while self.pending:
                self._rest = self._rest or self._next()
                sent = self._client.send(self._rest, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
                self._rest = self._rest[sent:]
                self._moved_s = now_s
        except BlockingIOError:
            return now_s < self._moved_s + STALLED_S
        except OSError:
            return False
        return True

    def close(self) -> None:
        self._client.close()

    def _next(self) -> bytes:
        frames, others = self._dropped
        if frames or others:
            self._dropped = [0, 0]
            return line_of(dropped_document(frames, others))
        return self._lines.popleft()[1]


def line_of(document: Mapping[str, Any]) -> bytes:
    """As it is sent."""
    return encode(document).encode() + b"\n"
