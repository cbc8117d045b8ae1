"""The addresses of a fleet's page. It shows mats, and never a person: who lies where is known to the mats alone."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from acumat.web.assets import Assets
from acumat.web.door import Door
from acumat.web.entrance import FRESH, GZIP, Entrance, answered, refused
from acumat.web.gate import Gate

FILES = ("mats.csv", "sessions.csv", "days.csv")
FILES_AT_ONCE = 2
"""Each holds a connection to the database for as long as the visitor takes."""
WISHES = ("from", "to", "site", "mat")
MOST_CHARS = 100
"""Of a wish: an id has 32 at most."""
FAST = 1
"""zlib's first level: a thousand mats are packed to a tenth in 2 ms, and the best level saves a fifth more in ten times that."""

Document = dict[str, Any]


class Record(Protocol):
    """Where the mats' record is asked. Every document says with `ok`, and else with `reason` and `text`, how it went."""

    async def overview(self) -> Document: ...

    async def mat(self, mat_id: str, language: str) -> Document: ...

    async def file(self, name: str, wishes: Mapping[str, str]) -> Document | AsyncIterator[bytes]: ...

    async def close(self) -> None: ...


def fleet_application(
    assets: Assets, door: Door, record: Record, *, names: frozenset[str], on_visit: Callable[[], None]
) -> ASGIApp:
    """The page for visitors who call it by one of `names`."""
    pages = _Pages(record)
    routes = [
        *Entrance(assets, door).routes,
        Route("/api/fleet", pages.overview, methods=["GET"]),
        Route("/api/fleet/{mat_id}", pages.mat, methods=["GET"]),
        Route("/export/{name}", pages.file, methods=["GET"]),
    ]
    return Gate(Router(routes), names=names, door=door, on_visit=on_visit)


class _Pages:
    def __init__(self, record: Record) -> None:
        self._record = record
        self._places = asyncio.Semaphore(FILES_AT_ONCE)

    async def overview(self, request: Request) -> Response:
        return _packed(request, answered(await self._record.overview()))

    async def mat(self, request: Request) -> Response:
        mat_id, language = request.path_params["mat_id"][:MOST_CHARS], request.query_params.get("language", "")[:MOST_CHARS]
        return _packed(request, answered(await self._record.mat(mat_id, language)))

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

    async def _held(self, made: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            async for piece in made:
                yield piece
        finally:
            self._places.release()


def _packed(request: Request, response: Response) -> Response:
    """Nothing in it is both secret and chosen by somebody else, so that its length may be known."""
    if "gzip" in request.headers.get("accept-encoding", ""):
        packer = zlib.compressobj(FAST, wbits=GZIP)
        response.body = packer.compress(bytes(response.body)) + packer.flush()
        response.headers["content-encoding"] = "gzip"
        response.headers["content-length"] = str(len(response.body))
    response.headers["vary"] = "accept-encoding"
    return response
