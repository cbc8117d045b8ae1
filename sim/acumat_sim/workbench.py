"""A board on the bench: converters wired to force-sensitive resistors, a hand that presses on one of them, and faulty wires.

Electrical truth only: which resistor really hangs on which input, and what voltage that gives.
"""

from __future__ import annotations

import math

from acumat_hw.layout import Layout
from acumat_sim.faults import Fault, Wiring
from acumat_sim.fsr import Fsr, divider_volts, random_traits
from acumat_sim.streams import stream

NOISE_V = 125e-6
"""White noise of one conversion, rms."""
HAND_N = 40.0
"""A flat hand that leans on a pad."""
REACH_MM = 60.0
"""How far a press spreads under foam, as a sigma."""
SETTLE_S = 0.05
MAINS_HZ = 50.0


class Workbench:
    """Inputs for simulated converters. Everything may be changed at any time.

    `wires` says which pads hang on an input, by (address, channel); `vcc_v` is what the dividers really get, `supply_input` an
    input that is wired to it. `broken` and `shorted` pads, those under a `weight` and those beside a mains cable (`humming`)
    are given by name. `bleed_ohm` is a resistor across each pad, behind its wires. `faults` are a scenario's, on top of it all.
    """

    def __init__(self, layout: Layout, seed: int, faults: tuple[Fault, ...] = ()) -> None:
        self.vcc_v = layout.vcc_v
        self.supply_input: tuple[int, int] | None = None
        self.wires: dict[tuple[int, int], tuple[str, ...]] = {(s.chip, s.channel): (s.name,) for s in layout.sensors}
        self.bleed_ohm: float | None = None
        self.broken: set[str] = set()
        self.shorted: set[str] = set()
        self.weight: set[str] = set()
        self.humming: set[str] = set()
        self.bridged: dict[tuple[int, int], tuple[int, int]] = {}
        self._rm_ohm = {(s.chip, s.channel): s.rm_ohm for s in layout.sensors}
        self._numbers = {s.name: number for number, s in enumerate(layout.sensors)}
        self._place = {s.name: (s.x_mm, s.y_mm) for s in layout.sensors}
        self._pads = {
            s.name: Fsr(random_traits(stream(seed, f"pad {s.name}")), stream(seed, f"wander {s.name}")) for s in layout.sensors
        }
        self._noise = stream(seed, "bench noise")
        self._sensors = layout.sensors
        self._faulty = Wiring(faults, layout, seed) if faults else None
        self._hand: str | None = None

    def press(self, name: str | None) -> None:
        """Put the hand on a pad, or take it away."""
        self._hand = name

    def swap(self, one: str, other: str) -> None:
        """Exchange the wires of two pads."""
        exchange = {one: other, other: one}
        self.wires = {at: tuple(exchange.get(name, name) for name in names) for at, names in self.wires.items()}

    def volts(self, address: int, channel: int, t_mono_s: float) -> float:
        """What one conversion sees."""
        if self._faulty is not None:
            sound = [self._sound_volts(sensor.chip, sensor.channel, t_mono_s) for sensor in self._sensors]
            seen = self._faulty.volts(t_mono_s, sound)
            for sensor, volts in zip(self._sensors, seen, strict=True):
                if (sensor.chip, sensor.channel) == (address, channel):
                    return volts
        return self._sound_volts(address, channel, t_mono_s)

    def _sound_volts(self, address: int, channel: int, t_mono_s: float) -> float:
        at = (address, channel)
        if at == self.supply_input:
            return self.vcc_v
        at = self.bridged.get(at, at)
        names = self.wires.get(at, ())
        if not names:
            return self._noise.gauss(0.0, NOISE_V)
        us = sum(self._conductance_us(name) for name in names)
        volts = divider_volts(us, self._rm_ohm[at], self.vcc_v) if us > 0 else 0.0
        if self.humming.intersection(names):
            volts += 0.02 * math.sin(2 * math.pi * MAINS_HZ * t_mono_s)
        return volts + self._noise.gauss(0.0, NOISE_V)

    def _conductance_us(self, name: str) -> float:
        if name in self.broken:
            return 0.0
        if name in self.shorted:
            return 1e6
        bled_us = 0.0 if self.bleed_ohm is None else 1e6 / self.bleed_ohm
        if name in self.weight:
            return 12 * 1e6 / self._rm_ohm_of(name)
        factor = 1.0 if self._faulty is None else self._faulty.conductance_factor(self._numbers[name], 0.0)
        return bled_us + factor * self._pads[name].step(self._force_n(name), SETTLE_S)

    def _force_n(self, name: str) -> float:
        if self._hand is None:
            return 0.0
        (x, y), (hand_x, hand_y) = self._place[name], self._place[self._hand]
        return HAND_N * math.exp(-((x - hand_x) ** 2 + (y - hand_y) ** 2) / (2 * REACH_MM**2))

    def _rm_ohm_of(self, name: str) -> float:
        return next(self._rm_ohm[at] for at, names in self.wires.items() if name in names)
