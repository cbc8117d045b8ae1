"""The one way into the loop, from any thread: what is urgent first, and nobody may fill the memory."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from acumat.documents import response_document
from acumat.history.rows import Kept, StepRow
from acumat.model import Command, CommandName, Learned, Response, Totals
from acumat.mqtt.client import Arrived, Happening
from acumat.mqtt.commands import MAX_PAYLOAD_BYTES
from acumat_hw.panel import Press

Answer = Callable[[dict[str, Any]], None]

WAITING_MOST = 4096
"""Messages of one lane that may wait. The loop answers each, if only with `busy`: more than 15 s of a flood of 250/s."""
WAITING_BYTES = 1 << 20
URGENT = (CommandName.SYMPTOM, CommandName.STOP, CommandName.PRESS, CommandName.HOLD)
"""What a person lying there asks for: these overtake everything else."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request at the control socket."""

    request: dict[str, Any]
    answer: Answer


@dataclass(frozen=True, slots=True)
class Found:
    """What the store had kept, read late because it could not be opened at the start."""

    kept: Kept


@dataclass(frozen=True, slots=True)
class Counted:
    """The store's sums for the day that has begun."""

    totals: Totals


@dataclass(frozen=True, slots=True)
class Pressed:
    """The panel's button."""

    kind: Press


@dataclass(frozen=True, slots=True)
class Undone:
    """The store has taken back a calibration (None: there was none)."""

    command: Command
    answer: Answer
    learned: Learned | None


@dataclass(frozen=True, slots=True)
class Steps:
    """The store has read the last steps of the programme."""

    command: Command
    answer: Answer
    steps: list[StepRow]


@dataclass(frozen=True, slots=True)
class Due:
    """Something that another thread has brought about: done in the loop, or at once where the loop has ended."""

    act: Callable[[], None]


Report = Undone | Steps | Counted | Found | Due
Message = Happening | Asked | Pressed | Report


class Inbox:
    """Three lanes: what the daemon's own threads report always finds room, then urgent requests, then all others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reports: deque[Message] = deque()
        self._urgent: deque[Message] = deque()
        self._others: deque[Message] = deque()
        self._bytes = 0
        self._shut = False
        self.refused = 0

    @property
    def waiting(self) -> bool:
        """Whether anything is there to be taken."""
        return bool(self._reports or self._urgent or self._others)

    def put(self, message: Message) -> bool:
        """Never blocks. False if the message found no room."""
        if isinstance(message, Arrived) and len(message.payload) > MAX_PAYLOAD_BYTES:
            message = replace(message, payload=message.payload[: MAX_PAYLOAD_BYTES + 1])  # refused for its length, unread
        with self._lock:
            taken = self._place(message)
        if not taken and isinstance(message, Due):
            message.act()
            return True
        return taken

    def ask(self, request: dict[str, Any], answer: Answer) -> None:
        """A request of the control socket."""
        if self.put(Asked(request, answer)):
            return
        if self._shut:
            _refuse(answer, "stopping", "The daemon is stopping or starting over.")
        else:
            _refuse(answer, "busy", "Too many requests wait; try again.")

    def shut(self) -> None:
        """The loop has ended: nobody waits for an answer that never comes."""
        with self._lock:
            self._shut = True
        for message in self.take():
            if isinstance(message, Asked):
                _refuse(message.answer, "stopping", "The daemon is stopping or starting over.")
            elif isinstance(message, Due):
                message.act()

    def take(self, others: int = WAITING_MOST) -> list[Message]:
        """What waits now, the urgent before the others, of which no more than so many are taken."""
        with self._lock:
            messages = [*self._reports, *self._urgent]
            self._reports.clear()
            self._urgent.clear()
            while self._others and others > 0:
                messages.append(self._others.popleft())
                others -= 1
            self._bytes -= sum(map(_size, messages))
        return messages

    def _place(self, message: Message) -> bool:
        if self._shut:
            return False
        lane = self._lane(message)
        if lane is self._reports:
            lane.append(message)
            return True
        size = _size(message)
        full = lane is self._others and self._bytes + size > WAITING_BYTES  # large payloads crowd no symptom out
        if full or len(lane) >= WAITING_MOST:
            self.refused += 1
            return False
        self._bytes += size
        lane.append(message)
        return True

    def _lane(self, message: Message) -> deque[Message]:
        match message:
            case Pressed():
                return self._urgent
            case Arrived():
                return self._urgent if message.topic.rpartition("/command/")[2] in URGENT else self._others
            case Asked():
                return self._urgent if message.request.get("command") in URGENT else self._others
            case _:
                return self._reports


def _size(message: Message) -> int:
    return len(message.payload) if isinstance(message, Arrived) else 0


def _refuse(answer: Answer, reason: str, text: str) -> None:
    answer(response_document(Response("", ok=False, reason=reason, text=text)))
