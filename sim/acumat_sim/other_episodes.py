"""What else happens on a stranger's mat: people who do not lie, pets, things, and nothing at all."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable
from dataclasses import replace

from acumat_sim.animals import BABY, CAT, DOG, Kind, animal
from acumat_sim.body import Occupant, thing
from acumat_sim.course import Track
from acumat_sim.episode import Draw, Episode, household
from acumat_sim.moves import fidget, load
from acumat_sim.shaking import Shake, footfall, slams, sleeper_beside, washing_machine
from acumat_sim.streams import log_uniform
from acumat_sim.upright_people import kneeling, meditating, sitting, sitting_on_edge, standing

Upright = Callable[[random.Random, float, float, float, float], Occupant]
SMALL = 0.3
"""So many boxes are parcels (estimate)."""
PUT_DOWN_S = (0.15, 0.6)
"""A thing is put down in one go."""


def stands(draw: Draw) -> Episode:
    """Stands barefoot on the mat for one to six minutes."""
    return _upright(draw, standing, (60, 360), reach_mm=180.0)


def sits(draw: Draw) -> Episode:
    """Sits upright on the mat for two to fifteen minutes."""
    return _upright(draw, sitting, (120, 900), reach_mm=120.0)


def meditates(draw: Draw) -> Episode:
    """Sits cross-legged for five to fifteen minutes."""
    return _upright(draw, meditating, (300, 900), reach_mm=80.0)


def kneels(draw: Draw) -> Episode:
    """Kneels for one to five minutes."""
    return _upright(draw, kneeling, (60, 300), reach_mm=100.0)


def two_sit(draw: Draw) -> Episode:
    """Two people on the mat's long side, one after the other."""
    random_ = draw.random_
    ends_s = 30 + random_.uniform(240, 600)
    side, people = random_.choice((-1.0, 1.0)), []
    for y_mm in (random_.uniform(110, 200), -random_.uniform(110, 200)):
        comes_s, goes_s = random_.uniform(25, 60), ends_s - random_.uniform(0, 40)
        someone = sitting_on_edge(random_, random_.uniform(45, 100), side, y_mm, comes_s, goes_s)
        load(someone, comes_s, 1.0, random_.uniform(0.8, 1.5))
        load(someone, goes_s, 0.0, random_.uniform(0.8, 1.5))
        people.append(someone)
    return Episode(ends_s + 50, tuple(people), household(draw, ends_s))


def dog(draw: Draw) -> Episode:
    """A dog of 20 to 35 kg."""
    return _animal(draw, DOG, draw.random_.uniform(20, 35))


def cat(draw: Draw) -> Episode:
    """A cat, or a dog of its size."""
    return _animal(draw, CAT, draw.random_.uniform(2.5, 7))


def baby(draw: Draw) -> Episode:
    """A baby of 4 to 11 kg."""
    return _animal(draw, BABY, draw.random_.uniform(4, 11))


def box(draw: Draw) -> Episode:
    """A box that nobody touches."""
    return _things(draw, [_box(draw)], 480)


def box_12bit(draw: Draw) -> Episode:
    """The same, read by a 12-bit converter."""
    return _things(draw, [_box(draw)], 480, converter="ads1015")


def basket_beside_sleeper(draw: Draw) -> Episode:
    """A full basket or a box on a bed on which somebody sleeps."""
    random_ = draw.random_
    basket = _broad(random_, "basket", log_uniform(random_, (5, 30)), random_.uniform(70, 150), random_.uniform(130, 280))
    shake = sleeper_beside(random_, draw.layout, 760)
    return _things(draw, [basket], 700, shakes=(shake,), surface="bed")


def suitcase_shaken(draw: Draw) -> Episode:
    """A suitcase, people who walk about, and a washing machine."""
    random_ = draw.random_
    suitcase = _broad(random_, "suitcase", random_.uniform(8, 30), random_.uniform(80, 160), random_.uniform(180, 280))
    shakes = tuple(kind(random_, draw.layout, 1300) for kind in (footfall, washing_machine))
    return _things(draw, [suitcase], 1200, shakes=shakes, surface=random_.choice(("floor", "carpet")))


