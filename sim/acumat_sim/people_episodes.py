"""How people who lie use a stranger's mat: one function a kind."""

from __future__ import annotations

import random
from collections.abc import Sequence

from acumat_sim.animals import DOG, animal
from acumat_sim.body import Occupant
from acumat_sim.course import Track
from acumat_sim.episode import Draw, Episode, household
from acumat_sim.faults import Fault
from acumat_sim.lying_people import (
    WEAK_SWING,
    Life,
    lying_body,
    partial_body,
    still_life,
    usual_life,
)
from acumat_sim.moves import get_up, lie_down, load
from acumat_sim.upright_people import sitting

NECK = ((0.0, 290.0, 55.0, 38.0, 0.05), (55.0, 215.0, 45.0, 35.0, 0.015))
"""Head and neck on the mat, 8 % of body weight (Plagenhoef 1983), the shoulders beside it."""
LEGS = ((85.0, 190.0, 45.0, 90.0, 0.055), (80.0, -80.0, 40.0, 90.0, 0.035), (75.0, -270.0, 30.0, 30.0, 0.012))
"""Thighs, calves and heels, 16 to 18 % of body weight a leg with the hip bearing a part (Plagenhoef 1983)."""
WARM_S = (5.0, 18.0)
"""A dog takes the warm place within some seconds."""
OPEN_S = (0.03, 0.4)
"""How long a loose contact is open, and how often it opens a minute (estimates)."""
OPENS_PER_MIN = (1.0, 6.0)
LIES_AT_S = 30.0
"""The mat is empty until then."""
EMPTY_S = 150.0
"""The mat is empty for so long after everybody has left, so that it shows how foam and sensors recover."""


def still(draw: Draw) -> Episode:
    """Dead still from the first minute on, breathing as usual."""
    return _stay(draw, still_life(draw.random_), draw.random_.uniform(360, 540))


def weak_breath(draw: Draw) -> Episode:
    """Dead still, and the breath moves 0.03 to 0.15 % of the load."""
    return _stay(draw, still_life(draw.random_, swing=WEAK_SWING), draw.random_.uniform(360, 540))


def ordinary(draw: Draw) -> Episode:
    """Rests, and moves now and then."""
    return _stay(draw, usual_life(draw.random_), draw.random_.uniform(360, 720), moves=True)


def heavy_light(draw: Draw) -> Episode:
    """From 38 to 150 kg."""
    return _stay(draw, usual_life(draw.random_), 420, mass_kg=draw.random_.uniform(38, 150), moves=True)


def child(draw: Draw) -> Episode:
    """15 to 35 kg, breathing faster and stirring more."""
    random_ = draw.random_
    mass_kg = random_.uniform(15, 35)
    usual = usual_life(random_)
    life = Life(
        usual.swing,
        random_.uniform(15, 28),
        usual.irregularity,
        usual.wander,
        usual.tremor,
        random_.uniform(0.5, 4),
        usual.move,
    )
    return _stay(draw, life, 420, mass_kg=mass_kg, height_m=0.75 + 0.02 * mass_kg + random_.gauss(0, 0.05), moves=True)


def crosswise(draw: Draw) -> Episode:
    """Across the mat, head and feet beside it."""
    degrees = draw.random_.choice((-1, 1)) * draw.random_.uniform(65, 115)
    return _stay(draw, usual_life(draw.random_), 420, turned_deg=degrees)


def heavy_hips(draw: Draw) -> Episode:
    """The hips bear about twice as much as usual, shoulders and chest less."""
    uniform = draw.random_.uniform
    weights = (1.0, uniform(0.5, 0.8), uniform(0.5, 0.8), uniform(0.8, 1.4), uniform(1.5, 2.5))
    return _stay(draw, usual_life(draw.random_), 420, weights=weights)


def real_breath(draw: Draw) -> Episode:
    """A recorded breath that moves the load by 0.3 % or 1.2 %, for the eight minutes that the recordings last."""
    swing = (0.003, 0.012)[draw.seed % 2]
    return _stay(draw, still_life(draw.random_, swing=(swing, swing)), 470)


