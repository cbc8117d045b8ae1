"""What all parts of a daemon stand on: its configuration, the mat with its time, and the one way into the loop."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from acumat.config import Config
from acumat.control import ControlServer
from acumat.identity import Machine, machine_mat_id
from acumat.service.day_start import day_start_wall_s
from acumat.service.inbox import Inbox
from acumat.service.starts import SafeMode
from acumat.service.timekeeping import TimeOfDay
from acumat.state_folder import StateLock
from acumat.wiring.sources import Mat
from acumat_hw.clock import Clock


class ExclusiveAccess:
    """What one daemon alone may have: the control socket, which listens already, and the folder of what outlives it."""

    def __init__(self, control: ControlServer, state_dir: Path) -> None:
        """Raises StateInUseError, with the socket closed, if another daemon uses that folder."""
        self._control = control
        try:
            self._state = StateLock(state_dir)
        except BaseException:
            control.close()
            raise

    def close(self) -> None:
        """Let go of both; may be called twice."""
        self._control.close()
        self._state.close()


@dataclass(frozen=True, slots=True)
class Context:
    """`safe` says why this daemon does without what was kept; None if it does not."""

    config: Config
    mat: Mat
    machine: Machine
    inbox: Inbox
    time_of_day: TimeOfDay
    safe: SafeMode | None

    @property
    def clock(self) -> Clock:
        return self.mat.clock

    @property
    def mat_id(self) -> str:
        return self.config.mat_id or machine_mat_id()

    @property
    def names(self) -> tuple[str, ...]:
        """The sensors', in the order of the layout."""
        return tuple(sensor.name for sensor in self.config.layout.sensors)

    def day_start_s(self) -> float:
        """When the day that it is now began, as Unix time."""
        return day_start_wall_s(self.clock.wall(), self.config.daemon.day_starts_at)
