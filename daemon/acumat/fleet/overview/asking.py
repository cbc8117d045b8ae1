"""The page's queries, each on a given connection."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from acumat.fleet.overview import queries
from acumat.fleet.overview.connections import Connection
from acumat.fleet.overview.documents import detail_document, mats_of, overview_document
from acumat.fleet.overview.refusals import refusal
from acumat.fleet.overview.standing import Mat

Document = dict[str, Any]
Usage = Mapping[str, Any]
"""Rows by the mat's id."""


async def overview(connection: Connection, used: Usage) -> Document:
    """All mats. Raises psycopg.Error, as all here do."""
    server, mats = await fleet(connection, used)
    return await asyncio.to_thread(overview_document, mats, server)


async def fleet(connection: Connection, used: Usage) -> tuple[Any, list[Mat]]:
    """The server's state, and all mats."""
    server = (await _rows(connection, queries.SERVER, {}))[0]
    rows = await _rows(connection, queries.MATS, {"most": queries.MOST_MATS, "healed_s": queries.HEALED_S})
    return server, mats_of(rows, used)


async def usage(connection: Connection) -> Usage:
    """Of each mat with any: its sessions lately, and when it was calibrated."""
    return {each.mat_id: each for each in await _rows(connection, queries.USAGE, {"hours": queries.RECENT_H})}


async def mat(connection: Connection, mat_id: str) -> Document:
    """One mat's page; a refusal for a mat that the record does not have."""
    of = {"mat_id": mat_id.replace("\0", "")}  # PostgreSQL has no text with a NUL in it
    rows = await _rows(connection, queries.MAT, {**of, "healed_s": queries.HEALED_S})
    if not rows:
        return refusal("unknown_mat")
    used = await _rows(connection, queries.USAGE_OF, {**of, "hours": queries.RECENT_H})
    health = await _rows(connection, queries.HEALTH, of)
    return detail_document(
        mats_of(rows, {each.mat_id: each for each in used})[0],
        (await _rows(connection, queries.SERVER, {}))[0],
        zone=(await _rows(connection, queries.ZONE, of))[0],
        health=health[0].health if health else None,
        days=await _rows(connection, queries.DAYS_OF, {**of, "days": queries.DAYS}),
        sessions=await _rows(connection, queries.SESSIONS_OF, {**of, "most": queries.SESSIONS}),
        gaps=await _rows(connection, queries.GAPS_OF, {**of, "most": queries.GAPS}),
        events=await _rows(connection, queries.EVENTS_OF, {**of, "most": queries.EVENTS}),
    )


async def _rows(connection: Connection, query: str, values: Mapping[str, Any]) -> list[Any]:
    cursor = await connection.execute(query.encode(), values)
    return await cursor.fetchall()
