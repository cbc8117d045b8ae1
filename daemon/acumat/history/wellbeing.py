"""Reads from the history how somebody feels: the last check-ins, the rhythm, whether it helped, and what is due.

The statistics are imported with the first answer: a daemon without answers saves an eighth of a megabyte.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from acumat.coach.journal import UNKNOWN
from acumat.coach.rules import SHORT_S
from acumat.contract.documents import rfc3339, rounded
from acumat.contract.wellbeing import WEEKLY_ANSWERS
from acumat.history.checkins import AFTER, MORNING
from acumat.history.columns import checked
from acumat.history.days import day_of
from acumat.history.feelings import AwayRow, away_rows
from acumat.history.questions import Asked
from acumat.history.store import Store
from acumat.insight.rhythm import SPAN_DAYS, Away, rhythm

RHYTHM, WASHED = "rhythm", "washed"
"""Documents: whether the rhythm is off, and when the cover was washed."""
OFF = "off"
DAY_S = 86400.0


class Known(NamedTuple):
    """The values to show, by the keys of the contract, without the question; and the data that decide which question is due.

    `cover_hours` are the hours on the cover since it was washed; None if that is unknown.
    """

    document: Mapping[str, Any]
    weekly_day: date | None = None
    away_until: date | None = None
    cover_hours: float | None = None


def known(store: Store, asked: Asked, person: int | None = None, *, shows_rhythm: bool = True) -> Known:
    """The state at this moment. For somebody unknown, who may be several people, only the answers about the last session."""
    somebody = person != UNKNOWN
    today = day_of(asked.now_wall_s, asked.starts_at)
    with store.reading() as db:
        away = away_rows(db, person)
        weekly, weekly_day = _weekly(db, asked, person)
        document = {
            "away_until": next((each.back.isoformat() for each in away if each.first <= today < each.back), None),
            **_last_check_ins(db, asked, person),
            **(rhythm_document(db, asked, person, away) if shows_rhythm and somebody else {}),
            **weekly,
        }
        answered = db.execute("SELECT 1 FROM checkin WHERE calm IS NOT NULL AND person IS ? LIMIT 1", (person,)).fetchone()
        washed = db.execute("SELECT name, value FROM document WHERE name = ?", (WASHED,)).fetchone()
        hours = None if washed is None else _hours_since(db, str(checked("document", ("name", "value"), washed)[1]))
    if answered and somebody:
        from acumat.history.calm import findings  # noqa: PLC0415

        document |= findings(store, asked, person)
    until = document["away_until"]
    return Known(document, weekly_day, None if until is None else date.fromisoformat(until), hours)


def rhythm_document(db: sqlite3.Connection, asked: Asked, person: int | None, away: list[AwayRow]) -> dict[str, Any]:
    """The rhythm of these days; null before the first session."""
    today = day_of(asked.now_wall_s, asked.starts_at)
    frozen = sum(max(0, (min(each.back, today) - each.first).days) for each in away)
    since_s = asked.now_wall_s - DAY_S * (SPAN_DAYS + 2 + frozen)
    query = """SELECT end_wall_s FROM session
        WHERE NOT guest AND dated AND contact_s >= ? AND end_wall_s BETWEEN ? AND ? AND person IS ?"""
    ends = [
        checked("session", ("end_wall_s",), row)[0] for row in db.execute(query, (SHORT_S, since_s, asked.now_wall_s, person))
    ]
    if not ends:
        return {}
    found = rhythm({day_of(each, asked.starts_at) for each in ends}, today, [Away(each.first, each.back) for each in away])
    return {"rhythm": round(found.points), "rhythm_days": found.done_days, "rhythm_text": found.text}


def _last_check_ins(db: sqlite3.Connection, asked: Asked, person: int | None) -> dict[str, Any]:
    """The answers about the last session that has any, unless a clock that was wrong has dated them later than today."""
    columns = ("moment", "calm", "discomfort", "alertness", "sleep")
    query = f"""SELECT {", ".join(columns)} FROM checkin WHERE session_id = (SELECT session_id FROM checkin
        WHERE session_id IS NOT NULL AND person IS ? AND wall_s < ? ORDER BY wall_s DESC LIMIT 1)"""  # noqa: S608
    found: dict[str, Any] = {}
    for row in db.execute(query, (person, asked.now_wall_s + DAY_S)):
        moment, calm, discomfort, alertness, sleep = checked("checkin", columns, row)
        if moment == MORNING:
            found["slept"] = sleep
        else:
            found |= {f"calm_{moment}": calm, f"discomfort_{moment}": discomfort}
        if moment == AFTER:
            found["alertness"] = alertness
    return found


def _weekly(db: sqlite3.Connection, asked: Asked, person: int | None) -> tuple[dict[str, Any], date | None]:
    """The last weekly look, and its day; none that a clock that was wrong has dated later than today."""
    columns = ("wall_s", *WEEKLY_ANSWERS)
    query = f"SELECT {', '.join(columns)} FROM weekly WHERE person IS ? AND wall_s < ? ORDER BY wall_s DESC LIMIT 1"  # noqa: S608
    row = db.execute(query, (person, asked.now_wall_s + DAY_S)).fetchone()
    if row is None:
        return {}, None
    at_s, *answers = checked("weekly", columns, row)
    return {"weekly_at": rfc3339(at_s), **dict(zip(WEEKLY_ANSWERS, answers, strict=True))}, day_of(at_s, asked.starts_at)


def _hours_since(db: sqlite3.Connection, washed: str) -> float | None:
    """Hours of contact since the cover was washed, guests' too."""
    try:
        since_s = float(washed)
    except ValueError:
        return None
    (contact_s,) = db.execute("SELECT TOTAL(contact_s) FROM session WHERE end_wall_s >= ?", (since_s,)).fetchone()
    return rounded(contact_s / 3600.0, 1)
