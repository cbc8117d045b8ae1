"""How the load came on: dropped, medium or slow. From 10 to 90 % of what then rests there."""

from __future__ import annotations

import math
from dataclasses import dataclass

from acumat.detect.parameters import Parameters
from acumat.detect.signal.conductance import median
from acumat.detect.signal.load import Load

STEP_S = 0.05
GAP_S = 0.5
"""With readings further apart than half of the shortest time that is reported, nobody knows how the load came on."""


@dataclass(frozen=True, slots=True)
class LoadingCourse:
    """When the load passed 10, 60 and 90 % of the settled one for good, monotonic seconds."""

    from_s: float
    t60_s: float
    until_s: float

    @property
    def loading_s(self) -> float:
        """From 10 to 90 %."""
        return self.until_s - self.from_s


class Landing:
    """Keeps the load from the first touch until it has settled, then decides once how it came on."""

    def __init__(self, parameters: Parameters) -> None:
        self._p = parameters
        self._bare_s = -math.inf
        self.begin(0.0)

    def begin(self, t_s: float) -> None:
        """Something touches the mat."""
        self._loads: list[tuple[float, float]] = []
        self._seen = t_s - self._bare_s <= GAP_S
        self._decided = False
        self._missing: int | None = None
        """Sensors without a reading at the last load."""
        self.course: LoadingCourse | None = None

    def bare(self, t_s: float) -> None:
        """Nothing is on the mat."""
        self._bare_s = t_s

    def note(self, load: Load) -> None:
        """One load while it comes on. Of what was there for long before anybody lay down only the end is stored."""
        since_s = load.t_mono_s - self._loads[-1][0] if self._loads else STEP_S
        if self._decided or since_s < STEP_S:
            return
        missing = load.us.count(None)
        # a load that other sensors bear from one moment to the next says nothing of how it came on
        self._seen = self._seen and since_s <= GAP_S and missing == (missing if self._missing is None else self._missing)
        self._missing = missing
        self._loads.append((load.t_mono_s, load.total_us))
        if load.t_mono_s - self._loads[0][0] > 2 * self._p.loading_longest_s:
            self._loads = [each for each in self._loads if load.t_mono_s - each[0] <= self._p.loading_longest_s]

    def decide(self, t_s: float, lying_since_s: float) -> LoadingCourse | None:
        """What is known once lying has lasted for a while; decided once. None as well if nobody saw the load come on."""
        p = self._p
        if self._decided or t_s - lying_since_s < p.loading_after_s or not self._loads:
            return None
        self._decided = True
        if not self._seen:
            return None
        settled = median([us for at_s, us in self._loads if at_s >= t_s - p.loading_settled_s] or [self._loads[-1][1]])
        first = next((i for i, (_, us) in enumerate(self._loads) if us >= p.loading_most * settled), 0)
        start = next((i for i in range(first, -1, -1) if self._loads[i][1] <= p.loading_least * settled), 0)
        t60_s = next((at_s for at_s, us in self._loads[start:] if us >= 0.6 * settled), t_s)
        self.course = LoadingCourse(self._loads[start][0], t60_s, self._loads[first][0])
        self._loads = []
        return self.course


def loading_kind(loading_s: float, p: Parameters) -> str:
    """The word for a loading time in seconds."""
    return "dropped" if loading_s < p.dropped_s else "slow" if loading_s > p.slow_s else "medium"
