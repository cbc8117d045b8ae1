"""Writes weekly looks and days away."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from acumat.contract.wellbeing import WEEKLY_ANSWERS
from acumat.history.columns import DamagedRowError, checked
from acumat.history.schema import UnwritableError

WEEKLY_COLUMNS = ("wall_s", "zone", *WEEKLY_ANSWERS, "person", "source", "edited_wall_s")
AWAY_COLUMNS = ("person", "first", "back")


class WeeklyRow(NamedTuple):
    """The answers of a week, each 1 to 5 or None. `since_wall_s` is the beginning of the day of the answers."""

    wall_s: float
    since_wall_s: float
    answers: Mapping[str, int | None]
    zone: str = ""
    person: int | None = None


class AwayRow(NamedTuple):
    """Days on which nothing is expected: from `first` until the day before `back`."""

    first: date
    back: date
    person: int | None = None


def put_weekly(db: sqlite3.Connection, row: WeeklyRow) -> None:
    """Write the answers. Those of one day are one weekly look: a later answer replaces an earlier one."""
    given = {key: row.answers.get(key) for key in WEEKLY_ANSWERS}
    values = {"wall_s": row.wall_s, "zone": row.zone, **given, "person": row.person}
    _check("weekly", values)
    of_today = "SELECT id FROM weekly WHERE person IS ? AND wall_s BETWEEN ? AND ? ORDER BY id DESC LIMIT 1"
    known = db.execute(of_today, (row.person, row.since_wall_s, row.wall_s)).fetchone()
    if known is None:
        marks = ", ".join(f":{name}" for name in values)
        db.execute(f"INSERT INTO weekly ({', '.join(values)}) VALUES ({marks})", values)  # noqa: S608
    else:
        newer = ", ".join(f"{key} = COALESCE(:{key}, {key})" for key in given)
        db.execute(f"UPDATE weekly SET {newer} WHERE id = :id", {**given, "id": known[0]})  # noqa: S608


def put_away(db: sqlite3.Connection, row: AwayRow) -> None:
    """Write days away in place of the person's future ones. An empty span ends them: the person is back."""
    values = {"person": row.person, "first": row.first.isoformat(), "back": row.back.isoformat()}
    _check("away", values)
    db.execute("DELETE FROM away WHERE person IS :person AND first >= :first", values)
    known = db.execute("SELECT id FROM away WHERE person IS :person AND back >= :first LIMIT 1", values).fetchone()
    if known is not None:
        db.execute("UPDATE away SET back = ? WHERE id = ?", (values["back"], known[0]))
    elif row.back > row.first:
        db.execute("INSERT INTO away (person, first, back) VALUES (:person, :first, :back)", values)


def away_rows(db: sqlite3.Connection, person: int | None) -> list[AwayRow]:
    """All days away of a person, in order. Raises DamagedRowError."""
    rows = db.execute("SELECT person, first, back FROM away WHERE person IS ? ORDER BY first", (person,)).fetchall()
    return [away_row(row) for row in rows]


def away_row(values: Sequence[Any]) -> AwayRow:
    """The span that AWAY_COLUMNS of a row describe. Raises DamagedRowError."""
    person, first, back = checked("away", AWAY_COLUMNS, values)
    return AwayRow(date.fromisoformat(first), date.fromisoformat(back), person)


def _check(table: str, values: dict[str, Any]) -> None:
    try:
        checked(table, list(values), list(values.values()))
    except DamagedRowError:
        raise UnwritableError(f"an entry for the table {table} holds what cannot be stored") from None
