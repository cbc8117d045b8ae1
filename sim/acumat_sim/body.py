"""People and things on the mat as patches of load that move and breathe over time."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

GRAVITY_N_PER_KG = 9.81
SHARES = (
    # x, y, sigma x, sigma y, share of body weight, breathing, upper body
    (0.0, 300.0, 45.0, 35.0, 0.030, 0.0, True),
    (95.0, 200.0, 50.0, 60.0, 0.080, 0.6, True),
    (70.0, 80.0, 48.0, 60.0, 0.060, 1.0, True),
    (60.0, -60.0, 45.0, 50.0, 0.015, -0.5, True),
    (78.0, -225.0, 52.0, 62.0, 0.095, -0.4, False),
)
"""Where a supine trunk rests on the mat, in mm for one of the two sides. Head, trunk and upper arms are 62 % of body weight
(Plagenhoef 1983); pillow, floor and the mat's end take the rest of it. The hollow of the back bears little (Garfin 1980)."""


class Patch(NamedTuple):
    """An elliptical Gaussian load: centre and sigmas in mm, force in newtons."""

    x_mm: float
    y_mm: float
    sx_mm: float
    sy_mm: float
    force_n: float


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


@dataclass(frozen=True, slots=True)
class Part:
    """One patch at rest: `breath` scales its share of the breath, `side` is -1, 0 or 1, `upper` the part of the body."""

    x_mm: float
    y_mm: float
    sx_mm: float
    sy_mm: float
    force_n: float
    breath: float = 0.0
    side: int = 0
    upper: bool = True


@dataclass(frozen=True, slots=True)
class Breathing:
    """Starts of breaths in seconds and the swing of the chest's load as a share of it."""

    starts_s: Sequence[float]
    depth: float

    def at(self, t_s: float) -> float:
        index = bisect_right(self.starts_s, t_s)
        if index == 0 or index == len(self.starts_s):
            return 0.0
        phase = (t_s - self.starts_s[index - 1]) / (self.starts_s[index] - self.starts_s[index - 1])
        return -self.depth * math.cos(2 * math.pi * phase)


def breaths(random_: random.Random, rate_per_min: float, depth: float, irregularity: float, until_s: float) -> Breathing:
    """Breaths up to a time; `irregularity` is the standard deviation of their length as a share of it."""
    starts_s = [0.0]
    while starts_s[-1] < until_s:
        starts_s.append(starts_s[-1] + 60 / rate_per_min * max(0.4, random_.gauss(1.0, irregularity)))
    return Breathing(starts_s, depth)


class Pose(NamedTuple):
    """The tracks' values at one time."""

    upper: float
    lower: float
    lean: float
    roll: float
    x_mm: float
    y_mm: float


@dataclass(slots=True)
class Occupant:
    """Somebody or something with its tracks: share of its load that is on (upper and lower part), lean, roll, place."""

    kind: str
    parts: tuple[Part, ...]
    breathing: Breathing | None = None
    upper: Track = field(default_factory=Track)
    lower: Track = field(default_factory=Track)
    lean: Track = field(default_factory=Track)
    roll: Track = field(default_factory=Track)
    x_mm: Track = field(default_factory=Track)
    y_mm: Track = field(default_factory=Track)

    @property
    def is_person_lying(self) -> bool:
        """Whether this is somebody who means to lie here, as against a nuisance."""
        return self.kind == "person"

    def load(self, t_s: float) -> float:
        """Which share of its settled load is on, 0 to 1."""
        upper, lower = self.upper.at(t_s), self.lower.at(t_s)
        total = sum(part.force_n for part in self.parts)
        return sum(part.force_n * (upper if part.upper else lower) for part in self.parts) / total

    def pose(self, t_s: float) -> Pose:
        """Where everything is and how much of it is on, without the breath."""
        return Pose(
            self.upper.at(t_s), self.lower.at(t_s), self.lean.at(t_s), self.roll.at(t_s), self.x_mm.at(t_s), self.y_mm.at(t_s)
        )

    def breath(self, t_s: float) -> float:
        """The breath's swing of the chest's load, as a share of it."""
        return self.breathing.at(t_s) if self.breathing else 0.0

    def patches(self, t_s: float) -> list[Patch]:
        """The patches at a time since the scenario's start."""
        return self.patches_in(self.pose(t_s), self.breath(t_s))

    def patches_in(self, pose: Pose, breath: float) -> list[Patch]:
        """The patches in a pose, linear in the breath; places are rounded to 2 mm, finer moves do not matter."""
        if pose.upper <= 0 and pose.lower <= 0:
            return []
        narrow = 1 - 0.55 * abs(pose.roll)
        return [
            Patch(
                2 * round((part.x_mm * narrow + pose.x_mm + 35 * pose.roll) / 2),
                2 * round((part.y_mm + pose.y_mm) / 2),
                part.sx_mm,
                part.sy_mm,
                part.force_n
                * (pose.upper if part.upper else pose.lower)
                * (1 + part.breath * breath)
                * (1 + part.side * pose.lean),
            )
            for part in self.parts
        ]


def person(mass_kg: float, height_m: float, build: float, breathing: Breathing, bias: float = 0.0) -> Occupant:
    """A supine person; `build` 1 is of average width, `bias` the usual surplus of the right side (mat's right) as a share."""
    along = height_m / 1.72
    parts = tuple(
        Part(side * x * build, y * along, sx * build, sy * along, share * mass_kg * GRAVITY_N_PER_KG, breath, side, upper)
        for x, y, sx, sy, share, breath, upper in SHARES
        for side in ((-1, 1) if x else (0,))
    )
    return Occupant("person", parts, breathing, lean=Track(bias))


def thing(
    kind: str, mass_kg: float, footprints: Iterable[tuple[float, float, float, float]], breathing: Breathing | None = None
) -> Occupant:
    """Anything else that presses: its weight divided evenly among footprints (x, y and sigmas in mm)."""
    places = list(footprints)
    force_n = mass_kg * GRAVITY_N_PER_KG / len(places)
    return Occupant(kind, tuple(Part(*place, force_n, breath=1.0 if breathing else 0.0) for place in places), breathing)
