"""The life of the daemon: what starts before the loop, in which order, and how everything ends within five seconds."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from acumat import sdnotify
from acumat.control import ControlServer
from acumat.history.writer import Writer
from acumat.mqtt.client import MqttClient
from acumat.service.loop import Service
from acumat.service.panel import Panel

log = logging.getLogger(__name__)

WRITER_STOP_S = 2.0


class Daemon:
    """Service, writer, control socket and connection as one. `control` is listening already: it keeps a second daemon out."""

    def __init__(
        self, service: Service, writer: Writer, control: ControlServer, client: MqttClient | None, panel: Panel | None
    ) -> None:
        self.service = service
        self._writer = writer
        self._control = control
        self._client = client
        self._panel = panel

    def run(self) -> None:
        """Until a signal or the end of the source.

        Raises InputError for TLS files that cannot be used.
        """
        with _signals(self.service.stop):  # from here on a signal ends everything in order, whenever it comes
            try:
                if self._panel is not None:
                    self._panel.open()
                self._writer.start()
                if self._client is not None:
                    self._client.start()
                self.service.run(ready=sdnotify.ready)
            finally:
                if self._panel is not None:
                    self._panel.close()  # first of all: whatever ended the loop, the buzzer must not go on
                sdnotify.stopping()
                # the last events go out and are acknowledged before the farewell
                self._writer.stop(WRITER_STOP_S)
                if self._client is not None:
                    self._client.stop()
                self._control.close()
                log.info("stopped")


@contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    def handler(_number: int, _frame: FrameType | None) -> None:
        stop()

    before = {number: signal.signal(number, handler) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
