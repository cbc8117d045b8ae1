"""Bodies that lie on the mat as real ones do: breath that acts inside, slow wander, tremor, and small moves that last."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from acumat_sim.body import GRAVITY_N_PER_KG, Mode, Occupant, Part, person
from acumat_sim.breath import Breathing
from acumat_sim.course import Sampled, Track, Wander, noise, steps
from acumat_sim.streams import log_uniform

REGIONS = (0, 1, 1, 2, 2, 3, 3, 4, 4)
"""Head, shoulders, chest, waist and hips, of each part of a supine body."""
COUPLINGS = ((0.0, 0.0), (0.4, 0.9), (1.0, 1.0), (-0.5, 0.9), (-0.5, 0.3))
"""How far head, shoulders, chest, waist and hips go along with the breath, the chest being 1. Against a total that changes less
this gives slopes from -4 to 4 at single sensors, as recordings of several people show."""
SIDES = (0.8, 1.2)
"""How far a side goes along as a share of the mean of both (estimate)."""
LEAST_NET = 0.5
"""A breath is set by the change of the total load, or by this part of the changes of the places where they cancel."""
SWING = (0.001, 0.012)
"""A breath's change of the load on the pads, peak to peak: 0.1 to 0.3 % on the one strip under a mattress that was measured
with an ECG, 0.3 to 1.2 % on strips under the thorax."""
WEAK_SWING = (0.0003, 0.0015)
REST_PERIODS_S = (1.2, 2.5, 5.0, 10.0, 20.0, 50.0, 100.0)
WANDER = (0.003, 0.02)
"""Slow wander of the load at a place, rms: strips under people at rest have 0.3 % from 0.03 to 0.1 Hz and 0.4 to 0.7 % from 0.1
to 0.5 Hz, breath included; of several sensors each goes its own way (0.8 to 1.1 %) and the total less (0.1 to 0.2 %)."""
STILL_WANDER = (0.0003, 0.004)
TREMOR = (0.0006, 0.004)
"""Sample to sample, rms of the load: the same strips have 0.05 to 0.25 %; heart and muscles, their contact with the strip."""
STILL_TREMOR = (0.0001, 0.0025)
MOVES_PER_MIN = (0.3, 2.0)
MOVE = (0.005, 0.05)
"""Lasting changes of where the load bears, as a share of it: of somebody who stirs, and of somebody who does not."""
STILL_MOVES_PER_MIN = (0.05, 0.5)
STILL_MOVE = (0.001, 0.01)
HEART = (0.0002, 0.001)


@dataclass(frozen=True, slots=True)
class Life:
    """What moves in somebody who lies; shares of the load, `swing` peak to peak, the others standard deviations."""

    swing: float
    rate_per_min: float
    irregularity: float
    wander: float
    tremor: float
    moves_per_min: float
    move: float


@dataclass(frozen=True, slots=True)
class RecordedBreath:
    """A breathing curve at a steady rate, -1 with the breath out and 1 with it in."""

    values: Sequence[float]
    rate_hz: float


def usual_life(random_: random.Random, *, swing: tuple[float, float] = SWING) -> Life:
    """Somebody who rests and stirs now and then."""
    return Life(
        log_uniform(random_, swing),
        random_.uniform(7, 22),
        random_.uniform(0.03, 0.15),
        log_uniform(random_, WANDER),
        log_uniform(random_, TREMOR),
        random_.uniform(*MOVES_PER_MIN),
        log_uniform(random_, MOVE),
    )


def still_life(random_: random.Random, *, swing: tuple[float, float] = SWING) -> Life:
    """Somebody who lies as still as people can."""
    return Life(
        log_uniform(random_, swing),
        random_.uniform(7, 20),
        random_.uniform(0.02, 0.1),
        log_uniform(random_, STILL_WANDER),
        log_uniform(random_, STILL_TREMOR),
        random_.uniform(*STILL_MOVES_PER_MIN),
        log_uniform(random_, STILL_MOVE),
    )


def lying_body(
    random_: random.Random,
    mass_kg: float,
    life: Life,
    until_s: float,
    *,
    height_m: float | None = None,
    weights: Sequence[float] = (1.0, 1.0, 1.0, 1.0, 1.0),
    turned_deg: float = 0.0,
    breath: RecordedBreath | None = None,
    from_s: float = 0.0,
) -> Occupant:
    """A body on its back, not on the mat yet. `weights` changes what head, shoulders, chest, waist and hips bear.

    `breath` is a recorded one that begins at `from_s` and replaces the drawn one.
    """
    height_m = height_m or min(2.0, max(1.45, random_.gauss(1.72, 0.1)))
    bias = max(-0.2, min(0.2, random_.gauss(0, 0.06)))
    couplings = [random_.uniform(*limits) for limits in COUPLINGS]
    breathing = Breathing(random_, life.rate_per_min, 1.0, life.irregularity)
    shape = person(mass_kg, height_m, random_.uniform(0.85, 1.2), breathing, bias)
    parts = tuple(
        replace(_turned(part, turned_deg), force_n=weights[region] * part.force_n, breath=couplings[region] * side)
        for part, region, side in zip(shape.parts, REGIONS, _sides(random_), strict=True)
    )
    depth = life.swing / 2 / _net(parts)
    modes = rest_modes(random_, parts, life, until_s)
    if breath is not None:
        shape.breathing = None
        values = [depth * each for each in breath.values]
        modes = [*modes, *_recorded(random_, parts, values, breath.rate_hz, from_s)]
    else:
        shape.breathing = Breathing(
            random_,
            life.rate_per_min,
            depth,
            life.irregularity,
            belly_lag=random_.uniform(0.0, 0.12),
            sighs_per_h=random_.uniform(0, 15),
            heart=min(0.5 * depth, random_.uniform(*HEART)),
        )
        shape.breathing.fill(until_s)
    shape.parts, shape.modes = parts, tuple(modes)
    shape.x_mm = Track(max(-40, min(40, random_.gauss(0, 12))))
    shape.y_mm = Track(max(-60, min(60, random_.gauss(0, 25))))
    return shape


def partial_body(
    random_: random.Random,
    use: str,
    places: Sequence[tuple[float, float, float, float, float]],
    mass_kg: float,
    life: Life,
    until_s: float,
) -> Occupant:
    """Neck or legs alone: `places` are x, y, sigmas in mm and share of body weight, for both sides where x is not 0."""
    parts = tuple(
        Part(side * x, y, sx, sy, share * mass_kg * GRAVITY_N_PER_KG, breath=random_.uniform(0.3, 1.5), side=side)
        for x, y, sx, sy, share in places
        for side in ((-1, 1) if x else (0,))
    )
    breathing = Breathing(random_, life.rate_per_min, life.swing / 2, life.irregularity, heart=0.25 * life.swing)
    breathing.fill(until_s)
    return Occupant("person", parts, breathing, use=use, modes=tuple(rest_modes(random_, parts, life, until_s)))


def rest_modes(random_: random.Random, parts: Sequence[Part], life: Life, until_s: float) -> list[Mode]:
    """Wander, tremor and lasting moves of a body at rest.

    The parts move together, head against feet, left against right, and each by itself.
    """
    together = tuple(1.0 for _ in parts)
    ends = tuple(1.0 if part.y_mm > 0 else -0.8 for part in parts)
    sides = tuple(float(part.side) or random_.uniform(-0.3, 0.3) for part in parts)
    own, other = (tuple(random_.gauss(0, 0.7) for _ in parts) for _ in range(2))
    wanders = [
        Mode(Wander(random_, life.wander * random_.uniform(*share), REST_PERIODS_S, power=0.5), pattern)
        for pattern, share in ((together, (0.1, 0.6)), (ends, (0.3, 1.2)), (sides, (0.3, 1.2)), (own, (0.3, 1.2)))
    ]
    tremors = [Mode(noise(random_, life.tremor, until_s), pattern) for pattern in (together, own, other)]
    moves = [Mode(steps(random_, life.moves_per_min / 3, life.move, 0.0, until_s), pattern) for pattern in (ends, sides, other)]
    return [*wanders, *tremors, *moves]


def _recorded(
    random_: random.Random, parts: Sequence[Part], values: Sequence[float], rate_hz: float, from_s: float
) -> list[Mode]:
    lag_s = random_.uniform(0.0, 0.4)
    return [
        Mode(Sampled(values, rate_hz, late_s), tuple(part.breath if part.belly is belly else 0.0 for part in parts))
        for belly, late_s in ((False, from_s), (True, from_s + lag_s))
    ]


def _sides(random_: random.Random) -> list[float]:
    return [random_.uniform(*SIDES) for _ in REGIONS]


def _net(parts: Sequence[Part]) -> float:
    """What a breath of depth 1 does to the total load, as a share of it."""
    total_n = sum(part.force_n for part in parts)
    changes = [part.force_n * part.breath for part in parts]
    return max(abs(sum(changes)), LEAST_NET * sum(abs(each) for each in changes)) / total_n


def _turned(part: Part, degrees: float) -> Part:
    if not degrees:
        return part
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    across, along = abs(cosine), abs(sine)
    return replace(
        part,
        x_mm=cosine * part.x_mm - sine * part.y_mm,
        y_mm=sine * part.x_mm + cosine * part.y_mm,
        sx_mm=math.hypot(across * part.sx_mm, along * part.sy_mm),
        sy_mm=math.hypot(along * part.sx_mm, across * part.sy_mm),
    )