def neck(draw: Draw) -> Episode:
    """The neck alone, as on a pillow."""
    return _part_of_a_body(draw, "neck", NECK, (0.0005, 0.004))


def legs(draw: Draw) -> Episode:
    """The legs alone."""
    return _part_of_a_body(draw, "legs", LEGS, (0.0002, 0.002))


def sits_then_lies(draw: Draw) -> Episode:
    """Sits for half a minute to four, then lies back within 2.5 to 4 s."""
    random_ = draw.random_
    mass_kg, sits_s, back_s = random_.uniform(45, 110), random_.uniform(30, 240), random_.uniform(2.5, 4.0)
    lies_at_s = 20 + sits_s
    ends_s = lies_at_s + random_.uniform(180, 400)
    sitter = sitting(random_, mass_kg, random_.uniform(-120, 0), 20, lies_at_s)
    load(sitter, 20, 1.0, random_.uniform(0.8, 1.5))
    load(sitter, lies_at_s, 0.0, back_s)
    body = lying_body(random_, mass_kg, usual_life(random_), ends_s + 40)
    load(body, lies_at_s, 1.0, back_s)
    get_up(body, ends_s, random_.uniform(2, 5), random_.choice((0.0, random_.uniform(1, 10))))
    return Episode(ends_s + EMPTY_S, (sitter, body), household(draw, ends_s))


def at_power_up(draw: Draw) -> Episode:
    """Lies there when the mat gets power for the first time, for minutes or since a second; gets up, and comes back."""
    random_ = draw.random_
    first_s = random_.uniform(150, 400)
    again_s = first_s + random_.uniform(40, 120)
    ends_s = again_s + random_.uniform(120, 240)
    body = lying_body(random_, random_.uniform(45, 110), usual_life(random_), ends_s + 40)
    body.upper, body.lower = Track(1.0), Track(1.0)
    get_up(body, first_s, random_.uniform(1, 5), 0.0)
    lie_down(body, again_s, random_.uniform(1, 5), 0.0)
    get_up(body, ends_s, random_.uniform(1, 5), 0.0)
    aged_s = random_.choice((0.0, random_.uniform(10, 600)))
    return Episode(ends_s + EMPTY_S, (body,), household(draw, ends_s), aged_s=aged_s)


def found_late(draw: Draw) -> Episode:
    """Slides onto the mat in parts within a minute or two, and breathes hardly at all for some minutes."""
    random_ = draw.random_
    body = lying_body(random_, random_.uniform(45, 110), still_life(random_, swing=(0.002, 0.01)), 800)
    assert body.breathing is not None
    slides_s, held_s, ends_s = random_.uniform(20, 120), random_.uniform(90, 260), random_.uniform(500, 700)
    body.breathing.hold(30 + slides_s + held_s)
    parts = random_.randint(2, 4)
    for part in range(1, parts + 1):
        at_s = 30 + slides_s * (part - 1) / parts
        body.lower.move(at_s, min(1.0, 1.5 * part / parts), random_.uniform(1, 5))
        body.upper.move(at_s, part / parts, random_.uniform(1, 5))
    get_up(body, ends_s, random_.uniform(1, 5), 0.0)
    return Episode(ends_s + EMPTY_S, (body,), household(draw, ends_s))


def loose_contact(draw: Draw) -> Episode:
    """One sensor loses contact for moments, from some time on."""
    episode = _stay(draw, usual_life(draw.random_), 420, moves=True)
    random_ = draw.random_
    sensor = random_.randrange(len(draw.layout.sensors))
    t_s, per_s, opens = random_.uniform(60, 240), random_.uniform(*OPENS_PER_MIN) / 60, []
    while t_s < episode.duration_s:
        opens.append(Fault("open", t_s, t_s + random_.uniform(*OPEN_S), sensor=sensor))
        t_s += random_.expovariate(per_s) + OPEN_S[1]
    return Episode(episode.duration_s, episode.occupants, episode.shakes, tuple(opens))


