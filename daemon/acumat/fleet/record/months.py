"""Monthly partitions of the events: made ahead, and dropped whole once they are too old."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import LiteralString

from psycopg import Connection, errors
from psycopg.sql import SQL, Identifier, Literal

FIRST, BEYOND = datetime(2020, 1, 1, tzinfo=UTC), datetime(2038, 1, 1, tzinfo=UTC)
"""The months between have a partition each. A clock that is not set says 1970, or 2038 and later; what was before acumat
existed and what is beyond has one partition each."""
UNDATED = ("event_before", "event_beyond")
AHEAD = 3
"""Number of months made ahead, so that the collector may stand still for a while."""
LOCK = 0x6163756D
"""Of PostgreSQL's advisory locks: one process at a time changes partitions or the schema ("acum")."""
LOCK_TIMEOUT = "5s"
"""Seconds that a drop waits for readers of the events, while all others wait behind it. It is tried again later."""


def month_of(at: datetime) -> datetime | None:
    """The beginning of its month in UTC; None if the month has no partition of its own."""
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0) if FIRST <= at < BEYOND else None


def month_after(month: datetime) -> datetime:
    """The beginning of the next month."""
    return (month + timedelta(days=32)).replace(day=1)


def name_of(month: datetime) -> str:
    """The name of its partition."""
    return f"event_{month:%Y_%m}"


def named(name: str) -> datetime | None:
    """The month of a partition; None if the name has no month."""
    found = re.fullmatch(r"event_(\d{4})_(\d{2})", name)
    return datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC) if found else None


def due_months(now: datetime) -> list[datetime]:
    """The months that should exist at this time: the last one, this one and those ahead."""
    this = month_of(now)
    if this is None:
        return []
    found = [month_of(this - timedelta(days=1)), this]
    while len(found) < AHEAD + 2:
        found.append(month_of(month_after(found[-1] or this)))
    return [each for each in found if each is not None]


def wall(connection: Connection) -> datetime:
    """The time by the database's clock, by which `received_at` goes."""
    row = connection.execute("SELECT now()").fetchone()
    assert row is not None
    found: datetime = row[0]
    return found


def existing(connection: Connection) -> set[datetime]:
    """The months that have a partition."""
    query = (
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'acumat.event'::regclass"
    )
    return {month for (name,) in connection.execute(query) if (month := named(name)) is not None}


def make(connection: Connection, months: Iterable[datetime]) -> None:
    """Make the missing partitions. Other processes may make them at the same time, and write meanwhile."""
    for month in sorted(months):
        table = Identifier("acumat", name_of(month))
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            if month in existing(connection):
                continue
            # a table that is attached locks nobody out, unlike one that is created as a partition
            connection.execute(SQL("CREATE TABLE {} (LIKE acumat.event INCLUDING DEFAULTS)").format(table))
            connection.execute(
                SQL("ALTER TABLE acumat.event ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
                    table, Literal(month), Literal(month_after(month))
                )
            )


def retire(connection: Connection, days: int, now: datetime) -> list[str]:
    """Drop the months that ended more than `days` ago and got no event since. Returns their names.

    The newest month with an event stays, whatever its age. Events without a month of their own are dropped by their time of
    receipt.
    """
    cutoff = now - timedelta(days=days)
    months = sorted(existing(connection), reverse=True)
    newest = next((each for each in months if _has(connection, name_of(each), "true")), None)
    old = [name_of(each) for each in months if month_after(each) <= cutoff and each != newest]
    return [name for name in (*old, *UNDATED) if _retired(connection, name, cutoff)]


def _retired(connection: Connection, name: str, cutoff: datetime) -> bool:
    undated = name in UNDATED
    table = Identifier("acumat", name)
    try:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            connection.execute(SQL("SET LOCAL lock_timeout = {}").format(Literal(LOCK_TIMEOUT)))
            connection.execute(
                SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(table)
            )  # no event is added after the check
            if _has(connection, name, "received_at >= %s", cutoff) or (undated and not _has(connection, name, "true")):
                return False
            connection.execute(SQL("TRUNCATE {}" if undated else "DROP TABLE {}").format(table))
    except (errors.LockNotAvailable, errors.UndefinedTable):  # somebody reads it, or another collector was quicker
        return False
    return True


def _has(connection: Connection, name: str, condition: LiteralString, *values: object) -> bool:
    query = SQL("SELECT EXISTS (SELECT FROM {} WHERE {})").format(Identifier("acumat", name), SQL(condition))
    row = connection.execute(query, values).fetchone()
    return row is not None and bool(row[0])
