"""One request to a handler, and the possible answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from acumat.contract.commands import Command, Refusal, Response
from acumat.history.writer import Writer
from acumat.service.inbox import OnAnswer

UNREAD = Refusal("history", "The history has not answered in time; what was asked for may still happen. See the mat's health.")
"""The answer if the history does not respond."""


class Request(NamedTuple):
    """An accepted command. `answer` takes the answer, once; `status` returns everything known."""

    command: Command
    answer: OnAnswer
    status: Callable[[], Mapping[str, Any]]


Handler = Callable[..., Response | None]
"""Carries out a request; the command's arguments are keywords. Returns the answer, or None if it answers later."""


def done(command: Command, text: str) -> Response:
    """It is done."""
    return Response(command.name, ok=True, reason="done", text=text, correlation=command.correlation)


def refused(command: Command, refusal: Refusal) -> Response:
    """It is not done, and nothing has changed."""
    return Response(command.name, ok=False, reason=refusal.reason, text=refusal.text, correlation=command.correlation)


def done_unless(refusal: Refusal | None, command: Command, text: str) -> Response:
    """Done, if there is no refusal."""
    return done(command, text) if refusal is None else refused(command, refusal)


def history_away(writer: Writer) -> bool:
    """Whether the history can neither be read nor written now."""
    return writer.condition.code == "store_unavailable"
