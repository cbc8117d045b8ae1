"""Where a load bears on the mat, and whether that speaks for a body along it, or for feet, a seat, knees or people on the edge.

Loads are uncorrected before a calibration: parts differ by 30 %, and conductance grows with force to the power of 0.55 to 1.3.
So no single zone's share decides anything. The tables come from static models of 300 bodies, feet, seats and knees each, and
from maps of ten people in 17 postures, side lying included, through such parts. They are rounded and bounded: models are no
people.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from acumat.detect.parameters import Parameters
from acumat.detect.signal.worth import Table, worth
from acumat_hw.layout import Layout

REACH: Table = ((0.5, -3.0), (0.7, -2.0), (0.8, 0.0), (0.88, 2.5), (0.95, 4.5))
"""Deviation of the load's place along the mat, over that of an even load (three rows and more): feet and seats 0.25 to 0.6,
knees with shins up to 0.83, a body along the mat 0.8 to 1.15. A body across it reaches no further than a seat."""
ENDS: Table = ((0.0, -3.0), (0.02, -2.0), (0.06, 0.0), (0.12, 2.5), (0.18, 4.5))
"""Share of the lighter one of the first and the last row (three rows and more): a body along the mat 0.04 to 0.3, one in twenty
less; knees with shins up to 0.05; feet and seats what passes through foam and plate, up to 0.06."""
ROW: Table = ((0.6, 2.5), (0.75, 0.0), (0.9, -2.0), (0.98, -3.0))
"""Share of the heavier of two rows: a trunk 0.5 to 0.8, feet and seats 0.8 to 1 unless they are between the rows."""
EDGE: Table = ((0.1, 2.3), (0.25, 1.0), (0.6, 0.0), (0.75, -0.7), (0.9, -2.5))
"""Asymmetry of the sides: two people on the long edge 0.4 to 1, one pair in five less, as deep as they sit, one in 25 less than
0.1; a body 0 to 0.5, one in two less than 0.1 and one in three 0.1 to 0.25; on its side up to 0.9."""
CONCENTRATED_NATS = -1.0
"""Below this a load is too short or too far at the edge for a body along the mat: one body in twenty is."""


class Shape:
    """The parts of a layout, and what the place of a load says."""

    def __init__(self, layout: Layout, parameters: Parameters) -> None:
        self._p = parameters
        self.zones = tuple(
            tuple(index for index, sensor in enumerate(layout.sensors) if sensor.zone == zone) for zone in layout.zones
        )
        sides = (
            tuple(index for index, sensor in enumerate(layout.sensors) if sensor.x_mm < 0),
            tuple(index for index, sensor in enumerate(layout.sensors) if sensor.x_mm > 0),
        )
        halves = (
            tuple(index for index, sensor in enumerate(layout.sensors) if sensor.y_mm < -layout.length_mm / 20),
            tuple(index for index, sensor in enumerate(layout.sensors) if sensor.y_mm > layout.length_mm / 20),
        )
        self.head_half = halves[1] if all(halves) else ()
        self.right_side = sides[1] if all(sides) and len(self.zones) == 2 else ()
        """Given where feet differ from a body only by a swing from side to side."""
        self._sides = sides if all(sides) else ()

    def looks_like_trunk(self, loads: tuple[float | None, ...]) -> bool:
        """Whether a load is spread as a body's may be, lying or not. A layout without rows cannot decide, and says yes."""
        if len(self.zones) < 2:
            return True
        return effective_share(loads) >= self._p.effective_share

    def along_nats(self, loads: Sequence[float | None]) -> float | None:
        """For a body along the mat, against feet, a seat or knees; None: nobody can say."""
        along = self._along(loads)
        if along is None:
            return None
        if len(along) == 2:
            return worth(ROW, max(along))
        return min(worth(REACH, reach(along)), worth(ENDS, min(along[0], along[-1])))

    def across_nats(self, loads: Sequence[float | None]) -> float | None:
        """For a body along the mat, against people on its edge; None: nobody can say."""
        tilt = self.tilt(loads)
        return None if tilt is None else worth(EDGE, tilt)

    def nats(self, loads: Sequence[float | None]) -> float | None:
        """The same against the likelier of these; None: nobody can say."""
        along, across = self.along_nats(loads), self.across_nats(loads)
        return along if along is None or across is None else min(along, across)

    def is_concentrated(self, loads: Sequence[float | None]) -> bool:
        """Whether it is too short or too far at the edge for a body along the mat."""
        nats = self.nats(loads)
        return nats is not None and nats < CONCENTRATED_NATS

    def _along(self, loads: Sequence[float | None]) -> list[float] | None:
        """Shares by zone, where a sensor without a reading bears what its partners do; None without two zones, all known."""
        found = []
        for zone in self.zones:
            known = [us for index in zone if (us := loads[index]) is not None]
            if not known:
                return None
            found.append(sum(known) * len(zone) / len(known))
        total = sum(found)
        return [each / total for each in found] if len(found) > 1 and total > 0 else None

    def tilt(self, loads: Sequence[float | None]) -> float | None:
        """Asymmetry of the sides, 0 to 1; None where there are none, or a sensor is missing."""
        if not self._sides or None in loads:
            return None
        left, right = (sum([loads[index] or 0.0 for index in side]) for side in self._sides)
        return abs(right - left) / (right + left) if right + left > 0 else 1.0


def reach(along: Sequence[float]) -> float:
    """Deviation of the place along the mat of shares by row, over that of an even load. Rows are taken to be evenly apart."""
    middle = sum([i * share for i, share in enumerate(along)])
    square = sum([share * (i - middle) ** 2 for i, share in enumerate(along)])
    return math.sqrt(square * 12 / (len(along) ** 2 - 1))


def effective_share(loads: Sequence[float | None]) -> float:
    """Effective number of loaded sensors over their number: exp of Shannon's entropy of the shares (Hill number of order 1)."""
    present = [us for us in loads if us is not None]
    total = sum(present)
    if total <= 0:
        return 0.0
    entropy = -sum([us / total * math.log(us / total) for us in present if us > 0])
    return math.exp(entropy) / len(present)


def apart(now: Sequence[float], before: Sequence[float]) -> float:
    """The share of the load that bears elsewhere, 0 to 1; 1 where there is none."""
    a, b = sum(now), sum(before)
    return 0.5 * sum([abs(x / a - y / b) for x, y in zip(now, before, strict=True)]) if a > 0 and b > 0 else 1.0
