"""`acumat history helped`: what a person's answers show over time, in sentences, and what they do not show."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from acumat.contract.wellbeing import WEEKLY_ANSWERS
from acumat.history.calm import pairs_of, trend_of
from acumat.history.columns import checked, profile_of
from acumat.history.days import day_of
from acumat.history.feelings import away_rows
from acumat.history.questions import Asked
from acumat.history.store import Store
from acumat.history.wellbeing import rhythm_document
from acumat.insight.associations import PROFILE_FIELDS, Outcome, comfort_by, settling_and_calm
from acumat.insight.evidence import SUMMARY
from acumat.insight.helped import ANSWERS_LEAST, Rating, paired_answer, weekly_trend
from acumat.insight.measures import WEEKLY_LOOK, Measure
from acumat.insight.tags import SESSIONS_MOST, Tag, tags_text

NOT_KNOWN = (
    "Your answers say what went along with what, not why: they compare you with yourself, and much else differs between "
    "days. What is expected colours what is felt."
)
OUTCOMES_MOST = 400
"""Sessions with an answer that are compared by the kind of mat: half a year of two a day."""
STILL_PCT = 50
"""If so much of a minute was still, it contains the 30 s after which somebody counts as settled."""


def sentences(store: Store, asked: Asked, person: int | None, *, rhythm: bool) -> dict[str, Any]:
    """The statements by subject: lists of sentences, and the figures behind the two findings."""
    with store.reading() as db:
        paired = paired_answer(pairs_of(db, person))
        weekly = [text for measure in WEEKLY_LOOK if (text := _weekly(db, asked, person, measure))]
        outcomes = _outcomes(db, person)
        noted = tags_text(_noted(db, person))
        shown = rhythm_document(db, asked, person, away_rows(db, person)) if rhythm else {}
    trend = trend_of(store, asked, person)
    together = [text for field in PROFILE_FIELDS if (text := comfort_by(field, outcomes))]
    settled = settling_and_calm(outcomes)
    trend = trend or weekly_trend([], 0)
    return {
        "paired": {"change": paired.change, "pairs": paired.n, "better": paired.better, "worse": paired.worse},
        "trend": {"change": trend.change, "answers": trend.n, "weeks": trend.weeks},
        "sessions": [paired.text],
        "weeks": [trend.text, *weekly],
        "together": [*together, *([settled] if settled else []), *([noted] if noted else [])],
        "rhythm": [shown["rhythm_text"]] if shown else [],
        "rhythm_of": {"points": shown["rhythm"], "days": shown["rhythm_days"]} if shown else None,
        "known": [SUMMARY],
        "not_known": [NOT_KNOWN],
    }


def _weekly(db: sqlite3.Connection, asked: Asked, person: int | None, measure: Measure) -> str | None:
    """The finding for one question of the weekly look, once there are enough answers."""
    name = measure.name
    if name not in WEEKLY_ANSWERS:
        raise ValueError(f"{name} is no question of the weekly look")
    query = f"SELECT wall_s, {name} FROM weekly WHERE {name} IS NOT NULL AND person IS ? ORDER BY wall_s"  # noqa: S608
    rows = [checked("weekly", ("wall_s", name), row) for row in db.execute(query, (person,))]
    if len(rows) < ANSWERS_LEAST:
        return None
    by_day = {day_of(at_s, asked.starts_at).toordinal(): value for at_s, value in rows}
    ratings = [Rating(day, value) for day, value in sorted(by_day.items())]
    return weekly_trend(ratings, day_of(asked.now_wall_s, asked.starts_at).toordinal(), measure).text


def _outcomes(db: sqlite3.Connection, person: int | None) -> list[Outcome]:
    """The last sessions with an answer after them, oldest first."""
    query = """SELECT session.profile, checkin.discomfort, checkin.calm, (SELECT MIN(minute) FROM minute
        WHERE minute.session = session.number AND still_pct >= ?) FROM checkin JOIN session USING (session_id)
        WHERE moment = 'after' AND checkin.person IS ? ORDER BY session.end_wall_s DESC LIMIT ?"""
    return [_outcome(row) for row in reversed(db.execute(query, (STILL_PCT, person, OUTCOMES_MOST)).fetchall())]


def _outcome(row: tuple[Any, ...]) -> Outcome:
    (profile,) = checked("session", ("profile",), row[:1])
    discomfort, calm = checked("checkin", ("discomfort", "calm"), row[1:3])
    of_mat = profile_of(profile)
    return Outcome({field: getattr(of_mat, field) for field in PROFILE_FIELDS}, discomfort, calm, row[3])


def _noted(db: sqlite3.Connection, person: int | None) -> list[list[Tag]]:
    """The notes of the last sessions that have any, oldest first."""
    names = [tag.value for tag in Tag]
    query = f"""SELECT {", ".join(names)} FROM checkin WHERE moment = 'after' AND person IS ?
        AND COALESCE({", ".join(names)}) IS NOT NULL ORDER BY wall_s DESC LIMIT ?"""  # noqa: S608
    rows = [checked("checkin", names, row) for row in db.execute(query, (person, SESSIONS_MOST))]
    return [list(_true(row)) for row in reversed(rows)]


def _true(row: Any) -> Iterator[Tag]:  # noqa: ANN401  values of the columns of notes
    return (tag for tag, value in zip(Tag, row, strict=True) if value)
