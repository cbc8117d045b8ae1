"""Quantities over time: eased steps, slow wander, noise and recorded curves. Each is a pure function of the time."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Sequence
from typing import Protocol

NOISE_HZ = 20.0
"""Noise is drawn this often: at 10 frames a second each frame sees a value of its own."""


class Course(Protocol):
    def at(self, t_s: float) -> float:
        """The value at a time since the scenario's start; any time may be asked for."""


class Track:
    """A quantity over time: constant outside its points, eased between them."""

    def __init__(self, start: float = 0.0) -> None:
        self.times_s: list[float] = [-math.inf]
        self.values: list[float] = [start]

    def move(self, at_s: float, value: float, over_s: float) -> None:
        """Go to `value` within `over_s`; points must be given in order of time, later ones wait for earlier ones."""
        at_s = max(at_s, self.times_s[-1])
        self.times_s += [at_s, at_s + max(over_s, 0.01)]
        self.values += [self.values[-1], value]

    def at(self, t_s: float) -> float:
        index = bisect_right(self.times_s, t_s)
        if index == len(self.times_s):
            return self.values[-1]
        before, after = self.values[index - 1], self.values[index]
        if before == after:
            return after
        u = (t_s - self.times_s[index - 1]) / (self.times_s[index] - self.times_s[index - 1])
        return before + (after - before) * u * u * (3 - 2 * u)


class Wander:
    """Sines whose sizes grow with a power of their periods and whose sum has this standard deviation.

    A `power` of 1 gives a spectrum that falls with the square of the frequency, as that of a resting body does.
    """

    def __init__(self, random_: random.Random, deviation: float, periods_s: Sequence[float], *, power: float = 1.0) -> None:
        sizes = [math.pow(period, power) for period in periods_s]
        unit = deviation * math.sqrt(2 / sum(size * size for size in sizes))
        self._sines = [
            (unit * size, 2 * math.pi / (period * random_.uniform(0.75, 1.35)), random_.uniform(0, 2 * math.pi))
            for period, size in zip(periods_s, sizes, strict=True)
        ]

    def at(self, t_s: float) -> float:
        return sum([size * math.sin(radians * t_s + phase) for size, radians, phase in self._sines])


class Sampled:
    """Values at a steady rate from `start_s` on, straight lines between them; they start anew when they are over."""

    def __init__(self, values: Sequence[float], rate_hz: float, start_s: float = 0.0) -> None:
        self._values = values
        self._rate_hz = rate_hz
        self._start_s = start_s

    def at(self, t_s: float) -> float:
        place = (t_s - self._start_s) * self._rate_hz
        index = math.floor(place)
        count = len(self._values)
        before, after = self._values[index % count], self._values[(index + 1) % count]
        return before + (after - before) * (place - index)


def noise(random_: random.Random, deviation: float, duration_s: float) -> Sampled:
    """White noise with this standard deviation."""
    return Sampled([random_.gauss(0.0, deviation) for _ in range(int(duration_s * NOISE_HZ) + 2)], NOISE_HZ)


def steps(random_: random.Random, per_min: float, size: float, from_s: float, until_s: float) -> Track:
    """Lasting steps of random direction at random times, each within a second or two."""
    track = Track()
    t_s = from_s
    while per_min > 0:
        t_s += random_.expovariate(per_min / 60)
        if t_s >= until_s:
            break
        track.move(t_s, random_.gauss(0.0, size), random_.uniform(0.3, 2.0))
    return track


def pulses(random_: random.Random, per_min: float, size: float, from_s: float, until_s: float) -> Track:
    """Twitches: there and back within a second or so, at random times."""
    track = Track()
    t_s = from_s
    while per_min > 0:
        t_s += random_.expovariate(per_min / 60)
        if t_s >= until_s:
            break
        track.move(t_s, random_.gauss(0.0, size), random_.uniform(0.1, 0.4))
        track.move(t_s + random_.uniform(0.15, 0.6), 0.0, random_.uniform(0.1, 0.5))
    return track
