"""Limits slow, silent and too many connections: each has a deadline, and the oldest silent one makes room."""

from __future__ import annotations

import asyncio
from typing import Any

from acumat.web.http_server import H11Protocol

MAX_CONNECTIONS = 64
"""Eight visitors with the six connections that a browser opens, and some more."""
REQUEST_S = 15.0
"""From the connection, or from the last response, to the end of the next request's head. A browser sends it in one piece."""
STUCK_S = 20.0
"""Seconds until a visitor counts as gone who reads nothing although 64 KiB wait."""


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with deadlines for the head of a request and for the taking of a response."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  uvicorn's own
        super().__init__(*args, **kwargs)
        self._head_due: asyncio.TimerHandle | None = None
        self._stuck_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            self._make_room()
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._got_head()
        self.resume_writing()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        super().handle_events()
        cycle: Any = self.cycle  # None before the first request, which its type does not say
        if cycle is not None and not cycle.response_complete:
            self._got_head()

    def on_response_complete(self) -> None:
        self._await_head()
        super().on_response_complete()

    def pause_writing(self) -> None:
        self._stuck_due = self.loop.call_later(STUCK_S, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        if self._stuck_due is not None:
            self._stuck_due.cancel()
            self._stuck_due = None
        super().resume_writing()

    @property
    def head_due_s(self) -> float | None:
        """When the next request's head is due, by the loop's clock; None while a request is answered."""
        return None if self._head_due is None else self._head_due.when()

    def _make_room(self) -> None:
        """End the connection that has been silent for longest; this new one if all others are being answered."""
        due_s: dict[BoundedProtocol, float] = {}
        for each in self.connections:
            if isinstance(each, BoundedProtocol) and each.head_due_s is not None and not each.transport.is_closing():
                due_s[each] = each.head_due_s
        min(due_s, key=due_s.__getitem__, default=self).transport.abort()

    def _await_head(self) -> None:
        self._got_head()
        self._head_due = self.loop.call_later(REQUEST_S, self.transport.abort)

    def _got_head(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None
