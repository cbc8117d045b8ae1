"""Doubt in a mat that was taken for empty at the first power-up: if it breathes, somebody lies there."""

from __future__ import annotations

from acumat.detect.parameters import Parameters
from acumat.detect.presence.life import LifeDetector
from acumat.detect.signal.baseline import Baseline, Origin
from acumat.detect.signal.conductance import Reading
from acumat.detect.thresholds import Thresholds


class EmptyGuess:
    """Looks for life in the whole conductance as long as the baseline is a guess."""

    def __init__(self, parameters: Parameters, thresholds: Thresholds, baseline: Baseline, default_us: float) -> None:
        """`default_us` is the default reference."""
        self._thresholds = thresholds
        self._baseline = baseline
        self._default_us = default_us
        self._life = LifeDetector(parameters)

    @property
    def doubtful(self) -> bool:
        """Whether the empty mat is a guess, and reads so much that somebody may lie there."""
        taken_us = sum(us for us in self._baseline.us if us is not None)
        may_be = taken_us >= self._default_us * self._thresholds.lying_on_pct / 100.0
        return self._baseline.origin is Origin.ASSUMED and may_be

    def step(self, reading: Reading) -> bool:
        """One reading while nobody is known to lie there; True if somebody does: the baseline is revoked then.

        Creep may have made the mat look touched meanwhile.
        """
        if not self.doubtful:
            return False
        self._life.step(reading.t_mono_s, sum(us for us in reading.us if us is not None))
        if not self._life.alive:
            return False
        self._baseline.revoke()
        self._life.reset()
        return True
