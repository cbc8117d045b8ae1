"""Step 5b: how the load came on: dropped, medium or slow. From 10 to 90 % of what then rests there."""

from __future__ import annotations

from dataclasses import dataclass

from acumat.detect.conductance import median
from acumat.detect.load import Load
from acumat.detect.parameters import Parameters

STEP_S = 0.05


@dataclass(frozen=True, slots=True)
class Came:
    """When the load passed 10, 60 and 90 % of the settled one for good, monotonic seconds."""

    from_s: float
    most_s: float
    until_s: float

    @property
    def loading_s(self) -> float:
        """From 10 to 90 %."""
        return self.until_s - self.from_s


class Coming:
    """Keeps the course of the load from the first touch until it has settled, then says once how it came."""

    def __init__(self, parameters: Parameters) -> None:
        self._p = parameters
        self.begin()

    def begin(self) -> None:
        """Something touches the mat."""
        self._course: list[tuple[float, float]] = []
        self.came: Came | None = None
        self._unseen = False

    def unseen(self) -> None:
        """What lies there came while nobody looked: nothing can be said of how."""
        self._unseen = True

    def note(self, load: Load) -> None:
        """One load while it comes. What was on the mat for long before anybody lay down is forgotten from its start on."""
        if self.came is not None or (self._course and load.t_mono_s - self._course[-1][0] < STEP_S):
            return
        self._course.append((load.t_mono_s, load.total_us))
        if load.t_mono_s - self._course[0][0] > 2 * self._p.coming_longest_s:
            self._course = [each for each in self._course if load.t_mono_s - each[0] <= self._p.coming_longest_s]

    def decide(self, t_s: float, lying_since_s: float) -> Came | None:
        """What is known once lying has lasted for a while; told once."""
        p = self._p
        if self._unseen or self.came is not None or t_s - lying_since_s < p.coming_after_s or not self._course:
            return None
        settled = median([us for at_s, us in self._course if at_s >= t_s - p.coming_settled_s] or [self._course[-1][1]])
        first = next((i for i, (_, us) in enumerate(self._course) if us >= p.coming_most * settled), 0)
        begin = next((i for i in range(first, -1, -1) if self._course[i][1] <= p.coming_least * settled), 0)
        most = next((at_s for at_s, us in self._course[begin:] if us >= 0.6 * settled), t_s)
        self.came = Came(self._course[begin][0], most, self._course[first][0])
        self._course = []
        return self.came


def kind(loading_s: float, p: Parameters) -> str:
    """In a word."""
    return "dropped" if loading_s < p.dropped_s else "slow" if loading_s > p.slow_s else "medium"
