"""Load above the baseline, its total against a reference, and how far it spreads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from acumat.contract.learned import Learned
from acumat.detect.parameters import Parameters
from acumat.detect.signal.conductance import Reading
from acumat_hw.layout import Layout


class Shape:
    """The parts of a layout, and whether a load lies over them as a body would."""

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
        self._ys_mm = tuple(sensor.y_mm for sensor in layout.sensors)
        self._even_mm2 = _variance(self._ys_mm, (1.0,) * len(self._ys_mm)) if len(self.zones) > 2 else 0.0
        self.sides = sides if all(sides) else ()
        self.halves = halves if all(halves) else ()

    def looks_like_trunk(self, loads: tuple[float | None, ...]) -> bool:
        """Whether a load lies over the mat as a body would. A layout without rows cannot decide, and says yes."""
        if len(self.zones) < 2:
            return True
        total = sum(us for us in loads if us)
        if total <= 0:
            return False
        if not self._over_zones(loads, total):
            return False
        edge = total * self._p.side_share_pct / 100.0
        if any(sum(us for index in side if (us := loads[index])) < edge for side in self.sides if _known(loads, side)):
            return False
        half = total * self._p.half_share_pct / 100.0
        if any(sum(us for index in part if (us := loads[index])) < half for part in self.halves if _known(loads, part)):
            return False
        return effective_share(loads) >= self._p.effective_share

    def length_share(self, loads: tuple[float | None, ...]) -> float | None:
        """Standard deviation of the load's place along the mat, over that of an even load; None with too few rows."""
        if not self._even_mm2 or None in loads:
            return None
        weights = [us or 0.0 for us in loads]
        return math.sqrt(_variance(self._ys_mm, weights) / self._even_mm2) if sum(weights) > 0 else None

    def is_concentrated(self, loads: tuple[float | None, ...]) -> bool:
        """Whether it is too short for a trunk, along the mat."""
        share = self.length_share(loads)
        return share is not None and share < self._p.length_share

    def _over_zones(self, loads: tuple[float | None, ...], total: float) -> bool:
        """Over enough of them, and in none too much. A sensor without a reading bears what its partners in the zone do.

        A zone without any reading says nothing, so that what the others bear too much for may well lie there.
        """
        if None not in loads:
            zones = [sum([us for index in zone if (us := loads[index])]) for zone in self.zones]
        else:
            known = [(len(zone), [us for index in zone if (us := loads[index]) is not None]) for zone in self.zones]
            zones = [sum(present) * size / len(present) for size, present in known if present]
            total = sum(zones)
        least = total * self._p.zone_share_pct / 100.0
        if len(zones) > 2 and len(zones) == len(self.zones) and max(zones) > total * self._p.zone_most_pct / 100.0:
            return False
        return sum(us > least for us in zones) >= min(self._p.zones_loaded, len(zones))


@dataclass(frozen=True, slots=True)
class Load:
    """Load per sensor in microsiemens after gains (None: no reading), total in percent of the reference, and spread."""

    t_mono_s: float
    us: tuple[float | None, ...]
    total_us: float
    pct: float
    saturated: tuple[bool, ...]
    all_known: bool
    """Whether every sensor has a reading, and none is at its end."""
    reference_us: float
    """The load that counts as 100 percent."""
    usual_us: float | None
    """What the person usually rests here; None before that has been learnt."""
    head_us: float
    """The load on the head's half; 0 where the layout has none or a sensor is missing."""
    side_us: float
    """The load on the right side, where a swing from side to side matters; else 0."""
    shape: Shape

    @property
    def concentrated(self) -> bool:
        """Whether it is too short for a trunk, along the mat."""
        return self.shape.is_concentrated(self.us)

    @property
    def looks_like_trunk(self) -> bool:
        """Whether it lies on the mat as a body does."""
        return self.shape.looks_like_trunk(self.us)

    @property
    def effective_share(self) -> float:
        """Which part of the sensors it effectively loads, 0 to 1."""
        return effective_share(self.us)


class Loads:
    """Load = max(0, gain (G - baseline)) per sensor. Missing sensors are made up for in the total by the mean of the others."""

    def __init__(self, layout: Layout, learned: Learned, parameters: Parameters) -> None:
        self.adopt(learned)
        self.default_us = sum(parameters.default_x_over_rm * 1e6 / sensor.rm_ohm for sensor in layout.sensors)
        self.shape = Shape(layout, parameters)

    def adopt(self, learned: Learned) -> None:
        """Use these gains and this reference from now on."""
        self.gains, self.reference_us = learned.gains, learned.reference_us
        self.calibrated, self.turned = learned.calibrated, learned.turned

    def of(self, reading: Reading, baseline_us: tuple[float | None, ...]) -> Load:
        """The load of one reading above this baseline."""
        loads = tuple(
            [
                None if now is None or base is None else gain * (now - base) if now > base else 0.0
                for now, base, gain in zip(reading.us, baseline_us, self.gains, strict=True)
            ]
        )
        present = [us for us in loads if us is not None]
        complete = len(present) == len(loads)
        total_us = sum(present) if complete else sum(present) * len(loads) / len(present) if present else 0.0
        reference_us = self.reference_us or self.default_us
        pct = 100.0 * total_us / reference_us
        head_us = sum([loads[index] or 0.0 for index in self.shape.head_half]) if complete else 0.0
        all_known = complete and True not in reading.saturated
        side_us = sum([loads[index] or 0.0 for index in self.shape.right_side]) if complete else 0.0
        return Load(
            reading.t_mono_s,
            loads,
            total_us,
            pct,
            reading.saturated,
            all_known,
            reference_us,
            self.reference_us,
            head_us,
            side_us,
            self.shape,
        )


def _known(loads: tuple[float | None, ...], part: tuple[int, ...]) -> bool:
    """Whether any sensor of this part has a reading."""
    return any(loads[index] is not None for index in part)


def _variance(places: Sequence[float], weights: Sequence[float]) -> float:
    """Of places weighted by what lies there."""
    total = sum(weights)
    mean = sum([place * weight for place, weight in zip(places, weights, strict=True)]) / total
    return sum([weight * (place - mean) ** 2 for place, weight in zip(places, weights, strict=True)]) / total


def effective_share(loads: tuple[float | None, ...]) -> float:
    """Effective number of loaded sensors over their number: exp of Shannon's entropy of the shares (Hill number of order 1)."""
    present = [us for us in loads if us is not None]
    total = sum(present)
    if total <= 0:
        return 0.0
    entropy = -sum(us / total * math.log(us / total) for us in present if us > 0)
    return math.exp(entropy) / len(present)
