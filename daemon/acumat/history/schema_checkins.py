"""The migration that adds tables for check-ins, minutes, weekly answers and people."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

BEFORE_S = 3600.0
"""A check-in before a session belongs to the session that begins within this time."""
AFTER_S = 12 * 3600.0
"""A check-in after a session was accepted for this long."""


def add_checkin_tables(db: sqlite3.Connection) -> None:
    """Make the tables, and copy the check-ins from the stored events."""
    for statement in (
        # person: NULL is the one owner; zone: the machine's then, empty if unknown; source: mat or added
        "ALTER TABLE session ADD COLUMN person INTEGER",
        "ALTER TABLE session ADD COLUMN zone TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE session ADD COLUMN source TEXT NOT NULL DEFAULT 'mat'",
        "ALTER TABLE session ADD COLUMN edited_wall_s REAL",
        "CREATE INDEX session_by_id ON session (session_id)",
        "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, wall_s REAL NOT NULL)",
        """CREATE TABLE checkin (id INTEGER PRIMARY KEY, moment TEXT NOT NULL, session_id TEXT, person INTEGER,
            wall_s REAL NOT NULL, mono_s REAL NOT NULL, boot_id TEXT NOT NULL, dated INTEGER NOT NULL DEFAULT 1,
            zone TEXT NOT NULL DEFAULT '', calm INTEGER, discomfort INTEGER, source TEXT NOT NULL DEFAULT 'mat',
            edited_wall_s REAL)""",
        "CREATE UNIQUE INDEX checkin_by_session ON checkin (session_id, moment) WHERE session_id IS NOT NULL",
        """CREATE TABLE weekly (id INTEGER PRIMARY KEY, person INTEGER, wall_s REAL NOT NULL, zone TEXT NOT NULL DEFAULT '',
            stiffness INTEGER, ease INTEGER, headaches INTEGER, sleep INTEGER, source TEXT NOT NULL DEFAULT 'mat',
            edited_wall_s REAL)""",
        # session: its number, 0 while it is under way; whole numbers, since a year has fifteen thousand of these rows
        """CREATE TABLE minute (session INTEGER NOT NULL, minute INTEGER NOT NULL, load_permille INTEGER, lateral_pct INTEGER,
            head_foot_pct INTEGER, evenness_permille INTEGER, still_pct INTEGER, breaths_per_10_min INTEGER,
            PRIMARY KEY (session, minute)) WITHOUT ROWID""",
    ):
        db.execute(statement)
    query = "SELECT wall_s, mono_s, boot_id, dated, payload FROM event WHERE payload LIKE '%check_in%' ORDER BY seq"
    for wall_s, mono_s, boot_id, dated, payload in db.execute(query).fetchall():
        found = _check_in(payload)
        if found is not None:
            _take_over(db, {**found, "wall_s": wall_s, "mono_s": mono_s, "boot_id": boot_id, "dated": dated})


def _check_in(payload: object) -> dict[str, Any] | None:
    """Moment and answers of a stored check-in; None for another event, and for one that cannot be read."""
    try:
        document: Any = json.loads(payload) if isinstance(payload, str) else None
        if document["event_type"] != "check_in" or document["reason"] not in ("before", "after"):
            return None
        calm, discomfort = document.get("calm"), document.get("discomfort")
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    fits = _whole_or_none(calm, 1, 5) and _whole_or_none(discomfort, 0, 10)
    return {"moment": document["reason"], "calm": calm, "discomfort": discomfort} if fits else None


def _whole_or_none(value: object, least: int, most: int) -> bool:
    return value is None or (type(value) is int and least <= value <= most)


def _take_over(db: sqlite3.Connection, found: dict[str, Any]) -> None:
    """One check-in with the session that it is about. A later one of the same moment fills in what is new in it."""
    session_id = _session_of(db, found)
    known = None
    if session_id is not None:
        key = (session_id, found["moment"])
        known = db.execute("SELECT id FROM checkin WHERE session_id = ? AND moment = ?", key).fetchone()
    if known is None:
        db.execute(
            """INSERT INTO checkin (moment, session_id, wall_s, mono_s, boot_id, dated, calm, discomfort)
                VALUES (:moment, :session_id, :wall_s, :mono_s, :boot_id, :dated, :calm, :discomfort)""",
            {**found, "session_id": session_id},
        )
    else:
        db.execute(
            """UPDATE checkin SET wall_s = :wall_s, mono_s = :mono_s, boot_id = :boot_id, dated = :dated,
                calm = COALESCE(:calm, calm), discomfort = COALESCE(:discomfort, discomfort) WHERE id = :id""",
            {**found, "id": known[0]},
        )


def _session_of(db: sqlite3.Connection, found: dict[str, Any]) -> str | None:
    """The session that begins within the hour, or the last one that had begun; None if there is none."""
    if found["moment"] == "before":
        query = """SELECT session_id FROM session WHERE NOT guest AND start_wall_s >= :wall_s
            AND start_wall_s <= :wall_s + :span_s ORDER BY start_wall_s LIMIT 1"""
        span_s = BEFORE_S
    else:
        query = """SELECT session_id FROM session WHERE NOT guest AND start_wall_s <= :wall_s
            AND end_wall_s >= :wall_s - :span_s ORDER BY start_wall_s DESC LIMIT 1"""
        span_s = AFTER_S
    row = db.execute(query, {"wall_s": found["wall_s"], "span_s": span_s}).fetchone()
    return row[0] if row is not None and isinstance(row[0], str) else None
