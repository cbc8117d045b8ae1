"""A mere contact: for how long it has shown nothing of a person, and for how long it has been faint."""

from __future__ import annotations

from acumat.detect.parameters import Parameters
from acumat.detect.presence.life import LifeDetector
from acumat.detect.signal.load import Load
from acumat.detect.thresholds import Thresholds


class Rest:
    """Watches a contact. Times are monotonic seconds."""

    def __init__(self, parameters: Parameters, thresholds: Thresholds) -> None:
        self._p = parameters
        self._thresholds = thresholds
        self._life = LifeDetector(parameters)
        self._quiet_since_s = self._faint_since_s = 0.0

    def begin(self, since_s: float) -> None:
        """A contact begins, which must show life of its own."""
        self._quiet_since_s = self._faint_since_s = since_s
        self._life.reset()

    def withdrawn(self, quiet_since_s: float, t_s: float) -> None:
        """A lying was withdrawn: it has been quiet since then, and counts as faint from now on."""
        self._quiet_since_s, self._faint_since_s = quiet_since_s, t_s

    def step(self, load: Load) -> None:
        """One reading in contact."""
        t_s, life = load.t_mono_s, self._life
        least_us = load.total_us * self._p.half_share_pct / 100.0
        divides = least_us < load.head_us < load.total_us - least_us  # else one half is the empty mat's noise
        least_person_us = load.reference_us * self._thresholds.lying_on_pct / 100.0
        life.step(t_s, load.total_us, load.head_us if divides else 0.0, least_person_us)
        if life.alive:
            life.reset()
            self._quiet_since_s = t_s
        self._quiet_since_s = max(self._quiet_since_s, life.stirred_s)
        if load.pct > self._p.rest_load_pct:
            self._faint_since_s = t_s

    def lifeless(self, t_s: float) -> bool:
        """Whether it has shown nothing of a person for as long as a lying has time to."""
        return t_s - self._quiet_since_s >= self._p.confirm_within_s

    def left_behind(self, t_s: float) -> bool:
        """Whether it has been faint and without life for so long that somebody left it behind."""
        return t_s - max(self._quiet_since_s, self._faint_since_s) >= self._p.rest_s
