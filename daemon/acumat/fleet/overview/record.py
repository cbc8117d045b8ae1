"""Answers the page's questions about the record: every answer is a document, even if the database is away."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, TypeVar

from psycopg import Error

from acumat.fleet.overview import asking
from acumat.fleet.overview.connections import Connection, Connections, is_lost
from acumat.fleet.overview.files import pieces, values_of
from acumat.fleet.overview.refusals import reason_of, refusal

log = logging.getLogger(__name__)

PATIENCE_S = 10.0
"""Seconds until a visitor gets a sentence, even if the server holds the connection and says nothing."""
WAITING = 24
"""More requests are refused at once, rather than late."""
FRESH_S = 2.0
"""The overview is read at most once in so many seconds, however many visitors look."""
USAGE_FRESH_S = 60.0
"""Seconds between two counts of a day's sessions: they are most of the work, and change little."""

T = TypeVar("T")
Document = dict[str, Any]
Question = Callable[[Connection], Awaitable[Document]]


class Record:
    """One for the whole process and its event loop."""

    def __init__(self, dsn: str) -> None:
        """Raises InputError for a text that is no connection string."""
        self._connections = Connections(dsn)
        self._asking: set[asyncio.Task[Document]] = set()
        self._overview: Document = {}
        self._overview_mono_s = -FRESH_S
        self._overview_lock = asyncio.Lock()
        self._usage: asking.Usage = {}
        self._usage_mono_s = -USAGE_FRESH_S
        self._said = ""
        """Why the record does not answer; empty while it does."""

    async def overview(self) -> Document:
        """All mats, read a moment ago at most."""
        async with self._overview_lock:
            if time.monotonic() - self._overview_mono_s >= FRESH_S:
                self._overview = await self._answer(self._read)
                self._overview_mono_s = time.monotonic()
            return self._overview

    async def mat(self, mat_id: str) -> Document:
        """One mat's page."""
        return await self._answer(lambda connection: asking.mat(connection, mat_id))

    async def file(self, name: str, wishes: Mapping[str, str]) -> Document | AsyncGenerator[bytes, None]:
        """A table in pieces, or why there is none."""
        values = values_of(wishes, datetime.now(UTC).date())
        if values is None:
            return refusal("bad_days")

        async def begun() -> tuple[bytes, AsyncGenerator[bytes, None]]:
            made = pieces(self._connections, name, values)
            return await anext(made), made

        try:
            async with asyncio.timeout(PATIENCE_S):
                heading, made = await self._twice(begun)
        except TimeoutError:
            return refusal("record_slow")
        except Error as exc:
            return self._refused(exc)
        return _from(heading, made)

    async def close(self) -> None:
        """Close the connections to the database."""
        for task in tuple(self._asking):
            task.cancel()
        await self._connections.renew()

    async def _read(self, connection: Connection) -> Document:
        if time.monotonic() - self._usage_mono_s >= USAGE_FRESH_S:
            self._usage = await asking.usage(connection)
            self._usage_mono_s = time.monotonic()
        return await asking.overview(connection, self._usage)

    async def _answer(self, question: Question) -> Document:
        """The answer to a question, or a refusal after PATIENCE_S; a query that is still running then ends by itself."""
        if len(self._asking) >= WAITING:
            return refusal("busy")
        task = asyncio.create_task(self._ask(question))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)
        done, _ = await asyncio.wait({task}, timeout=PATIENCE_S)
        if not done:
            task.cancel()
            return refusal("record_slow")
        return task.result()

    async def _ask(self, question: Question) -> Document:
        try:
            answer = await self._twice(lambda: self._once(question))
        except Error as exc:
            return self._refused(exc)
        if self._said:
            log.warning("the record answers again")
            self._said = ""
        return answer

    async def _twice(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """A connection that lay idle may have died with its server: a new one is tried at once."""
        try:
            return await attempt()
        except Error as exc:
            if not is_lost(exc):
                raise
        await self._connections.renew()
        return await attempt()

    async def _once(self, question: Question) -> Document:
        async with self._connections.one() as connection:
            return await question(connection)

    def _refused(self, error: Error) -> Document:
        reason = reason_of(error)
        if reason != self._said:
            log.warning("the record does not answer: %s (%s)", reason, type(error).__name__)
            self._said = reason
        return refusal(reason)


async def _from(heading: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes]:
    async with aclosing(rest):
        yield heading
        async for piece in rest:
            yield piece
