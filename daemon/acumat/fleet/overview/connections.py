"""A small pool of read-only connections to the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection, OperationalError, ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import namedtuple_row

from acumat_hw.errors import InputError

AT_ONCE = 4
"""Of some hundred that PostgreSQL takes; two of them may be held by files that somebody downloads."""
STATEMENT_MS = 8_000
"""Of a single question; one that takes longer would be late for a visitor anyway."""
TIMEOUTS = {"connect_timeout": "4", "tcp_user_timeout": "8000", "keepalives_idle": "30"}
"""A server that is gone without a word is known as such within this (seconds, milliseconds, seconds)."""
OPTIONS = (
    f"-c default_transaction_read_only=on -c statement_timeout={STATEMENT_MS} -c idle_in_transaction_session_timeout=60000"
)

Connection = AsyncConnection[Any]


class Connections:
    """Hands out connections, at most AT_ONCE. For one event loop."""

    def __init__(self, dsn: str) -> None:
        """Raises InputError for a text that is no connection string."""
        try:
            given = conninfo_to_dict(dsn)
            self._conninfo = make_conninfo(
                dsn,
                application_name="acumat web",
                client_encoding="UTF8",
                options=f"{given.get('options') or ''} {OPTIONS}".strip(),
                **{key: value for key, value in TIMEOUTS.items() if key not in given},
            )
        except ProgrammingError as exc:
            raise InputError("the record's dsn is no connection string of PostgreSQL, such as: host=db dbname=acumat") from exc
        self._places = asyncio.Semaphore(AT_ONCE)
        self._idle: list[Connection] = []

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Connection]:
        """A connection that works, or did a moment ago. Raises psycopg.Error."""
        async with self._places:
            connection = self._idle.pop() if self._idle else await self._new()
            try:
                yield connection
            except BaseException:
                await connection.close()
                raise
            if not connection.closed:
                self._idle.append(connection)

    async def renew(self) -> None:
        """Close the idle connections: their server is gone."""
        while self._idle:
            await self._idle.pop().close()

    async def _new(self) -> Connection:
        connection = await AsyncConnection.connect(self._conninfo, autocommit=True, row_factory=namedtuple_row)
        connection.prepare_threshold = None  # a pooler between us and the server may not know of it
        try:
            await connection.execute("SET datestyle = 'ISO'")  # PGDATESTYLE would be stronger than an option
        except BaseException:
            await connection.close()
            raise
        return connection


def is_lost(error: Exception) -> bool:
    """Whether a connection has ended, so that another one may do."""
    return isinstance(error, OperationalError) and error.sqlstate in (None, "57P01", "57P02", "57P03", "08006")
