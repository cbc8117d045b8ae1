"""How people and things come, go and shift: points on the tracks of an occupant."""

from __future__ import annotations

from acumat_sim.body import Occupant
from acumat_sim.streams import stream

SITTING = 1.8
"""Sitting up puts the trunk's weight on the buttocks, most of it at the mat's foot end: so many times what they bear lying."""


def lie_down(occupant: Occupant, at_s: float, over_s: float, sit_s: float) -> float:
    """The pelvis comes a little before the trunk, or bears it for `sit_s` first. Gives the seconds that it takes."""
    if sit_s > 0:
        occupant.lower.move(at_s, SITTING, 0.6 * over_s)
        occupant.lower.move(at_s + 0.6 * over_s + sit_s, 1.0, 0.7 * over_s)
        occupant.upper.move(at_s + 0.6 * over_s + sit_s, 1.0, 0.7 * over_s)
        return 1.3 * over_s + sit_s
    occupant.lower.move(at_s, 1.0, 0.6 * over_s)
    occupant.upper.move(at_s + 0.3 * over_s, 1.0, 0.7 * over_s)
    return over_s


def get_up(occupant: Occupant, at_s: float, over_s: float, sit_s: float) -> None:
    """The trunk leaves before the pelvis, which bears it for `sit_s` in between."""
    occupant.upper.move(at_s, 0.0, 0.6 * over_s)
    if sit_s > 0:
        occupant.lower.move(at_s, SITTING, 0.6 * over_s)
        occupant.lower.move(at_s + 0.6 * over_s + sit_s, 0.0, 0.6 * over_s)
    else:
        occupant.lower.move(at_s + 0.4 * over_s, 0.0, 0.6 * over_s)


def load(occupant: Occupant, at_s: float, share: float, over_s: float) -> None:
    """Upper and lower part together go to this share of what they bear."""
    occupant.upper.move(at_s, share, over_s)
    occupant.lower.move(at_s, share, over_s)


def fidget(occupant: Occupant, start_s: float, end_s: float, seed: int, reach_mm: float, per_min: float) -> None:
    """Small shifts of place at random times, each from where it lay at first: a reach of some mm."""
    random_ = stream(seed, f"moves of {occupant.kind} from {start_s:.2f}")
    x_mm, y_mm = occupant.x_mm.values[-1], occupant.y_mm.values[-1]
    t_s = start_s
    while per_min > 0:
        t_s += random_.expovariate(per_min / 60)
        if t_s >= end_s:
            return
        occupant.x_mm.move(t_s, x_mm + random_.gauss(0, reach_mm), random_.uniform(0.4, 2.0))
        occupant.y_mm.move(t_s, y_mm + random_.gauss(0, reach_mm), random_.uniform(0.4, 2.0))
