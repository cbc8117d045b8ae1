"""Makes the schema of the record, as often as wanted."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files

from psycopg import Connection
from psycopg.types.json import Jsonb

from acumat.fleet.record.months import LOCK, due_months, make


def prepare(connection: Connection) -> None:
    """Tables, views and the months ahead; what is there stays as it is."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        connection.execute("SET LOCAL client_min_messages = warning")  # each table that exists would be a notice
        for name in ("schema.sql", "views.sql"):
            connection.execute((files(__package__) / name).read_bytes())
    make(connection, due_months(datetime.now(UTC)))


def is_prepared(connection: Connection) -> bool:
    """Whether the schema is there."""
    row = connection.execute("SELECT to_regclass('acumat.provision') IS NOT NULL").fetchone()
    return row is not None and bool(row[0])


def note_provision(connection: Connection, kind: str, detail: dict[str, object]) -> None:
    """What the engine was given is there: from now on mats may get credentials."""
    query = """INSERT INTO acumat.provision (kind, detail) VALUES (%s, %s)
               ON CONFLICT (kind) DO UPDATE SET at = now(), detail = excluded.detail"""
    connection.execute(query, (kind, Jsonb(detail)))
