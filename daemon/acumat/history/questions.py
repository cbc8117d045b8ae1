"""A question about the history and its answer, as values; what answers is loaded when the first question comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any, BinaryIO, NamedTuple

from acumat.contract.commands import CommandName
from acumat.history.rows import StepRow


@dataclass(frozen=True, slots=True)
class Asked:
    """The moment in which somebody asks: Unix time, zone and beginning of the day, and the session that is under way."""

    now_wall_s: float
    zone: str
    starts_at: time
    under_way: str | None = None


@dataclass(frozen=True, slots=True)
class Along:
    """What the routine becomes by a request, written in the same transaction: documents by name, and steps of programmes.

    `person` is the number of whom the request is about, `session_id` the session as the routine knows it.
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
    """The answer to a request; `documents` are added to it by their keys. `changed`: sums and last session may be others.

    `forgot`: all that was stored of people is gone; `forgot_before`: all of it before this Unix time. `people` are the names
    by number, where they may be others now, and `assigned` is a session that is this person's now. `traces`: rows are taken
    out, and pages and copies of the file still hold something of them.
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
