"""Whether what lies there lives. A body breathes and stirs; a box only creeps, and creep never turns round."""

from __future__ import annotations

import math
from collections import deque
from itertools import accumulate, pairwise

from acumat.detect.parameters import Parameters
from acumat.detect.signal.conductance import median

SAMPLE_S = 0.25
MIN_SAMPLES = 12
MOVE_SAMPLES, MOVE_S = 8, 2.0
SLOW_S = 0.32
"""Where frames are further apart than this, second differences hold breath as well as noise."""
JOLT_S, HALF_BREATH_S = 0.5, 1.25
SMOOTH_S = 1.0
JOLT_OVER_NOISE = 6.0
"""A change within half a second that noise or a heartbeat makes is no jolt."""
NORMAL_MEDIAN = 0.6745
"""The median of the absolute value of a standard normal deviate."""


class SwingWatch:
    """Searches windows of the last seconds of a load for a swing that creep and noise cannot make.

    Creep of sensor and foam goes one way and slows down all the time, so its course bends one way only. A breath bends both
    ways: a window then has a sag (below the line between two other moments) as well as a bulge (above such a line). The smaller
    of the two is the swing; for a thing it is noise. The noise is measured sample to sample by second differences (whose
    deviation is root six times that of white noise, and which breathing hardly enters). Their median counts, so a single
    movement is no noise. A load that moves much is not taken for a body at rest: the window begins again.
    """

    def __init__(
        self,
        parameters: Parameters,
        *,
        least_pct: float,
        most_pct: float,
        windows_needed: int | None = None,
        over_noise: float | None = None,
    ) -> None:
        """`least_pct` is the smallest swing taken for life, `most_pct` what is too much of a change for rest.

        `windows_needed` and `over_noise` are the parameters' own unless others are given.
        """
        self._p = parameters
        self._over_noise = over_noise or parameters.life_over_noise
        self._windows_needed = windows_needed or parameters.windows_needed
        self._least, self._most = least_pct / 100.0, most_pct / 100.0
        self.reset()

    def reset(self) -> None:
        """Forget what was seen: something new came onto the mat."""
        self._sum = 0.0
        self._count = 0
        self._sample_start_s = -math.inf
        self._samples: list[tuple[float, float]] = []
        self._bends: deque[float] = deque(maxlen=round(self._p.window_longest_s / SAMPLE_S))
        self._found_s = -math.inf
        self.found = 0
        """Windows that showed life since the reset."""
        self.moved_s = -math.inf
        """When it last moved too much for a window."""
        self.jolted_s = -math.inf
        """When it was last knocked."""
        self.windows_alive = 0
        self.swing_pct = 0.0
        self.needed_pct = 100.0 * self._least
        """The limit of the last window's swing: the least swing, or a multiple of its noise."""

    def interrupt(self) -> None:
        """The window under way begins again."""
        self._samples.clear()

    @property
    def alive(self) -> bool:
        """Whether enough windows showed life."""
        return self.windows_alive >= self._windows_needed

    def step(self, t_s: float, total: float, floor: float = 0.0, rounding: float = 0.0) -> None:
        """One more reading of the signal (any unit; only ratios count: to its mean, or to `floor` if that is more).

        `rounding` is the deviation that the converter's steps make, in the signal's unit; no mean takes it out.
        """
        if self._count and t_s - self._sample_start_s >= SAMPLE_S - 1e-6:
            if self._samples and not 0 < t_s - self._samples[-1][0] < self._p.gap_s:
                self._samples.clear()
            self._samples.append((self._sample_start_s, self._sum / self._count))
            self._sum, self._count = 0.0, 0
            if len(self._samples) > 2:
                a, b, c = (value for _, value in self._samples[-3:])
                self._bends.append(abs(c - 2 * b + a))
            self._judge(floor, rounding)
        if not self._count:
            self._sample_start_s = t_s
        self._sum += total
        self._count += 1

    def _judge(self, floor: float, rounding: float) -> None:
        """Judge the newest samples. A window found alive is not counted twice; any other grows with the next samples."""
        samples = self._samples
        now_s = samples[-1][0]
        if now_s - samples[0][0] > self._p.window_longest_s + self._p.window_wait_s:
            del samples[0]
        values = [value for _, value in samples]
        mean = max(sum(values) / len(values), floor)
        if mean <= 0:
            return
        recent = [value for at_s, value in samples[-MOVE_SAMPLES:] if now_s - at_s <= MOVE_S]
        if max(recent) - min(recent) > mean * self._most:
            self.moved_s = now_s
            samples.clear()
            return
        # the newest moments wait: they may be the beginning of a large movement
        window = [sample for sample in samples if now_s - sample[0] >= self._p.window_wait_s - 1e-6]
        if len(window) < MIN_SAMPLES or window[-1][0] - window[0][0] < self._p.window_s:
            return
        noise = median(list(self._bends)) / (NORMAL_MEDIAN * math.sqrt(6)) / mean
        jolt = jolt_of(window, self._p.window_jolt_share, max(self._least, JOLT_OVER_NOISE * noise) * mean)
        if jolt is not None:
            self.jolted_s = now_s
            del samples[:jolt]  # begins again after the jolt
            return
        pace_s = (window[-1][0] - window[0][0]) / (len(window) - 1)
        if pace_s > SLOW_S:
            noise = min(noise, self._p.life_slow_noise)
        smooth, width = smoothed(window, pace_s)
        noise = max(noise / math.sqrt(width), rounding / mean)
        swing = min(sag_of(smooth), sag_of([(t_s, -value) for t_s, value in smooth])) / mean
        self.swing_pct = 100.0 * swing
        needed = max(self._least, self._over_noise * noise)
        self.needed_pct = 100.0 * needed
        if swing > needed:
            again = now_s - self._found_s < self._p.confirm_within_s
            self.windows_alive = self.windows_alive + 1 if again else 1
            self._found_s = now_s
            self.found += 1
            del samples[: len(window)]


