"""The life of the daemon: what starts before the loop, in which order, and how everything ends within five seconds."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

from acumat import sdnotify
from acumat.history.writer import Writer
from acumat.mqtt.client import MqttClient
from acumat.service.loop import Service
from acumat.service.panel import Panel
from acumat.service.safety_file import SafetyFile
from acumat.service.starts import Starts
from acumat_hw.errors import AcumatError

log = logging.getLogger(__name__)

WRITER_STOP_S = 2.0
SAFETY_STOP_S = 1.0


class Closeable(Protocol):
    """What is let go of at the end."""

    def close(self) -> None: ...


class Daemon:
    """Service, writer, control socket and connection as one. `owned` keeps a second daemon out until it is closed."""

    def __init__(
        self,
        service: Service,
        writer: Writer,
        owned: Closeable,
        client: MqttClient | None,
        panel: Panel | None,
        starts: Starts,
        safety_file: SafetyFile,
    ) -> None:
        self.service = service
        self._writer = writer
        self._owned = owned
        self._client = client
        self._panel = panel
        self._starts = starts
        self._safety_file = safety_file
        self.told_to_stop = False
        """Whether a signal has come that means the process and not this run alone."""

    def run(self, *, followed: Callable[[], bool] = lambda: False) -> None:
        """Until a signal or the end of the source; SIGHUP asks the service to look at its configuration.

        `followed` says at the end whether another daemon takes over in this process, which systemd need not know of. Raises
        InputError for TLS files that cannot be used.
        """
        with self._signals(followed):  # from here on a signal ends everything in order, whenever it comes
            try:
                if self._panel is not None:
                    self._panel.open()
                self._writer.start()
                if self._client is not None:
                    self._client.start()
                self.service.run(ready=sdnotify.ready)
                self._starts.over()
            except AcumatError:
                self._starts.over()  # somebody has to put something right, and a safe mode would not help
                raise
            except Exception as exc:
                self._starts.failed(exc)
                raise
            finally:
                if self._panel is not None:
                    self._panel.close()  # first of all: whatever ended the loop, the buzzer must not go on
                if self.told_to_stop or not followed():
                    sdnotify.stopping()
                self._safety_file.stop(SAFETY_STOP_S)
                # the last events go out and are acknowledged before the farewell
                self._writer.stop(WRITER_STOP_S)
                self.service.release()
                if self._client is not None:
                    self._client.stop()
                self._owned.close()
                log.info("stopped")

    @contextmanager
    def _signals(self, followed: Callable[[], bool]) -> Iterator[None]:
        def stop(_number: int, _frame: FrameType | None) -> None:
            self.told_to_stop = True
            self.service.stop()

        def reload(_number: int, _frame: FrameType | None) -> None:
            self.service.reload()

        handlers = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: reload}
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            yield
        finally:
            if followed():  # until the next one listens, which reads the configuration anyway
                before[signal.SIGHUP] = signal.SIG_IGN
            for number, old in before.items():
                signal.signal(number, old)
