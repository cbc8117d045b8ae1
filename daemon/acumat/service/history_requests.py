"""Requests about the history, which the history's own thread answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time

from acumat.contract.commands import CommandName, Response
from acumat.contract.documents import response_document
from acumat.contract.state import JsonScalar
from acumat.history.changes import Asked
from acumat.history.requests import HANDLERS, Question, answer
from acumat.history.writer import Writer
from acumat.service.answers import Answers
from acumat.service.inbox import HistoryAnswered
from acumat.service.machine_zone import zone_name
from acumat.service.request import UNREAD, Handler, Request, history_away, refused
from acumat_hw.clock import Clock


class HistoryRequests:
    """`under_way` gives the id of the session under way. `on_changed` is called when somebody has changed what is stored, with
    whether everything was forgotten.
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
        on_changed: Callable[[bool], object],
    ) -> None:
        self._writer = writer
        self._answers = answers
        self._clock = clock
        self._day_starts_at = day_starts_at
        self._under_way = under_way
        self._enqueue = enqueue
        self._on_changed = on_changed

    @property
    def handlers(self) -> Mapping[CommandName, Handler]:
        """What this answers, by name."""
        return dict.fromkeys(HANDLERS, self._ask)

    def on_answered(self, message: HistoryAnswered) -> None:
        """The history has done it."""
        command, found = message.command, message.found
        if found.changed:
            self._on_changed(found.forgot)
        response = Response(command.name, found.ok, found.reason, found.text, command.correlation)
        message.answer({**response_document(response), **found.documents})

    def _ask(self, request: Request, **arguments: JsonScalar) -> Response | None:
        command = request.command
        if history_away(self._writer):
            return refused(command, UNREAD)
        once = self._answers.promise(response_document(refused(command, UNREAD)), request.answer)
        asked = Asked(self._clock.wall(), zone_name(), self._day_starts_at, self._under_way())
        question = Question(command.name, arguments, command.file, asked)
        self._writer.ask(
            lambda store: answer(store, question), lambda found: self._enqueue(HistoryAnswered(command, once, found))
        )
        return None
