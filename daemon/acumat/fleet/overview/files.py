"""The tables for download: mats, sessions and days as CSV, read from the database piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from acumat.fleet.overview import asking, queries, table_file
from acumat.fleet.overview.connections import Connection, Connections
from acumat.fleet.overview.standing import Mat, first_to_last, standing

PIECE_ROWS = 2_000
RANGE_MOST = timedelta(days=366)
RANGE = timedelta(days=queries.DAYS)
MAT_COLUMNS = (
    "mat_id",
    "site",
    "label",
    "standing",
    "seen_at",
    "version",
    "layout",
    "calibrated_at",
    "sessions_24h",
    "missing_events",
    "added_at",
    "revoked_at",
)

Values = dict[str, Any]


def values_of(wishes: Mapping[str, str], today: date) -> Values | None:
    """The values of a query for `from`, `to`, `site` and `mat`; None for invalid days, or days too far apart.

    Days are UTC's, the last one included; without any they are the four weeks up to today.
    """
    try:
        last = date.fromisoformat(wishes["to"]) if wishes.get("to") else today
        first = date.fromisoformat(wishes["from"]) if wishes.get("from") else last - RANGE + timedelta(days=1)
        if not timedelta(0) <= last - first <= RANGE_MOST:
            return None
        after = last + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    begin, end = (datetime(each.year, each.month, each.day, tzinfo=UTC) for each in (first, after))
    # PostgreSQL has no text with a NUL in it
    return {"from": begin, "to": end, **{key: wishes.get(key, "").replace("\0", "") for key in ("site", "mat")}}


async def pieces(connections: Connections, name: str, values: Values) -> AsyncGenerator[bytes, None]:
    """A file, its heading first. Raises psycopg.Error."""
    async with connections.one() as connection:
        if name == "mats.csv":
            yield await _mats(connection, values)
            return
        query = queries.SESSION_ROWS if name == "sessions.csv" else queries.DAY_ROWS
        async with connection.transaction(), connection.cursor("file") as cursor:
            await cursor.execute(query.encode(), values)
            rows = await cursor.fetchmany(PIECE_ROWS)
            yield table_file.lines([[each.name for each in cursor.description or ()]])
            while rows:
                yield await asyncio.to_thread(table_file.lines, rows)
                rows = await cursor.fetchmany(PIECE_ROWS)


async def _mats(connection: Connection, values: Values) -> bytes:
    server, mats = await asking.fleet(connection, await asking.usage(connection))
    chosen = [each for each in mats if values["site"] in ("", each.site) and values["mat"] in ("", each.mat_id)]
    rows = [_row(each, server.now) for each in first_to_last(chosen, server.now)]
    return await asyncio.to_thread(table_file.lines, [MAT_COLUMNS, *rows])


def _row(mat: Mat, now: datetime) -> tuple[object, ...]:
    return (
        mat.mat_id,
        mat.site,
        mat.label,
        str(standing(mat, now)),
        mat.seen_at,
        mat.version,
        mat.layout,
        mat.calibrated_at,
        mat.sessions,
        mat.missing,
        mat.added_at,
        mat.revoked_at,
    )
