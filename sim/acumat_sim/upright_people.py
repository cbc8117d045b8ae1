"""People on the mat who do not lie: they stand, sit, kneel or sit cross-legged, and keep their balance all the time."""

from __future__ import annotations

import random
from collections.abc import Sequence

from acumat_sim.body import GRAVITY_N_PER_KG, Mode, Occupant, Part
from acumat_sim.breath import Breathing
from acumat_sim.course import Track, Wander, noise, steps
from acumat_sim.streams import log_uniform

SWAY_PERIODS_S = (0.8, 1.5, 3.0, 6.0, 12.0, 25.0)
"""Quiet stance sways mostly between 0.04 and 1 Hz (posturography; general knowledge)."""
STANDING_SWAY = (0.02, 0.1)
SITTING_SWAY = (0.015, 0.05)
"""How far the load goes from heel to ball, or from one side to the other, rms as a share of it: sensors under upright people
move by 1 to 2 % or more."""
QUIET_SWAY = (0.003, 0.015)
"""Somebody who sits cross-legged and attends to it (estimate)."""
UPRIGHT_TOTAL = (0.004, 0.016)
"""The total on the pads moves less, some passing beside them (0.3 to 0.9 % rms in recordings)."""
UPRIGHT_TREMOR = (0.002, 0.007)
"""Sample to sample: two to ten times that of a lying body (0.26 to 0.48 % in recordings)."""
FEET = ((1, -45.0, 24.0, 27.0, 0.28), (1, 75.0, 36.0, 28.0, 0.2))
"""A bare foot bears on heel and ball, about 120 mm apart, 55 to 60 % of it on the heel; x is half the distance of the feet."""
BUTTOCKS = ((70.0, 0.0, 55.0, 50.0, 0.2), (90.0, 160.0, 50.0, 75.0, 0.08))
"""Sitting bones and thighs: seated on the floor, legs ahead, about 60 % of body weight is on them."""
CROSS_LEGGED = ((70.0, -60.0, 60.0, 50.0, 0.26), (185.0, 110.0, 45.0, 45.0, 0.06), (40.0, 150.0, 45.0, 35.0, 0.05))
"""Buttocks, knees and crossed shanks of somebody who sits cross-legged (shares by eye)."""
KNEELING = ((85.0, 120.0, 32.0, 35.0, 0.34), (75.0, -150.0, 30.0, 60.0, 0.12))
"""Knees and insteps of somebody who kneels upright (shares by eye)."""


def standing(random_: random.Random, mass_kg: float, y_mm: float, from_s: float, until_s: float) -> Occupant:
    """Barefoot, shifting the weight and stepping now and then."""
    apart_mm = random_.uniform(60, 130)
    parts = _parts([(apart_mm * x, y, sx, sy, share) for x, y, sx, sy, share in FEET], mass_kg)
    occupant = Occupant("standing", parts, use="standing", y_mm=Track(y_mm))
    sway = log_uniform(random_, STANDING_SWAY)
    occupant.modes = (
        *upright_modes(random_, parts, sway, until_s),
        Mode(steps(random_, random_.uniform(1, 5), random_.uniform(0.1, 0.4), from_s + 3, until_s), _sides(parts)),
    )
    _step_about(random_, occupant, 20.0, random_.uniform(0.3, 2.0), from_s, until_s)
    return occupant


def sitting(random_: random.Random, mass_kg: float, y_mm: float, from_s: float, until_s: float) -> Occupant:
    """Upright on the mat, the legs ahead towards either end."""
    ahead = random_.choice((-1.0, 1.0))
    parts = _parts([(x, ahead * (y - 60), sx, sy, share) for x, y, sx, sy, share in BUTTOCKS], mass_kg)
    return _seated(random_, parts, y_mm, from_s, until_s, _busy_breath(random_))


def sitting_on_edge(
    random_: random.Random, mass_kg: float, side: float, y_mm: float, from_s: float, until_s: float
) -> Occupant:
    """On the mat's long side (-1: the left one), the feet on the floor beside it."""
    in_mm = random_.uniform(-20, 130)
    places = [
        (side * (in_mm + ahead), y_mm + across, 60.0, 50.0, share)
        for across in (-65.0, 65.0)
        for ahead, share in ((0.0, 0.2), (130.0, 0.07))
    ]
    parts = tuple(Part(*place[:4], place[4] * mass_kg * GRAVITY_N_PER_KG, breath=0.1) for place in places)
    return _seated(random_, parts, 0.0, from_s, until_s, _busy_breath(random_))


