"""The page's files about the past, beside the daemon's own answers: plots, the report, and exports of the history."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from acumat.contract.commands import CommandName
from acumat.control import FILE_ANSWER_S, ask
from acumat.web.children import ChildError, Children, OwnProcess
from acumat.web.leaving import unless_gone
from acumat_hw.errors import AcumatError

CHUNK_BYTES = 65_536
AT_ONCE = 2
"""Files that are made or downloaded at once; each may have some megabytes."""
EXPORTS = {
    "history.json": ("json", "application/json"),
    "sessions.csv": ("sessions", "text/csv; charset=utf-8"),
    "check-ins.csv": ("check-ins", "text/csv; charset=utf-8"),
}
"""For each name of a file: the format of the export, and its media type."""
WISHES = ("what", "id", "person", "language")
MOST_CHARS = 100
"""Characters of an argument: a name has 64 at most."""
PRIVATE = {"cache-control": "no-store"}

Made = Callable[[], AbstractAsyncContextManager[BinaryIO]]
"""Makes a file, and holds it open as long as it is read."""


class PastPages:
    """The daemon listens at `socket`; `config` is the file by which days begin, where there is one."""

    def __init__(self, socket: Path, config: Path | None, own_process: OwnProcess) -> None:
        self._socket = socket
        self._config = config
        self._children = Children(own_process)
        self._places = asyncio.Semaphore(AT_ONCE)

    @property
    def routes(self) -> list[Route]:
        """The addresses, all read-only."""
        return [
            Route("/api/plots", self.plots, methods=["GET"]),
            Route("/export/{name}", self.export, methods=["GET"]),
            Route("/report.html", self.report, methods=["GET"]),
        ]

    async def plots(self, request: Request) -> Response:
        """Plots of a session or of a person, drawn by a process of its own."""
        given = {key: request.query_params.get(key, "")[:MOST_CHARS] for key in WISHES}
        # who turns from page to page must not wait for drawings that nobody looks at any more
        answer = await unless_gone(request.receive, self._drawn(given))
        return Response(status_code=HTTPStatus.REQUEST_TIMEOUT) if answer is None else answer

    async def _drawn(self, given: dict[str, str]) -> Response:
        with TemporaryFile() as wish:
            wish.write(json.dumps({**given, "socket": str(self._socket)}).encode() + b"\n")
            wish.seek(0)
            try:
                async with self._children.run("acumat.web.drawing", given=wish) as out:
                    return Response(out.read(), media_type="application/json", headers=PRIVATE)
            except ChildError as exc:
                return refused(exc.reason, str(exc))

    async def export(self, request: Request) -> Response:
        """The history, as the daemon writes it into a file that goes to the visitor."""
        name = request.path_params["name"]
        if name not in EXPORTS:
            return refused("unknown", "There is no such file.", 404)
        form, media_type = EXPORTS[name]
        if self._places.locked():
            return refused("busy", "Too many files are being made; try again.")
        return _Download(lambda: self._exported(form), name, media_type)

    async def report(self, request: Request) -> Response:
        """The report as one HTML file, made of an export by a process of its own."""
        person = request.query_params.get("person", "")[:MOST_CHARS]
        rhythm = ["--rhythm"] * (request.query_params.get("rhythm") == "1")
        if self._places.locked():
            return refused("busy", "Too many files are being made; try again.")
        whose = [f"--person={person}"] * bool(person)
        config = [] if self._config is None else [f"--config={self._config}"]
        arguments = ["report", "--of=-", "--output=-", *config, *whose, *rhythm]
        return _Download(lambda: self._reported(arguments), "acumat-report.html", "text/html; charset=utf-8")

    @asynccontextmanager
    async def _exported(self, form: str) -> AsyncIterator[BinaryIO]:
        """Raises ChildError."""
        async with self._places:
            with TemporaryFile() as file:
                request = {"command": CommandName.HISTORY_EXPORT.value, "format": form}
                try:
                    answer = await asyncio.to_thread(ask, self._socket, request, FILE_ANSWER_S, file)
                except AcumatError as exc:
                    raise ChildError("away", str(exc)) from exc
                if not answer.get("ok"):
                    raise ChildError(str(answer.get("reason")), str(answer.get("text")))
                file.seek(0)
                yield file

    @asynccontextmanager
    async def _reported(self, arguments: list[str]) -> AsyncIterator[BinaryIO]:
        """Raises ChildError."""
        async with self._exported("json") as history, self._children.run("acumat.cli.main", *arguments, given=history) as out:
            yield out


class _Download(Response):
    """A file that is made on request and sent in small pieces."""

    def __init__(self, made: Made, name: str, media_type: str) -> None:
        super().__init__(media_type=media_type, headers={**PRIVATE, "content-disposition": f'attachment; filename="{name}"'})
        self._made = made

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with self._made() as file:
                length = file.seek(0, 2)
                file.seek(0)
                self.headers["content-length"] = str(length)
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                while chunk := file.read(CHUNK_BYTES):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except ChildError as exc:
            await refused(exc.reason, str(exc))(scope, receive, send)


def refused(reason: str, text: str, status: int = 0) -> Response:
    """A refusal, with its reason and a sentence."""
    body = json.dumps({"ok": False, "reason": reason, "text": text})
    of = {"busy": 503, "away": 503, "timeout": 504}.get(reason, 409)
    return Response(body, status or of, headers=PRIVATE, media_type="application/json")
