"""Checks every request before anything of it is used, in this order: Host, form, origin, kind, session, body."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import NoReturn

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from acumat.web.door import Door
from acumat.web.hosts import is_ours
from acumat.web.replaying import PATH as REPLAY_PATH
from acumat.web.replaying import UPLOAD_MOST_BYTES

MAX_BODY_BYTES = 4096
"""As much as the daemon's socket reads."""
MAX_HEADERS = 64
MAX_HEAD_BYTES = 16_384
"""Bytes of all header lines of a request. A browser sends less than 2 KB."""
BODY_S = 10.0
"""A body of one packet or three takes no longer, even from a bad phone."""
METHODS = ("GET", "HEAD", "POST")
UPLOADS = {REPLAY_PATH: UPLOAD_MOST_BYTES}
"""Paths that accept a file, with its size limit. Their handlers read it piece by piece; nothing is buffered here."""
JSON_TYPES = ("application/json", "application/json;charset=utf-8")
FILE_TYPES = ("application/octet-stream",)
"""None of them can be sent by another site's form."""
CARD_PATH = "/acumat-card.js"
"""The card for Home Assistant: a dashboard, which is another site's page, fetches it as a script."""
OPEN_PATHS = ("/", "/login", CARD_PATH)
OPEN_FOLDER = "/static/"
"""The empty page, its parts, the way in and the card. All else needs a session."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
ALWAYS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class RefusedError(Exception):
    """A refused request: HTTP status, reason code, and a sentence."""

    def __init__(self, status: int, reason: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.reason = reason
        self.text = text


class Gate:
    """Passes valid requests on, with their body read. `on_visit` is called for each of them."""

    def __init__(self, app: ASGIApp, *, names: frozenset[str], door: Door, on_visit: Callable[[], None]) -> None:
        self._app = app
        self._names = names
        self._door = door
        self._on_visit = on_visit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            self._admit(scope)
            if scope["method"] == "POST" and scope["path"] not in UPLOADS:
                body = await _body(receive)
                receive = _replayed(body, receive)
        except RefusedError as refused:
            await _refuse(refused, send)
            return
        self._on_visit()
        await self._app(scope, receive, _sending(send))

    def _admit(self, scope: Scope) -> None:
        headers = _headers(scope)
        reached = scope["server"][0] if scope.get("server") else None
        if not is_ours(headers.get("host", ""), self._names, reached):
            _refuse_as(421, "wrong_host", "This name is not the mat's. Names of your own go under hosts in [web].")
        method, path = scope["method"], scope["path"]
        if method not in METHODS:
            _refuse_as(405, "method", "This page takes GET and POST.")
        _check_form(method, headers, UPLOADS.get(path, MAX_BODY_BYTES))
        _check_origin(method, path, headers)
        if method == "POST":
            _check_type(path, headers)
        if not is_open(path) and not self._door.knows(headers.get("cookie", ""), time.time()):
            _refuse_as(401, "login", "Sign in first.")


def is_open(path: str) -> bool:
    """Whether a path may be seen without a session."""
    return path in OPEN_PATHS or path.startswith(OPEN_FOLDER)


def _headers(scope: Scope) -> dict[str, str]:
    """By lower-case name. One that came several times is joined as RFC 9110 has it, and then fits nothing that is asked for."""
    pairs = scope["headers"]
    if len(pairs) > MAX_HEADERS or sum(len(name) + len(value) for name, value in pairs) > MAX_HEAD_BYTES:
        _refuse_as(431, "headers", f"At most {MAX_HEADERS} header lines and {MAX_HEAD_BYTES} bytes of them are read.")
    found: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def _check_form(method: str, headers: dict[str, str], most_bytes: int) -> None:
    if "transfer-encoding" in headers or "upgrade" in headers:
        _refuse_as(400, "form", "The length of a body must be given, and no other protocol is spoken.")
    length = headers.get("content-length", "0" if method != "POST" else "")
    if not (length.isascii() and length.isdecimal()):
        _refuse_as(411, "length", "The length of the body must be given.")
    if len(length) > len(str(most_bytes)) or int(length) > most_bytes:
        _refuse_as(413, "too_long", f"At most {most_bytes} bytes are read.")
    if method != "POST" and int(length) > 0:
        _refuse_as(400, "form", "A request that only reads has no body.")


def _check_type(path: str, headers: dict[str, str]) -> None:
    wanted, text = (
        (FILE_TYPES, "A file is application/octet-stream.") if path in UPLOADS else (JSON_TYPES, "Requests are JSON.")
    )
    if headers.get("content-type", "").replace(" ", "").lower() not in wanted:
        _refuse_as(415, "content_type", text)


def _check_origin(method: str, path: str, headers: dict[str, str]) -> None:
    """A browser says which page asks. Others, such as curl, are no danger to somebody's session: they have no cookie."""
    if path == CARD_PATH and method != "POST":
        return
    site = headers.get("sec-fetch-site")
    if site not in (None, "same-origin", "none") and (method == "POST" or path != "/"):
        _refuse_as(403, "foreign", "Another page asks for this.")
    origin = headers.get("origin")
    own = {f"{scheme}://{headers['host'].lower()}" for scheme in ("http", "https")}
    if (origin is not None and origin.lower() not in own) or (origin is None and method == "POST"):
        _refuse_as(403, "foreign", "Another page asks for this, or the Origin header is missing.")


def _refuse_as(status: int, reason: str, text: str) -> NoReturn:
    raise RefusedError(status, reason, text)


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            while True:
                message = await receive()
                body += message.get("body", b"")
                if message["type"] == "http.disconnect" or len(body) > MAX_BODY_BYTES:
                    _refuse_as(413, "too_long", f"At most {MAX_BODY_BYTES} bytes are read.")
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        _refuse_as(408, "slow", "The request took too long.")


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def _sending(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *ALWAYS]
        await send(message)

    return sending


async def _refuse(refused: RefusedError, send: Send) -> None:
    """Send the answer and end the connection: the rest of the input is not read."""
    body = json.dumps({"ok": False, "reason": refused.reason, "text": refused.text}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
        *ALWAYS,
    ]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
