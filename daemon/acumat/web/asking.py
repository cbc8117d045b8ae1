"""Requests to the daemon over its control socket: few at a time, so that the page leaves room for others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from acumat.commands.table import URGENT
from acumat.contract.commands import CommandName
from acumat.control import ANSWER_TIMEOUT_S, MAX_ANSWER_BYTES
from acumat.request_line import encoded
from acumat.strict_json import NotJsonError, read_json

AT_ONCE = 4
"""Of the 32 clients that the daemon takes. Urgent ones have as many places of their own."""
WAITING = 12
"""More requests are refused at once, rather than late."""
PATIENCE_S = ANSWER_TIMEOUT_S + 5.0
"""The daemon itself answers within ANSWER_TIMEOUT_S, at least with a refusal."""
STATUS_EVERY_S = 0.5
"""The daemon is asked at most twice a second, however many visitors ask. They wait for an answer that is newer than their
question, so that it includes what has just happened.
"""

FROM_THE_PAGE = frozenset(
    {
        CommandName.CALIBRATE,
        CommandName.CALIBRATE_CANCEL,
        CommandName.CALIBRATE_UNDO,
        CommandName.TARE,
        CommandName.PAUSE,
        CommandName.GUEST,
        CommandName.MODE,
        CommandName.STOP,
        CommandName.SYMPTOM,
        CommandName.SCREEN,
        CommandName.ADVICE,
        CommandName.CHECK_IN,
        CommandName.REDNESS,
        CommandName.WEEKLY_LOOK,
        CommandName.NOTE,
        CommandName.SKIP,
        CommandName.WHO,
        CommandName.PEOPLE_LIST,
        CommandName.HISTORY_LIST,
        CommandName.HISTORY_SHOW,
        CommandName.HISTORY_ADD,
        CommandName.HISTORY_EDIT,
        CommandName.HISTORY_DELETE,
        CommandName.HISTORY_ASSIGN,
        CommandName.HISTORY_HELPED,
        CommandName.HISTORY_EXPLAIN,
        CommandName.HISTORY_FORGET,
    }
)
"""The commands of the page. All others are for the command line alone."""

Answer = dict[str, Any]


class Asking:
    """One for the whole process. Every answer is a document with `ok`, whatever became of the daemon."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._places = {urgent: asyncio.Semaphore(AT_ONCE) for urgent in (False, True)}
        self._waiting = dict.fromkeys((False, True), 0)
        self._status: Answer = {}
        self._status_mono_s = -STATUS_EVERY_S
        """When it was asked for."""
        self._status_lock = asyncio.Lock()

    async def status(self) -> Answer:
        """The daemon's status, asked for after this call."""
        called_mono_s = time.monotonic()
        async with self._status_lock:
            if self._status_mono_s < called_mono_s:
                await asyncio.sleep(self._status_mono_s + STATUS_EVERY_S - time.monotonic())
                self._status_mono_s = time.monotonic()
                self._status = await self._ask({"command": CommandName.STATUS.value}, urgent=False)
            return self._status

    async def command(self, name: str, arguments: Mapping[str, Any]) -> Answer:
        """The daemon's answer to a command of the page; a refusal for any other."""
        if name not in FROM_THE_PAGE:
            return _refusal("unknown_command", "The page has no such command.")
        return await self._ask({**arguments, "command": name}, urgent=name in URGENT)

    async def _ask(self, request: Answer, *, urgent: bool) -> Answer:
        if self._waiting[urgent] >= WAITING:
            return _refusal("busy", "Too many requests wait; try again.")
        self._waiting[urgent] += 1
        try:
            async with self._places[urgent], asyncio.timeout(PATIENCE_S):
                return await _exchange(self._socket, request)
        except TimeoutError:
            return _refusal("timeout", "The daemon did not answer in time; look at: systemctl status acumat")
        except PermissionError:
            return _refusal("forbidden", "The page may not speak to the daemon; its user belongs into the group acumat.")
        except (OSError, ValueError):
            return _refusal("away", "The daemon does not answer; start it with: sudo systemctl start acumat")
        finally:
            self._waiting[urgent] -= 1


async def _exchange(socket: Path, request: Answer) -> Answer:
    """Raises OSError or ValueError if there is no answer that can be read."""
    reader, writer = await asyncio.open_unix_connection(str(socket), limit=MAX_ANSWER_BYTES)
    try:
        writer.write(encoded(request))
        line = await reader.readline()
        answer = read_json(line.decode("utf-8"))
    finally:
        writer.close()
    if not isinstance(answer, dict):
        raise NotJsonError("The answer is no object.")
    return answer


def _refusal(reason: str, text: str) -> Answer:
    return {"ok": False, "reason": reason, "text": text}
