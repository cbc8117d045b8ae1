"""Shared by all parts of a daemon: its configuration, the mat with its clock, and the inbox of the loop."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from acumat.config import Config
from acumat.control_server import ControlServer
from acumat.feed.feed import Feed
from acumat.identity import Machine, machine_mark, machine_mat_id
from acumat.service.inbox import Inbox
from acumat.service.origin import Origin
from acumat.state_folder import StateLock
from acumat.wiring.sources import Mat
from acumat_hw.clock import Clock


class ExclusiveAccess:
    """Resources of one daemon alone: the control socket with its feed, and the state folder."""

    def __init__(self, control: ControlServer, feed: Feed, state_dir: Path) -> None:
        self._control = control
        self._feed = feed
        self._state_dir = state_dir
        self._lock: StateLock | None = None

    def open(self) -> None:
        """Listen at the socket and lock the folder.

        Raises DaemonRunningError, StateInUseError or InputError, with neither of them taken.
        """
        self._control.start()
        try:
            self._lock = StateLock(self._state_dir)
        except BaseException:
            self._control.close()
            raise

    def close(self) -> None:
        """Release both; may be called twice."""
        self._control.close()
        self._feed.close()
        if self._lock is not None:
            self._lock.close()


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that is known before anything is opened."""

    config: Config
    mat: Mat
    machine: Machine
    inbox: Inbox
    feed: Feed
    machine_clock: Clock
    """The machine's own, for everything that real time limits; a simulated mat has another."""

    @property
    def clock(self) -> Clock:
        """The mat's."""
        return self.mat.clock

    @property
    def mat_id(self) -> str:
        return self.config.mat_id or machine_mat_id()

    @property
    def origin(self) -> Origin:
        """Which mat is used on which machine."""
        return Origin(self.mat_id, machine_mark())

    @property
    def names(self) -> tuple[str, ...]:
        """The sensors', in the order of the layout."""
        return tuple(sensor.name for sensor in self.config.layout.sensors)
