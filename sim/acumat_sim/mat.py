"""The mat: foam and spikes spread the load, pads collect it, sensors turn it into volts; and what is really so."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from acumat_hw.errors import InputError
from acumat_hw.layout import Layout
from acumat_sim.body import NO_BREATH, Occupant, Patch, Pose
from acumat_sim.breath import Swing
from acumat_sim.faults import Wiring
from acumat_sim.fsr import Fsr, divider_volts
from acumat_sim.mat_traits import Foam
from acumat_sim.staging import Staging
from acumat_sim.streams import stream

GRID_S = 0.01
"""The field moves in steps of this."""
PAD_MM = 60.0
"""Side of the square that a strip or puck collects force from."""
SURFACES: dict[str, tuple[float, float]] = {"floor": (18.0, 1.0), "carpet": (22.0, 0.95), "bed": (32.0, 0.85)}
"""Sigma of the spread in mm, and the share of the force that the pads get; a soft bed gives way around them. Estimates."""
CLOTHING_MM: dict[str, float] = {"skin": 0.0, "shirt": 8.0}
"""What cloth adds to the spread, as a sigma in mm; an estimate."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What really is: forces on the sensors in newtons and what follows from them; None where nothing presses."""

    t_s: float
    forces_n: tuple[float, ...]
    lying: bool
    lateral_pct: float | None
    head_foot_pct: float | None
    evenness: float | None
    cop_mm: tuple[float, float] | None

    @property
    def total_n(self) -> float:
        return sum(self.forces_n)

    @property
    def shares(self) -> tuple[float, ...]:
        """Each sensor's part of the force on all sensors; zeros when nothing presses."""
        total_n = self.total_n
        return tuple(force / total_n if total_n > 0 else 0.0 for force in self.forces_n)


class Held(NamedTuple):
    """Newtons on each pad of one occupant in one pose: at rest, and what a breath of 1 and each mode add."""

    pose: Pose
    rest: list[float]
    chest: list[float]
    belly: list[float]
    modes: list[list[float]]


class Field:
    """Force on each pad, without the sensors' memory: a pure function of time."""

    def __init__(self, occupants: tuple[Occupant, ...], surface: str, layout: Layout, clothing: str = "skin") -> None:
        self._occupants = occupants
        blur_mm, self._passed = SURFACES[surface]
        self._blur_mm = math.hypot(blur_mm, CLOTHING_MM[clothing])
        self._layout = layout
        self._columns_mm = sorted({sensor.x_mm for sensor in layout.sensors})
        self._rows_mm = sorted({sensor.y_mm for sensor in layout.sensors})
        self._places = [(self._columns_mm.index(s.x_mm), self._rows_mm.index(s.y_mm)) for s in layout.sensors]
        self._held: list[Held | None] = [None] * len(occupants)
        self._weights: dict[tuple[float, float, float, float], tuple[float, ...]] = {}

    def forces_n(self, t_s: float) -> list[float]:
        """Newtons on each pad at a time since the scenario's start."""
        forces = [0.0] * len(self._places)
        for index, occupant in enumerate(self._occupants):
            pose = occupant.pose(t_s)
            held = self._held[index]
            if held is None or held.pose != pose:
                held = self._held[index] = self._hold(occupant, pose)
            if pose.upper > 0 or pose.lower > 0:
                chest_by, belly_by = occupant.breath(t_s)
                forces = [
                    force + at_rest + chest_by * c + belly_by * b
                    for force, at_rest, c, b in zip(forces, held.rest, held.chest, held.belly, strict=True)
                ]
                for mode, added in zip(occupant.modes, held.modes, strict=True):
                    by = mode.course.at(t_s)
                    forces = [max(0.0, force + by * each) for force, each in zip(forces, added, strict=True)]
        return forces

    def _hold(self, occupant: Occupant, pose: Pose) -> Held:
        patches = occupant.patches_in(pose, NO_BREATH)
        rest = self._collect(patches)
        chest, belly = (
            [b - a for a, b in zip(rest, self._collect(occupant.patches_in(pose, swing)), strict=True)]
            for swing in (Swing(1.0, 0.0), Swing(0.0, 1.0))
        )
        modes = [
            self._collect(
                [patch._replace(force_n=share * patch.force_n) for patch, share in zip(patches, mode.shares, strict=False)]
            )
            for mode in occupant.modes
        ]
        return Held(pose, rest, chest, belly, modes)

    def _collect(self, patches: list[Patch]) -> list[float]:
        forces = [0.0] * len(self._places)
        for patch in patches:
            force_n = patch.force_n
            weights = self._weights.get(patch[:4]) or self._weigh(patch)
            forces = [force + force_n * weight for force, weight in zip(forces, weights, strict=True)]
        return forces

    def lying(self, t_s: float, share: float = 1 / 3) -> bool:
        """Whether somebody lies here: more than a third (or `share`) of their settled load is on, trunk included."""
        return any(o.is_person_lying and o.load(t_s) > share and o.upper.at(t_s) > share for o in self._occupants)

    def _weigh(self, patch: Patch) -> tuple[float, ...]:
        if len(self._weights) > 20_000:
            self._weights.clear()
        across = [_collected(x - patch.x_mm, math.hypot(patch.sx_mm, self._blur_mm)) for x in self._columns_mm]
        along = [_collected(y - patch.y_mm, math.hypot(patch.sy_mm, self._blur_mm)) for y in self._rows_mm]
        weights = tuple(self._passed * across[column] * along[row] for column, row in self._places)
        self._weights[patch[:4]] = weights
        return weights


