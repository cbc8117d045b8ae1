"""A breath to follow: its length, and when to breathe in. It is slower than the person's own, and never below 6 a minute."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

OWN_SHARE = 0.9
"""A rate a little below the person's own is easy to follow."""
SLOWEST_PER_MIN = 6.0
"""Slow breathing is studied at about 6 a minute (Steffen 2017, Van Diest 2014); slower is left to people alone."""
SLOTS_PER_S = 10
"""A breath lasts whole tenths of a second. At the usual ten readings a second each one then begins in a turn of the loop."""
INHALED_SHARE = 0.3
"""In for 3 of 10 parts: out for longer than in felt more relaxing than the reverse (Van Diest 2014, n = 30, in to out 0.42)."""
NEAR_S = 0.05
"""Seconds before a breath: at ten turns a second, a turn this close is the nearest one."""


class Pace(NamedTuple):
    """Breaths of `period_s` seconds, the first of which began at `began_s` (monotonic)."""

    period_s: float
    began_s: float

    def breathes_in(self, now_s: float) -> bool:
        """Whether this is the time to breathe in. Every breath counts from the first one, so that no error adds up."""
        return (now_s + NEAR_S - self.began_s) % self.period_s < INHALED_SHARE * self.period_s


@dataclass(frozen=True, slots=True)
class Pacer:
    """The pacer of one session. `period_s` is found once; `still_since_s`: since when there is somebody to lead (monotonic).

    `pace` is the present pace; None while nobody is led.
    """

    session_id: str
    period_s: float | None = None
    still_since_s: float | None = None
    pace: Pace | None = None


def slower_s(own_per_min: float) -> float | None:
    """The length of a breath at the pace for somebody who breathes so many times a minute; None if that is slow already."""
    if own_per_min <= SLOWEST_PER_MIN:
        return None
    wanted_s = 60.0 / (OWN_SHARE * own_per_min)
    return min(60.0 / SLOWEST_PER_MIN, math.ceil(wanted_s * SLOTS_PER_S) / SLOTS_PER_S)
