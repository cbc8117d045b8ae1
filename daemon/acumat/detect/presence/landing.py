"""How the load came on: dropped, medium or slow. From 10 to 90 % of what then rests there, each sensor for itself.

Who sits first may bear as much in all as lying, but not on the same sensors: of each only what it bears later counts, so that
sitting is a part of the way. Where the load was not seen to come on, as of somebody found late, nothing is known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from acumat.detect.parameters import Parameters
from acumat.detect.signal.conductance import median
from acumat.detect.signal.load import Load

STEP_S = 0.05
REST_EVERY_S = 1.0
"""Whether the load rests yet is looked at so often."""
LOADING_ON = 0.6
"""Settling is counted from this share of the load on."""
SAME = 0.8
"""What came first is what lies there if so much of that was on by then: a seat has 0.35 to 0.75 of it, who lies still 0.95."""
GAP_S = 0.5
"""With readings further apart than half of the shortest time that is reported, nobody knows how the load came on."""

Us = tuple[float | None, ...]


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

    @property
    def on_s(self) -> float:
        """From 10 to 60 %."""
        return self.t60_s - self.from_s


class Landing:
    """Keeps the load from the first touch until it has settled, then decides once how it came on."""

    def __init__(self, parameters: Parameters) -> None:
        self._p = parameters
        self._bare_s = -math.inf
        self.begin(0.0)

    def begin(self, t_s: float) -> None:
        """Something touches the mat."""
        self._loads: list[tuple[float, Us]] = []
        self._whole = True
        """Whether the first touch is still among them."""
        self._seen = t_s - self._bare_s <= GAP_S
        self._decided = False
        self._missing: int | None = None
        """Sensors without a reading at the last load."""
        self._rested_us: list[float] = []
        self._first: LoadingCourse | None = None
        """What has rested within the time that is stored from the first touch on, and how that came on."""
        self._next_s = t_s + self._p.loading_after_s
        self.course: LoadingCourse | None = None

    def bare(self, t_s: float) -> None:
        """Nothing is on the mat."""
        self._bare_s = t_s

    def was_there(self) -> None:
        """What the next load shows came unseen."""
        self._bare_s = -math.inf

    def note(self, load: Load) -> None:
        """One load while it comes on. Of what was there for long before anybody lay down only the end is stored."""
        since_s = load.t_mono_s - self._loads[-1][0] if self._loads else STEP_S
        if self._decided or since_s < STEP_S:
            return
        missing = load.us.count(None)
        # a load that other sensors bear from one moment to the next says nothing of how it came on
        self._seen = self._seen and since_s <= GAP_S and missing == (missing if self._missing is None else self._missing)
        self._missing = missing
        self._loads.append((load.t_mono_s, load.us))
        if self._seen and self._whole and load.t_mono_s >= self._next_s:
            self._rest(load.t_mono_s)
        if load.t_mono_s - self._loads[0][0] > 2 * self._p.loading_longest_s:
            self._loads = [each for each in self._loads if load.t_mono_s - each[0] <= self._p.loading_longest_s]
            self._whole = False

    def decide(self, t_s: float, lying_since_s: float) -> LoadingCourse | None:
        """What is known once lying has lasted for a while; decided once. None as well if nobody saw the load come on."""
        p = self._p
        if self._decided or t_s - lying_since_s < p.loading_after_s or not self._loads:
            return None
        self._decided = True
        if not self._seen:
            return None
        self.course = self._course(self._settled(t_s))
        self._loads = []
        return self.course

    def onset_s(self, us: Us) -> float | None:
        """How long what bears now took from 10 to 60 %; None: not known.

        What bears too little, or is as short as a thing, may turn out to be a person long after it came on.
        """
        if self.course is not None:
            return self.course.on_s
        if self._first is None or _overlap(tuple(self._rested_us), [now or 0.0 for now in us]) < SAME:
            return None
        return self._first.on_s

    def _rest(self, t_s: float) -> None:
        """See whether it rests now, and rested as it does before."""
        self._next_s = t_s + REST_EVERY_S
        settled = self._settled(t_s)
        before = next(us for at_s, us in self._loads if at_s >= t_s - self._p.loading_settled_s)
        rests = _overlap(before, settled) >= self._p.loading_most
        if rests and not (self._rested_us and _overlap(tuple(self._rested_us), settled) >= SAME):
            self._rested_us, self._first = settled, self._course(settled)

    def _settled(self, t_s: float) -> list[float]:
        since_s = t_s - self._p.loading_settled_s
        return _medians([us for at_s, us in self._loads if at_s >= since_s] or [self._loads[-1][1]])

    def _course(self, settled: list[float]) -> LoadingCourse | None:
        """The way to what rests there; None if its beginning is not kept."""
        p, times_s = self._p, [at_s for at_s, _ in self._loads]
        shares = [_overlap(us, settled) for _, us in self._loads]
        first = next((i for i, share in enumerate(shares) if share >= p.loading_most), None)
        if first is None:
            return None
        start = next((i for i in range(first, -1, -1) if shares[i] <= p.loading_least), 0 if self._whole else None)
        if start is None:
            return None
        on = next(i for i in range(start, first + 1) if shares[i] >= LOADING_ON)
        return LoadingCourse(times_s[start], times_s[on], times_s[first])


def _medians(loads: list[Us]) -> list[float]:
    """Of each sensor; 0 for one without a reading."""
    return [median(known) if (known := [us for us in column if us is not None]) else 0.0 for column in zip(*loads, strict=True)]


def _overlap(us: Us, settled: list[float]) -> float:
    """Which share of the settled load is on, what a sensor bears beyond its own not counted."""
    total = sum(settled)
    return sum([min(now or 0.0, rest) for now, rest in zip(us, settled, strict=True)]) / total if total > 0 else 0.0


def loading_kind(loading_s: float, p: Parameters) -> str:
    """The word for a loading time in seconds."""
    return "dropped" if loading_s < p.dropped_s else "slow" if loading_s > p.slow_s else "medium"
