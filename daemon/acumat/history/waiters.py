"""Callers that wait to learn whether something was written, and their answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

OnWritten = Callable[[bool], object]


@dataclass(slots=True, eq=False)
class _Waiter:
    """A caller to answer once every call up to this number is written."""

    number: int
    on_written: OnWritten
    failed: bool


class Waiters:
    """Calls are numbered by the backlog."""

    def __init__(self) -> None:
        self._waiters: list[_Waiter] = []
        self._lost_since_last = False

    def __bool__(self) -> bool:
        return bool(self._waiters)

    def add(self, number: int, on_written: OnWritten) -> None:
        """Answer `on_written` about all calls up to this one."""
        self._waiters.append(_Waiter(number, on_written, failed=self._lost_since_last))
        self._lost_since_last = False

    def fail(self, number: int) -> None:
        """The entry of this call is lost: its waiters get False, and so does the next one."""
        self._lost_since_last = True
        for each in self._waiters:
            each.failed = each.failed or each.number >= number

    def answers(self, oldest: int | None, *, available: bool) -> list[tuple[OnWritten, bool]]:
        """The waiters to answer now, with their answers. `oldest` is the oldest call not yet written; None if there is none.

        All get an answer if the store is not available.
        """
        answered, waiting = [], []
        for each in self._waiters:
            written = oldest is None or oldest > each.number
            if written or each.failed or not available:
                answered.append((each.on_written, written and not each.failed))
            else:
                waiting.append(each)
        self._waiters = waiting
        return answered
