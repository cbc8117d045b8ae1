"""The process of a page: listens at systemd's socket or on loopback, and ends after a while without visitors."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Callable
from typing import Protocol

from starlette.types import ASGIApp

from acumat.web.connection import MAX_CONNECTIONS, REQUEST_S, BoundedProtocol
from acumat.web.gate import MAX_HEAD_BYTES
from acumat.web.http_server import Config, Server
from acumat_hw.errors import AcumatError

FIRST_FD = 3
"""Where systemd's sockets begin (sd_listen_fds(3))."""
IDLE_S = 900.0
"""Seconds without a visitor until a process ends that systemd starts on demand."""
LOOK_S = 5.0
GRACE_S = 2


class NoSocketError(AcumatError):
    """The page cannot listen: another program has the port, or systemd handed over nothing that can be used."""


class Site(Protocol):
    """A site to serve: its addresses, and its background work."""

    def application(self, on_visit: Callable[[], None]) -> ASGIApp: ...

    @property
    def watched(self) -> bool: ...

    async def follow(self) -> None: ...

    def close(self) -> None: ...


class _Server(Server):
    """Ends the site's streams when it stops, and then waits for requests under way."""

    def __init__(self, config: Config, site: Site) -> None:
        super().__init__(config)
        self._site = site

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._site.close()
        await super().shutdown(sockets)


class Page:
    """A site as a process. `sockets` are listening; with `idle_s` it ends by itself."""

    def __init__(self, sockets: list[socket.socket], site: Site, *, idle_s: float | None) -> None:
        self._sockets = sockets
        self._site = site
        self._idle_s = idle_s
        self._last_mono_s = 0.0

    def run(self) -> None:
        """Serve until SIGTERM, SIGINT or the end of the idle time."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        server = _Server(
            Config(
                self._site.application(self._visited),
                http=BoundedProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                backlog=MAX_CONNECTIONS,
                timeout_keep_alive=int(REQUEST_S),
                timeout_graceful_shutdown=GRACE_S,
                h11_max_incomplete_event_size=MAX_HEAD_BYTES,
            ),
            self._site,
        )
        self._visited()
        following = asyncio.create_task(self._site.follow())
        ending = asyncio.create_task(self._end(server))
        try:
            await server.serve(sockets=self._sockets)
        finally:
            for task in (following, ending):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    def _visited(self) -> None:
        self._last_mono_s = time.monotonic()

    async def _end(self, server: Server) -> None:
        """Stop the server when nobody has come for long."""
        while not server.should_exit:
            await asyncio.sleep(min(LOOK_S, self._idle_s or LOOK_S))
            if self._site.watched:
                self._visited()
            if self._idle_s is not None and time.monotonic() - self._last_mono_s >= self._idle_s:
                server.should_exit = True


def handed_over() -> list[socket.socket]:
    """The listening sockets that systemd hands over; empty if it does not. Raises NoSocketError for a wrong kind."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    count = int(os.environ.get("LISTEN_FDS", "0"))
    sockets = [socket.socket(fileno=FIRST_FD + number) for number in range(count)]
    if any(each.family not in (socket.AF_INET, socket.AF_INET6) or each.type != socket.SOCK_STREAM for each in sockets):
        raise NoSocketError("acumat-web.socket must listen at a TCP port: ListenStream=127.0.0.1:8480")
    return sockets


def on_loopback(port: int) -> list[socket.socket]:
    """A listening socket for this machine alone. Raises NoSocketError if the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(MAX_CONNECTIONS)
    except OSError as exc:
        listener.close()
        raise NoSocketError(f"port {port} of 127.0.0.1 cannot be used ({exc}); choose another one with --port") from exc
    return [listener]
