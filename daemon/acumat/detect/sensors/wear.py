"""Whether the mat still answers to people as it did, by one quiet moment of each session.

The first sessions after a calibration show how the load lies, and how that depends on the place. For each sensor the logarithm
of its load is fitted by where the load's centre lies, and by whether the session is a first or a last one (least squares).
What the place does not explain is the sensor's own change. A weaker sensor moves the centre itself, so each of the most suspect
ones is made good in turn, and the one whose making good leaves the least change in all others is it. What no single sensor
explains is another surface, a crushed mat or another person, and only that is said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from acumat.contract.learned import WearLoads
from acumat.detect.parameters import Parameters
from acumat.detect.sensors.gains import solve
from acumat.detect.signal.conductance import median
from acumat_hw.layout import Layout

SUSPECTS = 3
ROUNDS = 4
"""Making a sensor good moves the centre, which changes what it is made good by: it comes to rest in so many rounds."""
ACROSS_MM, ALONG_MM = 12.0, 20.0
"""Scales of the place, so that the equations are well conditioned."""
ALWAYS_THE_SAME = 1e-3
"""Square of the least spread of places: who lies at one and the same place teaches nothing about others."""
LEAST_SENSORS = 5
"""Level, place along and place across take three of what four sensors say, and the last cannot be laid to one of them."""

Lyings = Sequence[tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Advice:
    """Why the mat should be calibrated again, or a sensor looked at."""

    reason: str
    text: str
    sensor: str | None = None
    change_pct: float | None = None


@dataclass(frozen=True, slots=True)
class WearChange:
    """Of the logarithm of one sensor's response, and its standard error."""

    log: float
    error: float

    @property
    def deviations(self) -> float:
        return self.log / self.error


class Wear:
    """Keeps one load per session, in microsiemens before gains, and compares. The same advice is not given twice."""

    def __init__(self, layout: Layout, parameters: Parameters, sessions: WearLoads | None = None) -> None:
        self._layout = layout
        self._p = parameters
        self.sessions = sessions or WearLoads()

    def note(self, us: tuple[float, ...]) -> Advice | None:
        """One more session's load per sensor, all sound and above zero; what to advise if that is found now."""
        count, loads = self._p.wear_sessions, self.sessions
        if len(loads.first_us) < count:
            self.sessions = WearLoads((*loads.first_us, us), (), loads.advised)
            return None
        recent = (*loads.recent_us, us)[-count:]
        self.sessions = WearLoads(loads.first_us, recent, loads.advised)
        advice = self._judge(loads.first_us, recent) if len(recent) == count else None
        if advice is None or advice.reason == loads.advised:
            return None
        self.sessions = WearLoads(loads.first_us, recent, advice.reason)
        return advice

    def _judge(self, first: Lyings, recent: Lyings) -> Advice | None:
        level = median([math.log(sum(us)) for us in recent]) - median([math.log(sum(us)) for us in first])
        if abs(level) > self._p.wear_level_log:
            more = "more" if level > 0 else "less"
            text = f"The mat reads {100 * abs(math.expm1(level)):.0f} % {more} of you than in the first sessions: "
            text += "another surface, a crushed mat or another person. Calibrate again."
            return Advice("level_changed", text, change_pct=100 * math.expm1(level))
        if len(self._layout.sensors) < LEAST_SENSORS:
            return None
        before = self.changes(first, recent)
        index, change, left = self._worst(first, recent, before)
        large = change.log < -self._p.wear_log and change.deviations < -self._p.wear_deviations
        if large and left < self._p.wear_left_share * self._unrest(before, None):
            sensor, loss_pct = self._layout.sensors[index], -100 * math.expm1(change.log)
            text = f"{sensor.where} answers by about {loss_pct:.0f} % less than it did: look at it, then calibrate again."
            return Advice("sensor_weaker", text, sensor.name, -loss_pct)
        if left > self._p.wear_pattern * len(before):
            text = "The load lies otherwise than in the first sessions: another surface, a worn mat or another person. "
            return Advice("pattern_changed", f"{text}Calibrate again.")
        return None

    def _worst(self, first: Lyings, recent: Lyings, before: Sequence[WearChange]) -> tuple[int, WearChange, float]:
        """The sensor whose making good leaves the least change in the others, its change, and what is left."""
        found = []
        for index in sorted(range(len(before)), key=lambda each: before[each].log)[:SUSPECTS]:
            log, error, left = 0.0, math.inf, math.inf
            for _ in range(ROUNDS):
                factor = math.exp(-log)
                good = [tuple(load * factor if i == index else load for i, load in enumerate(us)) for us in recent]
                changes = self.changes(first, good)
                log, error, left = log + changes[index].log, changes[index].error, self._unrest(changes, index)
            found.append((left, index, WearChange(log, error)))
        left, index, change = min(found, key=lambda each: each[0])
        return index, change, left

    def _unrest(self, changes: Sequence[WearChange], leave_out: int | None) -> float:
        """Sum of the changes' squares over their errors'; about one a sensor where nothing has changed."""
        least = self._p.wear_error_log
        return sum((each.log / max(each.error, least)) ** 2 for index, each in enumerate(changes) if index != leave_out)

    def changes(self, first: Lyings, recent: Lyings) -> list[WearChange]:
        """For each sensor what the place does not explain, against the median of them all."""
        lyings = [*first, *recent]
        places = [self._place(us) for us in lyings]
        x, y = (sum(each) / len(each) for each in zip(*places, strict=True))
        design = [[1.0, a - x, b - y, float(index >= len(first))] for index, (a, b) in enumerate(places)]
        size = len(design[0])
        squares = [[sum([row[i] * row[j] for row in design]) for j in range(size)] for i in range(size)]
        for index in (1, 2):
            squares[index][index] += ALWAYS_THE_SAME * len(design)
        variance = solve(squares, [float(i == size - 1) for i in range(size)])[-1]
        fits = []
        for index in range(len(self._layout.sensors)):
            logs = [math.log(us[index]) for us in lyings]
            right = [sum([row[i] * log for row, log in zip(design, logs, strict=True)]) for i in range(size)]
            slopes = solve(squares, right)
            misses = [
                log - sum([a * b for a, b in zip(slopes, row, strict=True)]) for row, log in zip(design, logs, strict=True)
            ]
            noise = sum([miss * miss for miss in misses]) / (len(lyings) - size)
            fits.append((slopes[-1], math.sqrt(noise * variance) + 1e-9))
        level = median([log for log, _ in fits])
        return [WearChange(log - level, error) for log, error in fits]

    def _place(self, us: tuple[float, ...]) -> tuple[float, float]:
        """Where the load's centre lies, in the scales of a place."""
        total = sum(us)
        pairs = list(zip(us, self._layout.sensors, strict=True))
        x_mm, y_mm = sum([load * s.x_mm for load, s in pairs]) / total, sum([load * s.y_mm for load, s in pairs]) / total
        return x_mm / ACROSS_MM, y_mm / ALONG_MM
