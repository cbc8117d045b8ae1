"""Long stillness in which breath has become more even than it was: a possible doze, which is never called sleep."""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

from acumat.detect.lying.breath_look import Breath
from acumat.detect.parameters import Parameters
from acumat.detect.signal.conductance import median


class Look(NamedTuple):
    """When, the logarithm of how various breaths were, and breaths a minute."""

    t_s: float
    variety_log: float
    per_min: float


class Doze:
    """Compares the last minute's breath with this person's own earlier in the same visit.

    Some people breathe evenly wide awake, and everybody can on purpose, so the change counts. Any movement ends a doze, and so
    does breath that has become various again. Without a stretch of earlier breath nothing is reported.
    """

    def __init__(self, parameters: Parameters) -> None:
        self._p = parameters
        self._before: deque[Look] = deque(maxlen=parameters.doze_looks_most)
        self._lately: deque[Look] = deque()
        self.reset()

    def reset(self) -> None:
        """Nobody lies there, or somebody else may."""
        self.on = False
        self._before.clear()
        self._lately.clear()
        self._looked_s = -math.inf
        self._unpaced_s = -math.inf

    def step(self, t_s: float, still_since_s: float, breath: Breath | None, *, paced: bool = False) -> bool:
        """True at the moment that decides it. `still_since_s` is when the last movement ended.

        A breath that follows a pacer is even on purpose. It tells nothing of sleep, and what is usual is not learnt from it.
        """
        p = self._p
        if paced:
            self.on, self._unpaced_s = False, t_s + p.doze_span_s
        if t_s < self._unpaced_s:
            return False
        still = t_s - still_since_s >= p.doze_still_s
        self.on = self.on and still
        if breath is None or breath.t_mono_s <= self._looked_s:
            if t_s - self._looked_s >= p.doze_forgive_s:
                self.on = False
            return False
        self._looked_s = breath.t_mono_s
        if breath.variety is not None:
            self._note(Look(breath.t_mono_s, math.log(max(breath.variety, p.doze_variety_floor)), breath.per_min))
        change = self._change()
        if change is None:
            return False
        if self.on:
            self.on = change < p.doze_off_share
            return False
        slow_or_fast = not p.doze_slowest_per_min <= breath.per_min <= p.doze_fastest_per_min
        self.on = still and not slow_or_fast and change <= p.doze_share and self._same_pace(breath.per_min)
        return self.on

    def _note(self, look: Look) -> None:
        """One look more; what is old enough is the person's usual breath, unless it is a doze's."""
        self._lately.append(look)
        while look.t_s - self._lately[0].t_s > self._p.doze_apart_s:
            old = self._lately.popleft()
            if not self.on:
                self._before.append(old)

    def _change(self) -> float | None:
        """How various breath is now, as a share of what it was before; None where one of both is not known."""
        p = self._p
        now = [look.variety_log for look in self._lately if look.t_s > self._looked_s - p.doze_span_s]
        if len(now) < p.doze_looks_now or len(self._before) < p.doze_looks_before:
            return None
        return math.exp(sum(now) / len(now) - median([look.variety_log for look in self._before]))

    def _same_pace(self, per_min: float) -> bool:
        usual_per_min = median([look.per_min for look in self._before])
        return abs(per_min - usual_per_min) <= self._p.doze_pace_share * usual_per_min
