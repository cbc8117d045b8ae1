"""Checks whether a history is sound: its pages, tables, rows and counters, and whether it can be written."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import asdict
from typing import Any

from acumat.contract.sessions import Profile
from acumat.history.columns import INSTALL, TABLES, DamagedRowError, checked
from acumat.history.files import DAMAGED, SQLITE_ERRORS, SUSPECT, primary_code

EVENT_ID = re.compile(r"([0-9a-f]{8})-(\d{1,12})")
NUMBERED_ON = "numbered_on"
"""A document: the mark of the machine that gives the ids of this installation."""


def check_pages(db: sqlite3.Connection) -> None:
    """SQLite's own check of the whole file. Raises DamagedRowError or sqlite3.Error."""
    verdict = db.execute("PRAGMA quick_check(1)").fetchone()
    if verdict is None or verdict[0] != "ok":
        raise DamagedRowError("SQLite's check of the file fails")


def check_content(db: sqlite3.Connection) -> None:
    """Check every row of every table, and that it can be written. Raises DamagedRowError or sqlite3.Error."""
    for table, columns in TABLES.items():
        names = list(columns)
        for row in db.execute(f"SELECT {', '.join(names)} FROM {table}"):  # noqa: S608
            checked(table, names, row)
    try:
        _try_to_write(db)
    except SQLITE_ERRORS as exc:
        if primary_code(exc) in DAMAGED | SUSPECT:
            raise DamagedRowError("the file cannot be written as it should be") from exc
        raise


def installed(db: sqlite3.Connection) -> tuple[str, int, int, int]:
    """Id and last numbers (row, event, session) of this installation. Raises DamagedRowError if they cannot be right."""
    rows = db.execute(f"SELECT {', '.join(INSTALL)} FROM install").fetchall()  # noqa: S608
    if len(rows) != 1:
        raise DamagedRowError("a row of the table install is damaged")
    install = dict(zip(INSTALL, checked("install", list(INSTALL), rows[0]), strict=True))
    newest = db.execute("SELECT seq, payload FROM event ORDER BY seq DESC LIMIT 1").fetchone() or (0, None)
    last_session_no = db.execute("SELECT COALESCE(MAX(number), 0) FROM session").fetchone()[0]
    last_event_no = event_number(newest[1], install["id"])
    if (
        newest[0] > install["last_seq"]
        or last_session_no > install["last_session_no"]
        or last_event_no > install["last_event_no"]
    ):
        raise DamagedRowError("the counters of the table install are damaged")
    return install["id"], install["last_seq"], install["last_event_no"], install["last_session_no"]


def event_number(payload: object, install: str) -> int:
    """The number in an event's id; 0 if another installation gave it, or if it cannot be read."""
    found = EVENT_ID.fullmatch(event_id(payload))
    return int(found[2]) if found and found[1] == install else 0


def event_id(payload: object) -> str:
    """The id in an event's document; empty where it cannot be read."""
    try:
        document: Any = json.loads(payload) if isinstance(payload, str) else None
        return str(document["id"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _try_to_write(db: sqlite3.Connection) -> None:
    """Write all rows of a session under free numbers, and roll them back."""
    profile = json.dumps(asdict(Profile()))
    db.execute("BEGIN IMMEDIATE")
    try:
        for statement in (
            "INSERT INTO event (seq, wall_s, mono_s, boot_id, payload) SELECT MAX(last_seq) + 1, 0, 0, '', '{}' FROM install",
            "INSERT INTO outbox SELECT MAX(last_seq) + 1 FROM install",
            f"""INSERT INTO session (number, session_id, start_wall_s, end_wall_s, start_mono_s, end_mono_s, boot_id, contact_s,
                lifts, end_reason, recovered, profile)
                SELECT MAX(last_session_no) + 1, '', 0, 0, 0, 0, '', 0, 0, '', 0, '{profile}' FROM install""",  # noqa: S608
            "INSERT OR REPLACE INTO document VALUES ('', '')",
            "INSERT OR REPLACE INTO learned VALUES ('', '', '')",
            "INSERT INTO calibration (wall_s, names, before, after, sensors) VALUES (0, '', '', '', '')",
            """INSERT INTO programme_step (wall_s, mono_s, boot_id, reason, text, from_min, to_min, from_clothing, to_clothing)
                VALUES (0, 0, '', '', '', 0, 0, '', '')""",
            "INSERT INTO person (name, wall_s) VALUES ('\x01', 0)",
            "INSERT INTO checkin (moment, wall_s, mono_s, boot_id) VALUES ('before', 0, 0, '')",
            "INSERT INTO weekly (wall_s) VALUES (0)",
            "INSERT OR REPLACE INTO minute (session, minute) VALUES (0, 0)",
            "DELETE FROM outbox WHERE seq > (SELECT MAX(last_seq) FROM install)",
            "DELETE FROM event WHERE seq > (SELECT MAX(last_seq) FROM install)",
        ):
            db.execute(statement)
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
