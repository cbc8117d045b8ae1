"""Reads the history of a past moment.

Given its path, it is read beside a running daemon, and nothing changes, not even a file's time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acumat.contract.documents import SESSION_KEYS, rfc3339, rounded
from acumat.history.columns import DamagedRowError, decoded
from acumat.history.copies import is_there, readable
from acumat.history.files import DAMAGED, SQLITE_ERRORS, SUSPECT, hint, primary_code
from acumat.history.rows import SESSION_COLUMNS, SessionRow, session_row
from acumat.history.schema import StoreUnavailableError
from acumat.stored import UnreadableError, read_object

BEFORE_S = 30 * 86400.0
"""A state is derived from the events of so many seconds before: a session and a failed sensor last shorter, or are reported
again."""
MOST_EVENTS = 5000
SESSION_BEFORE_S, SESSION_AFTER_S = 120.0, 2 * 3600.0
"""Events of a session lie within these seconds: contact and lying before it, cool-down, redness and check-in after it."""
EVENTS_OF_SESSION = 200
"""Most events in an answer, the last ones. A session has some twenty; an answer of these stays far below its limit."""

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Around:
    """Events decided up to a moment, in order, the first one after it, and how many beside them cannot be read."""

    before: tuple[Document, ...]
    following: Document | None
    damaged: int


def events_around(path: Path, wall_s: float) -> Around:
    """What happened around this Unix time. Raises StoreUnavailableError with a hint where the history cannot be read."""
    with _reading(path) as db:
        return around(db, wall_s)


def around(db: sqlite3.Connection, wall_s: float) -> Around:
    """The same for an open history."""
    before = db.execute(
        "SELECT payload FROM event WHERE wall_s <= ? AND wall_s >= ? ORDER BY seq DESC LIMIT ?",
        (wall_s, wall_s - BEFORE_S, MOST_EVENTS),
    ).fetchall()
    after = db.execute("SELECT payload FROM event WHERE wall_s > ? ORDER BY wall_s, seq LIMIT 1", (wall_s,)).fetchall()
    found = [_document(payload) for (payload,) in reversed(before)]
    readable = tuple(document for document in found if document is not None)
    following = _document(after[0][0]) if after else None
    return Around(readable, following, len(found) - len(readable) + (len(after) if following is None else 0))


def session_at(path: Path, wall_s: float) -> SessionRow | None:
    """The finished session that this moment lies in, else the last one before it."""
    with _reading(path) as db:
        return session_around(db, wall_s)


def session_around(db: sqlite3.Connection, wall_s: float) -> SessionRow | None:
    """The same for an open history. Raises DamagedRowError."""
    query = f"SELECT {SESSION_COLUMNS} FROM session WHERE start_wall_s <= ? ORDER BY start_wall_s DESC LIMIT 1"  # noqa: S608
    row = db.execute(query, (wall_s,)).fetchone()
    return None if row is None else session_row(row)


def events_of(db: sqlite3.Connection, row: SessionRow) -> list[Document]:
    """The events of a session: from shortly before it until hours after it, without those of the next one."""
    (next_s,) = db.execute(
        "SELECT MIN(start_wall_s) FROM session WHERE start_wall_s > ? AND number <> ?", (row.start_wall_s, row.number)
    ).fetchone()
    last_s = row.end_wall_s + SESSION_AFTER_S
    if isinstance(next_s, float):
        last_s = max(row.end_wall_s, min(last_s, next_s - SESSION_BEFORE_S))
    found = db.execute(
        "SELECT payload FROM event WHERE wall_s BETWEEN ? AND ? ORDER BY seq DESC LIMIT ?",
        (row.start_wall_s - SESSION_BEFORE_S, last_s, EVENTS_OF_SESSION),
    ).fetchall()
    return [document for (payload,) in reversed(found) if (document := _document(payload)) is not None]


def session_named(path: Path, session_id: str) -> SessionRow | None:
    """A finished session by its id, or by its number alone; None if there is none."""
    if not session_id.isprintable():  # a byte of a command line that is no UTF-8, which no query accepts
        return None
    query = f"SELECT {SESSION_COLUMNS} FROM session WHERE session_id = ? OR CAST(number AS TEXT) = ?"  # noqa: S608
    return _session(path, query, (session_id, session_id))


def last_sessions(path: Path, most: int) -> tuple[list[SessionRow], int]:
    """The last finished sessions in their order, and how many of them cannot be read. Raises StoreUnavailableError."""
    query = f"SELECT {SESSION_COLUMNS} FROM session ORDER BY number DESC LIMIT ?"  # noqa: S608
    with _reading(path) as db:
        values = db.execute(query, (most,)).fetchall()
    rows = []
    for each in reversed(values):
        with suppress(DamagedRowError):
            rows.append(session_row(each))
    return rows, len(values) - len(rows)


def _session(path: Path, query: str, values: tuple[object, ...]) -> SessionRow | None:
    with _reading(path) as db:
        row = db.execute(query, values).fetchone()
        return None if row is None else session_row(row)


def _document(payload: object) -> Document | None:
    try:
        return read_object(payload) if isinstance(payload, str) else None
    except UnreadableError:
        return None


def session_summary(row: SessionRow) -> dict[str, Any]:
    """The part of a session document about the session itself."""
    record = row.record
    values: dict[str, Any] = {
        "started_at": rfc3339(row.start_wall_s),
        "ended_at": rfc3339(row.end_wall_s),
        "session_s": rounded(record.wall_s, 1),
    }
    for key in SESSION_KEYS:
        value = values.get(key, getattr(record, key, None))
        values[key] = rounded(value, 3) if isinstance(value, float) else value
    return {key: values[key] for key in SESSION_KEYS}


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    if not is_there(path):
        raise StoreUnavailableError(f"{path}: there is no history yet; name the configuration of the daemon that has one")
    try:
        with readable(path) as used, closing(_connected(used)) as db:
            db.text_factory = decoded
            yield db
    except (*SQLITE_ERRORS, DamagedRowError) as exc:
        raise StoreUnavailableError(f"{path}: {_hint(exc)}") from exc
    except OSError as exc:
        raise StoreUnavailableError(f"{path}: {hint(exc)}") from exc


def _connected(path: Path) -> sqlite3.Connection:
    # without a write-ahead log nobody has it open, and reading must not create a log of another owner
    way = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{way}", uri=True, timeout=5.0)


def _hint(exc: Exception) -> str:
    if isinstance(exc, DamagedRowError) or primary_code(exc) in DAMAGED | SUSPECT:
        return "the history is damaged here; the daemon saves what can be read of it at its next start"
    return f"the history cannot be read ({hint(exc)}); run it as root or as a member of the group acumat"
