"""A visitor who goes before the answer is there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import TypeVar

from starlette.types import Receive

T = TypeVar("T")


async def gone(receive: Receive) -> None:
    """Wait until the visitor is gone. The body of the request has been read."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def unless_gone(receive: Receive, work: Coroutine[None, None, T]) -> T | None:
    """What the work gives. None if the visitor goes before: then it is given up, and its place is free for the next one."""
    doing, leaving = asyncio.create_task(work), asyncio.create_task(gone(receive))
    try:
        await asyncio.wait((doing, leaving), return_when=asyncio.FIRST_COMPLETED)
        return doing.result() if doing.done() else None
    finally:
        leaving.cancel()
        doing.cancel()
        with suppress(asyncio.CancelledError, Exception):  # the result above has raised it
            await doing
