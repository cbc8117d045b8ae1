"""One force-sensitive resistor in its divider: force in newtons to volts, with memory.

Break force, power law, spread between parts, hysteresis and saturation after Interlink's 400 series data sheet and guide.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from functools import lru_cache

REFERENCE_N = 5.0
SCALE_US_PER_N = 30.0
"""A large pad (406, 408) under foam: 150 uS at 5 N."""
CREEP_TAUS_S = (2.0, 20.0, 200.0, 1500.0)
"""Kelvin elements about a decade apart: together close to creep with the logarithm of time. The slowest represents the foam and
for the warmth of the body as well."""
EXPONENTS = (0.8, 1.3)
"""Conductance grows with force to a power in this range: printing, area and puck set it, so the parts of one mat are alike."""
EXPONENT_SPREAD = 0.05
"""How far a part's exponent may lie from that of its mat."""
PINK_TAUS_S = (0.05, 0.5, 5.0, 50.0, 500.0)
"""Elements a decade apart with the same power: together close to a spectrum that falls with the frequency."""


@dataclass(frozen=True, slots=True)
class FsrTraits:
    """What differs from part to part.

    Gain, hysteresis and noise are shares of 1; creep is a share per Kelvin element, about a decade of time; drift is the empty
    sensor's, per hour. With `grows` creep is a growth of the contact, which is gone with the load; without it a part of the
    force, which leaves as slowly as it came. `preload_n` is what the cover presses with all the time. `pink` is noise whose
    power falls with the frequency, a share of the conductance in each decade of time, and `rough` white noise from one step to
    the next.
    """

    gain: float = 1.0
    exponent: float = 1.0
    break_n: float = 0.2
    series_ohm: float = 200.0
    empty_us: float = 0.5
    hysteresis: float = 0.10
    creep: float = 0.035
    noise: float = 1e-4
    drift_us_per_h: float = 0.0
    grows: bool = False
    preload_n: float = 0.0
    pink: float = 0.0
    rough: float = 0.0


def random_traits(
    random_: random.Random, spread: float = 0.25, drift_us_per_h: float = 0.0, *, exponent: float = 1.0
) -> FsrTraits:
    """A part from the shelf; gains lie within +-`spread` of the nominal one, exponents close to the mat's."""
    low, high = EXPONENTS
    return FsrTraits(
        gain=1 + random_.uniform(-spread, spread),
        exponent=min(max(exponent + random_.uniform(-EXPONENT_SPREAD, EXPONENT_SPREAD), low), high),
        break_n=random_.uniform(0.1, 0.4),
        series_ohm=random_.uniform(150, 300),
        empty_us=random_.uniform(0.1, 1.0),
        hysteresis=random_.uniform(0.05, 0.12),
        creep=random_.uniform(0.018, 0.042),
        noise=random_.uniform(0.5e-4, 2e-4),
        drift_us_per_h=random_.uniform(-1, 1) * drift_us_per_h,
    )


