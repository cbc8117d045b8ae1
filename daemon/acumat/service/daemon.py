"""The life of the daemon: what opens and starts before the loop, and how everything ends before systemd loses patience."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple, Protocol

from acumat import sdnotify
from acumat.history.writer import Writer
from acumat.mqtt.client import MqttClient
from acumat.mqtt.null_client import NullClient
from acumat.service.loop import Service
from acumat.service.panel import NullPanel, Panel
from acumat.service.safety_file import SafetyFile
from acumat.service.starts import SafeMode, Starts
from acumat_hw.errors import AcumatError

log = logging.getLogger(__name__)

WRITER_STOP_S = 8.0
"""For the last entries: a slow SD card takes half a second for each. All is over before systemd kills (`TimeoutStopSec`)."""
SAFETY_STOP_S = 1.0
STOPPING = (signal.SIGTERM, signal.SIGINT)


class Access(Protocol):
    """A resource that only one daemon may hold, from `open` to `close`."""

    def open(self) -> None: ...

    def close(self) -> None: ...


class Parts(NamedTuple):
    """The loop and everything that runs beside it, built and not started."""

    service: Service
    writer: Writer
    client: MqttClient | NullClient
    panel: Panel | NullPanel
    safety_file: SafetyFile


class Daemon:
    """Service, writer, control socket and connection as one.

    `access` keeps a second daemon out until it is closed. `assemble` puts the parts together once it is open; it gets the
    reason why this start ignores stored data, if there is one.
    """

    def __init__(self, access: Access, starts: Starts, assemble: Callable[[SafeMode | None], Parts]) -> None:
        self._access = access
        self._starts = starts
        self._assemble = assemble
        self._parts: Parts | None = None
        self.stop_requested = False
        """Whether a signal has ended the process, and not this run alone."""

    @property
    def parts(self) -> Parts:
        """Those of an open daemon. Raises RuntimeError before `open`."""
        if self._parts is None:
            raise RuntimeError("the daemon is not open")
        return self._parts

    @property
    def service(self) -> Service:
        """The loop of an open daemon. Raises RuntimeError before `open`."""
        return self.parts.service

    def open(self) -> None:
        """Claim the mat and its history, and restore what an earlier run has stored there. A second call does nothing.

        Raises InputError for what cannot be used, DaemonRunningError or StateInUseError if another daemon has the mat or its
        history.
        """
        if self._parts is not None:
            return
        self._access.open()
        try:
            safe = self._starts.begin()
            parts = self._assemble(safe)
            self._restore(parts)
            if safe is not None:
                sdnotify.status(safe.text)
        except BaseException as exc:
            self._access.close()
            self._starts.failed(exc)
            if not isinstance(exc, Exception) or isinstance(exc, AcumatError):
                self._starts.over()  # a safe mode would not help: somebody has to correct something, or has stopped the daemon
            raise
        self._parts = parts

    def _restore(self, parts: Parts) -> None:
        try:
            parts.service.open()
        except BaseException:
            parts.safety_file.stop(SAFETY_STOP_S)
            parts.writer.stop(WRITER_STOP_S)
            raise

    def run(self, *, followed: Callable[[], bool] | None = None) -> None:
        """Until a signal or the end of the source.

        `followed` returns at the end whether another daemon takes over in this process, which systemd need not know. With it
        SIGHUP asks the service to look at its configuration, and without it SIGHUP is such a signal, too. Raises InputError for
        TLS files that cannot be used, and everything that `open` raises.
        """
        self.open()
        with self._signals(followed):  # from here on a signal ends everything in order, whenever it comes
            try:
                self._start()
                self.service.run(ready=sdnotify.ready)
                self._starts.over()
            except AcumatError:
                self._starts.over()  # somebody has to correct something, and a safe mode would not help
                raise
            except Exception as exc:
                self._starts.failed(exc)
                raise
            finally:
                self._end(followed)

    def _start(self) -> None:
        self.parts.panel.open()
        self.parts.writer.start()
        self.parts.client.start()

    def _end(self, followed: Callable[[], bool] | None) -> None:
        parts = self.parts
        parts.panel.close()  # first of all: whatever ended the loop, the buzzer must be silent
        if self.stop_requested or followed is None or not followed():
            sdnotify.stopping()
        parts.safety_file.stop(SAFETY_STOP_S)
        # the last events go out and are acknowledged before the farewell
        sdnotify.watchdog()  # where another daemon follows, it runs on, and the loop that feeds it is over
        parts.writer.stop(WRITER_STOP_S)
        sdnotify.watchdog()
        parts.service.release()
        parts.client.stop()
        self._access.close()
        log.info("stopped")

    @contextmanager
    def _signals(self, followed: Callable[[], bool] | None) -> Iterator[None]:
        def stop(_number: int, _frame: FrameType | None) -> None:
            self.stop_requested = True
            self.service.stop()

        def reload(_number: int, _frame: FrameType | None) -> None:
            self.service.reload()

        handlers = {signal.SIGTERM: stop, signal.SIGINT: stop}
        if followed is not None:
            handlers[signal.SIGHUP] = reload
        elif signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup has it ignored
            handlers[signal.SIGHUP] = stop
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        try:
            yield
        finally:
            if followed is not None and followed():  # until the next one listens, which reads the configuration anyway
                before[signal.SIGHUP] = signal.SIG_IGN
                signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)  # a stop that comes meanwhile waits for the next one
            for number, old in before.items():
                signal.signal(number, old)