class LifeDetector:
    """SwingWatch in the total load, or in how it divides between the head's and the foot's half.

    Breath moves load between chest and hips where the total hardly changes, and creep, being much the same everywhere, hardly
    changes the division; but the division strays with each single sensor, so it must swing more.
    """

    def __init__(self, parameters: Parameters, *, windows_needed: int | None = None) -> None:
        p = parameters
        self._total = SwingWatch(p, least_pct=p.life_swing_pct, most_pct=p.life_most_pct, windows_needed=windows_needed)
        self._division = SwingWatch(
            p, least_pct=p.life_division_swing_pct, most_pct=p.life_division_most_pct, windows_needed=windows_needed
        )
        self._sides = SwingWatch(p, least_pct=math.inf, most_pct=p.life_side_most_pct)

    def reset(self) -> None:
        """Forget what was seen: something new came onto the mat."""
        self._total.reset()
        self._division.reset()
        self._sides.reset()

    @property
    def alive(self) -> bool:
        """Whether either showed life often enough."""
        return self._total.alive or self._division.alive

    @property
    def moved_s(self) -> float:
        """When it last moved too much to be searched."""
        return max(self._total.moved_s, self._division.moved_s)

    @property
    def swayed_s(self) -> float:
        """When it last moved too much, or swayed from side to side."""
        return max(self.moved_s, self._sides.moved_s)

    @property
    def stirred_s(self) -> float:
        """When it last moved much, swayed or was knocked: a thing that nobody touches does none of it."""
        return max(self.swayed_s, self._total.jolted_s, self._division.jolted_s)

    @property
    def swing_pct(self) -> float:
        """The last window's swing, of the total unless the division alone showed life."""
        return self._decisive.swing_pct

    @property
    def needed_pct(self) -> float:
        """And what it had to exceed."""
        return self._decisive.needed_pct

    @property
    def found(self) -> int:
        """Windows that showed life since the reset, of the total and of the division."""
        return self._total.found + self._division.found

    @property
    def windows_alive(self) -> int:
        """Windows that showed life, of the total or the division, whichever has more."""
        return max(self._total.windows_alive, self._division.windows_alive)

    @property
    def _decisive(self) -> SwingWatch:
        return self._division if self._division.alive and not self._total.alive else self._total

    def step(
        self, t_s: float, total: float, head: float = 0.0, floor: float = 0.0, *, side: float = 0.0, rounding: float = 0.0
    ) -> None:
        """One more total load, its parts on the head's half and on the right `side` (0: not known), and the least load that a
        swing is measured against: noise swings a load much fainter than a person by as large a share as breath does a person.
        `rounding` as for `SwingWatch.step`.
        """
        swayed_s = self.swayed_s
        self._total.step(t_s, total, floor, rounding)
        if 0.0 < head < total:
            self._division.step(t_s, head / (total - head), rounding=rounding * total / (total - head) ** 2)
        if 0.0 < side < total:
            self._sides.step(t_s, side / (total - side))
        if self.swayed_s > swayed_s:
            self._total.interrupt()
            self._division.interrupt()


def jolt_of(points: list[tuple[float, float]], share: float, least: float) -> int | None:
    """Behind which point the course jumps, if it does so by at least `least`; None where it only swings, or is too coarse.

    A jump, or a blow that passes, is over within half a second, so that a longer span sees no more of it. The quickest breath
    at rest (25 a minute) takes 1.2 s from end to end. Creep is the same in every step, and is taken off as their median.
    """
    pace_s = (points[-1][0] - points[0][0]) / (len(points) - 1)
    short, long = max(1, round(JOLT_S / pace_s)), round(HALF_BREATH_S / pace_s)
    if pace_s > JOLT_S * 1.1 or long >= len(points):
        return None
    values = [value for _, value in points]
    creep = median([b - a for a, b in pairwise(values)])
    quick = [abs(b - a - short * creep) for a, b in zip(values, values[short:], strict=False)]
    slow = max(abs(b - a - long * creep) for a, b in zip(values, values[long:], strict=False))
    worst = max(quick)
    return quick.index(worst) + short if worst > least and worst > share * slow else None


def smoothed(points: list[tuple[float, float]], pace_s: float) -> tuple[list[tuple[float, float]], int]:
    """The course of its means over a second, and how many points each is of: heartbeats and noise are averaged over."""
    width = max(1, round(SMOOTH_S / pace_s))
    sums = list(accumulate([value for _, value in points], initial=0.0))
    means = [(after - before) / width for before, after in zip(sums, sums[width:], strict=False)]
    return [(t_s, mean) for (t_s, _), mean in zip(points, means, strict=False)], width


def sag_of(points: list[tuple[float, float]]) -> float:
    """How far the course hangs below its upper hull (Andrew's monotone chain); zero for a course that only ever slows down."""
    hull: list[tuple[float, float]] = []
    for x, y in points:
        while len(hull) > 1 and (hull[-1][0] - hull[-2][0]) * (y - hull[-2][1]) >= (hull[-1][1] - hull[-2][1]) * (
            x - hull[-2][0]
        ):
            hull.pop()
        hull.append((x, y))
    if len(hull) < 2:
        return 0.0
    sag, edge = 0.0, 0
    for x, y in points:
        while edge < len(hull) - 2 and x > hull[edge + 1][0]:
            edge += 1
        (x0, y0), (x1, y1) = hull[edge], hull[edge + 1]
        sag = max(sag, y0 + (y1 - y0) * (x - x0) / (x1 - x0) - y)
    return sag
