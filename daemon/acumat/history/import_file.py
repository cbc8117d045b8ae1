"""Reads an export line by line and checks each row; writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from acumat.history.columns import DamagedRowError, checked
from acumat.history.export import JSON_HEAD, MINUTE_KEYS
from acumat.history.forms import AwayForm, CheckInForm, PersonForm, SessionForm, StepForm, WeeklyForm
from acumat.history.minutes import MINUTE_COLUMNS, MinuteRow, minute_values
from acumat.strict_json import NotJsonError, read_json
from acumat.typed_data import read

VALUES = MINUTE_COLUMNS.split(", ")[1:]
LINE_BYTES = 1 << 20
"""The minutes of a day have 60 kB."""
SECTIONS: dict[str, Any] = {
    "people": PersonForm,
    "sessions": SessionForm,
    "check_ins": CheckInForm,
    "weekly": WeeklyForm,
    "away": AwayForm,
    "programme_steps": StepForm,
    "minutes": None,
}
NOT_OURS = "this is no export of a history, or it was changed since. `acumat history export FILE` writes one"

Texts = Iterator[tuple[int, str]]


class RefusedImportError(Exception):
    """The file is refused; the message is a sentence with place and cause."""


@dataclass(frozen=True, slots=True)
class Minutes:
    """The minutes of one session, as they are stored."""

    session_id: str
    rows: tuple[tuple[int | None, ...], ...]


def lines(file: BinaryIO) -> Iterator[tuple[int, Any]]:
    """The checked rows from the file's start: the number of the line with a form or the minutes of a session.

    Raises RefusedImportError for another layout than that of an export, and at the first impossible row.
    """
    texts = _texts(file)
    _expect(texts, "{")
    _expect(texts, f"{JSON_HEAD},")
    for section in SECTIONS:
        _expect(texts, f'"{section}":[')
        yield from _section(texts, section)
    _expect(texts, "}")
    if next(texts, None) is not None:
        raise RefusedImportError(f"The file goes on after its end: {NOT_OURS}.")


def _section(texts: Texts, section: str) -> Iterator[tuple[int, Any]]:
    for number, text in texts:
        if text in ("]", "],"):
            return
        yield (number, _form(section, number, text.removesuffix(",")))
    raise RefusedImportError(f"The file ends too early: {NOT_OURS}.")


def _form(section: str, number: int, text: str) -> Any:  # noqa: ANN401  one of the forms
    try:
        row = read_json(text)
    except NotJsonError as exc:
        raise refused(number, str(exc).rstrip(".")) from None
    kind = SECTIONS[section]
    if kind is None:
        return _minutes(number, row)
    form, faults = read(kind, row, ignore_unknown=False)
    if form is None:
        fault = faults[0]
        raise refused(number, f"{'.'.join(map(str, fault.path))} {fault.text}".strip())
    wrong = form.fault() if isinstance(form, SessionForm | CheckInForm | AwayForm) else ""
    if wrong:
        raise refused(number, wrong)
    return form


def _minutes(number: int, row: Any) -> Minutes:  # noqa: ANN401  what JSON holds
    try:
        session_id, ours = row["session_id"], tuple(row["keys"]) == MINUTE_KEYS and len(row) == 3
        rows = tuple(minute_values(MinuteRow(session_id, *each)) for each in row["rows"])
        for each in rows:
            checked("minute", VALUES, each)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError, DamagedRowError):
        raise refused(number, "these are no minutes of a session") from None
    if not ours or not isinstance(session_id, str) or len({each[0] for each in rows}) != len(rows):
        raise refused(number, "these are no minutes of a session, each once")
    return Minutes(session_id, rows)


def _texts(file: BinaryIO) -> Texts:
    number = 0
    while data := _read(file, from_start=not number):
        number += 1
        if len(data) > LINE_BYTES:
            raise refused(number, NOT_OURS)
        try:
            yield number, data.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise refused(number, "this is not UTF-8 text") from None


def _read(file: BinaryIO, *, from_start: bool) -> bytes:
    try:
        if from_start:
            file.seek(0)
        return file.readline(LINE_BYTES + 1)
    except (OSError, ValueError) as exc:  # ValueError: the client has closed it meanwhile
        why = getattr(exc, "strerror", None) or "it is closed, or not open for this"
        raise RefusedImportError(f"The file cannot be read ({why}). Nothing was imported.") from exc


def _expect(texts: Texts, wanted: str) -> None:
    number, text = next(texts, (1, ""))
    if text != wanted:
        raise refused(number, NOT_OURS)


def refused(number: int, why: str) -> RefusedImportError:
    """The error for this line."""
    return RefusedImportError(f"Line {number}: {why}. Nothing was imported.")
