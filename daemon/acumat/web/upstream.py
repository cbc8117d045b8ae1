"""The one connection to the daemon's feed, there only while somebody looks."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from acumat.request_line import encoded
from acumat.strict_json import NotJsonError, read_json
from acumat.web.hub import Hub

log = logging.getLogger(__name__)

RATE_HZ = 5
"""Frames a second: a person's weight moves slower, and a phone draws that without getting warm."""
MAX_LINE_BYTES = 1 << 16
SILENT_S = 30.0
"""The daemon sends a line at least every 10 s; after three that are missing it hangs."""
LINGER_S = 5.0
"""Seconds to wait for the next visitor: a change of the page must not cost the daemon a new connection."""
RETRY_S = 2.0
KINDS = frozenset({"hello", "frame", "event", "answer"})
"""The kinds of lines for visitors. The others are between the daemon and us."""


async def follow(hub: Hub, socket: Path) -> None:
    """Fetch the feed for the hub whenever somebody looks, until cancelled."""
    while True:
        await hub.watched.wait()
        try:
            await _read(hub, socket)
        except (OSError, ValueError) as exc:
            log.debug("the feed has ended (%s)", type(exc).__name__)
        hub.link(up=False)
        await asyncio.sleep(RETRY_S)


async def _read(hub: Hub, socket: Path) -> None:
    """One connection to its end. Raises OSError or ValueError for one that breaks or cannot be read."""
    reader, writer = await asyncio.open_unix_connection(str(socket), limit=MAX_LINE_BYTES)
    try:
        writer.write(encoded({"command": "watch", "rate_hz": RATE_HZ}))
        loop = asyncio.get_running_loop()
        watched_s = loop.time()
        while loop.time() - watched_s < LINGER_S:
            async with asyncio.timeout(SILENT_S):
                line = (await reader.readline()).decode("utf-8")
            if not line.endswith("\n"):
                return
            _pass_on(hub, line.rstrip("\r\n"))
            if hub.watched.is_set():
                watched_s = loop.time()
    finally:
        writer.close()


def _pass_on(hub: Hub, line: str) -> None:
    document = read_json(line)
    if not isinstance(document, dict):
        raise NotJsonError("A line of the feed is no object.")
    kind = document.get("kind")
    if kind is None:  # refused: busy, or an older daemon that has no feed
        raise ConnectionError(str(document.get("reason")))
    if kind == "hello":
        hub.link(up=True)
    if kind in KINDS:
        hub.put(kind, line)
