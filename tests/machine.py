"""How slow the machine is at the moment: what is promised in seconds is promised for one that has a processor to give."""

from __future__ import annotations

import time

WORK_S = 0.05
"""Some tenths of what a scheduler shares out in turn, so that several turns of all others fall into it."""
_slowest = 1.0


def slowdown() -> float:
    """How many times as long a piece of work takes now as it would alone: 1 on an idle machine, 4 where four share a core.

    It is the time that passes over the processor time that this thread is given while it wants nothing else.
    """
    global _slowest  # noqa: PLW0603
    began_s, worked_s = time.monotonic(), time.thread_time()
    while (work_s := time.thread_time() - worked_s) < WORK_S:
        pass
    found = max(1.0, (time.monotonic() - began_s) / work_s)
    _slowest = max(_slowest, found)
    return found


def patience_s(seconds: float) -> float:
    """How long to wait for what takes at most so long on an idle machine: by the slowest that this one was seen to be."""
    slowdown()
    return seconds * _slowest
