"""Load above the baseline, its total against a reference, and what its shape says."""

from __future__ import annotations

from dataclasses import dataclass

from acumat.contract.learned import Learned
from acumat.detect.parameters import Parameters
from acumat.detect.signal.conductance import Reading
from acumat.detect.signal.shape import Shape, effective_share
from acumat_hw.layout import Layout


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
    lies: bool = True
    """Whether nothing speaks for somebody upright or a pet, as far as has been seen (`presence.bearing`)."""

    @property
    def concentrated(self) -> bool:
        """Whether it is too short or too far at the edge for a body along the mat."""
        return self.shape.is_concentrated(self.us)

    @property
    def looks_like_trunk(self) -> bool:
        """Whether it may be a lying body: it is spread as one, and nothing speaks against it."""
        return self.lies and self.shape.looks_like_trunk(self.us)

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

    def of(self, reading: Reading, baseline_us: tuple[float | None, ...], *, lies: bool = True) -> Load:
        """The load of one reading above this baseline; `lies`: nothing so far speaks for somebody upright or a pet."""
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
            lies,
        )
