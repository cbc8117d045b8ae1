"""Reads the history: people, sessions with their check-ins, one session in full, and sums by day, week and month."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from acumat.contract.documents import profile_document, rounded
from acumat.history.checkins import AFTER, BEFORE, CHECKIN_COLUMNS, CheckInRow, check_in_row
from acumat.history.columns import DamagedRowError, checked
from acumat.history.conversions import check_in_form, session_form, shallow
from acumat.history.days import day_of
from acumat.history.minutes import MINUTE_COLUMNS, minute_row
from acumat.history.people import people_of
from acumat.history.rows import SESSION_COLUMNS, SessionRow, session_row

DAY, WEEK, MONTH = "day", "week", "month"
NOTHING_FELT = {f"{name}_{moment}": None for moment in (BEFORE, AFTER) for name in ("calm", "discomfort")}
SESSIONS = f"SELECT {SESSION_COLUMNS} FROM session"  # noqa: S608
CHECK_INS = f"SELECT id, {CHECKIN_COLUMNS} FROM checkin"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Found:
    """Documents in their order, and how many rows beside them are damaged."""

    documents: list[dict[str, Any]]
    damaged: int = 0


def last_sessions(
    db: sqlite3.Connection, most: int, starts_at: time, person: int | None = None, day: date | None = None
) -> Found:
    """The last sessions in the order in which they ended, each with its day and its check-ins; those of one person, or of all,
    and of one day, or of any.
    """
    whose = [*(["person = :person"] * (person is not None)), *(["end_wall_s BETWEEN :first_s AND :last_s"] * (day is not None))]
    last = f"{'WHERE ' * bool(whose)}{' AND '.join(whose)} ORDER BY end_wall_s DESC LIMIT :most"
    first_s, last_s = (0.0, 0.0) if day is None else span_of(day)
    given = {"most": most, "person": person, "first_s": first_s, "last_s": last_s}
    people, felt = people_of(db), _felt(db, last, given)
    documents, damaged = [], 0
    for values in reversed(db.execute(f"{SESSIONS} {last}", given).fetchall()):
        try:
            row = session_row(values)
        except DamagedRowError:
            damaged += 1
            continue
        of = day_of(row.end_wall_s, starts_at)
        if day in (None, of):
            known = {**session_document(row, people), "day": of.isoformat()}
            documents.append({**known, **felt.get(row.record.session_id, NOTHING_FELT)})
    return Found(documents, damaged)


def shown_session(db: sqlite3.Connection, row: SessionRow) -> dict[str, Any]:
    """All that is known of a session: itself, its check-ins and its minutes. Raises DamagedRowError."""
    people, session_id = people_of(db), row.record.session_id
    check_ins = db.execute(f"{CHECK_INS} WHERE session_id = ? ORDER BY wall_s", (session_id,)).fetchall()
    query = f"SELECT {MINUTE_COLUMNS} FROM minute WHERE session = ? ORDER BY minute"  # noqa: S608
    minutes = [asdict(minute_row(session_id, each)) for each in db.execute(query, (row.number,))]
    means = [{key: value for key, value in each.items() if key != "session_id"} for each in minutes]
    felt = [check_in_document(number, check_in_row(values), people) for number, *values in check_ins]
    return {"session": session_document(row, people), "check_ins": felt, "minutes": means}


def session_named(db: sqlite3.Connection, name: str) -> SessionRow | None:
    """A session by its id, or by its number alone; None if there is none. Raises DamagedRowError."""
    row = db.execute(f"{SESSIONS} WHERE session_id = ?", (name,)).fetchone()
    if row is None and name.isdecimal():
        row = db.execute(f"{SESSIONS} WHERE number = ?", (int(name[:12]),)).fetchone()
    return None if row is None else session_row(row)


def check_in_numbered(db: sqlite3.Connection, number: int) -> CheckInRow | None:
    """A check-in by its number; None if there is none. Raises DamagedRowError."""
    row = db.execute(f"SELECT {CHECKIN_COLUMNS} FROM checkin WHERE id = ?", (number,)).fetchone()  # noqa: S608
    return None if row is None else check_in_row(row)


def sums(db: sqlite3.Connection, by: str, most: int, starts_at: time, person: int | None = None) -> Found:
    """Sessions and minutes of contact by day, week or month, the last ones in their order; guests' sessions count for nobody.
    They are those of one person, or of all.

    A session belongs to the day in which it ended, by the machine's zone; a week begins on Monday.
    """
    columns = ("end_wall_s", "contact_s")
    found: dict[date, list[float]] = {}
    damaged = 0
    whose = " AND person = :person" * (person is not None)
    query = f"SELECT end_wall_s, contact_s FROM session WHERE NOT guest{whose} ORDER BY end_wall_s DESC"  # noqa: S608
    for row in db.execute(query, {"person": person}):
        try:
            end_wall_s, contact_s = checked("session", columns, row)
        except DamagedRowError:
            damaged += 1
            continue
        first = _first_day(day_of(end_wall_s, starts_at), by)
        if first not in found and len(found) == most:
            break
        of = found.setdefault(first, [0, 0.0])
        of[0] += 1
        of[1] += contact_s
    documents = [
        {by: first.isoformat(), "sessions": int(count), "minutes": rounded(contact_s / 60, 1)}
        for first, (count, contact_s) in reversed(found.items())
    ]
    return Found(documents, damaged)


def session_document(row: SessionRow, people: dict[int, str]) -> dict[str, Any]:
    """A session under its number."""
    form = session_form(row, people)
    return {"number": row.number, **shallow(form), "profile": profile_document(row.profile)}


def check_in_document(number: int, row: CheckInRow, people: dict[int, str]) -> dict[str, Any]:
    """A check-in under its name for requests."""
    return {"id": f"c{number}", **shallow(check_in_form(row, people))}


def check_ins(db: sqlite3.Connection) -> Iterator[CheckInRow]:
    """All of them in the order of time. Raises DamagedRowError."""
    query = f"SELECT {CHECKIN_COLUMNS} FROM checkin ORDER BY wall_s, moment, id"  # noqa: S608
    return map(check_in_row, db.execute(query))


def sessions(db: sqlite3.Connection) -> Iterator[SessionRow]:
    """All of them in the order of time. Raises DamagedRowError."""
    return map(session_row, db.execute(f"{SESSIONS} ORDER BY start_wall_s, session_id"))


def span_of(day: date) -> tuple[float, float]:
    """Unix times that include a whole day, whatever the hour at which days begin."""
    midnight = datetime.combine(day, time())
    return midnight.timestamp(), (midnight + timedelta(days=2)).timestamp()


def _felt(db: sqlite3.Connection, last: str, given: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The answers before and after each of the last sessions, by its id."""
    query = f"""SELECT session_id, moment, calm, discomfort FROM checkin
        WHERE moment <> 'morning' AND session_id IN (SELECT session_id FROM session {last})"""  # noqa: S608
    felt: dict[str, dict[str, Any]] = {}
    for session_id, moment, calm, discomfort in db.execute(query, given):
        felt.setdefault(session_id, dict(NOTHING_FELT)).update({f"calm_{moment}": calm, f"discomfort_{moment}": discomfort})
    return felt


def _first_day(day: date, by: str) -> date:
    if by == WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if by == MONTH else day