class Fsr:
    """Its state moves on with each `step`."""

    def __init__(self, traits: FsrTraits, random_: random.Random) -> None:
        self._traits = traits
        self._gauss = random_.gauss
        self._play = 1 / (1 - 3 * traits.hysteresis)
        self._creep = traits.creep
        self._grows = traits.grows
        self._break_n = traits.break_n
        self._exponent = traits.exponent
        self._scale_us = SCALE_US_PER_N * traits.gain * math.pow(REFERENCE_N, 1 - traits.exponent)
        self._series_per_us = 1e-6 * traits.series_ohm
        self._empty_us = traits.empty_us
        self._drift_us_per_s = traits.drift_us_per_h / 3600
        self._preload_n = traits.preload_n
        self._rough = traits.rough
        self._flicker = [0.0] * len(PINK_TAUS_S) if traits.pink else []
        self._flicker_steps: tuple[tuple[float, float], ...] = ()
        self._held_n = 0.0
        self._crept_n = (0.0, 0.0, 0.0, 0.0)
        self._wander = 0.0
        self._age_s = 0.0
        self._dt_s = 0.0
        self._decays = (0.0, 0.0, 0.0, 0.0)
        self._wander_decay = 0.0
        self._wander_kick = 0.0

    def step(self, force_n: float, dt_s: float) -> float:
        """Conductance in microsiemens under `force_n` after `dt_s` more seconds."""
        if dt_s != self._dt_s:
            self._dt_s = dt_s
            self._decays, self._wander_decay, kick = _decays(dt_s)
            self._wander_kick = self._traits.noise * kick
            self._flicker_steps = tuple((left, self._traits.pink * kick) for left, kick in _flicker(dt_s))
        self._age_s += dt_s
        force_n += self._preload_n
        # Hysteresis: a third of the force passes through play, so small movements are weakened but never swallowed.
        held_n = self._held_n
        if held_n < force_n:
            held_n = force_n
        elif held_n > force_n * self._play:
            held_n = force_n * self._play
        self._held_n = held_n
        pressed = (2 * force_n + held_n) / 3
        target = self._creep * (pressed / (pressed + self._break_n) if self._grows else pressed)
        fast_n, middle_n, slow_n, slowest_n = self._crept_n
        fast_decay, middle_decay, slow_decay, slowest_decay = self._decays
        fast_n = target + (fast_n - target) * fast_decay
        middle_n = target + (middle_n - target) * middle_decay
        slow_n = target + (slow_n - target) * slow_decay
        slowest_n = target + (slowest_n - target) * slowest_decay
        self._crept_n = (fast_n, middle_n, slow_n, slowest_n)
        total = pressed + fast_n + middle_n + slow_n + slowest_n
        if self._grows:
            total = pressed * (1 + total - pressed)
        self._wander = self._wander * self._wander_decay + self._gauss(0.0, self._wander_kick)
        empty_us = self._empty_us + self._drift_us_per_s * self._age_s
        if empty_us < 0.05:
            empty_us = 0.05
        if total < 1e-9:
            return empty_us
        noise = self._wander
        if self._flicker:
            self._flicker = [
                each * left + self._gauss(0.0, kick)
                for each, (left, kick) in zip(self._flicker, self._flicker_steps, strict=True)
            ]
            noise += sum(self._flicker)
        if self._rough:
            noise += self._gauss(0.0, self._rough)
        bare_us = self._scale_us * math.pow(total * total / (total + self._break_n), self._exponent) * (1 + noise)
        return empty_us + bare_us / (1 + bare_us * self._series_per_us)


@lru_cache(maxsize=256)
def _decays(dt_s: float) -> tuple[tuple[float, float, float, float], float, float]:
    """What is left after so long of each kind of creep and of the wander, and how much new wander comes, as shares."""
    fast_s, middle_s, slow_s, slowest_s = CREEP_TAUS_S
    creep = (math.exp(-dt_s / fast_s), math.exp(-dt_s / middle_s), math.exp(-dt_s / slow_s), math.exp(-dt_s / slowest_s))
    wander = math.exp(-dt_s)
    return creep, wander, math.sqrt(1 - wander**2)


@lru_cache(maxsize=256)
def _flicker(dt_s: float) -> tuple[tuple[float, float], ...]:
    """What is left of each element of the pink noise after so long, and how much new noise comes, as shares."""
    left = [math.exp(-dt_s / tau_s) for tau_s in PINK_TAUS_S]
    return tuple((each, math.sqrt(1 - each**2)) for each in left)


def divider_volts(conductance_us: float, rm_ohm: float, vcc_v: float) -> float:
    """The voltage over the resistor to ground when the FSR hangs on the supply."""
    fsr_ohm = 1e6 / conductance_us
    return vcc_v * rm_ohm / (rm_ohm + fsr_ohm)
