"""The live stream as server-sent events (HTML standard, section 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.types import Receive, Send

from acumat.web.hub import Visitor
from acumat.web.leaving import gone

KEEP_ALIVE_S = 15.0
"""Most seconds between two comments, which show proxies that the stream is alive; the session is checked then, too."""
BEGIN = b"retry: 2000\n\n"
COMMENT = b": \n\n"
HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)


async def stream(visitor: Visitor, admitted: Callable[[], bool], receive: Receive, send: Send) -> None:
    """Send what the visitor's queue gets until either side ends it, or `admitted` says that the session is over."""
    await send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
    await send({"type": "http.response.body", "body": BEGIN, "more_body": True})
    leaving = asyncio.create_task(gone(receive))
    try:
        while not leaving.done() and admitted():
            taking = asyncio.create_task(visitor.take())
            await asyncio.wait((taking, leaving), timeout=KEEP_ALIVE_S, return_when=asyncio.FIRST_COMPLETED)
            chunk = COMMENT
            if taking.done():
                taken = taking.result()
                if taken is None:
                    break
                chunk = taken
            taking.cancel()
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        leaving.cancel()
