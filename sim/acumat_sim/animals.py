"""Pets and babies: small bodies that breathe fast, twitch, turn and walk about."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from acumat_sim.body import GRAVITY_N_PER_KG, Mode, Occupant, Part
from acumat_sim.breath import SWAY_PERIODS_S, Breathing
from acumat_sim.course import Track, Wander, noise, pulses, steps
from acumat_sim.moves import load
from acumat_sim.streams import log_uniform


@dataclass(frozen=True, slots=True)
class Kind:
    """Ranges of a kind of animal. Lengths in mm for a middling one, shares of its load, rates a minute.

    `swing` is the breath's change of the load, peak to peak; `paw_mm` half the distance of the paws along and across.
    """

    name: str
    usual_kg: float
    length_mm: float
    paw_mm: tuple[float, float]
    breaths_per_min: tuple[float, float]
    irregularity: tuple[float, float]
    swing: tuple[float, float]
    wander: tuple[float, float]
    twitches_per_min: tuple[float, float]
    turn_every_s: tuple[float, float]
    walks_s: tuple[float, float]


DOG = Kind(
    "dog", 25, 700.0, (230.0, 90.0), (15, 35), (0.08, 0.25), (0.003, 0.02), (0.0005, 0.003), (0.3, 3.0), (90, 400), (4, 40)
)
"""Dogs breathe 15 to 35 times a minute at rest (veterinary textbooks; general knowledge); swing, twitches and turns after one
recording and by eye."""
CAT = Kind(
    "cat", 4.5, 330.0, (90.0, 40.0), (16, 30), (0.05, 0.2), (0.005, 0.03), (0.0005, 0.003), (0.3, 3.0), (60, 300), (4, 40)
)
"""Cats: 16 to 30 a minute (general knowledge)."""
BABY = Kind(
    "baby", 7, 420.0, (110.0, 90.0), (25, 45), (0.1, 0.25), (0.005, 0.03), (0.002, 0.01), (2.0, 12.0), (10, 60), (0, 20)
)
"""Babies up to 11 kg: 25 to 45 a minute (general knowledge); they kick and roll."""
LYING = ((0.0, 0.33, 0.13, 0.14, 0.3, 0.8), (0.05, 0.02, 0.16, 0.16, 0.35, 1.0), (0.0, -0.32, 0.14, 0.15, 0.35, -0.2))
"""Shoulders, belly and haunches stretched out: x, y and sigmas as shares of the length, shares of the weight and of the
breath."""
CURL = (0.55, 1.0)
"""How much of its length is left to one that curls up."""


def animal(random_: random.Random, kind: Kind, mass_kg: float, from_s: float, until_s: float) -> tuple[Occupant, Occupant]:
    """One that comes, walks about on its paws, then lies down and stays until a time: as it walks, and as it lies."""
    length_mm = kind.length_mm * (mass_kg / kind.usual_kg) ** (1 / 3)
    place = (random_.uniform(-60, 60), random_.uniform(-160, 160))
    walk_s = random_.uniform(*kind.walks_s)
    walks = _walking(random_, kind, mass_kg, place, from_s, from_s + walk_s)
    lies = _lying(random_, kind, mass_kg, length_mm, until_s)
    lies.x_mm, lies.y_mm = Track(place[0]), Track(place[1])
    load(lies, from_s + walk_s, 1.0, random_.uniform(0.8, 2.5))
    _turn_about(random_, lies, kind, from_s + walk_s, until_s)
    load(lies, until_s, 0.0, random_.uniform(0.5, 1.5))
    return walks, lies


def _walking(
    random_: random.Random, kind: Kind, mass_kg: float, place: tuple[float, float], from_s: float, until_s: float
) -> Occupant:
    along, across = kind.paw_mm
    parts = tuple(
        Part(side * across, y, 22.0, 24.0, share * mass_kg * GRAVITY_N_PER_KG, side=side)
        for y, share in ((along, 0.3), (-along, 0.2))
        for side in (-1, 1)
    )
    occupant = Occupant(kind.name, parts, use="unknown")
    occupant.x_mm, occupant.y_mm = Track(place[0]), Track(place[1])
    occupant.modes = tuple(
        Mode(pulses(random_, 40, 0.5, from_s, until_s), tuple(random_.choice((-1.0, 0.0, 1.0)) for _ in parts))
        for _ in range(2)
    )
    if until_s > from_s:
        load(occupant, from_s, 1.0, 0.4)
        t_s = from_s + 0.5
        while t_s < until_s:
            occupant.x_mm.move(t_s, place[0] + random_.gauss(0, 60), 0.4)
            occupant.y_mm.move(t_s, place[1] + random_.gauss(0, 80), 0.4)
            t_s += random_.uniform(0.6, 3.0)
        load(occupant, until_s, 0.0, random_.uniform(0.8, 2.0))
    return occupant


def _lying(random_: random.Random, kind: Kind, mass_kg: float, length_mm: float, until_s: float) -> Occupant:
    turned, curl = random_.uniform(0, 2 * math.pi), random_.uniform(*CURL)
    parts = tuple(_part(place, turned, length_mm, curl, mass_kg) for place in LYING)
    swing = log_uniform(random_, kind.swing)
    net = abs(sum(part.force_n * part.breath for part in parts)) / sum(part.force_n for part in parts)
    breathing = Breathing(
        random_,
        random_.uniform(*kind.breaths_per_min),
        swing / 2 / net,
        random_.uniform(*kind.irregularity),
        sighs_per_h=random_.uniform(0, 40),
    )
    breathing.fill(until_s)
    together, own, other = (1.0, 1.0, 1.0), *(tuple(random_.gauss(0, 0.7) for _ in parts) for _ in range(2))
    wander = log_uniform(random_, kind.wander)
    twitches = random_.uniform(*kind.twitches_per_min)
    modes = (
        Mode(Wander(random_, wander, SWAY_PERIODS_S), together),
        Mode(Wander(random_, wander, SWAY_PERIODS_S), own),
        Mode(noise(random_, random_.uniform(0.0002, 0.0015), until_s), other),
        Mode(pulses(random_, twitches, random_.uniform(0.01, 0.08), 0.0, until_s), own),
        Mode(pulses(random_, twitches / 2, random_.uniform(0.01, 0.08), 0.0, until_s), other),
        Mode(steps(random_, twitches / 2, random_.uniform(0.01, 0.06), 0.0, until_s), other),
    )
    return Occupant(kind.name, parts, breathing, use="unknown", modes=modes)


def _part(place: Sequence[float], turned: float, length_mm: float, curl: float, mass_kg: float) -> Part:
    x, y, sx, sy, share, breath = place
    x, y = x * length_mm, curl * y * length_mm
    sine, cosine = math.sin(turned), math.cos(turned)
    return Part(
        cosine * x - sine * y,
        sine * x + cosine * y,
        length_mm * sx,
        length_mm * sy,
        share * mass_kg * GRAVITY_N_PER_KG,
        breath=breath,
    )


def _turn_about(random_: random.Random, lies: Occupant, kind: Kind, from_s: float, until_s: float) -> None:
    """Gets up and lies down anew, a little aside and leaning another way, every minute or some."""
    t_s = from_s + random_.uniform(*kind.turn_every_s)
    while t_s < until_s - 5:
        over_s = random_.uniform(0.5, 1.5)
        _dip(lies.upper, t_s, over_s, random_)
        _dip(lies.lower, t_s, over_s, random_)
        lies.x_mm.move(t_s, lies.x_mm.values[0] + random_.gauss(0, 35), over_s)
        lies.y_mm.move(t_s, lies.y_mm.values[0] + random_.gauss(0, 50), over_s)
        t_s += random_.uniform(*kind.turn_every_s)


def _dip(track: Track, at_s: float, over_s: float, random_: random.Random) -> None:
    track.move(at_s, random_.uniform(0.5, 1.1), over_s)
    track.move(at_s + over_s, 1.0, over_s)
