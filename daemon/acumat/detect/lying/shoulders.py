"""Step 7c: shoulders that relax: the upper half's share grows slowly, with no change of posture in between.

The blades bear between the rows that are named neck and shoulders, so both are taken together. What changes within seconds is a
movement, too small for a change of posture as it may be: its step is taken off, and what was sunk before it counts on.
"""

from __future__ import annotations

from collections import deque

from acumat.detect.parameters import Parameters
from acumat.detect.signal.load import Load
from acumat_hw.layout import Layout

STEP_S = 1.0
EDGE, APART = 5, 10
"""Means of so many seconds, begun so many seconds apart, are compared: a breath or two is averaged over."""


class Shoulders:
    """Means of half a minute of that share against the least of them; told once a posture."""

    def __init__(self, layout: Layout, parameters: Parameters) -> None:
        self._p = parameters
        upper = [i for i, sensor in enumerate(layout.sensors) if sensor.y_mm > 0]
        self._zone = tuple(upper) if len(upper) >= parameters.shoulders_sensors else ()
        self._lately: deque[float] = deque(maxlen=APART + EDGE)
        self._seconds: deque[float] = deque(maxlen=round(parameters.shoulders_mean_s / STEP_S))
        self.reset()

    def reset(self) -> None:
        """Another posture."""
        self._lately.clear()
        self._seconds.clear()
        self._moves_from: float | None = None
        self._moved = 0.0
        self._least: tuple[float, float] | None = None
        self._told = False
        self._next_s = 0.0

    def step(self, load: Load) -> float | None:
        """By how many points of share they have sunk, at the moment that tells it. Silent on too few upper sensors."""
        if not self._zone or self._told or load.t_mono_s < self._next_s or not load.whole or load.total_us <= 0:
            return None
        t_s = load.t_mono_s
        self._next_s = t_s + STEP_S
        share = self._without_steps(100.0 * sum([load.us[i] or 0.0 for i in self._zone]) / load.total_us)
        if share is None:
            return None
        self._seconds.append(share)
        if len(self._seconds) < (self._seconds.maxlen or 1):
            return None
        mean = sum(self._seconds) / len(self._seconds)
        if self._least is None or mean < self._least[1]:
            self._least = (t_s, mean)
            return None
        since_s, least = self._least
        if mean - least < self._p.shoulders_growth_pct or t_s - since_s < self._p.shoulders_least_s:
            return None
        self._told = True
        return mean - least

    def _without_steps(self, share: float) -> float | None:
        """The share less all that movements changed in it; None while one is under way, or too little has been seen."""
        self._lately.append(share)
        if len(self._lately) < APART + EDGE:
            return None
        values = list(self._lately)
        before, now = sum(values[:EDGE]) / EDGE, sum(values[-EDGE:]) / EDGE
        if abs(now - before) >= self._p.shoulders_step_pct:
            if self._moves_from is None:
                self._moves_from = before
            return None
        if self._moves_from is not None:
            self._moved += now - self._moves_from
            self._moves_from = None
        return share - self._moved
