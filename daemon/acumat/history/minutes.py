"""Minutes of a session: one row each, with the means over the part of the minute in which somebody lay there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from acumat.history.columns import DamagedRowError, checked
from acumat.history.schema import UnwritableError


@dataclass(frozen=True, slots=True)
class MinuteRow:
    """One minute of a session, counted from 0 at its start with lifts; None where a mean could not be known.

    `load` in percent of the reference, `lateral` and `head_foot` from -100 to 100, `evenness` and `still` (the part of the
    time) from 0 to 1, `breath` in breaths a minute.
    """

    session_id: str
    minute: int
    load: float | None = None
    lateral: float | None = None
    head_foot: float | None = None
    evenness: float | None = None
    still: float | None = None
    breath: float | None = None


MINUTE_COLUMNS = "session, minute, load_permille, lateral_pct, head_foot_pct, evenness_permille, still_pct, breaths_per_10_min"
UNDER_WAY = 0
"""The number of the minutes of the session under way, until it has ended and gets its own."""
DOCUMENT = "minutes"
"""The document with the id of that session."""
UNITS = (10, 1, 1, 1000, 100, 10)
"""How many of the stored whole numbers make one of the mean, in the order of the columns."""
DIGITS = (1, 0, 0, 3, 2, 1)


def put_minutes(db: sqlite3.Connection, rows: Iterable[MinuteRow]) -> None:
    """Write minutes of sessions that have just ended, or of the one under way. One that is there already is replaced, as
    after a restart within it. Raises UnwritableError.
    """
    for session_id, minutes in groupby(rows, key=lambda row: row.session_id):
        stored = db.execute("SELECT number FROM session WHERE session_id = ?", (session_id,)).fetchone()
        if stored is None and not _under_way(db, session_id):  # the waiting minutes belong to an unknown session
            db.execute("DELETE FROM minute WHERE session = ?", (UNDER_WAY,))
            db.execute("INSERT OR REPLACE INTO document VALUES (?, ?)", (DOCUMENT, session_id))
        write_minutes(db, UNDER_WAY if stored is None else stored[0], minutes)
        if stored is not None:
            _leave_out_later(db, stored[0])


def claim_minutes(db: sqlite3.Connection, session_id: str, number: int) -> None:
    """The session has ended and is stored under this number: assign the waiting minutes to it."""
    if _under_way(db, session_id):
        db.execute("UPDATE OR REPLACE minute SET session = ? WHERE session = ?", (number, UNDER_WAY))
        db.execute("DELETE FROM document WHERE name = ?", (DOCUMENT,))
        _leave_out_later(db, number)


def write_minutes(db: sqlite3.Connection, number: int, rows: Iterable[MinuteRow]) -> None:
    """Write minutes of the session with this number. Raises UnwritableError."""
    names = MINUTE_COLUMNS.split(", ")
    marks = ", ".join("?" * len(names))
    for row in rows:
        values = (number, *minute_values(row))
        try:
            checked("minute", names, values)
        except DamagedRowError:
            raise UnwritableError("an entry for the table minute holds what cannot be stored") from None
        db.execute(f"INSERT OR REPLACE INTO minute ({MINUTE_COLUMNS}) VALUES ({marks})", values)  # noqa: S608


def minute_values(row: MinuteRow) -> tuple[Any, ...]:
    """A minute in the order of MINUTE_COLUMNS, without the session."""
    means = (row.load, row.lateral, row.head_foot, row.evenness, row.still, row.breath)
    stored = (None if mean is None else round(mean * unit) for mean, unit in zip(means, UNITS, strict=True))
    return (row.minute, *stored)


def minute_row(session_id: str, values: Sequence[Any]) -> MinuteRow:
    """The minute that MINUTE_COLUMNS of a row describe, as one of this session. Raises DamagedRowError."""
    _, minute, *stored = checked("minute", MINUTE_COLUMNS.split(", "), values)
    means = (
        None if value is None else round(value / unit, digits)
        for value, unit, digits in zip(stored, UNITS, DIGITS, strict=True)
    )
    return MinuteRow(session_id, minute, *means)


def _under_way(db: sqlite3.Connection, session_id: str) -> bool:
    return db.execute("SELECT 1 FROM document WHERE name = ? AND value = ?", (DOCUMENT, session_id)).fetchone() is not None


def _leave_out_later(db: sqlite3.Connection, number: int) -> None:
    """Delete minutes past the session's end: a load that came back was a thing, or left before it was confirmed."""
    db.execute(
        """DELETE FROM minute WHERE session = :number
            AND minute * 60.0 > (SELECT end_mono_s - start_mono_s FROM session WHERE number = :number)""",
        {"number": number},
    )
