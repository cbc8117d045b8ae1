"""The tables and how an older file becomes a newer one. A migration is a numbered step, run once, in its transaction."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable

from acumat_hw.errors import AcumatError


class StoreUnavailableError(AcumatError):
    """The history cannot be read or written now: go on without it, back off, try again."""


def _first(db: sqlite3.Connection) -> None:
    for statement in (
        # one row: who wrote the ids, and the numbers that must never be given twice
        "CREATE TABLE install (id TEXT NOT NULL, last_seq INTEGER NOT NULL, last_session_no INTEGER NOT NULL)",
        """CREATE TABLE event (seq INTEGER PRIMARY KEY, wall_s REAL NOT NULL, mono_s REAL NOT NULL, boot_id TEXT NOT NULL,
            payload TEXT NOT NULL)""",
        "CREATE TABLE outbox (seq INTEGER PRIMARY KEY REFERENCES event (seq))",
        """CREATE TABLE session (number INTEGER PRIMARY KEY, session_id TEXT NOT NULL, start_wall_s REAL NOT NULL,
            end_wall_s REAL NOT NULL, start_mono_s REAL NOT NULL, end_mono_s REAL NOT NULL, boot_id TEXT NOT NULL,
            contact_s REAL NOT NULL, lifts INTEGER NOT NULL, end_reason TEXT NOT NULL, load REAL, lateral REAL,
            head_foot REAL, evenness REAL, recovered INTEGER NOT NULL, profile TEXT NOT NULL)""",
        "CREATE INDEX session_by_end ON session (end_wall_s)",
        "CREATE TABLE learned (only INTEGER PRIMARY KEY CHECK (only = 1), names TEXT NOT NULL, learned TEXT NOT NULL)",
        """CREATE TABLE calibration (id INTEGER PRIMARY KEY, wall_s REAL NOT NULL, margin REAL, names TEXT NOT NULL,
            before TEXT NOT NULL, after TEXT NOT NULL)""",
    ):
        db.execute(statement)
    db.execute("INSERT INTO install VALUES (?, 0, 0)", (uuid.uuid4().hex[:8],))


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_first,)


def migrate(db: sqlite3.Connection) -> None:
    """Bring an open file (with isolation_level None) to this version's schema.

    Raises StoreUnavailableError for a file that a newer version has written.
    """
    done = int(db.execute("PRAGMA user_version").fetchone()[0])
    if done > len(MIGRATIONS):
        raise StoreUnavailableError(
            f"the history has schema {done}, this acumat knows up to {len(MIGRATIONS)}: install the newer acumat again, "
            "or move the file away to start afresh"
        )
    for version, step in enumerate(MIGRATIONS[done:], start=done + 1):
        db.execute("BEGIN IMMEDIATE")
        try:
            step(db)
            db.execute(f"PRAGMA user_version = {version}")
            db.execute("COMMIT")
        except sqlite3.Error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
