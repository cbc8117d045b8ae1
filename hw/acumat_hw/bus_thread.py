"""Lets one thread alone touch a source that may hang, so that a reader of frames never waits for long.

A transfer on a bus whose line is held low comes back after a second, or not at all, and nothing can interrupt it. Meanwhile
`read()` gives frames without readings, with the reason, so that time continues for their consumer. Such a call waits in the
kernel and uses no processor time; one that does is merely slow, on a machine that is too busy.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from functools import partial

from acumat_hw.clock import Clock
from acumat_hw.errors import BUS_HANGS, TOO_BUSY, SourceUnavailableError
from acumat_hw.frame import Frame, Missing
from acumat_hw.source import FrameSource

REOPEN_AFTER_S = 5.0
"""A call that hung for this long leaves a bus that is better opened anew."""
LOOKS = 4
"""A call that is waited for is looked at so often within the patience."""
STILL_LOOKS = 2
"""After so many looks in a row without any processor time used the call hangs: by the half of the patience that the first two
looks leave, a call that hangs from its beginning is found within the patience."""
SLOWEST_S = 5.0
"""A call that takes longer hangs, whatever it uses: twelve times the patience at 10 Hz, half of what the watchdog allows."""

_Answer = Frame | Exception | None
_Call = Callable[[], Frame | None]

_ended: list[threading.Thread] = []
"""Threads that were asked to end. One that hangs is still on the bus, which over a reload is the next BusThread's as well."""


def cpu_of(thread: threading.Thread) -> Callable[[], float]:
    """What tells the processor time that a running thread has used, in seconds.

    Debian's Python has no pthread_getclockid; the number is Linux's own (MAKE_THREAD_CPUCLOCK in linux/posix-timers.h).
    """
    if thread.native_id is None:
        raise RuntimeError("the thread has not been started")
    return partial(time.clock_gettime, ~thread.native_id << 3 | 6)


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
        cpu_of: Callable[[threading.Thread], Callable[[], float]] = cpu_of,
    ) -> None:
        """`cpu_of` gives what tells the processor time of a running thread, in seconds."""
        self._source = source
        self._clock = clock
        self._sensors = sensors
        self._patience_s = patience_s
        self._monotonic = monotonic
        self._cpu_of = cpu_of
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._cpu: Callable[[], float] = float
        self._stand_ins = 0
        self._away_since_s: float | None = None
        """When the call began that has not come back in time."""
        self._used_s = 0.0
        self._still = 0

    @property
    def hangs_since_s(self) -> float | None:
        """Since when a call has hung, in the machine's seconds; None if all is well or the machine is merely too busy."""
        return self._away_since_s if (_one_hangs() if self._thread is None else self._hangs()) else None

    def open(self) -> None:
        """As the source's; a call that hangs, or takes too long, is an unavailable source."""
        if not self._is_back()[0]:
            raise SourceUnavailableError(self._why())
        done, answer = self._call(self._source.open, max(LOOKS, round(LOOKS * SLOWEST_S / self._patience_s)))
        if not done:
            raise SourceUnavailableError(self._why())
        if isinstance(answer, Exception):
            raise answer

    def read(self) -> Frame:
        """The source's frame; one without readings as long as the source does not come back."""
        since_s = self._away_since_s
        done, answer = self._is_back()
        if done and not isinstance(answer, Exception):
            if since_s is not None and self._monotonic() - since_s > REOPEN_AFTER_S:
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
            self._away_since_s = requested_s if thread.is_alive() else None

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
                self._away_since_s = requested_s if self._away_since_s is None else self._away_since_s
                return False, None
            self._away_since_s = None
            self._calls, self._answers = queue.SimpleQueue(), queue.SimpleQueue()
            self._thread = threading.Thread(target=_work, args=(self._calls, self._answers), name="bus", daemon=True)
            self._thread.start()
            self._cpu = self._cpu_of(self._thread)
        self._used_s, self._still = self._cpu(), 0
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
        """Whether the thread has got any further since the last look."""
        used_s, self._used_s = self._used_s, self._cpu()
        self._still = 0 if self._used_s != used_s else self._still + 1

    def _hangs(self) -> bool:
        if self._away_since_s is None:
            return False
        still = self._thread is None or self._still >= STILL_LOOKS  # without a thread it is an earlier one that hangs
        return still or self._monotonic() - self._away_since_s >= SLOWEST_S

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