def meditating(random_: random.Random, mass_kg: float, y_mm: float, from_s: float, until_s: float) -> Occupant:
    """Cross-legged and quiet, with a slow breath that shows."""
    parts = _parts(CROSS_LEGGED, mass_kg)
    breathing = Breathing(random_, random_.uniform(4, 14), random_.uniform(0.005, 0.03), random_.uniform(0.03, 0.12))
    return _seated(random_, parts, y_mm, from_s, until_s, breathing, quiet=True)


def kneeling(random_: random.Random, mass_kg: float, y_mm: float, from_s: float, until_s: float) -> Occupant:
    """On both knees, busy with something."""
    parts = _parts(KNEELING, mass_kg)
    occupant = Occupant("kneeling", parts, use="unknown", y_mm=Track(y_mm))
    occupant.modes = upright_modes(random_, parts, log_uniform(random_, (0.01, 0.06)), until_s)
    _step_about(random_, occupant, 12.0, random_.uniform(0.5, 4.0), from_s, until_s)
    return occupant


def upright_modes(random_: random.Random, parts: Sequence[Part], sway: float, until_s: float) -> tuple[Mode, ...]:
    """Balance to and fro along and across, the total, and tremor."""
    middle_mm = sum(part.y_mm * part.force_n for part in parts) / sum(part.force_n for part in parts)
    along = tuple(1.0 if part.y_mm > middle_mm else -1.0 for part in parts)
    own = tuple(random_.gauss(0, 0.7) for _ in parts)
    together = tuple(1.0 for _ in parts)
    tremor = log_uniform(random_, UPRIGHT_TREMOR)
    return (
        Mode(Wander(random_, sway, SWAY_PERIODS_S, power=0.5), along),
        Mode(Wander(random_, sway * random_.uniform(0.3, 1.0), SWAY_PERIODS_S, power=0.5), _sides(parts)),
        Mode(Wander(random_, log_uniform(random_, UPRIGHT_TOTAL), SWAY_PERIODS_S, power=0.5), together),
        Mode(noise(random_, tremor, until_s), together),
        Mode(noise(random_, tremor, until_s), own),
    )


def _busy_breath(random_: random.Random) -> Breathing:
    return Breathing(random_, random_.uniform(10, 20), random_.uniform(0.005, 0.04), random_.uniform(0.05, 0.15))


def _seated(
    random_: random.Random,
    parts: tuple[Part, ...],
    y_mm: float,
    from_s: float,
    until_s: float,
    breathing: Breathing,
    *,
    quiet: bool = False,
) -> Occupant:
    breathing.fill(until_s)
    sway = QUIET_SWAY if quiet else SITTING_SWAY
    per_min, size = (random_.uniform(0.1, 0.6), 0.01) if quiet else (random_.uniform(0.5, 3.0), random_.uniform(0.02, 0.1))
    own = tuple(random_.gauss(0, 0.7) for _ in parts)
    modes = (
        *upright_modes(random_, parts, log_uniform(random_, sway), until_s),
        Mode(steps(random_, per_min, size, from_s + 3, until_s), _sides(parts)),
        Mode(steps(random_, per_min, size, from_s + 3, until_s), own),
    )
    return Occupant(
        "sitting", parts, breathing, use="sitting", modes=modes, x_mm=Track(random_.uniform(-40, 40)), y_mm=Track(y_mm)
    )


def _parts(places: Sequence[tuple[float, float, float, float, float]], mass_kg: float) -> tuple[Part, ...]:
    return tuple(
        Part(side * x, y, sx, sy, share * mass_kg * GRAVITY_N_PER_KG, breath=0.1, side=side)
        for x, y, sx, sy, share in places
        for side in (-1, 1)
    )


def _sides(parts: Sequence[Part]) -> tuple[float, ...]:
    if any(part.side for part in parts):
        return tuple(float(part.side) for part in parts)
    return tuple(1.0 if index % 2 else -1.0 for index in range(len(parts)))


def _step_about(
    random_: random.Random, occupant: Occupant, reach_mm: float, per_min: float, from_s: float, until_s: float
) -> None:
    """The feet or knees come down somewhere else, each time from where they were."""
    t_s = from_s + 2
    while True:
        t_s += random_.expovariate(per_min / 60)
        if t_s >= until_s:
            return
        for track in (occupant.x_mm, occupant.y_mm):
            track.move(t_s, track.values[-1] + random_.gauss(0, reach_mm), random_.uniform(0.3, 1.2))
