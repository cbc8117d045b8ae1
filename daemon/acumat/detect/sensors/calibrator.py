"""Runs at most one calibration: who may start it, what it sees, and what comes of it."""

from __future__ import annotations

import math

from acumat.contract.commands import Refusal
from acumat.contract.learned import CalibrationProgress, CalibrationResult, Learned
from acumat.detect.parameters import Parameters
from acumat.detect.sensors.calibration import Calibration, Measured, refused_layout
from acumat.detect.sensors.permission import Circumstances, refused_calibration
from acumat.detect.signal.conductance import Reading
from acumat.detect.thresholds import Thresholds
from acumat_hw.layout import Layout

RUNNING = Refusal("calibrating", "A calibration is running already. Finish or cancel it first.")
RUNNING_TARE = Refusal("calibrating", "A calibration is running and measures the empty mat itself.")
"""Why nothing else is measured meanwhile."""


class Calibrator:
    """The calibration that runs, if any, and the result of the last one."""

    def __init__(self, layout: Layout, parameters: Parameters, thresholds: Thresholds) -> None:
        self._layout = layout
        self._p = parameters
        self._thresholds = thresholds
        self._calibration: Calibration | None = None
        self._excused = False
        """Contact that was without life when a calibration was asked for: the person's word says that nothing is there."""
        self._until_s = -math.inf
        self._result: CalibrationResult | None = None

    @property
    def progress(self) -> CalibrationProgress | None:
        """Where the running calibration stands; None when none runs."""
        return None if self._calibration is None else self._calibration.progress

    @property
    def running(self) -> bool:
        """Whether a calibration runs."""
        return self._calibration is not None

    @property
    def last_s(self) -> float:
        """The last frame that belonged to a calibration; minus infinity if none ever did."""
        return self._until_s

    def until_s(self, t_s: float) -> float:
        """Lying up to this moment belongs to a calibration: one that runs reaches up to now."""
        return self._until_s if self._calibration is None else t_s

    def start(self, now: Circumstances, *, turned: bool) -> Refusal | None:
        """Begin to calibrate, with a second lie-down end for end if `turned`; or why not."""
        if self._calibration is not None:
            return RUNNING
        refusal = refused_calibration(now, self._p) or refused_layout(self._layout, turned=turned)
        if refusal is None:
            self._calibration = Calibration(self._layout, self._p, turned=turned, thresholds=self._thresholds)
            self._excused = now.lifeless
        return refusal

    def stop(self) -> bool:
        """End the running calibration without a result; False if none runs."""
        was, self._calibration = self._calibration, None
        return was is not None

    def on_contact(self) -> None:
        """Something new is on the mat: what was excused before excuses it no more."""
        self._excused = False

    def step(self, reading: Reading, t_s: float, now: Circumstances) -> Measured | Refusal | None:
        """One reading of the frame at `t_s`: what was measured or why it failed, at the moment that ends the calibration."""
        if self._calibration is None:
            return None
        self._until_s = t_s
        excused = self._excused and now.lifeless
        loaded = now.lying or (now.touched and not excused)
        outcome = self._calibration.step(reading, loaded=loaded, conditions=now.conditions)
        if outcome is not None:
            self._calibration = None
        return outcome

    def finish(self, before: Learned, measured: Measured) -> None:
        """The result is in use, in the place of what was known before."""
        self._result = CalibrationResult(before, measured.learned, measured.margin)

    def take_result(self) -> CalibrationResult | None:
        """A calibration that finished well since the last call."""
        result, self._result = self._result, None
        return result
