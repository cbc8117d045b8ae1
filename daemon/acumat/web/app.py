"""The page's addresses, and what answers at each."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from acumat.strict_json import NotJsonError, read_json
from acumat.web.asking import Asking
from acumat.web.assets import Asset, Assets
from acumat.web.children import OwnProcess
from acumat.web.door import Door
from acumat.web.gate import CARD_PATH, Gate
from acumat.web.hub import Hub
from acumat.web.past import PastPages
from acumat.web.replaying import PATH as REPLAY_PATH
from acumat.web.replaying import Replaying
from acumat.web.stream import stream

FRESH = {"cache-control": "no-store"}
GZIP = 16 + zlib.MAX_WBITS
"""What zlib calls it."""
FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}
FOR_A_DASHBOARD = {"cache-control": "max-age=3600", "access-control-allow-origin": "*"}
"""A script of another site is run only if its server agrees. The card is the same for everybody and shows nothing of this mat;
`*` sends no cookie along, and is for this one path. It may be an hour old: its address does not change with its content."""
STATUS_OF = {
    "busy": 503,
    "away": 503,
    "forbidden": 503,
    "timeout": 504,
    "unknown_command": 404,
    "no_code": 503,
    "wait": 429,
    "wrong_code": 403,
    "method": 405,
}
"""HTTP status by reason code; any other refusal is 409."""


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
    pages = _Pages(assets, hub, door, Asking(socket))
    routes = [
        Route("/", pages.page, methods=["GET"]),
        Route("/static/{rest:path}", pages.part, methods=["GET"]),
        Route(CARD_PATH, pages.card, methods=["GET"]),
        Route("/login", pages.login, methods=["POST"]),
        Route("/logout", pages.logout, methods=["POST"]),
        Route("/api/state", pages.state, methods=["GET"]),
        Route("/api/live", _Live(hub, door)),
        Route(REPLAY_PATH, replaying),
        Route("/api/command/{name}", pages.command, methods=["POST"]),
        *PastPages(socket, config, own_process).routes,
    ]
    return Gate(Router(routes), names=names, door=door, on_visit=on_visit)


class _Pages:
    def __init__(self, assets: Assets, hub: Hub, door: Door, asking: Asking) -> None:
        self._assets = assets
        self._hub = hub
        self._door = door
        self._asking = asking

    async def page(self, request: Request) -> Response:
        return _served(request, self._assets.page, FRESH)

    async def part(self, request: Request) -> Response:
        found = self._assets.parts.get(request.scope["path"])
        return _answer({"ok": False, "reason": "unknown"}, 404) if found is None else _served(request, found, FOR_EVER)

    async def card(self, request: Request) -> Response:
        return _served(request, self._assets.card, FOR_A_DASHBOARD)

    async def login(self, request: Request) -> Response:
        typed = (await _document(request)).get("code")
        if not self._door.has_code:
            return _refused("no_code", "No code has been made yet. On the machine: sudo acumat web-code")
        if not isinstance(typed, str) or not typed:
            return _refused("bad_value", "code must be a text.")
        wait_s = self._door.wait_s(time.monotonic())
        if wait_s > 0:
            answer = _refused("wait", f"Too many tries; wait {wait_s:.0f} s.")
            answer.headers["retry-after"] = f"{wait_s:.0f}"
            return answer
        if not await asyncio.to_thread(self._door.fits, typed):
            return _refused("wrong_code", "This is not the code. A new one: sudo acumat web-code")
        self._door.found()
        return _answer({"ok": True}, cookie=self._door.cookie(time.time(), secure=_is_secure(request)))

    async def logout(self, request: Request) -> Response:
        return _answer({"ok": True}, cookie=self._door.gone(secure=_is_secure(request)))

    async def state(self, _request: Request) -> Response:
        return _from_daemon(await self._asking.status())

    async def command(self, request: Request) -> Response:
        return _from_daemon(await self._asking.command(request.path_params["name"], await _document(request)))


class _Live:
    """The stream, outside of starlette's requests: it has to see for itself when the visitor goes."""

    def __init__(self, hub: Hub, door: Door) -> None:
        self._hub = hub
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            await _refused("method", "The stream is read with GET.")(scope, receive, send)
            return
        visitor = self._hub.join()
        if visitor is None:
            await _refused("busy", "Too many windows show the mat now; close one.")(scope, receive, send)
            return
        cookie = Request(scope).headers.get("cookie", "")
        try:
            await stream(visitor, lambda: self._door.knows(cookie, time.time()), receive, send)
        finally:
            self._hub.leave(visitor)


async def _document(request: Request) -> dict[str, Any]:
    """The body as an object; empty for what is none, so that the daemon says what is missing."""
    try:
        document = read_json((await request.body()).decode("utf-8"))
    except (UnicodeDecodeError, NotJsonError):
        return {}
    return document if isinstance(document, dict) else {}


def _is_secure(request: Request) -> bool:
    return request.headers.get("origin", "").lower().startswith("https:")


def _served(request: Request, asset: Asset, headers: dict[str, str]) -> Response:
    """Packed for whom takes it so: a third of the bytes. Nothing secret is in a part, so that its length may be known."""
    content, headers = asset.content, {**headers, "vary": "accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        packer = zlib.compressobj(wbits=GZIP)
        content = packer.compress(content) + packer.flush()
        headers["content-encoding"] = "gzip"
    return Response(content, media_type=asset.media_type, headers=headers)


def _from_daemon(answer: dict[str, Any]) -> Response:
    return _answer(answer, 200 if answer.get("ok") else STATUS_OF.get(str(answer.get("reason")), 409))


def _refused(reason: str, text: str) -> Response:
    return _answer({"ok": False, "reason": reason, "text": text}, STATUS_OF.get(reason, 409))


def _answer(document: dict[str, Any], status: int = 200, cookie: str = "") -> Response:
    return JSONResponse(document, status, headers={**FRESH, **({"set-cookie": cookie} if cookie else {})})
