"""Requests about the history, answered by the history's own thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time
from typing import Any

from acumat.commands.history_table import HISTORY
from acumat.commands.people_table import PEOPLE
from acumat.contract.commands import Command, CommandName, Refusal, Response
from acumat.contract.documents import response_document
from acumat.contract.state import JsonScalar
from acumat.history.kept_events import range_of
from acumat.history.questions import Along, Answer, Asked, Question
from acumat.history.store import Store
from acumat.history.writer import Writer
from acumat.service.answers import HOLD_S, Answers
from acumat.service.events_again import again_answer
from acumat.service.inbox import HistoryAnswered
from acumat.service.machine_zone import zone_name
from acumat.service.request import UNREAD, Handler, Request, history_away, refused
from acumat_hw.clock import Clock

FILE_HOLD_S = 280.0
"""As HOLD_S, of a request with a file: its client gives up after 300 s."""
SEARCHES_MOST = 4
"""Most requests for events that may wait at once: new events are written after them, and one request may read 50,000 rows."""
SEARCHING = Refusal("busy", "Other requests for events are being answered; ask again in a few seconds.")


class HistoryRequests:
    """`under_way` gives the id of the session under way. `along` returns the routine after a request, to be stored with it.

    `on_changed` is called with the answer once it is done.
    """

    def __init__(
        self,
        writer: Writer,
        answers: Answers,
        clock: Clock,
        *,
        day_starts_at: time,
        under_way: Callable[[], str | None],
        enqueue: Callable[[HistoryAnswered], object],
        along: Callable[[Command], Along],
        on_changed: Callable[[Answer], object],
    ) -> None:
        self._writer = writer
        self._answers = answers
        self._clock = clock
        self._day_starts_at = day_starts_at
        self._under_way = under_way
        self._enqueue = enqueue
        self._along = along
        self._on_changed = on_changed
        self._searches = 0
        """Requests for events that the history has not answered yet."""

    @property
    def handlers(self) -> Mapping[CommandName, Handler]:
        """The handlers by command name."""
        names = (spec.name for spec in (*HISTORY, *PEOPLE) if spec.name is not CommandName.WHO)
        return {**dict.fromkeys(names, self._ask), CommandName.EVENTS: self._send_again}

    def on_answered(self, message: HistoryAnswered) -> None:
        """The history has done it. What it was asked to forget may have been written again until now: it goes after that."""
        command, found = message.command, message.found
        if found.ok:
            self._on_changed(found)
        if found.traces:
            self._writer.when_written(lambda _written: self._wipe(message))
            return
        response = Response(command.name, found.ok, found.reason, found.text, command.correlation)
        message.answer({**response_document(response), **found.documents})

    def _wipe(self, message: HistoryAnswered) -> None:
        """Called in the history's thread, once everything before is written."""
        command, once, found = message.command, message.answer, message.found
        self._writer.ask(lambda store: _wiped(store, found), lambda after: self._enqueue(HistoryAnswered(command, once, after)))

    def _ask(self, request: Request, **arguments: JsonScalar) -> Response | None:
        command = request.command
        if history_away(self._writer):
            return refused(command, UNREAD)
        hold_s = HOLD_S if command.file is None else FILE_HOLD_S
        once = self._answers.promise(response_document(refused(command, UNREAD)), request.answer, hold_s)
        asked = Asked(self._clock.wall(), zone_name(), self._day_starts_at, self._under_way())
        question = Question(command.name, arguments, command.file, asked, self._along(command))
        self._writer.ask(
            lambda store: _answered(store, question), lambda found: self._enqueue(HistoryAnswered(command, once, found))
        )
        return None

    def _send_again(self, request: Request, **ids: str | None) -> Response | None:
        command = request.command
        asked = range_of(ids)
        if isinstance(asked, Refusal):
            return refused(command, asked)
        if history_away(self._writer):
            return refused(command, UNREAD)
        if self._searches >= SEARCHES_MOST:
            return refused(command, SEARCHING)
        self._searches += 1

        def answered(document: dict[str, Any]) -> None:
            self._searches -= 1
            request.answer(document)

        once = self._answers.promise(response_document(refused(command, UNREAD)), answered)
        self._writer.send_again(asked, lambda found: self._enqueue(HistoryAnswered(command, once, again_answer(found))))
        return None


def _answered(store: Store, question: Question) -> Answer:
    """Called in the history's thread. Imported on demand: a daemon that is never asked saves the megabyte that this takes."""
    from acumat.history.requests import answer  # noqa: PLC0415

    return answer(store, question)


def _wiped(store: Store, found: Answer) -> Answer:
    from acumat.history.requests import wiped  # noqa: PLC0415  as above

    return wiped(store, found)
