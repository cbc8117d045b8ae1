"""The migration that adds the person of each step of a programme, and marks guessed persons of sessions."""

from __future__ import annotations

import sqlite3


def add_people_columns(db: sqlite3.Connection) -> None:
    """person: NULL is the one owner, 0 somebody unknown, else a number in the table person."""
    for statement in (
        "ALTER TABLE programme_step ADD COLUMN person INTEGER",
        "ALTER TABLE session ADD COLUMN guessed INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX session_by_person ON session (person, end_wall_s) WHERE person IS NOT NULL",
    ):
        db.execute(statement)
