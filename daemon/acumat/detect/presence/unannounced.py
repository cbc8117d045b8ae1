"""A person who lies there unannounced, since the load looked like a thing or showed no life in its time.

A load that is long enough for a trunk is announced at once, and must then show life. A load that is concentrated like a box, or
that was withdrawn, is only in contact. It is still watched: whatever shows life for long enough is a person after all.
"""

from __future__ import annotations

from acumat.detect.parameters import Parameters
from acumat.detect.presence.life import LifeDetector
from acumat.detect.presence.settled_load import SettledLoad
from acumat.detect.signal.load import Load
from acumat.detect.thresholds import Thresholds


class UnannouncedPerson:
    """The search for life in what is only in contact. Times are monotonic seconds."""

    def __init__(self, head_half: tuple[int, ...], parameters: Parameters, thresholds: Thresholds | None = None) -> None:
        """`head_half` holds the indices of the sensors in the head's half; `thresholds` are the parameters' own by default."""
        self._p = parameters
        self._thresholds = thresholds or Thresholds.of(parameters)
        self.life = LifeDetector(parameters, windows_needed=parameters.unannounced_windows_needed)
        self._settled = SettledLoad(head_half, parameters)
        self.reset(0.0)

    def reset(self, contact_since_s: float) -> None:
        """Another contact begins."""
        self.life.reset()
        self._settled.forget()
        self._settled.arrive()
        self._contact_since_s = contact_since_s
        self._since_s: float | None = None
        self._withdrawn_since_s: float | None = None
        self._withdrawn_us = 0.0
        self._landed_s = contact_since_s

    def withdrawn(self, since_s: float, load: Load) -> None:
        """The load that lay there since then has shown no life in its time."""
        self.reset(self._contact_since_s)
        self._withdrawn_since_s, self._withdrawn_us = since_s, load.total_us
        self._landed_s = load.t_mono_s

    def step(self, load: Load) -> float | None:
        """One reading in contact; since when somebody lies there if that is found now."""
        t_s = load.t_mono_s
        self._settled.note(load)
        if load.pct < self._thresholds.lying_on_pct or not load.looks_like_trunk:
            self.life.reset()
            self._settled.forget()
            self._since_s, self._landed_s = None, t_s
            return None
        if self._since_s is None:
            self._since_s = t_s
        self._settled.settle(load)
        if t_s - self._landed_s >= self._p.confirm_rest_s:
            self.life.step(t_s, load.total_us, load.head_us, side=load.side_us)
        if not self.life.alive:
            return None
        if self._withdrawn_since_s is not None and self._is_the_same(load):
            return self._withdrawn_since_s
        return self._settled.lying_began_s(self._contact_since_s, self._since_s)

    def _is_the_same(self, load: Load) -> bool:
        """Whether it is the load that was withdrawn, creep apart."""
        return abs(load.total_us - self._withdrawn_us) < self._p.settled_share * self._withdrawn_us
