"""Deletes what people ask to forget: rows of the history, and the copies of the file beside it."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from datetime import datetime

from acumat.contract.events import EventType
from acumat.history.check import NUMBERED_ON
from acumat.history.database import Database
from acumat.history.people import drop_documents, remove
from acumat.history.schema import StoreUnavailableError

log = logging.getLogger(__name__)


class NotWipedError(StoreUnavailableError):
    """Rows are deleted, but the file could not be rewritten without their traces."""


MARK = "forgetting"
"""A document that marks the history from the deletion of rows until no page has traces of them."""
HELD = ("clock", "settings", NUMBERED_ON, MARK)
"""Documents without personal data."""
FELT = ("checkin", "weekly")
REPORTS = (EventType.CHECK_IN, EventType.REDNESS, EventType.SYMPTOM_STOP, EventType.GUIDANCE_CHANGED, EventType.PROGRAMME_STEP)
"""Events that report how somebody felt, or what followed from it."""
DERIVED = "DELETE FROM document WHERE name LIKE 'look%' OR name LIKE 'prompts%'"
"""Findings from answers, and the times of questions."""
PERSONAL = ("outbox", "event", "minute", "session", *FELT, "away", "programme_step", "person")


def forget_all(db: sqlite3.Connection) -> int:
    """Delete everything about people. Returns the number of sessions. What detection has learnt of the mat stays."""
    count = int(db.execute("SELECT COUNT(*) FROM session").fetchone()[0])
    for table in PERSONAL:
        db.execute(f"DELETE FROM {table}")  # noqa: S608
    db.execute(f"DELETE FROM document WHERE name NOT IN ({', '.join('?' * len(HELD))})", HELD)  # noqa: S608
    db.execute("UPDATE install SET pruned_sessions = 0, pruned_contact_s = 0")
    return count


def forget_before(db: sqlite3.Connection, wall_s: float) -> int:
    """Delete everything before this Unix time. Returns the number of sessions.

    A session that began before it is deleted as a whole.
    """
    sessions = "SELECT session_id FROM session WHERE start_wall_s < :wall_s"
    given = {"wall_s": wall_s}
    count = len(db.execute(sessions, given).fetchall())
    _sessions(db, sessions, given)
    for table in FELT:
        db.execute(f"DELETE FROM {table} WHERE wall_s < :wall_s", given)  # noqa: S608
    day = datetime.fromtimestamp(wall_s).date().isoformat()  # noqa: DTZ006  days away are local ones
    db.execute("DELETE FROM away WHERE back <= ?", (day,))
    db.execute(DERIVED)
    db.execute("DELETE FROM programme_step WHERE wall_s < :wall_s", given)
    drop_events(db, "SELECT seq FROM event WHERE wall_s < :wall_s", given)
    db.execute("UPDATE install SET pruned_sessions = 0, pruned_contact_s = 0")
    return count


def forget_person(db: sqlite3.Connection, person: int) -> int:
    """Delete everything about this person. Returns the number of sessions.

    All reports of feelings are deleted: an event does not name its person.
    """
    sessions = "SELECT session_id FROM session WHERE person = :person"
    given: dict[str, object] = {"person": person}
    count = len(db.execute(sessions, given).fetchall())
    reports = " OR ".join(f"""instr(payload, '"event_type":"{each}"')""" for each in REPORTS)
    drop_events(
        db,
        f"""SELECT seq FROM event WHERE {reports} OR EXISTS (SELECT 1 FROM session WHERE person = :person
            AND (instr(payload, '"' || session_id || '"') OR wall_s BETWEEN start_wall_s - 60 AND end_wall_s + 60))""",  # noqa: S608
        given,
    )
    _sessions(db, sessions, given)
    for table in (*FELT, "away", "programme_step"):
        db.execute(f"DELETE FROM {table} WHERE person = :person", given)  # noqa: S608
    drop_documents(db, person)
    remove(db, person)
    return count


def wipe(database: Database) -> None:
    """Rewrite the file without deleted data, and remove the copies that updates and damage have left beside it.

    Raises NotWipedError.
    """
    try:
        for copy in database.path.parent.glob(f"{database.path.name}.*"):
            log.info("%s is removed: the history is to be forgotten", copy.name)
            copy.unlink()
        with database.reading() as db:
            db.execute("VACUUM")
            db.execute("DELETE FROM document WHERE name = ?", (MARK,))
        database.empty_log()
    except (StoreUnavailableError, OSError) as exc:
        raise NotWipedError(f"{exc}. The rows are deleted, but their traces in the file are not: try again") from exc


def complete(database: Database) -> None:
    """Complete an interrupted deletion. A history that cannot be rewritten now is used all the same."""
    try:
        wipe(database)
    except NotWipedError as exc:
        log.warning("%s", exc)


def _sessions(db: sqlite3.Connection, sessions: str, given: Mapping[str, object]) -> None:
    db.execute(f"DELETE FROM minute WHERE session IN (SELECT number FROM session WHERE session_id IN ({sessions}))", given)  # noqa: S608
    db.execute(f"DELETE FROM checkin WHERE session_id IN ({sessions})", given)  # noqa: S608
    db.execute(f"DELETE FROM session WHERE session_id IN ({sessions})", given)  # noqa: S608


def drop_events(db: sqlite3.Connection, events: str, given: Mapping[str, object]) -> None:
    """Delete the events of this query's rows; the outbox has to be counted anew."""
    seqs = db.execute(events, given).fetchall()
    for table in ("outbox", "event"):
        db.executemany(f"DELETE FROM {table} WHERE seq = ?", seqs)  # noqa: S608
