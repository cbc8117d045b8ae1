"""The only way into the loop, from any thread. Urgent messages go first; number and size of messages are bounded."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from acumat.commands.parser import MAX_PAYLOAD_BYTES
from acumat.commands.table import URGENT
from acumat.contract.commands import Command, Response
from acumat.contract.documents import response_document
from acumat.contract.learned import Learned
from acumat.contract.sessions import Totals
from acumat.history.questions import Answer
from acumat.history.rows import Restored, SessionRow, StepRow
from acumat.mqtt.client import ConnectionEvent, MessageReceived
from acumat_hw.panel import Press

OnAnswer = Callable[[dict[str, Any]], None]

WAITING_MOST = 4096
"""Messages that may wait in one lane. The loop answers each, at least with `busy`: these are more than 15 s of a flood of
250/s."""
WAITING_BYTES = 1 << 20
"""For each lane: large messages in one lane never take the room of another."""


class ControlRequest(NamedTuple):
    """A request at the control socket."""

    request: dict[str, Any]
    answer: OnAnswer


class StoreRestored(NamedTuple):
    """Data of an earlier run, read late because the store could not be opened at the start."""

    restored: Restored


class TotalsReady(NamedTuple):
    """The store's sums for the day that has begun, and its last session."""

    totals: Totals
    last: SessionRow | None


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    """The panel's button."""

    kind: Press


class CalibrationUndone(NamedTuple):
    """The store has undone a calibration (None: there was none)."""

    command: Command
    answer: OnAnswer
    learned: Learned | None


class StepsRead(NamedTuple):
    """The store has read the last steps of the programme."""

    command: Command
    answer: OnAnswer
    steps: list[StepRow]


class HistoryAnswered(NamedTuple):
    """The store has carried out a request about the history."""

    command: Command
    answer: OnAnswer
    found: Answer


@dataclass(frozen=True, slots=True)
class LoopCall:
    """A call for another thread: made in the loop, or at once if the loop has ended."""

    act: Callable[[], None]


WorkerReport = CalibrationUndone | StepsRead | HistoryAnswered | TotalsReady | StoreRestored | LoopCall
Message = ConnectionEvent | ControlRequest | ButtonPressed | WorkerReport


class _Lane:
    """Messages in order, of a bounded number and size."""

    def __init__(self) -> None:
        self.messages: deque[Message] = deque()
        self._bytes = 0

    def put(self, message: Message) -> bool:
        """Add a message; False if there is no room."""
        size = _size(message)
        if len(self.messages) >= WAITING_MOST or self._bytes + size > WAITING_BYTES:
            return False
        self._bytes += size
        self.messages.append(message)
        return True

    def take(self, most: int) -> list[Message]:
        """The first so many."""
        taken = [self.messages.popleft() for _ in range(min(most, len(self.messages)))]
        self._bytes -= sum(map(_size, taken))
        return taken


class Inbox:
    """Three lanes: reports of the daemon's own threads, which always find room, then urgent requests, then all others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reports: deque[Message] = deque()
        self._urgent = _Lane()
        self._others = _Lane()
        self._shut = False
        self.refused = 0

    @property
    def waiting(self) -> bool:
        """Whether any message waits."""
        return bool(self._reports or self._urgent.messages or self._others.messages)

    def put(self, message: Message) -> bool:
        """Never blocks. False if the message found no room."""
        if isinstance(message, MessageReceived) and len(message.payload) > MAX_PAYLOAD_BYTES:
            message = replace(message, payload=message.payload[: MAX_PAYLOAD_BYTES + 1])  # refused unread: it is too long
        with self._lock:
            taken = self._place(message)
        if not taken and isinstance(message, LoopCall):
            message.act()
            return True
        return taken

    def press(self, kind: Press) -> None:
        """The panel's button was pressed."""
        self.put(ButtonPressed(kind))

    def ask(self, request: dict[str, Any], answer: OnAnswer) -> None:
        """A request of the control socket."""
        if self.put(ControlRequest(request, answer)):
            return
        if self._shut:
            _refuse(answer, "stopping", "The daemon is stopping or starting over.")
        else:
            _refuse(answer, "busy", "Too many requests wait; try again.")

    def shut(self) -> None:
        """The loop has ended: every request that still waits is refused."""
        with self._lock:
            self._shut = True
        for message in self.take():
            if isinstance(message, ControlRequest):
                _refuse(message.answer, "stopping", "The daemon is stopping or starting over.")
            elif isinstance(message, LoopCall):
                message.act()

    def take(self, others: int = WAITING_MOST) -> list[Message]:
        """The messages that wait now: reports, then urgent ones, then at most `others` of the rest."""
        if not self.waiting:  # as nearly always
            return []
        with self._lock:
            messages = [*self._reports, *self._urgent.take(WAITING_MOST), *self._others.take(others)]
            self._reports.clear()
        return messages

    def _place(self, message: Message) -> bool:
        if self._shut:
            return False
        lane = self._lane(message)
        if lane is None:
            self._reports.append(message)
            return True
        taken = lane.put(message)
        self.refused += not taken
        return taken

    def _lane(self, message: Message) -> _Lane | None:
        """None for reports of the daemon's own threads, which always find room."""
        match message:
            case ButtonPressed():
                return self._urgent
            case MessageReceived():
                return self._urgent if message.topic.rpartition("/command/")[2] in URGENT else self._others
            case ControlRequest():
                return self._urgent if message.request.get("command") in URGENT else self._others
            case _:
                return None


def _size(message: Message) -> int:
    return len(message.payload) if isinstance(message, MessageReceived) else 0


def _refuse(answer: OnAnswer, reason: str, text: str) -> None:
    answer(response_document(Response("", ok=False, reason=reason, text=text)))
