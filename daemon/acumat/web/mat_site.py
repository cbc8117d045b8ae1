"""One mat's page: its addresses, the daemon's feed, and a recording that may be played."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from pathlib import Path

from starlette.types import ASGIApp

from acumat.web import assets
from acumat.web.app import application
from acumat.web.children import OwnProcess
from acumat.web.code import SecretFile
from acumat.web.door import Door
from acumat.web.hosts import own_names
from acumat.web.hub import Hub
from acumat.web.replaying import Replaying
from acumat.web.upstream import follow


class MatSite:
    """The page for one daemon."""

    def __init__(
        self, config: Path | None, control_socket: Path, code_file: Path, hosts: Iterable[str], own_process: OwnProcess
    ) -> None:
        self._config = config
        self._control_socket = control_socket
        self._door = Door(SecretFile(code_file))
        self._names = own_names(socket.gethostname(), hosts)
        self._own_process = own_process
        self._replaying = Replaying(own_process("acumat.cli.playback"))
        self._hub = Hub()

    def application(self, on_visit: Callable[[], None]) -> ASGIApp:
        """Its addresses. Raises OSError for an installation that is not complete."""
        return application(
            assets.load(),
            self._hub,
            self._door,
            self._control_socket,
            self._config,
            self._replaying,
            self._own_process,
            names=self._names,
            on_visit=on_visit,
        )

    @property
    def watched(self) -> bool:
        """Whether somebody looks at the live stream."""
        return self._hub.watched.is_set()

    async def follow(self) -> None:
        """Fetch the daemon's feed while somebody looks, until cancelled."""
        await follow(self._hub, self._control_socket)

    def close(self) -> None:
        """End the streams and a replay."""
        self._hub.close()
        self._replaying.close()
