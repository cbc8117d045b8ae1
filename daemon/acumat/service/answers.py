"""Answers that wait for the disk: a change is answered once it is stored, or with the remark that it is not."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from typing import Any, NamedTuple, Protocol

from acumat.service.inbox import LoopCall, OnAnswer

HOLD_S = 20.0
"""An answer waits no longer: a client of the socket gives up after 30 s."""
WAITING_MOST = 256
"""Answers that may wait at once. Beyond that an answer is given at once, with the remark."""
NOT_STORED = "It is not stored: until the disk can be written, it holds only until the next restart."


class WhenStored(Protocol):
    """Calls `then` from any thread: with True once everything before is on disk, with False if it cannot be stored."""

    def __call__(self, then: Callable[[bool], None], /) -> None: ...


class _Waiting(NamedTuple):
    stored: dict[str, Any]
    """The answer once it is stored, ..."""
    otherwise: dict[str, Any]
    """... and if it is not."""
    answer: OnAnswer
    until_s: float
    safety: bool


class Answers:
    """Holds answers back until their changes are stored.

    `written` confirms for the history, `stored` for the safety file; `enqueue` leads into the loop. Only the loop's thread
    calls the methods; after the loop has ended, only the thread that ends the daemon.
    """

    def __init__(
        self, *, written: WhenStored, stored: WhenStored, enqueue: Callable[[LoopCall], object], monotonic: Callable[[], float]
    ) -> None:
        self._written = written
        self._stored = stored
        self._enqueue = enqueue
        self._monotonic = monotonic
        self._tickets = count()
        self._waiting: dict[int, _Waiting] = {}
        self._unmarked: deque[tuple[int, WhenStored]] = deque()
        self.unconfirmed = 0
        """Changes handed to the history since it last confirmed one."""

    @property
    def waiting(self) -> int:
        """How many answers wait for the history."""
        return sum(not each.safety for each in self._waiting.values())

    def hold(self, document: dict[str, Any], answer: OnAnswer, *, safety: bool) -> None:
        """Answer with this document once the change is on disk, in the safety file or in the history.

        The safety file has it at once; the history gets it with the frame that follows the command.
        """
        if not safety:
            self.unconfirmed += 1
        if len(self._waiting) >= WAITING_MOST:
            answer(not_stored(document))
            return
        ticket = next(self._tickets)
        self._waiting[ticket] = _Waiting(document, not_stored(document), answer, self._monotonic() + HOLD_S, safety)
        if safety:
            self._stored(partial(self._confirmed, ticket, safety=True))
        else:
            self._unmarked.append((ticket, self._written))

    def promise(self, late: dict[str, Any], answer: OnAnswer, hold_s: float = HOLD_S) -> OnAnswer:
        """A function to call with the answer of the store. If it is not called in time, the answer is `late`."""
        ticket = next(self._tickets)
        self._waiting[ticket] = _Waiting(late, late, answer, self._monotonic() + hold_s, safety=False)

        def once(document: dict[str, Any]) -> None:
            if self._waiting.pop(ticket, None) is not None:
                answer(document)

        return once

    def follow(self) -> None:
        """After each reported frame: ask the history to confirm the changes so far, and send answers that have waited long."""
        while self._unmarked:
            ticket, when = self._unmarked.popleft()
            when(partial(self._confirmed, ticket, safety=False))
        now_s = self._monotonic()
        late = [ticket for ticket, each in self._waiting.items() if now_s >= each.until_s]
        for ticket in late:
            self._release(ticket, stored=False, safety=True)

    def end(self) -> None:
        """The store confirms nothing any more: send every waiting answer, with the remark."""
        for ticket in list(self._waiting):
            self._release(ticket, stored=False, safety=True)

    def _confirmed(self, ticket: int, stored: bool, *, safety: bool) -> None:
        self._enqueue(LoopCall(partial(self._release, ticket, stored=stored, safety=safety)))

    def _release(self, ticket: int, *, stored: bool, safety: bool) -> None:
        if stored and not safety:
            self.unconfirmed = 0
        waiting = self._waiting.pop(ticket, None)
        if waiting is not None:
            waiting.answer(waiting.stored if stored else waiting.otherwise)


def not_stored(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same answer, for a change that is in memory alone."""
    return {**document, "reason": "not_stored", "text": f"{document['text']} {NOT_STORED}"}
