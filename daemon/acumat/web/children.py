"""Runs short processes for work that would take the page's memory: one at a time, with a time limit."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from tempfile import TemporaryFile
from typing import BinaryIO

PATIENCE_S = 120.0
"""The report of ten years takes a second here, and a small board a fraction of a minute."""
WAITING = 4
"""More requests are refused at once, rather than late."""
NICE = 10
"""The same as for replaying a recording: a tenth of the daemon's share when both compute."""
ERRORS_MOST_BYTES = 2000
"""Of a child's standard error."""
FAILED = "The file could not be made. The log says more: journalctl -u acumat-web."


OwnProcess = Callable[..., list[str]]
"""The command line that runs a module of this installation with arguments."""


class ChildError(Exception):
    """A child process has failed: a reason code, and a sentence."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class Children:
    """One for the whole process."""

    def __init__(self, own_process: OwnProcess) -> None:
        self._own_process = own_process
        self._turn = asyncio.Lock()
        self._waiting = 0

    @asynccontextmanager
    async def run(self, module: str, *arguments: str, given: BinaryIO) -> AsyncIterator[BinaryIO]:
        """Run a module with `given` as its standard input. Returns its output as a file at its beginning. Raises ChildError."""
        if self._waiting >= WAITING:
            raise ChildError("busy", "Too many requests wait; try again.")
        self._waiting += 1
        try:
            async with self._turn:
                with TemporaryFile() as out, TemporaryFile() as errors:
                    await _done(module, self._own_process(module, *arguments), given, out, errors)
                    out.seek(0)
                    yield out
        finally:
            self._waiting -= 1


async def _done(module: str, command: list[str], given: BinaryIO, out: BinaryIO, errors: BinaryIO) -> None:
    try:
        child = await asyncio.create_subprocess_exec(*command, stdin=given, stdout=out, stderr=errors)
    except (OSError, ValueError) as exc:  # ValueError: a visitor's NUL among the arguments
        raise ChildError("failed", FAILED) from exc
    try:
        with suppress(OSError):  # it may have ended already
            os.setpriority(os.PRIO_PROCESS, child.pid, min(os.getpriority(os.PRIO_PROCESS, 0) + NICE, 19))
        async with asyncio.timeout(PATIENCE_S):
            code = await child.wait()
    except TimeoutError:
        raise ChildError("timeout", "It took too long, and was given up.") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if code != 0:
        errors.seek(0)
        text = errors.read(ERRORS_MOST_BYTES).decode("utf-8", "replace").strip()
        sys.stderr.write(f"{module} has ended with {code}\n")
        raise ChildError("failed", text.removeprefix("acumat: ") if text and "Traceback" not in text else FAILED)
