"""The migration that adds notes of the body, the night and alertness, and days away."""

from __future__ import annotations

import sqlite3


def add_feeling_columns(db: sqlite3.Connection) -> None:
    """A check-in of the moment `morning` is about the night after the session; the notes are 0, 1 or nothing."""
    for column in ("alertness", "sleep", "warm", "heavy", "tingling", "red", "tight"):
        db.execute(f"ALTER TABLE checkin ADD COLUMN {column} INTEGER")
    # days are local dates, such as 2026-12-24; the last one is the day before `back`
    db.execute("CREATE TABLE away (id INTEGER PRIMARY KEY, person INTEGER, first TEXT NOT NULL, back TEXT NOT NULL)")
