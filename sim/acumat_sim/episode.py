"""What happens on a mat that was not made from a file: who and what comes, and what shakes or breaks."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from acumat_hw.layout import Layout
from acumat_sim.body import Occupant
from acumat_sim.faults import Fault
from acumat_sim.lying_people import RecordedBreath
from acumat_sim.shaking import SHAKES, Shake


@dataclass(frozen=True, slots=True)
class Episode:
    """Times in seconds since its start; `surface` None is any."""

    duration_s: float
    occupants: tuple[Occupant, ...] = ()
    shakes: tuple[Shake, ...] = ()
    faults: tuple[Fault, ...] = ()
    surface: str | None = None
    drift_us_per_h: float = 0.0
    converter: str = "ads1115"
    aged_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Draw:
    """What an episode is drawn from."""

    random_: random.Random
    seed: int
    layout: Layout
    breath: RecordedBreath | None = None


Builder = Callable[[Draw], Episode]

SHAKEN = 0.3
"""So many stays happen beside people who walk about, a washing machine, a sleeper or a slamming door (estimate)."""


def household(draw: Draw, duration_s: float) -> tuple[Shake, ...]:
    """What the house does meanwhile, if anything."""
    random_ = draw.random_
    if random_.random() >= SHAKEN:
        return ()
    kinds = random_.sample(tuple(SHAKES.values()), random_.randint(1, 2))
    return tuple(kind(random_, draw.layout, duration_s) for kind in kinds)
