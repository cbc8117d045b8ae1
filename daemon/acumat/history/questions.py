"""A question about the history and its answer, as values; the code that answers is imported with the first question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any, BinaryIO, NamedTuple

from acumat.contract.commands import CommandName
from acumat.history.rows import StepRow


@dataclass(frozen=True, slots=True)
class Asked:
    """The moment of a question: Unix time, zone and beginning of the day, and the session under way."""

    now_wall_s: float
    zone: str
    starts_at: time
    under_way: str | None = None


@dataclass(frozen=True, slots=True)
class Along:
    """The routine after a request, written in the same transaction: documents by name, and steps of programmes.

    `person` is the number of the person of the request, `session_id` the session as the routine knows it.
    """

    documents: Mapping[str, str | None] = field(default_factory=dict)
    steps: tuple[StepRow, ...] = ()
    person: int | None = None
    session_id: str | None = None


class Question(NamedTuple):
    """One request: its arguments as the table of commands has them, checked, and the file that came with it."""

    name: CommandName
    arguments: Mapping[str, Any]
    file: BinaryIO | None
    asked: Asked
    along: Along = Along()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request; `documents` are added to it by their keys. `changed`: sums and last session may have changed.

    `forgot`: all that was stored of people is deleted; `forgot_before`: all of it before this Unix time. `people` are the names
    by number, if they may have changed, and `assigned` is a session that now belongs to this person. `traces`: rows are
    deleted, but pages and copies of the file still have traces of them.
    """

    text: str
    ok: bool = True
    reason: str = "done"
    documents: Mapping[str, Any] = field(default_factory=dict)
    changed: bool = False
    forgot: bool = False
    forgot_before: float | None = None
    people: Mapping[int, str] | None = None
    assigned: tuple[str, int] | None = None
    traces: bool = False
