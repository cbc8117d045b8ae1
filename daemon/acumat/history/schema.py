"""The tables, and how an older file becomes a newer one. A migration is a numbered step, run once, in its own transaction."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path

from acumat.history.columns import DamagedRowError
from acumat.history.schema_checkins import add_checkin_tables
from acumat.history.schema_feelings import add_feeling_columns
from acumat.history.schema_people import add_people_columns
from acumat.state_folder import make_private
from acumat_hw.errors import AcumatError


class StoreUnavailableError(AcumatError):
    """The history cannot be read or written now: continue without it and try again later."""


class UnwritableError(ValueError):
    """The store is sound, and this entry can never be written."""


def _first(db: sqlite3.Connection) -> None:
    for statement in (
        # one row: the installation's id, and the counters of ids
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


def _second(db: sqlite3.Connection) -> None:
    for statement in (
        # texts of other parts that survive restarts, by name
        "CREATE TABLE document (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        # 0: the clock was not known to be right; such rows of a boot are dated anew once it is known
        "ALTER TABLE event ADD COLUMN dated INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE session ADD COLUMN dated INTEGER NOT NULL DEFAULT 1",
        # ids are counted apart from rows: events published from memory while the disk failed have ids of their own
        "ALTER TABLE install ADD COLUMN last_event_no INTEGER NOT NULL DEFAULT 0",
        "UPDATE install SET last_event_no = last_seq",
        # sums over sessions that were pruned, so that totals never fall
        "ALTER TABLE install ADD COLUMN pruned_sessions INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE install ADD COLUMN pruned_contact_s REAL NOT NULL DEFAULT 0",
        # one row for each set of sensors, so that a layout tried for a day does not cost another one's calibration
        "CREATE TABLE learned_of (sensors TEXT PRIMARY KEY, names TEXT NOT NULL, learned TEXT NOT NULL)",
        "ALTER TABLE calibration ADD COLUMN sensors TEXT NOT NULL DEFAULT ''",
    ):
        db.execute(statement)
    for names, learned in db.execute("SELECT names, learned FROM learned").fetchall():
        db.execute("INSERT INTO learned_of VALUES (?, ?, ?)", (sensor_key(names), names, learned))
    db.execute("DROP TABLE learned")
    db.execute("ALTER TABLE learned_of RENAME TO learned")
    for number, names in db.execute("SELECT id, names FROM calibration").fetchall():
        db.execute("UPDATE calibration SET sensors = ? WHERE id = ?", (sensor_key(names), number))


def _third(db: sqlite3.Connection) -> None:
    db.execute(
        """CREATE TABLE programme_step (id INTEGER PRIMARY KEY, wall_s REAL NOT NULL, mono_s REAL NOT NULL,
            boot_id TEXT NOT NULL, reason TEXT NOT NULL, text TEXT NOT NULL, from_min INTEGER NOT NULL,
            to_min INTEGER NOT NULL, from_clothing TEXT NOT NULL, to_clothing TEXT NOT NULL)"""
    )


def _fourth(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE session ADD COLUMN guest INTEGER NOT NULL DEFAULT 0")


def sensor_key(names_text: str) -> str:
    """The key of a set of sensors, whatever their order; a damaged list is its own key, and nobody finds it."""
    try:
        return json.dumps(sorted(json.loads(names_text)))
    except (ValueError, TypeError):
        return names_text


VERSION_MAX = 200
"""A file with a higher version is damaged, not newer."""
MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _first,
    _second,
    _third,
    _fourth,
    add_checkin_tables,
    add_feeling_columns,
    add_people_columns,
)


def migrate(db: sqlite3.Connection, path: Path) -> None:
    """Bring an open file (with isolation_level None) to this version's schema; a copy of an older one stays beside it.

    If it is killed at any moment, the file has the old schema or the new one. Raises StoreUnavailableError for a file of a
    newer version, DamagedRowError for a file of no version.
    """
    done = int(db.execute("PRAGMA user_version").fetchone()[0])
    if not 0 <= done <= VERSION_MAX:
        raise DamagedRowError("the file's version is none that there will ever be")
    if done > len(MIGRATIONS):
        raise StoreUnavailableError(
            f"the history has schema {done}, this acumat knows up to {len(MIGRATIONS)}: install the newer acumat again, "
            "or move the file away to start afresh"
        )
    if 0 < done < len(MIGRATIONS):
        _back_up(db, path, done)
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


def _back_up(db: sqlite3.Connection, path: Path, version: int) -> None:
    write_whole_copy(db, path, path.with_name(f"{path.name}.schema-{version}"))


def write_whole_copy(db: sqlite3.Connection, path: Path, copy: Path) -> None:
    """Copy the open history at `path`, whole or not at all: the copy gets its name only when it is complete."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    make_private(unfinished)
    try:
        db.execute("VACUUM INTO ?", (str(unfinished),))
        unfinished.replace(copy)
    except BaseException:
        unfinished.unlink(missing_ok=True)  # on a full disk it is in the way of everything else
        raise
