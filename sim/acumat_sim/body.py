"""People and things on the mat as patches of load that move and breathe over time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from acumat_sim.breath import Breathing, Swing
from acumat_sim.course import Course, Track

GRAVITY_N_PER_KG = 9.81
SHARES = (
    # x, y, sigma x, sigma y, share of body weight, breathing, upper body, moves with the belly
    (0.0, 300.0, 45.0, 35.0, 0.030, 0.0, True, False),
    (95.0, 200.0, 50.0, 60.0, 0.080, 0.6, True, False),
    (70.0, 80.0, 48.0, 60.0, 0.060, 1.0, True, False),
    (60.0, -60.0, 45.0, 50.0, 0.015, -0.5, True, True),
    (78.0, -225.0, 52.0, 62.0, 0.095, -0.4, False, True),
)
"""Where a supine trunk rests on the mat, in mm for one of the two sides. Head, trunk and upper arms are 62 % of body weight
(Plagenhoef 1983); pillow, floor and the mat's end take the rest of it. The hollow of the back bears little (Garfin 1980)."""

NO_BREATH = Swing(0.0, 0.0)
ASIDE = 0.4
"""So much less of the breath bears on the mat when lying on a side, where the chest widens away from it (an estimate)."""

SHOULDERS_MM = (120.0, 250.0)
"""Where the shoulder blades bear, along the mat; a tall person's and a short one's."""
POSES: dict[str, tuple[tuple[float, float, float, float, float], ...]] = {
    # x, y, sigma x, sigma y, share of body weight; for both sides where x is not 0
    "neck": ((0.0, 265.0, 60.0, 40.0, 0.065),),
    "legs": ((85.0, 200.0, 45.0, 90.0, 0.055), (80.0, -80.0, 40.0, 90.0, 0.035), (75.0, -270.0, 30.0, 30.0, 0.012)),
    "sitting": ((65.0, -140.0, 60.0, 55.0, 0.24), (85.0, -290.0, 50.0, 60.0, 0.09)),
    "standing": ((95.0, -90.0, 30.0, 65.0, 0.5),),
}
"""Other ways to use the mat than lying on the back: shares of body weight after Plagenhoef 1983 (head and neck 8.5 %, a thigh
11 %, a shank and foot 6.5 %), places by eye. Nothing of it swings with the breath worth speaking of."""


class Patch(NamedTuple):
    """An elliptical Gaussian load: centre and sigmas in mm, force in newtons."""

    x_mm: float
    y_mm: float
    sx_mm: float
    sy_mm: float
    force_n: float


@dataclass(frozen=True, slots=True)
class Part:
    """One patch at rest: `breath` scales its share of the breath, `side` is -1, 0 or 1, `upper` the part of the body.

    With `belly` it swings with the belly, else with the chest.
    """

    x_mm: float
    y_mm: float
    sx_mm: float
    sy_mm: float
    force_n: float
    breath: float = 0.0
    side: int = 0
    upper: bool = True
    belly: bool = False


class Mode(NamedTuple):
    """A way to move besides the breath: each part's force changes by `course` times its own share."""

    course: Course
    shares: tuple[float, ...]


class Pose(NamedTuple):
    """The tracks' values at one time."""

    upper: float
    lower: float
    lean: float
    roll: float
    x_mm: float
    y_mm: float
    relaxed: float = 0.0


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
    relaxed: Track = field(default_factory=Track)
    """So much more bears on the shoulders, as a share of what they bore."""
    use: str = "back"
    """How the mat is used: back, neck, legs, sitting or standing."""
    x_mm: Track = field(default_factory=Track)
    y_mm: Track = field(default_factory=Track)
    modes: tuple[Mode, ...] = ()

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
            self.upper.at(t_s),
            self.lower.at(t_s),
            self.lean.at(t_s),
            self.roll.at(t_s),
            self.x_mm.at(t_s),
            self.y_mm.at(t_s),
            self.relaxed.at(t_s),
        )

    def breath(self, t_s: float) -> Swing:
        """The breath's swing of the chest's and the belly's load, as shares of it."""
        return self.breathing.at(t_s) if self.breathing else NO_BREATH

    def patches(self, t_s: float) -> list[Patch]:
        """The patches at a time since the scenario's start."""
        return self.patches_in(self.pose(t_s), self.breath(t_s))

    def patches_in(self, pose: Pose, breath: Swing) -> list[Patch]:
        """The patches in a pose, linear in chest and belly; places are rounded to 2 mm, finer moves do not matter."""
        if pose.upper <= 0 and pose.lower <= 0:
            return []
        narrow = 1 - 0.55 * abs(pose.roll)
        shown = 1 - ASIDE * abs(pose.roll)
        return [
            Patch(
                2 * round((part.x_mm * narrow + pose.x_mm + 35 * pose.roll) / 2),
                2 * round((part.y_mm + pose.y_mm) / 2),
                part.sx_mm,
                part.sy_mm,
                part.force_n
                * (pose.upper if part.upper else pose.lower)
                * (1 + shown * part.breath * (breath.belly if part.belly else breath.chest))
                * (1 + part.side * pose.lean)
                * (1 + (pose.relaxed if SHOULDERS_MM[0] < part.y_mm < SHOULDERS_MM[1] else 0.0)),
            )
            for part in self.parts
        ]


def person(mass_kg: float, height_m: float, build: float, breathing: Breathing, bias: float = 0.0) -> Occupant:
    """A supine person; `build` 1 is of average width, `bias` the usual surplus of the right side (mat's right) as a share."""
    along = height_m / 1.72
    parts = tuple(
        Part(
            side * x * build, y * along, sx * build, sy * along, share * mass_kg * GRAVITY_N_PER_KG, breath, side, upper, belly
        )
        for x, y, sx, sy, share, breath, upper, belly in SHARES
        for side in ((-1, 1) if x else (0,))
    )
    return Occupant("person", parts, breathing, lean=Track(bias))


def posed(use: str, mass_kg: float, breathing: Breathing) -> Occupant:
    """Somebody who does not lie on the back; legs upon the mat are a lying person's, the rest are no lying on it."""
    parts = tuple(
        Part(side * x, y, sx, sy, share * mass_kg * GRAVITY_N_PER_KG, breath=0.02, side=side)
        for x, y, sx, sy, share in POSES[use]
        for side in ((-1, 1) if x else (0,))
    )
    return Occupant("person" if use == "legs" else use, parts, breathing, use=use)


def thing(
    kind: str, mass_kg: float, footprints: Iterable[tuple[float, float, float, float]], breathing: Breathing | None = None
) -> Occupant:
    """Anything else that presses: its weight divided evenly among footprints (x, y and sigmas in mm)."""
    places = list(footprints)
    force_n = mass_kg * GRAVITY_N_PER_KG / len(places)
    return Occupant(kind, tuple(Part(*place, force_n, breath=1.0 if breathing else 0.0) for place in places), breathing)
