"""Step 7b: posture shifts: the pattern of shares changes and stays changed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from acumat.detect.parameters import Parameters
from acumat.detect.signal.load import Load
from acumat_hw.layout import Layout


@dataclass(frozen=True, slots=True)
class Shift:
    """What changed: since when, by how much of the load's pattern (0 to 1), and how far the centre went (mm)."""

    since_s: float
    moved: float
    dx_mm: float
    dy_mm: float


class Shifts:
    """Compares the shares of the last seconds with those of the posture before; slow changes are followed, not told."""

    def __init__(self, layout: Layout, parameters: Parameters) -> None:
        self._p = parameters
        self._xs = tuple(sensor.x_mm for sensor in layout.sensors)
        self._ys = tuple(sensor.y_mm for sensor in layout.sensors)
        self._width_mm, self._length_mm = layout.width_mm, layout.length_mm
        self._recent: deque[tuple[float, ...]] = deque(maxlen=round(parameters.shift_hold_s / parameters.shift_step_s) + 1)
        self.reset()

    def reset(self) -> None:
        """Somebody else, or another visit."""
        self._posture: tuple[float, ...] | None = None
        self._recent.clear()
        self._since_s: float | None = None
        self._next_s = 0.0

    def step(self, load: Load) -> Shift | None:
        """One load of a person who lies; the shift that it decides, if any. A load with a sensor missing says nothing."""
        p, t_s = self._p, load.t_mono_s
        if t_s < self._next_s or not load.whole or load.total_us <= 0 or len(load.us) < 2:
            return None
        self._next_s = t_s + p.shift_step_s
        shares = tuple([(us or 0.0) / load.total_us for us in load.us])
        self._recent.append(shares)
        if len(self._recent) < (self._recent.maxlen or 1):
            return None
        now = _mean(self._recent)
        if self._posture is None:
            if max(_apart(each, now) for each in self._recent) < p.shift_steady:
                self._posture = now
            return None
        shift = self._between(self._posture, now, t_s)
        if not self._counts(shift):
            self._since_s = None
            share = p.shift_step_s / p.shift_follow_s
            self._posture = tuple([a + (b - a) * share for a, b in zip(self._posture, now, strict=True)])
            return None
        if self._since_s is None:
            self._since_s = t_s - p.shift_hold_s / 2
        # held: the newest moments are alike, and all of them are away from the posture before
        if max(_apart(each, now) for each in self._recent) >= p.shift_steady:
            return None
        shift = self._between(self._posture, now, self._since_s)
        self._posture, self._since_s = now, None
        return shift

    def _between(self, before: tuple[float, ...], now: tuple[float, ...], since_s: float) -> Shift:
        changes = [b - a for a, b in zip(before, now, strict=True)]
        dx_mm = sum([c * x for c, x in zip(changes, self._xs, strict=True)])
        dy_mm = sum([c * y for c, y in zip(changes, self._ys, strict=True)])
        return Shift(since_s, 0.5 * sum([abs(c) for c in changes]), dx_mm, dy_mm)

    def _counts(self, shift: Shift) -> bool:
        p = self._p
        far = abs(shift.dx_mm) > p.shift_of_size * self._width_mm or abs(shift.dy_mm) > p.shift_of_size * self._length_mm
        return far or shift.moved > p.shift_moved


def _mean(samples: deque[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple([sum(column) / len(samples) for column in zip(*samples, strict=True)])


def _apart(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Share of the load that lies elsewhere."""
    return 0.5 * sum([abs(x - y) for x, y in zip(a, b, strict=True)])
