"""What is true of one mat as a whole beyond its parts: foam, cross-talk, mains hum, supply and converter."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from acumat_hw.layout import Layout
from acumat_sim.fsr import FsrTraits
from acumat_sim.streams import log_uniform

CROSSTALK = (0.01, 0.15)
"""Share of a pad's force that its neighbours get through foam and plate instead (estimate; no source gives one for mats)."""
CROSSTALK_MM = 120.0
"""How far it reaches: it falls to 1/e within this distance (estimate)."""
FOAM_FAST = ((0.0, 0.07), (3.0, 10.0))
FOAM_SLOW = ((0.0, 0.012), (100.0, 330.0))
"""Polyurethane foam gives way like Kelvin elements of some seconds and of minutes (Burger model); shares and seconds are
estimates."""
HUM_V = (1e-5, 2.5e-4)
"""Mains hum on metres of unshielded wire at some kiloohms, peak; an estimate of 0.1 to 2 codes of a 16-bit converter."""
MAINS_HZ = (49.95, 50.05)
"""The European grid stays within +-0.05 Hz nearly always. Ten frames a second alias it to between 0 and 3 cycles a minute."""
SUPPLY_V = (3.1, 3.45)
"""A board's 3.3 V rail under load, and one that a linear regulator with 4 % tolerance gives."""

EXPONENTS = (0.55, 1.3)
"""Conductance over force: about 1 below 1 N, 0.8 to 10 N, 0.6 above (reading of Interlink's curve for the 402); above 1 where
the contact area still grows. The parts of one mat are alike to within 0.04 (estimate)."""
EXPONENT_SPREAD = 0.04
SCALE = (0.5, 2.0)
"""The whole mat's conductance against the nominal one: puck, plate, part number, and resistors within 5 %."""
PART_SPREAD = (0.05, 0.3)
"""Parts of a mat among each other, log-normal: 6 % within a batch (PDS-10004), 15 to 25 % by Interlink's older guide, and
mounting."""
BREAK_N = (0.05, 0.6)
"""Interlink: an actuation force of 0.1 to 0.2 N, more under foam and plates."""
PRELOAD_N = ((0.0, 0.08), (0.1, 0.7))
"""What the cover presses with: of most mats, and of tight ones (a real strip read 900 mV empty)."""
TIGHT = 0.3
CREEP = (0.04, 0.2)
"""A decade of time: below 5 % on the data sheet at 1 kg, 2.5 to 14.5 % within minutes on real strips, 35 k to 15 k in bad
cases. When the load leaves it is gone: real strips are back at or below where they were within three seconds."""
HYSTERESIS = (0.1, 0.2)
"""10 % on average (PDS-10004); repeatability 5 to 26 % in tests."""
PINK = (3e-5, 3e-4)
"""1/f noise of the contact a decade, as a share of the conductance (estimate; below the converter's step under most loads)."""
ROUGH = (2e-5, 1.5e-3)
"""White noise of the contact: an empty strip under preload has 0.13 %, most pads far less."""


@dataclass(frozen=True, slots=True)
class MatTraits:
    """The defaults are those of an ideal mat.

    `crosstalk` has a row for each sensor: which share of each pad's force it gets. `foam` holds share and seconds of each
    element that follows late. `supply_v` None is the layout's. The `converter` is an ads1115 or an ads1015, whose codes are
    multiples of 16. `aged_s` is how long the load of the first moment has lain there before.
    """

    crosstalk: tuple[tuple[float, ...], ...] = ()
    foam: tuple[tuple[float, float], ...] = ()
    hum_v: float = 0.0
    hum_hz: float = 50.0
    supply_v: float | None = None
    converter: str = "ads1115"
    aged_s: float = 0.0


IDEAL = MatTraits()


def random_mat(random_: random.Random, layout: Layout, *, converter: str = "ads1115", aged_s: float = 0.0) -> MatTraits:
    """A mat as somebody built it."""
    uniform = random_.uniform
    return MatTraits(
        crosstalk=_crosstalk(layout, uniform(*CROSSTALK)),
        foam=tuple((uniform(*share), uniform(*tau_s)) for share, tau_s in (FOAM_FAST, FOAM_SLOW)),
        hum_v=log_uniform(random_, HUM_V),
        hum_hz=uniform(*MAINS_HZ),
        supply_v=uniform(*SUPPLY_V),
        converter=converter,
        aged_s=aged_s,
    )


def random_parts(random_: random.Random, count: int, drift_us_per_h: float = 0.0) -> tuple[FsrTraits, ...]:
    """The sensors of one mat as somebody built it; each drifts by up to `drift_us_per_h`."""
    uniform = random_.uniform
    exponent, scale, spread = uniform(*EXPONENTS), log_uniform(random_, SCALE), uniform(*PART_SPREAD)
    preload = PRELOAD_N[random_.random() < TIGHT]
    creep, hysteresis = uniform(*CREEP), uniform(*HYSTERESIS)
    pink, rough = log_uniform(random_, PINK), log_uniform(random_, ROUGH)
    return tuple(
        FsrTraits(
            gain=scale * math.exp(random_.gauss(0.0, spread)),
            exponent=exponent + random_.gauss(0.0, EXPONENT_SPREAD),
            break_n=uniform(*BREAK_N),
            series_ohm=uniform(150, 300),
            empty_us=uniform(0.1, 1.0),
            hysteresis=hysteresis * uniform(0.8, 1.2),
            creep=creep * uniform(0.8, 1.2),
            grows=True,
            noise=0.0,
            drift_us_per_h=uniform(-1, 1) * drift_us_per_h,
            preload_n=uniform(*preload),
            pink=pink,
            rough=rough * uniform(0.5, 1.5),
        )
        for _ in range(count)
    )


def _crosstalk(layout: Layout, share: float) -> tuple[tuple[float, ...], ...]:
    """Each pad keeps all but `share`, which its neighbours divide among them by distance."""
    sensors = layout.sensors
    if len(sensors) < 2:
        return ()
    columns = []
    for one in sensors:
        near = [
            0.0 if other is one else math.exp(-math.hypot(one.x_mm - other.x_mm, one.y_mm - other.y_mm) / CROSSTALK_MM)
            for other in sensors
        ]
        columns.append([1 - share if other is one else share * n / sum(near) for other, n in zip(sensors, near, strict=True)])
    return tuple(zip(*columns, strict=True))


class Foam:
    """Cross-talk and the foam's delay on the way from the pads to the sensors; its state moves on with each step."""

    def __init__(self, traits: MatTraits) -> None:
        self._crosstalk = traits.crosstalk
        self._foam = traits.foam
        self._late_n: list[list[float]] = []

    def step(self, forces_n: list[float], dt_s: float) -> list[float]:
        """What the sensors get of the forces on the pads, `dt_s` after the last step."""
        if self._crosstalk:
            forces_n = [sum([share * force for share, force in zip(row, forces_n, strict=True)]) for row in self._crosstalk]
        if not self._foam:
            return forces_n
        if not self._late_n:
            self._late_n = [[0.0] * len(forces_n) for _ in self._foam]
        given = [(1 - sum(share for share, _ in self._foam)) * force for force in forces_n]
        for late_n, (share, tau_s) in zip(self._late_n, self._foam, strict=True):
            left = math.exp(-dt_s / tau_s)
            late_n[:] = [force + (late - force) * left for force, late in zip(forces_n, late_n, strict=True)]
            given = [all_n + share * late for all_n, late in zip(given, late_n, strict=True)]
        return given
