"""Step 5b: how the load came on: dropped, medium or slow. From 10 to 90 % of what then rests there."""

from __future__ import annotations

import math
from dataclasses import dataclass

from acumat.detect.parameters import Parameters
from acumat.detect.signal.conductance import median
from acumat.detect.signal.load import Load

STEP_S = 0.05
GAP_S = 0.5
"""With readings further apart than half of the shortest time that is told, nobody knows how the load came."""


@dataclass(frozen=True, slots=True)
class LoadingCourse:
    """When the load passed 10, 60 and 90 % of the settled one for good, monotonic seconds."""

    from_s: float
    most_s: float
    until_s: float

    @property
    def loading_s(self) -> float:
        """From 10 to 90 %."""
        return self.until_s - self.from_s


class Landing:
    """Keeps the course of the load from the first touch until it has settled, then says once how it came."""

    def __init__(self, parameters: Parameters) -> None:
        self._p = parameters
        self._bare_s = -math.inf
        self.begin(0.0)

    def begin(self, t_s: float) -> None:
        """Something touches the mat."""
        self._course: list[tuple[float, float]] = []
        self._seen = t_s - self._bare_s <= GAP_S
        self._told = False
        self._silent: int | None = None
        """So many sensors were left out when it was noted last."""
        self.came: LoadingCourse | None = None

    def bare(self, t_s: float) -> None:
        """Nothing is on the mat."""
        self._bare_s = t_s

    def note(self, load: Load) -> None:
        """One load while it comes. What was on the mat for long before anybody lay down is forgotten from its start on."""
        since_s = load.t_mono_s - self._course[-1][0] if self._course else STEP_S
        if self._told or since_s < STEP_S:
            return
        silent = load.us.count(None)
        # a load that other sensors bear from one moment to the next tells nothing of its course
        self._seen = self._seen and since_s <= GAP_S and silent == (silent if self._silent is None else self._silent)
        self._silent = silent
        self._course.append((load.t_mono_s, load.total_us))
        if load.t_mono_s - self._course[0][0] > 2 * self._p.coming_longest_s:
            self._course = [each for each in self._course if load.t_mono_s - each[0] <= self._p.coming_longest_s]

    def decide(self, t_s: float, lying_since_s: float) -> LoadingCourse | None:
        """What is known once lying has lasted for a while; told once. None as well if nobody saw the load come."""
        p = self._p
        if self._told or t_s - lying_since_s < p.coming_after_s or not self._course:
            return None
        self._told = True
        if not self._seen:
            return None
        settled = median([us for at_s, us in self._course if at_s >= t_s - p.coming_settled_s] or [self._course[-1][1]])
        first = next((i for i, (_, us) in enumerate(self._course) if us >= p.coming_most * settled), 0)
        begin = next((i for i in range(first, -1, -1) if self._course[i][1] <= p.coming_least * settled), 0)
        most = next((at_s for at_s, us in self._course[begin:] if us >= 0.6 * settled), t_s)
        self.came = LoadingCourse(self._course[begin][0], most, self._course[first][0])
        self._course = []
        return self.came


def loading_kind(loading_s: float, p: Parameters) -> str:
    """In a word."""
    return "dropped" if loading_s < p.dropped_s else "slow" if loading_s > p.slow_s else "medium"
