"""The findings about calm: the paired comparison of sessions, and the weekly look at the trend."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass
from typing import Any

from acumat.history.columns import checked
from acumat.history.days import day_of
from acumat.history.people import document_of
from acumat.history.questions import Asked
from acumat.history.store import Store
from acumat.insight.helped import (
    FIRST_LOOK_WEEKS,
    LOOK_WEEKS_MOST,
    WEEK_DAYS,
    Change,
    Finding,
    Pair,
    Rating,
    paired_answer,
    pairs_wanted,
    weekly_trend,
)
from acumat.stored import UnreadableError, read_as

LOOK = "look"
"""The document with the last look at the trend."""
DAY_S = 86400.0
SEEN_DAYS = 7 * 24
"""No repeated look uses answers before that: there are twelve weeks of looks, each over the twelve weeks before it."""


@dataclass(frozen=True, slots=True)
class _Look:
    """A finding of the trend as it is stored, with the day of the first answer and the week since then."""

    first: int
    week: int
    change: str
    n: int
    z: float
    text: str


def findings(store: Store, asked: Asked, person: int | None) -> dict[str, Any]:
    """Both findings by the keys of the contract; without answers a finding is left out."""
    with store.reading() as db:
        pairs = pairs_of(db, person)
    found = {"helped": paired_answer(pairs)} if pairs else {}
    trend = trend_of(store, asked, person)
    found |= {} if trend is None else {"trend": trend}
    return {
        name: value for key, each in found.items() for name, value in ((key, each.change.value), (f"{key}_text", each.text))
    }


def pairs_of(db: sqlite3.Connection, person: int | None) -> list[Pair]:
    """Calm before and after sessions that have both, the newest last: as many as the comparison needs."""
    both = """FROM checkin AS after JOIN checkin AS before
        ON before.session_id = after.session_id AND before.moment = 'before' AND before.calm IS NOT NULL
        WHERE after.moment = 'after' AND after.calm IS NOT NULL AND after.person IS ?"""
    (count,) = db.execute(f"SELECT COUNT(*) {both}", (person,)).fetchone()
    query = f"SELECT before.calm, after.calm {both} ORDER BY after.wall_s DESC LIMIT ?"
    rows = [checked("checkin", ("calm", "calm"), row) for row in db.execute(query, (person, pairs_wanted(count)))]
    return [Pair(before, after) for before, after in reversed(rows)]


def trend_of(store: Store, asked: Asked, person: int | None) -> Finding | None:
    """The finding of the last weekly look at calm after sessions; None without an answer.

    A look is stored, so that none is repeated: later additions to the past count from the next look on.
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
            weeks = min(week, LOOK_WEEKS_MOST)
            return Finding(Change(stored.change), stored.n, stored.z, stored.text, weeks=weeks)
        found = weekly_trend(_ratings(db, asked, person, first), today)
    if week >= FIRST_LOOK_WEEKS:
        look = _Look(first, week, found.change.value, found.n, round(found.z, 3), found.text)
        store.save_document(name, json.dumps(asdict(look)))
    return found


def _ratings(db: sqlite3.Connection, asked: Asked, person: int | None, first: int) -> list[Rating]:
    """One answer a day, the day's last: that of the first day, and those that a look uses."""
    query = """SELECT wall_s, calm FROM checkin WHERE moment = 'after' AND calm IS NOT NULL AND dated AND person IS ?
        AND wall_s BETWEEN ? AND ? ORDER BY wall_s"""
    since_s = asked.now_wall_s - SEEN_DAYS * DAY_S
    by_day: dict[int, int] = {}
    for row in db.execute(query, (person, since_s, asked.now_wall_s)):
        at_s, calm = checked("checkin", ("wall_s", "calm"), row)
        by_day[day_of(at_s, asked.starts_at).toordinal()] = calm
    by_day.setdefault(first, 0)  # an answer before all looks only says when the looks began
    return [Rating(day, by_day[day]) for day in sorted(by_day)]


def _stored_look(db: sqlite3.Connection, name: str) -> _Look | None:
    row = db.execute("SELECT value FROM document WHERE name = ?", (name,)).fetchone()
    try:
        return None if row is None else read_as(_Look, row[0])
    except UnreadableError:
        return None
