"""Whether the mat is seen or blind, and why: no usable readings, readings that say nothing of the mat, or a pause."""

from __future__ import annotations

from acumat.detect.narration import PAUSED, Narration, no_readings
from acumat.detect.parameters import Parameters
from acumat.detect.presence.visit import Visit
from acumat.detect.sensors.health import BLIND_TEXTS, IMPLAUSIBLE, NO_SUPPLY, SensorHealth
from acumat.detect.signal.baseline import Baseline
from acumat.detect.signal.conductance import Reading

LOOKING = ("looking", "The readings are back; who or what is there will show in a moment.")
SETTLED_S = 1.0
"""A mat whose last usable reading is older is about to go blind: no sensor is blamed any more."""


class Sight:
    """Blind at first. Times are monotonic seconds."""

    def __init__(self, parameters: Parameters, health: SensorHealth, baseline: Baseline, narration: Narration) -> None:
        self._p = parameters
        self._health = health
        self._baseline = baseline
        self._narration = narration
        self.blind = True
        self.looking = False
        """The readings are back, and it is not known yet who or what is there: to everybody else the mat is still blind."""
        self.usable_s: float | None = None
        """The last reading that said something of the mat."""
        self.back_s = 0.0
        """When the readings came back last."""
        self._cause: str | None = None
        """Why the readings say nothing of the mat, by the codes of `BLIND_TEXTS`; None if they do."""

    @property
    def supply_lost(self) -> bool:
        """Whether the last readings lack the sensors' supply."""
        return self._cause == NO_SUPPLY

    def goes_blind(self, t_s: float) -> float | None:
        """The last usable moment, if the mat goes blind at this frame."""
        if self.blind or self.usable_s is None or t_s - self.usable_s <= self._p.gap_s:
            return None
        cause = self._cause
        reason = no_readings(t_s - self.usable_s) if cause is None else (cause, BLIND_TEXTS[cause])
        self._narration.blind_started(*reason, edge_s=self.usable_s)
        self.blind = True
        return self.usable_s

    def pause(self, last_s: float) -> None:
        """Blind by somebody's wish."""
        if self.blind:
            self._narration.paused()
        else:
            self._narration.blind_started(*PAUSED, edge_s=last_s)
        self.blind = True

    def usable(self, reading: Reading, trusted: Reading) -> bool:
        """Whether this reading, and what can be relied on of it, says something of the mat.

        A mat without its supply reads as an empty one does, and says nothing.
        """
        implausible, lost = self.blind and self._cause == IMPLAUSIBLE, self._baseline.lost(trusted)
        self._cause = self._health.blinded_by(reading, trusted, implausible=implausible, lost=lost)
        if self._cause is None:
            self.usable_s = reading.t_mono_s
            return True
        if self.blind:
            self._narration.blind(self._cause, BLIND_TEXTS[self._cause])
        return False

    def too_few(self) -> None:
        """A reading has too few values to say anything."""
        if not self.blind:
            self._cause = None

    def regain(self, t_s: float) -> None:
        """The mat is seen again."""
        self.blind, self.looking, self.back_s = False, True, t_s
        self._narration.blind_ended()

    def look(self, t_s: float, visit: Visit) -> None:
        """Whether it shows by now who is there: a lying, an empty mat, or a contact that has become no lying in its time.

        A person who lay here before and still lies here is in contact first. That must not be shown as having got up.
        """
        if not self.looking:
            return
        if visit.lying:
            self.looking = False
        elif visit.touched:
            in_doubt = visit.session_open or visit.session_pending or visit.contact_since_s is None
            self.looking = in_doubt or t_s - (visit.contact_since_s or 0.0) < self._p.look_contact_s
        else:
            self.looking = t_s - self.back_s < self._p.look_s

    def blames(self, t_s: float) -> bool:
        """Whether a single sensor may be blamed: not while the whole mat is about to go blind, or has only just come back."""
        sees = self.usable_s is not None and t_s - self.usable_s < SETTLED_S
        return sees and not self.blind and t_s - self.back_s >= self._p.missing_s
