"""What shakes a mat from outside: steps beside it, a washing machine, a slammed door, somebody who sleeps beside it.

It acts on whatever lies on the mat, as a share of the load, and differs smoothly from place to place.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from dataclasses import dataclass

from acumat_hw.layout import Layout
from acumat_sim.breath import Breathing
from acumat_sim.course import Course
from acumat_sim.streams import log_uniform

STEPS_HZ = (1.6, 2.1)
"""Steps a second of people who walk (about 1.8)."""
FOOTFALL = (1e-4, 4e-3)
"""A step's jolt as a share of the load: boards give more than concrete (estimate)."""
JOLT_DECAY_S = (0.08, 0.3)
JOLT_HZ = (5.0, 15.0)
"""A floor rings at 5 to 15 Hz and dies down within some tenths of a second (timber and concrete floors; general knowledge)."""
DRUM_HZ = (0.7, 0.9)
SPIN_HZ = (10.0, 23.0)
"""A drum turns about 50 times a minute when it washes and 600 to 1400 times when it spins."""
DRUM = (2e-5, 3e-4)
SPIN = (1e-4, 1e-3)
"""What of it arrives through the floor, as a share of the load (estimates)."""
DRUM_ON_S, DRUM_OFF_S = 12.0, 4.0
"""A drum turns for some ten seconds and rests before it turns the other way."""
SLEEPER = (0.0005, 0.005)
"""What a sleeper's breath does to a load on the same mattress, peak to peak as a share of it (estimate)."""
SLAM = (0.002, 0.02)
"""A slammed door or a lorry, as a share of the load (estimate)."""


@dataclass(frozen=True, slots=True)
class Shake:
    """Each sensor's load changes by `course` times its own factor, as a share."""

    course: Course
    factors: tuple[float, ...]


class Jolts:
    """Blows that ring and die down."""

    def __init__(self, blows: list[tuple[float, float]], hz: float, decay_s: float) -> None:
        """`blows` are seconds and size of each, in order of time."""
        self._times_s = [at_s for at_s, _ in blows]
        self._sizes = [size for _, size in blows]
        self._hz = hz
        self._decay_s = decay_s

    def at(self, t_s: float) -> float:
        index = bisect_right(self._times_s, t_s) - 1
        if index < 0:
            return 0.0
        since_s = t_s - self._times_s[index]
        if since_s > 10 * self._decay_s:
            return 0.0
        return self._sizes[index] * math.exp(-since_s / self._decay_s) * math.sin(2 * math.pi * self._hz * since_s)


class Drum:
    """A washing machine: washes, then spins from `spin_s` on, and is still from `end_s` on."""

    def __init__(self, random_: random.Random, start_s: float, spin_s: float, end_s: float) -> None:
        self._start_s, self._spin_s, self._end_s = start_s, spin_s, end_s
        self._washes = (random_.uniform(*DRUM), 2 * math.pi * random_.uniform(*DRUM_HZ))
        self._spins = (log_uniform(random_, SPIN), 2 * math.pi * random_.uniform(*SPIN_HZ))

    def at(self, t_s: float) -> float:
        if not self._start_s <= t_s < self._end_s:
            return 0.0
        if t_s >= self._spin_s:
            size, radians = self._spins
            return size * math.sin(radians * t_s)
        size, radians = self._washes
        turns = (t_s - self._start_s) % (DRUM_ON_S + DRUM_OFF_S) < DRUM_ON_S
        return size * math.sin(radians * t_s) if turns else 0.0


class Sleeper:
    """Somebody who breathes beside the mat, half the swing to either side."""

    def __init__(self, random_: random.Random, duration_s: float, swing: float) -> None:
        self._breathing = Breathing(random_, random_.uniform(10, 20), swing / 2, random_.uniform(0.03, 0.12), sway=swing / 4)
        self._breathing.fill(duration_s)

    def at(self, t_s: float) -> float:
        return self._breathing.at(t_s).chest


def footfall(random_: random.Random, layout: Layout, duration_s: float) -> Shake:
    """Somebody walks past every minute or two."""
    size, per_s = log_uniform(random_, FOOTFALL), random_.uniform(*STEPS_HZ)
    blows: list[tuple[float, float]] = []
    t_s = random_.uniform(0, 60)
    while t_s < duration_s:
        for _ in range(random_.randint(4, 20)):
            blows.append((t_s, size * random_.uniform(0.3, 1.5)))
            t_s += random_.gauss(1.0, 0.05) / per_s
        t_s += random_.expovariate(1 / 60)
    return Shake(Jolts(blows, random_.uniform(*JOLT_HZ), random_.uniform(*JOLT_DECAY_S)), pattern(random_, layout, -0.3))


def washing_machine(random_: random.Random, layout: Layout, duration_s: float) -> Shake:
    """One that runs through about all of it."""
    start_s = random_.uniform(0, 0.2) * duration_s
    spin_s, end_s = (start_s + share * (duration_s - start_s) for share in (random_.uniform(0.5, 0.8), 0.95))
    return Shake(Drum(random_, start_s, spin_s, end_s), pattern(random_, layout, -0.3))


def slams(random_: random.Random, layout: Layout, duration_s: float) -> Shake:
    """Doors or lorries, one in some minutes."""
    blows, t_s = [], random_.expovariate(1 / 120)
    while t_s < duration_s:
        blows.append((t_s, log_uniform(random_, SLAM)))
        t_s += random_.expovariate(1 / 240)
    return Shake(Jolts(blows, random_.uniform(3, 8), random_.uniform(0.2, 0.8)), pattern(random_, layout, -0.3))


def sleeper_beside(random_: random.Random, layout: Layout, duration_s: float) -> Shake:
    """A sleeper on the same bed: all sensors go along, by more or less."""
    return Shake(Sleeper(random_, duration_s, random_.uniform(*SLEEPER)), pattern(random_, layout, 0.02))


SHAKES = {
    "footfall": footfall,
    "washing_machine": washing_machine,
    "slams": slams,
    "sleeper": sleeper_beside,
}
"""By the names that a scenario's file uses."""


def pattern(random_: random.Random, layout: Layout, least: float) -> tuple[float, ...]:
    """A factor for each sensor, smooth over the mat, 1 on average or nearly so, `least` or more."""
    across, along, bow = random_.gauss(0, 0.5), random_.gauss(0, 0.5), random_.gauss(0, 0.3)
    found = []
    for sensor in layout.sensors:
        x, y = 2 * sensor.x_mm / layout.width_mm, 2 * sensor.y_mm / layout.length_mm
        found.append(max(least, 1 + across * x + along * y + bow * (x * x + y * y - 0.6) + random_.gauss(0, 0.1)))
    return tuple(found)