def owner_then_dog(draw: Draw) -> Episode:
    """The owner gets up, and the dog takes the warm place."""
    random_ = draw.random_
    leaves_s = 30 + random_.uniform(180, 400)
    gone_s = leaves_s + random_.uniform(1, 5)
    body = lying_body(random_, random_.uniform(45, 110), usual_life(random_), gone_s)
    lie_down(body, 30, random_.uniform(1, 5), 0.0)
    get_up(body, leaves_s, gone_s - leaves_s, 0.0)
    ends_s = gone_s + random_.uniform(300, 500)
    dog = animal(random_, DOG, random_.uniform(20, 35), gone_s + random_.uniform(*WARM_S), ends_s)
    return Episode(ends_s + EMPTY_S, (body, *dog), household(draw, ends_s))


def _stay(
    draw: Draw,
    life: Life,
    for_s: float,
    *,
    mass_kg: float | None = None,
    height_m: float | None = None,
    weights: Sequence[float] = (1.0, 1.0, 1.0, 1.0, 1.0),
    turned_deg: float = 0.0,
    moves: bool = False,
) -> Episode:
    """One stay, with a recorded breath from its beginning on."""
    random_ = draw.random_
    ends_s = LIES_AT_S + for_s
    body = lying_body(
        random_, mass_kg or random_.uniform(45, 110), life, ends_s + 30, height_m=height_m, weights=weights,
        turned_deg=turned_deg, breath=draw.breath, from_s=LIES_AT_S,
    )  # fmt: skip
    lie_down(body, LIES_AT_S, random_.uniform(1, 6), random_.uniform(1, 10) if random_.random() < 0.25 else 0.0)
    if moves:
        _move_about(random_, body, 60, ends_s - 15)
    get_up(body, ends_s, random_.uniform(1, 5), random_.uniform(1, 10) if random_.random() < 0.25 else 0.0)
    return Episode(ends_s + EMPTY_S, (body,), household(draw, ends_s))


def _move_about(random_: random.Random, body: Occupant, from_s: float, until_s: float) -> None:
    """Leans, rolls and shifts on the mat every minute or two, and mostly stays that way."""
    t_s = from_s + random_.expovariate(1 / 60)
    while t_s < until_s:
        over_s = random_.uniform(0.8, 3)
        kind = random_.choice(("lean", "roll", "shift", "arm"))
        if kind == "lean":
            body.lean.move(t_s, random_.gauss(0, 0.12), over_s)
        elif kind == "roll":
            body.roll.move(t_s, random_.choice((0.0, random_.uniform(-0.9, 0.9))), over_s)
        elif kind == "shift":
            body.x_mm.move(t_s, random_.gauss(0, 15), over_s)
            body.y_mm.move(t_s, body.y_mm.values[-1] + random_.gauss(0, 12), over_s)
        else:
            body.upper.move(t_s, 0.93, over_s)
            body.upper.move(t_s + random_.uniform(3, 20), 1.0, over_s)
        t_s += 25 + random_.expovariate(1 / 60)


def _part_of_a_body(
    draw: Draw, use: str, places: Sequence[tuple[float, float, float, float, float]], swing: tuple[float, float]
) -> Episode:
    random_ = draw.random_
    ends_s = 30 + random_.uniform(300, 540)
    body = partial_body(random_, use, places, random_.uniform(45, 110), usual_life(random_, swing=swing), ends_s + 30)
    body.x_mm, body.y_mm = Track(random_.uniform(-25, 25)), Track(random_.uniform(-20, 20))
    load(body, 30, 1.0, random_.uniform(0.8, 4))
    t_s = 60 + random_.expovariate(1 / 120)
    while t_s < ends_s - 10:
        body.x_mm.move(t_s, random_.gauss(0, 15), random_.uniform(0.5, 2))
        t_s += 10 + random_.expovariate(1 / 120)
    load(body, ends_s, 0.0, random_.uniform(0.8, 3))
    return Episode(ends_s + EMPTY_S, (body,), household(draw, ends_s))