def _collected(offset_mm: float, sigma_mm: float) -> float:
    scale = 1 / (sigma_mm * math.sqrt(2))
    return (math.erf((offset_mm + PAD_MM / 2) * scale) - math.erf((offset_mm - PAD_MM / 2) * scale)) / 2


class SimulatedMat:
    """A scenario on a layout. Times are seconds since its start and must not go back."""

    def __init__(self, scenario: Staging, layout: Layout) -> None:
        if len(scenario.traits) != len(layout.sensors):
            counts = f"{len(scenario.traits)} sensors, the layout {len(layout.sensors)}"
            raise InputError(f"the scenario has {counts}; build it for this layout")
        self.layout = layout
        self.scenario = scenario
        self.field = Field(scenario.occupants, scenario.surface, layout, scenario.clothing)
        self._fsrs = [Fsr(traits, stream(scenario.seed, f"fsr {i}")) for i, traits in enumerate(scenario.traits)]
        self._wiring = Wiring(scenario.faults, layout, scenario.seed)
        self._bleed_us = 1e6 / layout.bleed_ohm if layout.bleed_ohm else 0.0
        self._foam = Foam(scenario.mat)
        self._vcc_v = scenario.mat.supply_v or layout.vcc_v
        self._step = -1
        self._volts: tuple[float, ...] = ()
        self._truth: Truth | None = None

    def volts(self, t_s: float) -> tuple[float, ...]:
        """Volts at each sensor's divider. Raises InputError when the time goes back."""
        step = math.floor(t_s / GRID_S + 1e-6)
        if step == self._step:
            return self._volts
        if step < self._step or step < 0:
            raise InputError(f"asked for {t_s:.3f} s after {self._step * GRID_S:.3f} s; a simulated mat's time only moves on")
        dt_s = round((step - self._step) * GRID_S, 6) if self._volts else GRID_S + self.scenario.mat.aged_s
        now_s = step * GRID_S
        forces = self._foam.step(self._shaken(self.field.forces_n(now_s), now_s), dt_s)
        conductances = [fsr.step(force, dt_s) for fsr, force in zip(self._fsrs, forces, strict=True)]
        if self.scenario.faults:
            factor = self._wiring.conductance_factor
            conductances = [factor(index, now_s) * us for index, us in enumerate(conductances)]
        volts = [
            divider_volts(us + self._bleed_us, sensor.rm_ohm, self._vcc_v)
            for us, sensor in zip(conductances, self.layout.sensors, strict=True)
        ]
        if self.scenario.mat.hum_v:
            hum_v = self.scenario.mat.hum_v * math.sin(2 * math.pi * self.scenario.mat.hum_hz * now_s)
            volts = [v + hum_v for v in volts]
        for glitch in self.scenario.glitches:
            if glitch.at_s <= now_s < glitch.at_s + glitch.for_s:
                volts[glitch.sensor] = glitch.volts
        if self.scenario.faults:
            volts = self._wiring.volts(now_s, volts)
        self._step, self._volts = step, tuple(volts)
        return self._volts

    def _shaken(self, forces_n: list[float], t_s: float) -> list[float]:
        for shake in self.scenario.shakes:
            by = shake.course.at(t_s)
            if by:
                forces_n = [force * (1 + by * factor) for force, factor in zip(forces_n, shake.factors, strict=True)]
        return forces_n

    def truth(self, t_s: float) -> Truth:
        """What really is at that time, on the same grid; any time may be asked for."""
        t_s = math.floor(t_s / GRID_S + 1e-6) * GRID_S
        if self._truth is None or self._truth.t_s != t_s:
            self._truth = measure(self.field, self.layout, t_s)
        return self._truth


def measure(field: Field, layout: Layout, t_s: float) -> Truth:
    """Shares, balance, evenness and centre of the true forces on the pads."""
    forces = field.forces_n(t_s)
    total = sum(forces)
    if total < 1e-6:
        return Truth(t_s, tuple(forces), field.lying(t_s), None, None, None, None)
    shares = [force / total for force in forces]
    places = [(sensor.x_mm, sensor.y_mm) for sensor in layout.sensors]
    entropy = -sum(share * math.log(share) for share in shares if share > 0)
    return Truth(
        t_s,
        tuple(forces),
        field.lying(t_s),
        _balance(shares, [x for x, _ in places]),
        _balance(shares, [y for _, y in places]),
        entropy / math.log(len(shares)) if len(shares) > 1 else None,
        (
            sum(s * x for s, (x, _) in zip(shares, places, strict=True)),
            sum(s * y for s, (_, y) in zip(shares, places, strict=True)),
        ),
    )


def _balance(shares: list[float], places_mm: list[float]) -> float | None:
    plus = sum(share for share, place in zip(shares, places_mm, strict=True) if place > 1e-6)
    minus = sum(share for share, place in zip(shares, places_mm, strict=True) if place < -1e-6)
    total = sum(shares)  # a sensor on the middle line belongs half to either side
    return 100 * (plus - minus) / total if plus + minus > 0 else None
