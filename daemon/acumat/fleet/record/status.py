"""How collectors fare: each notes it in the record, and `acumat collect --check` reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection

MOST_ASIDE = 10_000
"""Messages set aside that stay, the newest ones."""


@dataclass(frozen=True, slots=True)
class CollectorStatus:
    """What one collector notes of itself; `committed_s` is how long ago it did so, when it is read."""

    name: str
    transport: str
    started_at: datetime
    events: int
    repeated: int
    set_aside: int
    waiting: int | None
    committed_s: float = 0.0


@dataclass(frozen=True, slots=True)
class RecordStatus:
    """The whole record at a glance; `newest_s`: how long ago the newest event was received (None: there is none)."""

    collectors: tuple[CollectorStatus, ...]
    mats: int
    newest_s: float | None
    gaps: int
    missing: int
    lost: int
    set_aside: int


def note_status(connection: Connection, status: CollectorStatus) -> None:
    """Replace what this collector has noted before."""
    connection.execute(
        """INSERT INTO acumat.collector (name, transport, started_at, committed_at, events, repeated, set_aside, waiting)
           VALUES (%s, %s, %s, now(), %s, %s, %s, %s) ON CONFLICT (name) DO UPDATE SET transport = excluded.transport,
           started_at = excluded.started_at, committed_at = now(), events = excluded.events, repeated = excluded.repeated,
           set_aside = excluded.set_aside, waiting = excluded.waiting""",
        (
            *(status.name, status.transport, status.started_at, status.events),
            *(status.repeated, status.set_aside, status.waiting),
        ),
    )


def trim_set_aside(connection: Connection) -> None:
    """Only the newest messages that were set aside stay."""
    connection.execute(
        """DELETE FROM acumat.set_aside WHERE last_at <
           (SELECT last_at FROM acumat.set_aside ORDER BY last_at DESC OFFSET %s LIMIT 1)""",
        (MOST_ASIDE - 1,),
    )


def read_status(connection: Connection) -> RecordStatus:
    """All of it in one look."""
    columns = "name, transport, started_at, events, repeated, set_aside, waiting"
    query = f"SELECT {columns}, extract(epoch FROM now() - committed_at)::float8 FROM acumat.collector ORDER BY name"  # noqa: S608
    collectors = tuple(CollectorStatus(*row) for row in connection.execute(query).fetchall())
    row = connection.execute(
        """SELECT (SELECT count(*) FROM acumat.mat WHERE revoked_at IS NULL),
               (SELECT extract(epoch FROM now() - max(updated))::float8 FROM acumat.numbering),
               (SELECT count(*) FROM acumat.gap_open), (SELECT coalesce(sum(missing), 0)::bigint FROM acumat.gap_open),
               (SELECT coalesce(sum(lost), 0)::bigint FROM acumat.gap_lost), (SELECT count(*) FROM acumat.set_aside)"""
    ).fetchone()
    assert row is not None
    return RecordStatus(collectors, *row)
