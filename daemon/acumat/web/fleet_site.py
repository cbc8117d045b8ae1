"""A fleet's page: it reads the record, and needs no mat on its machine."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

from starlette.types import ASGIApp

from acumat.web import assets
from acumat.web.code import SecretFile
from acumat.web.door import Door
from acumat.web.fleet_app import Record, fleet_application
from acumat.web.hosts import own_names


class FleetSite:
    """The page of the mats in one record."""

    watched = False
    """Nobody looks without asking: a window asks again and again."""

    def __init__(self, record: Record, code_file: Path, hosts: Iterable[str]) -> None:
        self._record = record
        self._door = Door(SecretFile(code_file))
        self._names = own_names(socket.gethostname(), hosts)

    def application(self, on_visit: Callable[[], None]) -> ASGIApp:
        """Its addresses. Raises OSError for an installation that is not complete."""
        parts = assets.load(assets.FLEET_PAGE)
        return fleet_application(parts, self._door, self._record, names=self._names, on_visit=on_visit)

    async def follow(self) -> None:
        """Close the record at the end."""
        try:
            await asyncio.Event().wait()
        finally:
            await self._record.close()

    def close(self) -> None:
        """Downloads end with their visitors' connections."""
