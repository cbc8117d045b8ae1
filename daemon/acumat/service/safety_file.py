"""A small file for the safety state: it can be written while the disk is full and the history unreadable.

Two slots of fixed size, allocated once with real bytes, are written in turn and in place, each with its length, its number and
a checksum: if one is damaged, the slot before it is still whole.
"""

from __future__ import annotations

import logging
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from acumat.contract.state import Condition
from acumat.whole_file import whole_file
from acumat_hw.digest import sha256

log = logging.getLogger(__name__)

NAME = "safety.slots"
MAGIC = b"acumat-safety-1"
SLOT_BYTES = 4096
SLOTS = 2
RETRY_S = 5.0
"""A failed write is tried again after this long."""

Then = Callable[[bool], None]


class _Slot(NamedTuple):
    slot: int
    number: int
    text: str


class SafetyFile:
    """Stores one text. `save` never waits: a thread writes the newest, and no reading or writing ever raises."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._waiting: str | None = None
        """The newest text that is not on the disk yet."""
        self._copies = 1
        """The number of slots that it is still to be written into."""
        self._waiters: list[Then] = []
        self._stopping = self._given_up = False
        self._failed = False
        self.condition = Condition()
        self._slot, self._number = SLOTS - 1, 0
        """The slot that was written last, and its number."""

    def read(self) -> str | None:
        """The newest text that is whole; None if there is none. The log names what is damaged and does not quote it."""
        try:
            data = _whole(self.path)
        except FileNotFoundError:
            return None
        except OSError as exc:
            log.error("%s cannot be read (%s): the copy in the history is used", self.path, exc.strerror)
            return None
        newest, damaged = _newest(data)
        if newest is None:
            if damaged:
                log.error("%s is damaged: the copy in the history is used", self.path)
            return None
        if damaged:
            log.warning("one of the two copies in %s is damaged: the other one is used", self.path)
        self._slot, self._number = newest.slot, newest.number
        return newest.text

    def save(self, text: str, *, everywhere: bool = False) -> None:
        """Have this text written; an older one that still waits is dropped.

        `everywhere`: into all slots, so that no older text remains.
        """
        with self._wake:
            if everywhere or self._waiting is None:
                self._copies = SLOTS if everywhere else 1
            self._waiting = text
            self._begin()
            self._wake.notify()

    def when_stored(self, then: Then) -> None:
        """Call `then` with True once everything saved so far is on the disk, or with False if it cannot be written now.

        That is at once if nothing waits, else in the writing thread.
        """
        with self._wake:
            if self._waiting is not None:
                self._waiters.append(then)
                self._wake.notify()  # a write that has failed is tried again at once
                return
        then(True)

    def stop(self, timeout_s: float) -> None:
        """Write what waits and end; waits at most `timeout_s`."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join(timeout_s)
        self._given_up = True  # another daemon may write the file from now on

    def _begin(self) -> None:
        """The thread begins with the first text."""
        if self._thread is not None:
            return
        thread = threading.Thread(target=self._run, name="safety", daemon=True)
        try:
            thread.start()
        except RuntimeError as exc:  # the system gives no more threads for now: the next text tries again
            log.error("%s waits to be written (%s)", self.path, exc)
        else:
            self._thread = thread

    def _run(self) -> None:
        while True:
            with self._wake:
                while self._waiting is None and not self._stopping:
                    self._wake.wait()
                if self._waiting is None or self._given_up:
                    return
            self.turn()
            with self._wake:
                if self._failed and not self._stopping:
                    self._wake.wait(RETRY_S)
                if self._failed and self._stopping:
                    return

    def turn(self) -> None:
        """Write the waiting text, once, and answer everybody who asked before."""
        with self._wake:
            text, waiters = self._waiting, self._waiters
            self._waiters = []
        if text is None:
            return
        stored = self._written(text)
        with self._wake:
            newest = stored and self._waiting == text  # unless a newer one has been saved meanwhile
            self._copies -= newest
            if newest and not self._copies:
                self._waiting = None
                waiters, self._waiters = waiters + self._waiters, []  # those who asked while it was written
        for then in waiters:
            try:
                then(stored)
            except Exception as exc:  # noqa: BLE001  its text may quote what is private, and this thread must go on
                log.error("whoever waited for %s could not take the answer (%s)", self.path, type(exc).__name__)

    def _written(self, text: str) -> bool:
        try:
            if not self._number:
                self._look_first()
            slot, number = (self._slot + 1) % SLOTS, self._number + 1
            _put(self.path, slot, number, text)
        except (OSError, ValueError, MemoryError) as exc:
            why = exc.strerror if isinstance(exc, OSError) else "too long" if isinstance(exc, ValueError) else "out of memory"
            text = f"{self.path} cannot be written ({why}): a symptom reported now holds until the next restart only. "
            text += "Check the disk and the folder's permissions."
            if not self._failed:
                log.error("%s", text)
            self._failed, self.condition = True, Condition("safety_unwritable", text)
            return False
        if self._failed:
            log.info("%s can be written again", self.path)
        self._slot, self._number, self._failed, self.condition = slot, number, False, Condition()
        return True

    def _look_first(self) -> None:
        """Nothing was read at the start: a text in the file by now must not count as newer than the one to be written."""
        try:
            newest, _ = _newest(_whole(self.path))
        except FileNotFoundError:
            return
        except OSError:
            os.close(_made(self.path))  # it can never be read: a new file takes its place
            return
        if newest is not None:
            self._slot, self._number = newest.slot, newest.number


