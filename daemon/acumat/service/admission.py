"""Limits on requests: each origin has one for questions and one for changes; urgent requests have none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from acumat.commands.spec import CommandSpec
from acumat.contract.commands import Origin, Refusal
from acumat.service.answers import Answers

MEASURES: dict[tuple[Origin, bool], tuple[float, float]] = {
    ("mqtt", True): (30, 10.0),
    ("mqtt", False): (20, 2.0),
    ("control", False): (60, 5.0),
}
"""By origin and whether the request only reads: how many at once, and how many a second in the long run. Questions at the
socket need no limit: each of its few clients waits for its answer."""
WAITING_MOST = 32
"""Requests that may wait for the disk at once, beside urgent ones."""
UNCONFIRMED_MOST = 60
"""Changes that may wait in memory while the disk cannot be written: more would push finished sessions out of the queue."""
BUSY = Refusal("busy", "Too many requests at once; this one was not taken. Try again in a few seconds.")
DISK = Refusal("busy", "The disk does not keep up, so that nothing more can be changed now. Try again in a minute.")


@dataclass(slots=True)
class Bucket:
    """So many at once, and so many a second in the long run."""

    burst: float
    rate_hz: float
    full_s: float = 0.0
    """When the bucket will be full again."""

    def takes(self, now_s: float) -> bool:
        """Whether one more is taken now."""
        due_s = max(self.full_s, now_s) + 1.0 / self.rate_hz
        if due_s - now_s > self.burst / self.rate_hz + 1e-9:
            return False
        self.full_s = due_s
        return True


class Admission:
    """Refuses commands that are too many. `store_works` is whether the history can be written."""

    def __init__(self, monotonic: Callable[[], float], answers: Answers, *, store_works: Callable[[], bool]) -> None:
        self._monotonic = monotonic
        self._answers = answers
        self._store_works = store_works
        self._buckets: dict[tuple[Origin, bool], Bucket] = {}

    def refusal(self, origin: Origin, spec: CommandSpec) -> Refusal | None:
        """None if such a command is accepted now. An urgent command changes something once at most, so it is never refused."""
        if spec.urgent:
            return None
        measure = MEASURES.get((origin, spec.reads))
        if measure is not None:
            bucket = self._buckets.setdefault((origin, spec.reads), Bucket(*measure))
            if not bucket.takes(self._monotonic()):
                return BUSY
        if self._answers.waiting >= WAITING_MOST:
            return DISK
        if not spec.reads and self._answers.unconfirmed >= UNCONFIRMED_MOST and not self._store_works():
            return DISK
        return None
