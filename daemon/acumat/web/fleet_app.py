"""The addresses of a fleet's page. It shows mats and no person: only the mats know who lies where."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import asdict
from datetime import date
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from acumat.plots.bars import minutes_by_day
from acumat.web.assets import Assets
from acumat.web.door import Door
from acumat.web.drawing import Words
from acumat.web.entrance import FRESH, GZIP, Entrance, answered, refused
from acumat.web.gate import Gate

FILES = ("mats.csv", "sessions.csv", "days.csv")
FILES_AT_ONCE = 2
"""Each holds a connection to the database for as long as the visitor takes."""
WISHES = ("from", "to", "site", "mat")
MOST_CHARS = 100
"""Characters of an argument: an id has 32 at most."""
FAST = 1
"""zlib's first level: a thousand mats are packed in 2 ms; the best level takes ten times that and saves a fifth."""

Document = dict[str, Any]


class Record(Protocol):
    """The queries to the mats' record. Every document has `ok`, and if that is false `reason` and `text`."""

    async def overview(self) -> Document: ...

    async def mat(self, mat_id: str) -> Document: ...

    async def file(self, name: str, wishes: Mapping[str, str]) -> Document | AsyncGenerator[bytes, None]: ...

    async def close(self) -> None: ...


def fleet_application(
    assets: Assets, door: Door, record: Record, *, names: frozenset[str], on_visit: Callable[[], None]
) -> ASGIApp:
    """The page for visitors who call it by one of `names`."""
    pages = _Pages(record, on_visit)
    routes = [
        *Entrance(assets, door).routes,
        Route("/api/fleet", pages.overview, methods=["GET"]),
        Route("/api/fleet/{mat_id}", pages.mat, methods=["GET"]),
        Route("/export/{name}", pages.file, methods=["GET"]),
    ]
    return Gate(Router(routes), names=names, door=door, on_visit=on_visit)


class _Pages:
    def __init__(self, record: Record, on_visit: Callable[[], None]) -> None:
        self._record = record
        self._on_visit = on_visit
        self._places = asyncio.Semaphore(FILES_AT_ONCE)

    async def overview(self, request: Request) -> Response:
        return _packed(request, answered(await self._record.overview()))

    async def mat(self, request: Request) -> Response:
        found = await self._record.mat(request.path_params["mat_id"][:MOST_CHARS])
        if found["ok"]:
            language = request.query_params.get("language", "")[:MOST_CHARS]
            found = {**found, "plots": await asyncio.to_thread(_plots, found, language)}
        return _packed(request, answered(found))

    async def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in FILES:
            return refused("unknown_mat", "There is no such file.")
        if self._places.locked():
            return refused("busy", "Too many files are being made; try again.")
        wishes = {key: request.query_params.get(key, "")[:MOST_CHARS] for key in WISHES}
        await self._places.acquire()
        try:
            made = await self._record.file(name, wishes)
        except BaseException:
            self._places.release()
            raise
        if isinstance(made, dict):
            self._places.release()
            return answered(made)
        headers = {**FRESH, "content-disposition": f'attachment; filename="acumat-{name}"'}
        return StreamingResponse(self._held(made), media_type="text/csv; charset=utf-8", headers=headers)

    async def _held(self, made: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
        try:
            async with aclosing(made):
                async for piece in made:
                    self._on_visit()  # a long file is no idle time
                    yield piece
        finally:
            self._places.release()


def _plots(found: Document, language: str) -> list[Document]:
    """The minutes of the last days, as one mat's own page draws them."""
    minutes = {date.fromisoformat(each["day"]): float(each["minutes"] or 0.0) for each in found["days"]}
    return [asdict(minutes_by_day("minutes-days", minutes, date.fromisoformat(found["today"]), wording=Words(language).plots))]


def _packed(request: Request, response: Response) -> Response:
    """Nothing in it is both secret and chosen by somebody else, so that its length may be known."""
    if "gzip" in request.headers.get("accept-encoding", ""):
        packer = zlib.compressobj(FAST, wbits=GZIP)
        response.body = packer.compress(bytes(response.body)) + packer.flush()
        response.headers["content-encoding"] = "gzip"
        response.headers["content-length"] = str(len(response.body))
    response.headers["vary"] = "accept-encoding"
    return response
