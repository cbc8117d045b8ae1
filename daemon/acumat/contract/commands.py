"""Requests to the running daemon and their answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO, Literal

from acumat.contract.state import JsonScalar


class CommandName(StrEnum):
    """What people may ask of the running daemon."""

    CALIBRATE = "calibrate"
    CALIBRATE_CANCEL = "calibrate_cancel"
    CALIBRATE_UNDO = "calibrate_undo"
    TARE = "tare"
    PAUSE = "pause"
    GUEST = "guest"
    SENSITIVITY = "sensitivity"
    MODE = "mode"
    STATUS = "status"
    EVENTS = "events"
    """Sends stored events again, and lists which of the requested ones are gone."""
    WATCH = "watch"
    PRESS = "press"
    """A short press of the panel's button: what it means depends on what is going on."""
    HOLD = "hold"
    """A long press of the button."""
    STOP = "stop"
    SYMPTOM = "symptom"
    SCREEN = "screen"
    HEALTH_ANSWER = "health_answer"
    """The same questions one at a time."""
    HEALTH_AGAIN = "health_again"
    ADVICE = "advice"
    CHECK_IN = "check_in"
    REDNESS = "redness"
    RHYTHM = "rhythm"
    PROGRAMME = "programme"
    PROGRAMME_SET = "programme_set"
    PROGRAMME_RESET = "programme_reset"
    WEEKLY_LOOK = "weekly_look"
    NOTE = "note"
    """How the body feels after a session, and the next morning."""
    SKIP = "skip"
    """Closes the question that is open."""
    AWAY = "away"
    WASHED = "washed"
    HISTORY_LIST = "history_list"
    HISTORY_SHOW = "history_show"
    HISTORY_ADD = "history_add"
    HISTORY_EDIT = "history_edit"
    HISTORY_DELETE = "history_delete"
    HISTORY_EXPORT = "history_export"
    HISTORY_IMPORT = "history_import"
    HISTORY_FORGET = "history_forget"
    HISTORY_ASSIGN = "history_assign"
    HISTORY_HELPED = "history_helped"
    HISTORY_EXPLAIN = "history_explain"
    WHO = "who"
    PEOPLE_LIST = "people_list"
    PEOPLE_ADD = "people_add"
    PEOPLE_RENAME = "people_rename"
    PEOPLE_REMOVE = "people_remove"


Origin = Literal["mqtt", "control", "panel"]
"""Where a command comes from: a broker, the control socket, or the button."""


@dataclass(frozen=True, slots=True)
class Command:
    """A request to the service loop. `correlation` is echoed in the answer.

    `arguments` are by key, each checked and in range; one that was not given is None or has its default.
    """

    name: CommandName
    correlation: str | None = None
    origin: Origin = "mqtt"
    arguments: Mapping[str, JsonScalar] = field(default_factory=dict)
    file: BinaryIO | None = None
    """An open file that came with the request at the control socket; the client closes it."""


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to a command: done or refused, with a sentence, and figures where there are any."""

    name: str
    ok: bool
    reason: str
    text: str
    correlation: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request was refused: a reason code, and a sentence with the fix."""

    reason: str
    text: str
