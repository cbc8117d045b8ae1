"""The addresses of a mat's page, with their handlers."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from acumat.web.asking import Asking
from acumat.web.assets import Asset, Assets
from acumat.web.children import OwnProcess
from acumat.web.door import Door
from acumat.web.entrance import Entrance, answered, document_in, refused, served
from acumat.web.gate import CARD_PATH, Gate
from acumat.web.hub import Hub
from acumat.web.past import PastPages
from acumat.web.replaying import PATH as REPLAY_PATH
from acumat.web.replaying import Replaying
from acumat.web.stream import stream

FOR_A_DASHBOARD = {"cache-control": "max-age=3600", "access-control-allow-origin": "*"}
"""A script of another site is run only if its server agrees. The card is the same for everybody and shows nothing of this mat;
`*` sends no cookie along, and is for this one path. It may be an hour old: its address does not change with its content."""


def application(
    assets: Assets,
    hub: Hub,
    door: Door,
    socket: Path,
    config: Path | None,
    replaying: Replaying,
    own_process: OwnProcess,
    *,
    names: frozenset[str],
    on_visit: Callable[[], None],
) -> ASGIApp:
    """The page for visitors who call it by one of `names`; the daemon listens at `socket`, with `config` as its file."""
    pages = _Pages(Asking(socket), assets.card)
    routes = [
        *Entrance(assets, door).routes,
        Route(CARD_PATH, pages.card, methods=["GET"]),
        Route("/api/state", pages.state, methods=["GET"]),
        Route("/api/live", _Live(hub, door)),
        Route(REPLAY_PATH, replaying),
        Route("/api/command/{name}", pages.command, methods=["POST"]),
        *PastPages(socket, config, own_process).routes,
    ]
    return Gate(Router(routes), names=names, door=door, on_visit=on_visit)


class _Pages:
    def __init__(self, asking: Asking, card: Asset) -> None:
        self._asking = asking
        self._card = card

    async def card(self, request: Request) -> Response:
        return served(request, self._card, FOR_A_DASHBOARD)

    async def state(self, _request: Request) -> Response:
        return answered(await self._asking.status())

    async def command(self, request: Request) -> Response:
        return answered(await self._asking.command(request.path_params["name"], await document_in(request)))


class _Live:
    """The stream, outside of starlette's requests: it has to see for itself when the visitor goes."""

    def __init__(self, hub: Hub, door: Door) -> None:
        self._hub = hub
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            await refused("method", "The stream is read with GET.")(scope, receive, send)
            return
        visitor = self._hub.join()
        if visitor is None:
            await refused("busy", "Too many windows show the mat now; close one.")(scope, receive, send)
            return
        cookie = Request(scope).headers.get("cookie", "")
        try:
            await stream(visitor, lambda: self._door.knows(cookie, time.time()), receive, send)
        finally:
            self._hub.leave(visitor)