def housework(draw: Draw) -> Episode:
    """Things are put down and taken away, hands and knees press, a mat is folded and dragged."""
    random_ = draw.random_
    places: dict[str, tuple[tuple[float, float, float, float], ...]] = {
        "box": ((0, 0, 70, 90),),
        "hand": ((0, 0, 28, 35),),
        "knee": ((0, 0, 35, 40),),
        "vacuum": ((0, 0, 60, 40),),
        "fold": ((0, -180, 130, 90),),
        "drag": ((-120, 60, 60, 60), (120, 60, 60, 60)),
    }
    masses_kg = {"box": (1, 25), "hand": (2, 20), "knee": (10, 45), "vacuum": (2, 8), "fold": (0.5, 2), "drag": (1, 8)}
    things, t_s = [], 20.0
    while t_s < 700:
        kind = random_.choice(tuple(places))
        stays_s = random_.uniform(20, 200) if kind in ("box", "fold") else random_.uniform(0.5, 15)
        each = _thing(random_, kind, random_.uniform(*masses_kg[kind]), places[kind])
        load(each, t_s, 1.0, random_.uniform(*PUT_DOWN_S))
        if kind not in ("box", "fold"):
            fidget(each, t_s + 0.5, t_s + stays_s, draw.seed, 40, 30)
        load(each, t_s + stays_s, 0.0, random_.uniform(*PUT_DOWN_S))
        things.append(each)
        t_s += stays_s * random_.uniform(0.6, 1.2) + random_.uniform(2, 40)
    shakes = (footfall(random_, draw.layout, 900), slams(random_, draw.layout, 900))
    return Episode(t_s + 60, tuple(things), shakes)


def drift(draw: Draw) -> Episode:
    """An empty mat whose sensors drift for an hour."""
    return Episode(3600, (), household(draw, 3600), drift_us_per_h=draw.random_.uniform(5, 60))


def empty_hours(draw: Draw) -> Episode:
    """An empty mat for three hours."""
    return Episode(10_800, (), household(draw, 10_800), drift_us_per_h=draw.random_.uniform(0, 10))


def _upright(draw: Draw, kind: Upright, stays_s: tuple[float, float], reach_mm: float) -> Episode:
    random_ = draw.random_
    ends_s = 30 + random_.uniform(*stays_s)
    someone = kind(random_, random_.uniform(45, 105), random_.uniform(-reach_mm, reach_mm), 30, ends_s)
    load(someone, 30, 1.0, random_.uniform(0.7, 2.0))
    load(someone, ends_s, 0.0, random_.uniform(0.7, 2.0))
    return Episode(ends_s + 50, (someone,), household(draw, ends_s))


def _animal(draw: Draw, kind: Kind, mass_kg: float) -> Episode:
    ends_s = 20 + draw.random_.uniform(400, 1200)
    return Episode(ends_s + 40, animal(draw.random_, kind, mass_kg, 20, ends_s), household(draw, ends_s))


def _box(draw: Draw) -> Occupant:
    """From a parcel to a full moving box of 60 cm by 40."""
    random_ = draw.random_
    if random_.random() < SMALL:
        return _broad(random_, "box", log_uniform(random_, (2, 25)), random_.uniform(40, 120), random_.uniform(50, 150))
    return _broad(random_, "box", random_.uniform(8, 40), random_.uniform(80, 170), random_.uniform(150, 300))


def _broad(random_: random.Random, kind: str, mass_kg: float, across_mm: float, along_mm: float) -> Occupant:
    """A thing with a bottom of about twice these lengths that bears unevenly: on its edges, feet or ribs, or all of it."""
    rows, reach_mm = random_.choice((2, 3)), random_.uniform(25, 110)
    places = [
        (x * across_mm, y * along_mm, max(20.0, min(reach_mm, across_mm)), reach_mm)
        for x in (-1, 1)
        for y in ((-1, 1), (-1, 0, 1))[rows - 2]
    ]
    uneven = random_.uniform(0.1, 0.9)
    put = _thing(random_, kind, mass_kg, places)
    weights = [math.exp(random_.gauss(0.0, uneven)) for _ in places]
    put.parts = tuple(
        replace(part, force_n=part.force_n * weight * len(places) / sum(weights))
        for part, weight in zip(put.parts, weights, strict=True)
    )
    return put


def _thing(random_: random.Random, kind: str, mass_kg: float, places: Iterable[tuple[float, float, float, float]]) -> Occupant:
    put = thing(kind, mass_kg, places)
    put.x_mm, put.y_mm = Track(random_.uniform(-80, 80)), Track(random_.uniform(-160, 160))
    return put


def _things(
    draw: Draw,
    things: list[Occupant],
    for_s: float,
    *,
    shakes: tuple[Shake, ...] = (),
    surface: str | None = None,
    converter: str = "ads1115",
) -> Episode:
    """Put down at 30 s and gone after a time; nobody touches them in between."""
    for each in things:
        load(each, 30, 1.0, draw.random_.uniform(*PUT_DOWN_S))
        load(each, 30 + for_s, 0.0, draw.random_.uniform(*PUT_DOWN_S))
    return Episode(for_s + 80, tuple(things), shakes, surface=surface, converter=converter)
