"""Plays a visitor's recording in a separate process: passes the upload to it, and its output back."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from acumat.web.leaving import gone

PATH = "/api/replay"
UPLOAD_MOST_BYTES = 8 << 20
"""A night of sixteen sensors at 10 Hz, packed."""
UPLOAD_S = 120.0
"""Seconds for such an upload from a slow phone."""
PLAY_S = 1800.0
"""Seconds for the longest recording on the slowest board."""
TURN_S = 5.0
"""Seconds to wait for the end of a visitor who has just gone, or has chosen another recording."""
FIRST_MOST_BYTES = 1 << 16
PART_BYTES = 1 << 16
HEADERS = (
    (b"content-type", b"application/x-ndjson"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
FAILED = "The recording cannot be played here. Play it on the machine, with: acumat replay FILE"


class Replaying:
    """Plays one recording at a time. `command` starts the process, whose input and output acumat.cli.playback describes."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._turn = asyncio.Lock()
        self._closed = asyncio.Event()
        self._handle: int | None = None
        """A file descriptor of the process (pidfd_open(2))."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: its body is the process's input."""
        if scope["method"] != "POST":
            await _answer(405, "method", "A recording is sent with POST.")(scope, receive, send)
            return
        try:
            async with asyncio.timeout(TURN_S):
                await self._turn.acquire()
        except TimeoutError:
            await _drain(receive)
            await _answer(503, "replaying", "Another recording is being played; wait for its end.")(scope, receive, send)
            return
        try:
            refusal = await self._play(receive, send)
        except OSError:  # no room for a folder or for a process
            refusal = FAILED
        finally:
            self._turn.release()
        # the visitor gets the end once the next one may begin
        if refusal is not None:
            await _answer(409, "recording", refusal)(scope, receive, send)
        else:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def close(self) -> None:
        """End the replay, and accept no other."""
        self._closed.set()
        self._kill()

    def _kill(self) -> None:
        if self._handle is not None:
            with suppress(ProcessLookupError):  # Process.kill() would take the exit code from the loop, which then complains
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    async def _play(self, receive: Receive, send: Send) -> str | None:
        """Why the recording is not played; None after the last line."""
        # a folder of its own, which goes whatever becomes of the process
        with tempfile.TemporaryDirectory(prefix="acumat-replay-", ignore_cleanup_errors=True) as folder:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, cwd=folder, limit=FIRST_MOST_BYTES
            )
            self._handle = os.pidfd_open(process.pid)
            try:
                first = await self._first_line(process, receive)
                refusal = _refusal(first)
                if refusal is None:
                    await _pass_on(process, first, receive, send)
                return refusal
            finally:
                self._kill()
                await process.wait()
                await _end_of_input(process)
                handle, self._handle = self._handle, None
                os.close(handle)

    async def _first_line(self, process: Process, receive: Receive) -> bytes:
        """The first output of the process, once it has got everything; empty if the upload ends early or there is no output."""
        assert process.stdout is not None
        uploading = asyncio.create_task(_upload(process, receive))
        closed = asyncio.create_task(self._closed.wait())
        try:
            # a visitor reads no answer before everything is sent, even if the process wants no more of it
            await asyncio.wait((uploading, closed), timeout=UPLOAD_S, return_when=asyncio.FIRST_COMPLETED)
            return await process.stdout.readline() if uploading.done() else b""
        finally:
            uploading.cancel()
            closed.cancel()


async def _upload(process: Process, receive: Receive) -> None:
    """Pass the body on until it or the visitor ends, even if the process reads no more."""
    assert process.stdin is not None
    more = True
    while more:
        message = await receive()
        with suppress(ConnectionError):
            process.stdin.write(message.get("body", b""))
            await process.stdin.drain()
        more = message.get("more_body", False)
    process.stdin.close()


async def _end_of_input(process: Process) -> None:
    """The process may have ended before it had read everything: Python before 3.11.4 logs that unless somebody asks."""
    assert process.stdin is not None
    process.stdin.close()
    with suppress(ConnectionError):
        await process.stdin.wait_closed()


async def _drain(receive: Receive) -> None:
    """Read the rest of the upload, so that the visitor reads the answer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(UPLOAD_S):
            while (message := await receive())["type"] == "http.request" and message.get("more_body", False):
                pass


def _refusal(first: bytes) -> str | None:
    """Why the recording is not played; None if it begins."""
    try:
        line = json.loads(first)
    except ValueError:
        return FAILED
    return str(line["text"]) if line["kind"] == "refused" else None


async def _pass_on(process: Process, first: bytes, receive: Receive, send: Send) -> None:
    """Pass on the output of the process, as fast as the visitor reads it, until either ends."""
    assert process.stdout is not None
    await send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
    leaving = asyncio.create_task(gone(receive))
    try:
        async with asyncio.timeout(PLAY_S):
            part = first
            while part and not leaving.done():
                await send({"type": "http.response.body", "body": part, "more_body": True})
                reading = asyncio.create_task(process.stdout.read(PART_BYTES))
                await asyncio.wait((reading, leaving), return_when=asyncio.FIRST_COMPLETED)
                part = reading.result() if reading.done() else b""
                reading.cancel()
    except TimeoutError:
        pass  # a visitor who sees no last line knows that it is not all
    finally:
        leaving.cancel()


def _answer(status: int, reason: str, text: str) -> JSONResponse:
    return JSONResponse({"ok": False, "reason": reason, "text": text}, status, headers={"cache-control": "no-store"})
