"""What the history knows of how somebody feels: the last check-ins, the rhythm, whether it helped, and what comes when."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from acumat.coach.rules import SHORT_S
from acumat.contract.documents import rfc3339, rounded
from acumat.contract.wellbeing import WEEKLY_ANSWERS
from acumat.history.checkins import AFTER, MORNING
from acumat.history.columns import checked
from acumat.history.days import day_of
from acumat.history.feelings import AwayRow, away_rows
from acumat.history.questions import Asked
from acumat.history.store import Store
from acumat.insight.helped import (
    FIRST_LOOK_WEEKS,
    PAIRS_MOST,
    WEEK_DAYS,
    Change,
    Finding,
    Pair,
    Rating,
    paired_answer,
    weekly_trend,
)
from acumat.insight.rhythm import SPAN_DAYS, Away, rhythm
from acumat.stored import UnreadableError, read_as

LOOK, RHYTHM, WASHED = "look", "rhythm", "washed"
"""Documents: the last look at the trend, whether the rhythm is off, and when the cover was washed."""
OFF = "off"
DAY_S = 86400.0
SEEN_DAYS = 7 * 24
"""Answers before that are in no look that is repeated: twelve weeks of looks, each over the twelve weeks before it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is shown, by the keys of the contract, beside the question; and what decides which question is due.

    `cover_hours` is how long the cover was lain on since it was washed; None if nobody has said when that was.
    """

    document: Mapping[str, Any]
    weekly_day: date | None = None
    away_until: date | None = None
    cover_hours: float | None = None


@dataclass(frozen=True, slots=True)
class _Look:
    """A finding of the trend as it is stored, with the day of the first answer and the week since then."""

    first: int
    week: int
    change: str
    n: int
    z: float
    text: str


def document_of(name: str, person: int | None) -> str:
    """The name of a person's document; the one owner's has no number."""
    return name if person is None else f"{name}-{person}"


def known(store: Store, asked: Asked, person: int | None = None, *, shows_rhythm: bool = True) -> Known:
    """All of it at this moment."""
    today = day_of(asked.now_wall_s, asked.starts_at)
    with store.reading() as db:
        away = away_rows(db, person)
        weekly, weekly_day = _weekly(db, asked, person)
        document = {
            "away_until": next((each.back.isoformat() for each in away if each.first <= today < each.back), None),
            **_last_check_ins(db, person),
            **(rhythm_document(db, asked, person, away) if shows_rhythm else {}),
            **weekly,
        }
        pairs = pairs_of(db, person)
        washed = db.execute("SELECT name, value FROM document WHERE name = ?", (WASHED,)).fetchone()
        hours = None if washed is None else _hours_since(db, str(checked("document", ("name", "value"), washed)[1]))
    if pairs:
        found = paired_answer(pairs)
        document |= {"helped": found.change.value, "helped_text": found.text}
    trend = trend_of(store, asked, person)
    if trend is not None:
        document |= {"trend": trend.change.value, "trend_text": trend.text}
    until = document["away_until"]
    return Known(document, weekly_day, None if until is None else date.fromisoformat(until), hours)


def pairs_of(db: sqlite3.Connection, person: int | None) -> list[Pair]:
    """Calm before and after the last sessions that have both, the newest last."""
    query = """SELECT before.calm, after.calm FROM checkin AS after JOIN checkin AS before
        ON before.session_id = after.session_id AND before.moment = 'before' AND before.calm IS NOT NULL
        WHERE after.moment = 'after' AND after.calm IS NOT NULL AND after.person IS ? ORDER BY after.wall_s DESC LIMIT ?"""
    rows = [checked("checkin", ("calm", "calm"), row) for row in db.execute(query, (person, PAIRS_MOST))]
    return [Pair(before, after) for before, after in reversed(rows)]


def trend_of(store: Store, asked: Asked, person: int | None) -> Finding | None:
    """What the last weekly look at calm after sessions has found; None without an answer.

    A look is stored, so that none is taken twice: what is added to the past by hand counts from the next one on.
    """
    today = day_of(asked.now_wall_s, asked.starts_at).toordinal()
    name = document_of(LOOK, person)
    with store.reading() as db:
        query = "SELECT MIN(wall_s) FROM checkin WHERE moment = 'after' AND calm IS NOT NULL AND dated AND person IS ?"
        (first_s,) = db.execute(query, (person,)).fetchone()
        if first_s is None:
            return None
        first = day_of(checked("checkin", ("wall_s",), (first_s,))[0], asked.starts_at).toordinal()
        stored = _stored_look(db, name)
        week = (today - first) // WEEK_DAYS
        if stored is not None and (stored.first, stored.week) == (first, week):
            return Finding(Change(stored.change), stored.n, stored.z, stored.text)
        found = weekly_trend(_ratings(db, asked, person, first), today)
    if week >= FIRST_LOOK_WEEKS:
        look = _Look(first, week, found.change.value, found.n, round(found.z, 3), found.text)
        store.save_document(name, json.dumps(asdict(look)))
    return found


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


def _ratings(db: sqlite3.Connection, asked: Asked, person: int | None, first: int) -> list[Rating]:
    """One answer a day, the day's last: that of the first day, and all that a look may see."""
    query = """SELECT wall_s, calm FROM checkin WHERE moment = 'after' AND calm IS NOT NULL AND dated AND person IS ?
        AND wall_s BETWEEN ? AND ? ORDER BY wall_s"""
    since_s = asked.now_wall_s - SEEN_DAYS * DAY_S
    by_day: dict[int, int] = {}
    for row in db.execute(query, (person, since_s, asked.now_wall_s)):
        at_s, calm = checked("checkin", ("wall_s", "calm"), row)
        by_day[day_of(at_s, asked.starts_at).toordinal()] = calm
    by_day = {**({} if first in by_day else {first: 0}), **by_day}  # an answer that no look sees: it says when looks begin
    return [Rating(day, by_day[day]) for day in sorted(by_day)]


def _stored_look(db: sqlite3.Connection, name: str) -> _Look | None:
    row = db.execute("SELECT value FROM document WHERE name = ?", (name,)).fetchone()
    try:
        return None if row is None else read_as(_Look, row[0])
    except UnreadableError:
        return None


def _last_check_ins(db: sqlite3.Connection, person: int | None) -> dict[str, Any]:
    """What somebody has said of the last session that they have said anything of."""
    columns = ("moment", "calm", "discomfort", "alertness", "sleep")
    query = f"""SELECT {", ".join(columns)} FROM checkin WHERE session_id = (SELECT session_id FROM checkin
        WHERE session_id IS NOT NULL AND person IS ? ORDER BY wall_s DESC LIMIT 1)"""  # noqa: S608
    found: dict[str, Any] = {}
    for row in db.execute(query, (person,)):
        moment, calm, discomfort, alertness, sleep = checked("checkin", columns, row)
        if moment == MORNING:
            found["slept"] = sleep
        else:
            found |= {f"calm_{moment}": calm, f"discomfort_{moment}": discomfort}
        if moment == AFTER:
            found["alertness"] = alertness
    return found


def _weekly(db: sqlite3.Connection, asked: Asked, person: int | None) -> tuple[dict[str, Any], date | None]:
    """The last weekly look, and its day."""
    columns = ("wall_s", *WEEKLY_ANSWERS)
    query = f"SELECT {', '.join(columns)} FROM weekly WHERE person IS ? ORDER BY wall_s DESC LIMIT 1"  # noqa: S608
    row = db.execute(query, (person,)).fetchone()
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
