"""What the history says of a moment that is over. Reads beside a running daemon and changes nothing, not even a file's time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from acumat.documents import SESSION_KEYS, rfc3339, rounded
from acumat.history.rows import SESSION_COLUMNS, SessionRow, session_row
from acumat.history.schema import StoreUnavailableError

BEFORE_S = 30 * 86400.0
"""A state is put together from the events of so long before; a session and a failed sensor last shorter, or are told again."""
MOST_EVENTS = 5000

Document = Mapping[str, Any]


def events_around(path: Path, wall_s: float) -> tuple[tuple[Document, ...], Document | None]:
    """Events decided up to this Unix time, in order, and the first one after it.

    Raises StoreUnavailableError with the cure where the history cannot be read.
    """
    with _reading(path) as db:
        before = db.execute(
            "SELECT payload FROM event WHERE wall_s <= ? AND wall_s >= ? ORDER BY seq DESC LIMIT ?",
            (wall_s, wall_s - BEFORE_S, MOST_EVENTS),
        ).fetchall()
        after = db.execute("SELECT payload FROM event WHERE wall_s > ? ORDER BY seq LIMIT 1", (wall_s,)).fetchone()
    following = None if after is None else json.loads(after[0])
    return tuple(json.loads(payload) for (payload,) in reversed(before)), following


def session_at(path: Path, wall_s: float) -> SessionRow | None:
    """The finished session that this moment lies in, else the last one before it."""
    query = f"SELECT {SESSION_COLUMNS} FROM session WHERE start_wall_s <= ? ORDER BY start_wall_s DESC LIMIT 1"  # noqa: S608
    with _reading(path) as db:
        row = db.execute(query, (wall_s,)).fetchone()
    return None if row is None else session_row(row)


def session_named(path: Path, session_id: str) -> SessionRow | None:
    """A finished session by its id, or by its number alone; None if there is none."""
    query = f"SELECT {SESSION_COLUMNS} FROM session WHERE session_id = ? OR CAST(number AS TEXT) = ?"  # noqa: S608
    with _reading(path) as db:
        row = db.execute(query, (session_id, session_id)).fetchone()
    return None if row is None else session_row(row)


def session_summary(row: SessionRow) -> dict[str, Any]:
    """What a session document says of the session itself."""
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
    if not path.exists():
        raise StoreUnavailableError(f"{path}: there is no history yet; name the configuration of the daemon that keeps one")
    # without a write-ahead log nobody has it open, and reading must not leave one of another owner behind
    way = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?{way}", uri=True, timeout=5.0)
        try:
            yield db
        finally:
            db.close()
    except sqlite3.Error as exc:
        cure = "run it as root or as a member of the group acumat, and check the file"
        raise StoreUnavailableError(f"{path}: the history cannot be read ({exc}); {cure}") from exc
    except (ValueError, TypeError, KeyError) as exc:
        raise StoreUnavailableError(f"{path}: a row of the history is damaged ({exc})") from exc
