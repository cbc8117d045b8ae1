"""All readers of the feed and the thread that serves them, which runs only while somebody watches."""

from __future__ import annotations

import os
import select
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from acumat.contract.feed import end_document
from acumat.feed.reader import SEND_BUFFER_BYTES, Reader, line_of

READERS_MOST = 8
"""At once. The page of a mat is one reader, however many look at it."""
ENTRIES_WAITING = 128
"""Entries between the loop and the thread, which takes them within milliseconds."""
NO_FILE = -1
"""No file has this number."""
STOP_S = 1.0
"""Seconds that the end waits for the thread, which itself never waits."""


class Entry(NamedTuple):
    """A future line: `document` makes it in the feed's thread, if a reader wants it; None: there is no line."""

    frame: bool
    document: Callable[[], Mapping[str, Any] | None]


class Feed:
    """Passes entries on to readers. The loop only calls `put`, which neither waits nor formats anything."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        """Protects readers and thread. It is never held while sending or waiting."""
        self._readers: dict[int, Reader] = {}
        self._waiting: deque[Entry] = deque(maxlen=ENTRIES_WAITING)
        self._thread: threading.Thread | None = None
        self._wakeup = NO_FILE
        """An eventfd that wakes the thread; it stays open from the first reader to the end, so that it needs no lock."""
        self._closed = False

    @property
    def watched(self) -> bool:
        """Whether there is a reader."""
        return bool(self._readers)

    def adopt(self, client: socket.socket, hello: Mapping[str, Any]) -> bool:
        """Take the socket over and begin with this line. False: there is no room, and the caller still owns the socket."""
        with self._lock:
            if self._closed or len(self._readers) >= READERS_MOST:
                return False
            if self._thread is None and not self._start():
                return False
            own = socket.socket(fileno=client.detach())
            own.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
            reader = Reader(own, line_of(hello), float(hello["rate_hz"]), self._monotonic())
            self._readers[reader.handle] = reader
        self._wake()
        return True

    def put(self, entry: Entry) -> None:
        """Send this to all readers. Only the loop's thread calls it."""
        self._waiting.append(entry)
        self._wake()

    def close(self) -> None:
        """Send the last line and end; may be called twice. The loop has ended before."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is not None:
            self._wake()
            thread.join(STOP_S)
        wakeup, self._wakeup = self._wakeup, NO_FILE
        if wakeup != NO_FILE and (thread is None or not thread.is_alive()):
            os.close(wakeup)

    def _start(self) -> bool:
        """The thread waits for the lock. False: the system gives no more threads."""
        if self._wakeup == NO_FILE:
            self._wakeup = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._waiting.clear()  # entries that were too late for the last reader
        thread = threading.Thread(target=self._run, name="feed", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return False
        self._thread = thread
        return True

    def _wake(self) -> None:
        if self._wakeup != NO_FILE:
            os.eventfd_write(self._wakeup, 1)

    def _run(self) -> None:
        left: list[Reader] | None = None
        try:
            while (left := self._left()) is None:
                self._wait()
                self._serve()
        finally:
            if left is None:
                with self._lock:
                    left = self._all_taken_out()
            for reader in left:
                _end(reader, self._monotonic())

    def _left(self) -> list[Reader] | None:
        """Once the thread has nothing more to do: the readers that are left, which there are only if the daemon ends."""
        with self._lock:
            if self._readers and (self._waiting or not self._closed):
                return None
            return self._all_taken_out()

    def _all_taken_out(self) -> list[Reader]:
        """The thread ends: the next reader starts a new one."""
        readers, self._readers, self._thread = list(self._readers.values()), {}, None
        return readers

    def _wait(self) -> None:
        """Wait until an entry comes, a socket can take more or is closed, or a reader is due."""
        poll = select.poll()
        poll.register(self._wakeup, select.POLLIN)
        readers = list(self._readers.values())
        for reader in readers:
            poll.register(reader.handle, select.POLLOUT if reader.pending else 0)  # a hang-up is reported in any case
        due_s = min(reader.due_s for reader in readers) - self._monotonic()
        found = poll.poll(max(0.0, due_s) * 1000.0)
        with suppress(BlockingIOError):
            os.eventfd_read(self._wakeup)
        hung_up = [handle for handle, what in found if what & (select.POLLHUP | select.POLLERR | select.POLLNVAL)]
        with self._lock:
            self._remove(reader for reader in readers if reader.handle in hung_up)

    def _serve(self) -> None:
        """Take the waiting entries and send to each reader as much as its socket takes."""
        readers, now_s = list(self._readers.values()), self._monotonic()
        while self._waiting:
            entry = self._waiting.popleft()
            wanting = [each for each in readers if not entry.frame or each.wants_frame(now_s)]
            document = entry.document() if wanting else None
            if document is not None:
                line = line_of(document)
                for reader in wanting:
                    reader.put(line, frame=entry.frame, now_s=now_s)
        gone = [reader for reader in readers if not reader.send(now_s)]
        with self._lock:
            self._remove(gone)

    def _remove(self, gone: Iterable[Reader]) -> None:
        for reader in list(gone):
            self._readers.pop(reader.handle, None)
            reader.close()


def _end(reader: Reader, now_s: float) -> None:
    reader.put(line_of(end_document()), frame=False, now_s=now_s)
    reader.send(now_s)
    reader.close()
