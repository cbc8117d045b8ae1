"""Lets one thread alone touch a source that may hang, so that a reader of frames never waits for long.

A transfer on a bus whose line is held low comes back after a second, or not at all, and nothing can interrupt it. Meanwhile
`read()` gives frames without readings, with the reason, so that time continues for their consumer. Such a call waits in the
kernel and uses no processor time; one that does, or waits for some, is merely slow, on a machine that is too busy.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path

from acumat_hw.clock import Clock
from acumat_hw.errors import BUS_HANGS, TOO_BUSY, SourceUnavailableError
from acumat_hw.frame import Frame, Missing
from acumat_hw.source import FrameSource

REOPEN_AFTER_S = 5.0
"""A call that hung for this long leaves a bus that is better opened anew."""
LOOKS = 4
"""A call that is waited for is looked at so often within the patience."""
STILL_LOOKS = 2
"""After so many looks in a row at which the thread does not move the call hangs: the first one sees how it began."""
OPEN_S = 10.0
"""A source that is being opened, on a machine that is too busy, is waited for so long: half of what the watchdog allows."""
STUCK_S = 60.0
"""A call that takes longer hangs even if it moves: a reading on an emulated Pi with a tenth of a processor takes seconds."""

_Answer = Frame | Exception | None
_Call = Callable[[], Frame | None]

_ended: list[threading.Thread] = []
"""Threads that were asked to end. One that hangs is still on the bus, which over a reload is the next BusThread's as well."""


def moves_of(thread: threading.Thread) -> Callable[[], bool]:
    """What tells whether a running thread has used processor time since it was last asked, or waits for a processor (proc(5)).

    Debian's Python has no pthread_getclockid; the clock's number is Linux's own (MAKE_THREAD_CPUCLOCK in linux/posix-timers.h).
    """
    number = thread.native_id
    if number is None:
        raise RuntimeError("the thread has not been started")
    clock, stat = ~number << 3 | 6, Path(f"/proc/self/task/{number}/stat")
    used_s = 0.0

    def moves() -> bool:
        nonlocal used_s
        before_s, used_s = used_s, time.clock_gettime(clock)
        return used_s != before_s or stat.read_bytes().rpartition(b")")[2].split()[0] == b"R"

    return moves


class BusThread:
    """A FrameSource around another one. `patience_s` is how long a call may take, in the machine's seconds.

    The thread starts with the first call and ends with `close()`. One that hangs can be neither stopped nor joined: it closes
    the source and ends once it comes back, and until then nobody else in this process uses a bus.
    """

    def __init__(
        self,
        source: FrameSource,
        clock: Clock,
        *,
        sensors: int,
        patience_s: float,
        monotonic: Callable[[], float] = time.monotonic,
        moves_of: Callable[[threading.Thread], Callable[[], bool]] = moves_of,
    ) -> None:
        """`moves_of` gives what tells whether a running thread has moved since it was last asked."""
        self._source = source
        self._clock = clock
        self._sensors = sensors
        self._patience_s = patience_s
        self._monotonic = monotonic
        self._moves_of = moves_of
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._moves: Callable[[], bool] = bool
        self._stand_ins = 0
        self._away_since_s: float | None = None
        """When the call began that has not come back in time."""
        self._still = 0

    @property
    def hangs_since_s(self) -> float | None:
        """Since when a call has hung, in the machine's seconds; None if all is well or the machine is merely too busy."""
        if self._thread is None and not _one_hangs():
            return None
        return self._away_since_s if self._hangs() else None

    def open(self) -> None:
        """As the source's; a call that hangs, or takes too long, is an unavailable source."""
        if not self._is_back()[0]:
            raise SourceUnavailableError(self._why())
        done, answer = self._call(self._source.open, max(LOOKS, round(LOOKS * OPEN_S / self._patience_s)))
        if not done:
            raise SourceUnavailableError(self._why())
        if isinstance(answer, Exception):
            raise answer

    def read(self) -> Frame:
        """The source's frame; one without readings as long as the source does not come back."""
        hung_s = None if self._away_since_s is None else self.hangs_since_s
        done, answer = self._is_back()
        if done and not isinstance(answer, Exception):
            if hung_s is not None and self._monotonic() - hung_s > REOPEN_AFTER_S:
                raise SourceUnavailableError(BUS_HANGS)
            # a frame that was given up is older than those that stood in for it
            done, answer = self._call(self._source.read, LOOKS)
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            return answer
        self._stand_ins += 1
        nothing = (None,) * self._sensors
        reason = Missing.BUS_FAULT if self._hangs() else Missing.LATE
        return Frame(self._clock.monotonic(), self._stand_ins, nothing, (reason,) * self._sensors)

    def close(self) -> None:
        """As the source's, as soon as it comes back, and the end of the thread; does not wait for one that hangs."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        _ended.append(thread)
        requested_s = self._monotonic()
        self._calls.put(self._source.close)
        self._calls.put(None)
        if self._away_since_s is None:
            thread.join(self._patience_s)
            if thread.is_alive():
                self._away_since_s, self._still = requested_s, STILL_LOOKS

    def _is_back(self) -> tuple[bool, _Answer]:
        """Whether the thread is free, and what the call that was given up has brought."""
        if self._thread is None or self._away_since_s is None:
            return True, None
        try:
            answer = self._answers.get_nowait()
        except queue.Empty:
            self._look()
            return False, None
        self._away_since_s = None
        return True, answer

    def _call(self, call: _Call, looks: int) -> tuple[bool, _Answer]:
        """Let the thread do it; whether it came back in so many looks, and with what."""
        requested_s = self._monotonic()
        if self._thread is None:
            if _one_hangs():
                if self._away_since_s is None:  # nothing is known of an earlier reader's call but that it is not back
                    self._away_since_s, self._still = requested_s, STILL_LOOKS
                return False, None
            self._away_since_s = None
            self._calls, self._answers = queue.SimpleQueue(), queue.SimpleQueue()
            self._thread = threading.Thread(target=_work, args=(self._calls, self._answers), name="bus", daemon=True)
            self._thread.start()
            self._moves = self._moves_of(self._thread)
        self._still = 0
        self._calls.put(call)
        for _ in range(looks):
            try:
                return True, self._answers.get(timeout=self._patience_s / LOOKS)
            except queue.Empty:
                self._look()
            if self._still >= LOOKS:
                break
        self._away_since_s = requested_s
        return False, None

    def _look(self) -> None:
        self._still = 0 if self._moves() else self._still + 1

    def _hangs(self) -> bool:
        if self._away_since_s is None:
            return False
        return self._still >= STILL_LOOKS or self._monotonic() - self._away_since_s >= STUCK_S

    def _why(self) -> str:
        return BUS_HANGS if self._hangs() else TOO_BUSY


def _one_hangs() -> bool:
    """Whether a thread that was asked to end is still in a call."""
    _ended[:] = [thread for thread in _ended if thread.is_alive()]
    return bool(_ended)


def _work(calls: queue.SimpleQueue[_Call | None], answers: queue.SimpleQueue[_Answer]) -> None:
    while (call := calls.get()) is not None:
        try:
            answers.put(call())
        except Exception as error:  # noqa: BLE001  # raised again in the thread that asked
            answers.put(error)
