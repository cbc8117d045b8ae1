"""Beside visit: somebody who lies there unannounced, for it looked like a thing or showed no life in its time.

A load that is long enough for a trunk is announced at once, and must then show life. One that is gathered like a box, or was
withdrawn, is only in contact; but it is watched on, and whatever shows life for long enough lies there after all.
"""

from __future__ import annotations

from acumat.detect.parameters import Parameters
from acumat.detect.presence.life import LifeDetector
from acumat.detect.presence.settled_load import SettledLoad
from acumat.detect.signal.load import Load


class UnannouncedPerson:
    """The search for life in what is only in contact. Times are monotonic seconds."""

    def __init__(self, head_half: tuple[int, ...], parameters: Parameters) -> None:
        self._p = parameters
        self.life = LifeDetector(parameters, blocks_needed=parameters.hidden_blocks_needed)
        self._own = SettledLoad(head_half, parameters)
        self.reset(0.0)

    def retune(self, parameters: Parameters) -> None:
        """Go on with other thresholds."""
        self._p = parameters

    def reset(self, contact_since_s: float) -> None:
        """Another contact begins."""
        self.life.reset()
        self._own.forget()
        self._own.arrive()
        self._contact_since_s = contact_since_s
        self._since_s: float | None = None
        self._withdrawn_since_s: float | None = None
        self._withdrawn_us = 0.0
        self._landed_s = contact_since_s

    def withdrawn(self, since_s: float, load: Load) -> None:
        """What lay there since then has shown no life in its time."""
        self.reset(self._contact_since_s)
        self._withdrawn_since_s, self._withdrawn_us = since_s, load.total_us
        self._landed_s = load.t_mono_s

    def step(self, load: Load) -> float | None:
        """One reading in contact; since when somebody lies there if that is found now."""
        t_s = load.t_mono_s
        self._own.note(load)
        if load.pct < self._p.lying_on_pct or not load.spread:
            self.life.reset()
            self._own.forget()
            self._since_s, self._landed_s = None, t_s
            return None
        if self._since_s is None:
            self._since_s = t_s
        self._own.settle(load)
        if t_s - self._landed_s >= self._p.confirm_rest_s:
            self.life.step(t_s, load.total_us, load.head_us, side=load.side_us)
        if not self.life.alive:
            return None
        if self._withdrawn_since_s is not None and self._is_the_same(load):
            return self._withdrawn_since_s
        return self._own.came_s(self._contact_since_s, self._since_s)

    def _is_the_same(self, load: Load) -> bool:
        """Whether it is the load that was withdrawn, creep apart."""
        return abs(load.total_us - self._withdrawn_us) < self._p.own_share * self._withdrawn_us
