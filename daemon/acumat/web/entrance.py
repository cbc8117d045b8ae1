"""The parts that every page has: the empty page, its files, signing in and signing out."""

from __future__ import annotations

import asyncio
import time
import zlib
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from acumat.strict_json import NotJsonError, read_json
from acumat.web.assets import Asset, Assets
from acumat.web.door import Door

FRESH = {"cache-control": "no-store"}
GZIP = 16 + zlib.MAX_WBITS
"""What zlib calls it."""
FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}
STATUS_OF = {
    "busy": 503,
    "away": 503,
    "forbidden": 503,
    "timeout": 504,
    "unknown_command": 404,
    "unknown_mat": 404,
    "record_away": 503,
    "no_code": 503,
    "wait": 429,
    "wrong_code": 403,
    "method": 405,
}
"""HTTP status by reason code; any other refusal is 409."""


class Entrance:
    """The addresses that are there before anybody has signed in."""

    def __init__(self, assets: Assets, door: Door) -> None:
        self._assets = assets
        self._door = door

    @property
    def routes(self) -> list[Route]:
        """The addresses."""
        return [
            Route("/", self.page, methods=["GET"]),
            Route("/static/{rest:path}", self.part, methods=["GET"]),
            Route("/login", self.login, methods=["POST"]),
            Route("/logout", self.logout, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """The page itself, which has no data."""
        return served(request, self._assets.page, FRESH)

    async def part(self, request: Request) -> Response:
        """A script, the words of a language, and the like."""
        found = self._assets.parts.get(request.scope["path"])
        return answer({"ok": False, "reason": "unknown"}, 404) if found is None else served(request, found, FOR_EVER)

    async def login(self, request: Request) -> Response:
        """A session for whoever knows the code."""
        typed = (await document_in(request)).get("code")
        if not self._door.has_code:
            return refused("no_code", "No code has been made yet. On the machine: sudo acumat web-code")
        if not isinstance(typed, str) or not typed:
            return refused("bad_value", "code must be a text.")
        wait_s = self._door.wait_s(time.monotonic())
        if wait_s > 0:
            late = refused("wait", f"Too many tries; wait {wait_s:.0f} s.")
            late.headers["retry-after"] = f"{wait_s:.0f}"
            return late
        if not await asyncio.to_thread(self._door.fits, typed):
            return refused("wrong_code", "This is not the code. A new one: sudo acumat web-code")
        self._door.found()
        return answer({"ok": True}, cookie=self._door.cookie(time.time(), secure=_is_secure(request)))

    async def logout(self, request: Request) -> Response:
        """The browser forgets its session."""
        return answer({"ok": True}, cookie=self._door.gone(secure=_is_secure(request)))


async def document_in(request: Request) -> dict[str, Any]:
    """The body as an object; empty for anything else, so that the reader reports what is missing."""
    try:
        document = read_json((await request.body()).decode("utf-8"))
    except (UnicodeDecodeError, NotJsonError):
        return {}
    return document if isinstance(document, dict) else {}


def served(request: Request, asset: Asset, headers: dict[str, str]) -> Response:
    """Packed for whom takes it so: a third of the bytes. Nothing secret is in a part, so that its length may be known."""
    content, headers = asset.content, {**headers, "vary": "accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        packer = zlib.compressobj(wbits=GZIP)
        content = packer.compress(content) + packer.flush()
        headers["content-encoding"] = "gzip"
    return Response(content, media_type=asset.media_type, headers=headers)


def answered(document: dict[str, Any]) -> Response:
    """A document with `ok`, and if that is false with `reason`."""
    return answer(document, 200 if document.get("ok") else STATUS_OF.get(str(document.get("reason")), 409))


def refused(reason: str, text: str) -> Response:
    """A refusal, with its reason and a sentence."""
    return answered({"ok": False, "reason": reason, "text": text})


def answer(document: dict[str, Any], status: int = 200, cookie: str = "") -> Response:
    """A document with its HTTP status."""
    return JSONResponse(document, status, headers={**FRESH, **({"set-cookie": cookie} if cookie else {})})


def _is_secure(request: Request) -> bool:
    return request.headers.get("origin", "").lower().startswith("https:")