def _whole(path: Path) -> bytes:
    """The whole content. Raises OSError if it is no regular file."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(0, "it is no regular file")
        return os.pread(handle, SLOTS * SLOT_BYTES, 0)
    finally:
        os.close(handle)


def _newest(data: bytes) -> tuple[_Slot | None, bool]:
    """The newest whole slot, and whether another one is damaged; a slot that was never written is not damaged."""
    found = [_slot(data, slot) for slot in range(SLOTS)]
    parts = [data[slot * SLOT_BYTES : (slot + 1) * SLOT_BYTES] for slot in range(SLOTS)]
    damaged = any(
        whole is None and (len(part) < SLOT_BYTES or part.strip(b"\n")) for whole, part in zip(found, parts, strict=True)
    )
    good = [each for each in found if each is not None]
    return max(good, key=lambda each: each.number, default=None), damaged


def _slot(data: bytes, slot: int) -> _Slot | None:
    """The content of a slot; None if it is not whole."""
    raw = data[slot * SLOT_BYTES : (slot + 1) * SLOT_BYTES]
    head, _, rest = raw.partition(b"\n")
    try:
        magic, number, length, digest = head.split(b" ")
        body = rest[: int(length)]
        whole = magic == MAGIC and _digest(number, body) == digest and len(body) == int(length)
        return _Slot(slot, int(number), body.decode("ascii")) if whole else None
    except ValueError:
        return None


def _digest(number: bytes, body: bytes) -> bytes:
    return sha256(number + b" " + body).hex().encode()


def _put(path: Path, slot: int, number: int, text: str) -> None:
    body, count = text.encode("ascii"), b"%d" % number
    raw = b"%s %s %d %s\n%s" % (MAGIC, count, len(body), _digest(count, body), body)
    if len(raw) > SLOT_BYTES:
        raise ValueError("too long")
    handle = _opened(path)
    try:
        _put_all(handle, raw.ljust(SLOT_BYTES, b"\n"), slot * SLOT_BYTES)
    finally:
        os.close(handle)


def _put_all(handle: int, data: bytes, offset: int) -> None:
    if os.pwrite(handle, data, offset) != len(data):
        raise OSError(0, "written in part")
    os.fsync(handle)


def _opened(path: Path) -> int:
    """The file with both slots in place, for its owner alone. Made first, so that no later write needs room on the disk."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return _made(path)
    if stat.S_ISREG(os.fstat(handle).st_mode) and os.fstat(handle).st_size >= SLOTS * SLOT_BYTES:
        return handle
    os.close(handle)
    return _made(path)


def _made(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.write(b"\n" * (SLOTS * SLOT_BYTES))
    return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
