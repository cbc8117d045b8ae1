"""Minutes of a session: one row each, with the means over the part of the minute in which somebody lay there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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


MINUTE_COLUMNS = (
    "session_id, minute, load_permille, lateral_pct, head_foot_pct, evenness_permille, still_pct, breaths_per_10_min"
)
UNITS = (10, 1, 1, 1000, 100, 10)
"""How many of the stored whole numbers make one of the mean, in the order of the columns."""
DIGITS = (1, 0, 0, 3, 2, 1)


def put_minutes(db: sqlite3.Connection, rows: Iterable[MinuteRow]) -> None:
    """Write minutes; one that is there already is replaced, as after a restart within it. Raises UnwritableError."""
    marks = ", ".join("?" * len(MINUTE_COLUMNS.split(", ")))
    for row in rows:
        values = minute_values(row)
        try:
            checked("minute", MINUTE_COLUMNS.split(", "), values)
        except DamagedRowError:
            raise UnwritableError("an entry for the table minute holds what cannot be stored") from None
        db.execute(f"INSERT OR REPLACE INTO minute ({MINUTE_COLUMNS}) VALUES ({marks})", values)  # noqa: S608


def minute_values(row: MinuteRow) -> tuple[Any, ...]:
    """A minute in the order of MINUTE_COLUMNS."""
    means = (row.load, row.lateral, row.head_foot, row.evenness, row.still, row.breath)
    stored = (None if mean is None else round(mean * unit) for mean, unit in zip(means, UNITS, strict=True))
    return (row.session_id, row.minute, *stored)


def minute_row(values: Sequence[Any]) -> MinuteRow:
    """The minute that MINUTE_COLUMNS of a row describe. Raises DamagedRowError."""
    session_id, minute, *stored = checked("minute", MINUTE_COLUMNS.split(", "), values)
    means = (
        None if value is None else round(value / unit, digits)
        for value, unit, digits in zip(stored, UNITS, DIGITS, strict=True)
    )
    return MinuteRow(session_id, minute, *means)
