"""Step 9b: long stillness with regular breathing: a possible doze, which is never called sleep."""

from __future__ import annotations

from acumat.detect.breathing import Breath
from acumat.detect.parameters import Parameters


class Doze:
    """Held by stillness: any movement ends it, and so does breath that has become uneven for a while."""

    def __init__(self, parameters: Parameters) -> None:
        self._p = parameters
        self.reset()

    def reset(self) -> None:
        """Nobody lies there, or somebody moved."""
        self.on = False
        self._even_since_s: float | None = None
        self._other_since_s: float | None = None

    def step(self, t_s: float, still_since_s: float, breath: Breath | None) -> bool:
        """True at the moment that tells it. `still_since_s` is when the last movement ended."""
        p = self._p
        if t_s - still_since_s < p.doze_still_s:
            self.on = False
        even = breath is not None and breath.evenness is not None and breath.evenness <= p.doze_uneven_most
        rate = breath.per_min if breath is not None else 0.0
        if even and p.doze_slowest_per_min <= rate <= p.doze_fastest_per_min:
            self._other_since_s = None
            if self._even_since_s is None:
                self._even_since_s = t_s
        elif self._other_since_s is None:
            self._other_since_s = t_s
        if self._other_since_s is not None and t_s - self._other_since_s >= p.doze_forgive_s:
            self.on, self._even_since_s = False, None
        if self.on or self._even_since_s is None or t_s - still_since_s < p.doze_still_s:
            return False
        if t_s - self._even_since_s < p.doze_even_s:
            return False
        self.on = True
        return True
