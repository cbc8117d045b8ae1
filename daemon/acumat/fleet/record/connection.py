"""A connection to the record, or the fault if there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import Connection, errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Literal

from acumat_hw.errors import AcumatError, InputError

CONNECT_S = 10
DEFAULTS: dict[str, str | int] = {
    "connect_timeout": CONNECT_S,
    "application_name": "acumat",
    # of several hosts the one that is no replica; a server in recovery is waited for
    "target_session_attrs": "read-write",
    # a server whose machine has vanished is noticed within half a minute
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}
LOCK_TIMEOUT = "30s"
"""Somebody who holds a table is named then. Without it the watchdog ends the collector, whose server process waits on, and each
restart leaves one more until the server takes no connection."""
ENCODING = "UTF8"
"""No other has every character of a mat's label, and JSON with escaped characters."""
REFUSED = (errors.DataError, errors.IntegrityError, errors.ProgramLimitExceeded)
"""Errors caused by a value, which would come again at each attempt."""


class RecordAwayError(AcumatError):
    """The record cannot be used now; the message says why."""


def connect(dsn: str, **options: str | int) -> Connection:
    """A connection in autocommit mode. Raises InputError for an invalid DSN or a database that can never do, and
    RecordAwayError.
    """
    try:
        given = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        raise InputError(
            "record.dsn is not in libpq's words; write for example host=db.local dbname=fleet user=acumat"
        ) from None
    try:
        values = {**DEFAULTS, **given, **options, "client_encoding": ENCODING}
        connection = psycopg.connect(make_conninfo(**values), autocommit=True)  # type: ignore[arg-type]
        # a timeout would cut short a COMMIT's wait for its replica, which is then reported as done
        connection.execute("SET statement_timeout = 0")
        connection.execute(SQL("SET lock_timeout = {}").format(Literal(LOCK_TIMEOUT)))
        connection.execute("SET timezone = 'UTC'")
        connection.execute("SET datestyle = 'ISO'")
    except psycopg.Error as error:
        raise RecordAwayError(reason_of(error)) from error
    if (stored := connection.info.parameter_status("server_encoding")) != ENCODING:
        connection.close()
        raise InputError(
            f"the database of record.dsn has the encoding {stored}, and the record needs {ENCODING}; make it anew: "
            "createdb --template template0 --encoding UTF8 --locale C.UTF-8"
        )
    return connection


@contextmanager
def noticing() -> Iterator[None]:
    """Turn errors of the database into RecordAwayError; errors of refused values stay those of psycopg."""
    try:
        yield
    except REFUSED:
        raise
    except psycopg.Error as error:
        raise RecordAwayError(reason_of(error)) from error


def reason_of(error: psycopg.Error) -> str:
    """One sentence without anything of a DSN."""
    if isinstance(error, errors.InvalidTableDefinition):
        return "The database has the record of a newer acumat; update this one"
    if isinstance(error, errors.UndefinedTable | errors.InvalidSchemaName | errors.UndefinedColumn | errors.UndefinedFunction):
        return "The database has no record of a fleet yet, or an older one; run: acumat collect --provision"
    if isinstance(error, errors.InsufficientPrivilege):
        return "The database user may not use the schema acumat; let the user that provisioned it collect"
    if isinstance(error, errors.LockNotAvailable):
        return "Somebody holds a lock on the record; pg_stat_activity shows who"
    if error.sqlstate is not None:
        return f"The database answers {type(error).__name__} ({error.sqlstate})"
    text = str(error)
    if "read-only" in text or "recovery" in text or "starting up" in text:
        return "The database is in recovery or a replica; it takes nothing yet"
    if "authentication" in text or "no pg_hba.conf entry" in text:
        return "The database refuses this user or password; check record.dsn"
    if "does not exist" in text:
        return "The database or its user does not exist; check record.dsn"
    # the server's words may be in another language: then a wrong name or password ends here, too
    return "The database does not answer; check that PostgreSQL runs, and host, port, database and user in record.dsn"
