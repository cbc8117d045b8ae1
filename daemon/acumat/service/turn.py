"""One turn of the loop as a value, for all parts that report it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from acumat.coach.pace import Pace
from acumat.contract.events import Event
from acumat.contract.state import Condition, MatState
from acumat_hw.frame import Frame


@dataclass(frozen=True, slots=True)
class Turn:
    """The mat after a reported frame. Detection fills it in; the loop adds the routine's part when all its steps are done."""

    state: MatState
    events: tuple[Event, ...] = ()
    """Detection's events; in a completed turn those of the routine follow them."""
    frame: Frame | None = None
    """None while no mat is read."""
    loads_us: tuple[float | None, ...] = ()
    """By sensor, in the order of the layout; None where it is not known."""
    sensors: tuple[Condition, ...] = ()
    """The health of each sensor, in the order of the layout."""
    calibrated: bool = False
    calibrating: bool = False
    guest: bool = False
    """Whether the session under way, or else the next one, is a guest's."""
    doubts_empty: bool = False
    """Whether a person may lie on a mat that shows empty."""

    settled_us: tuple[float, ...] | None = None
    """The settled load of the session under way on each sensor, in microsiemens before gains; None until all of it is known."""

    conditions: Mapping[str, Condition] = field(default_factory=dict)
    """The condition of each part of the daemon, by its name in the health document; empty until the turn is completed."""
    alarming: bool = False
    """Whether the alarm is on and its person lies there or may lie there; known in a completed turn."""

    pace: Pace | None = None
    """The breath to follow; known in a completed turn."""

    def completed(
        self, cues: tuple[Event, ...], conditions: Mapping[str, Condition], *, alarming: bool, pace: Pace | None = None
    ) -> Turn:
        """The turn with the routine's events and all that is known when its steps are done."""
        return Turn(  # as dataclasses.replace, which costs three times as much
            self.state,
            self.events + cues,
            self.frame,
            self.loads_us,
            self.sensors,
            self.calibrated,
            self.calibrating,
            self.guest,
            self.doubts_empty,
            self.settled_us,
            conditions,
            alarming,
            pace,
        )
