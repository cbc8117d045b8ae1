"""The step of the schema that says whose each step of a programme is, and which sessions are somebody's by a guess alone."""

from __future__ import annotations

import sqlite3


def add_people_columns(db: sqlite3.Connection) -> None:
    """person: NULL is the one owner, 0 somebody of whom nobody has said who they are, else a number in the table person."""
    for statement in (
        "ALTER TABLE programme_step ADD COLUMN person INTEGER",
        "ALTER TABLE session ADD COLUMN guessed INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX session_by_person ON session (person, end_wall_s) WHERE person IS NOT NULL",
    ):
        db.execute(statement)
