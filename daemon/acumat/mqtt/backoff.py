"""How long to wait before the next attempt to connect. Pure: it is told what happened and how long a connection lasted."""

from __future__ import annotations

import random
from collections.abc import Callable

AWAY_S = (1.0, 3.0)
"""First and longest wait while nobody answers: the broker is in the house, and Home Assistant is to be right within 5 s of its
return."""
LONGEST_S = 60.0
"""Longest wait where somebody answers and refuses us, or where connections die young."""
YOUNG_S = 5.0
"""A connection that ends sooner than this after its start has died young."""
YOUNG_BORNE = 2
"""So many in a row happen while a broker restarts."""
LASTS_S = 2 * LONGEST_S
"""A connection that lasts this long is sound, whatever came before: another client of the same id would have come back."""


class Backoff:
    """`spread` gives numbers from 0 to 1; two machines that throw each other off must not come back in step."""

    def __init__(self, spread: Callable[[], float] = random.random) -> None:
        self._spread = spread
        self._away = self._refused = self._young = 0
        self._taken_over = False

    @property
    def contested(self) -> bool:
        """Whether connections keep ending by what is most likely another client of the same id."""
        return self._taken_over or self._young > YOUNG_BORNE

    @property
    def taken_over(self) -> bool:
        """Whether the broker has said so itself."""
        return self._taken_over

    def away(self) -> float:
        """Nobody answered."""
        first_s, longest_s = AWAY_S
        self._away += 1
        self._young, self._taken_over = 0, False
        return min(longest_s, first_s * 2.0 ** min(self._away - 1, 10))

    def refused(self) -> float:
        """Somebody answered and did not let us in: perhaps it is still starting, perhaps somebody has to mend something."""
        self._refused += 1
        return self._growing(self._refused - 1)

    def lost(self, lasted_s: float, *, taken_over: bool) -> float:
        """A connection that stood has ended. `taken_over`: the broker said that another client took its place."""
        self._away = self._refused = 0
        if lasted_s >= LASTS_S:
            self.lasts()
        self._taken_over = self._taken_over or taken_over
        if taken_over or lasted_s < YOUNG_S:
            self._young += 1
        borne = 0 if self._taken_over else YOUNG_BORNE
        return self._growing(self._young - borne) if self._young > borne else AWAY_S[0]

    def lasts(self) -> None:
        """The connection has lasted for LASTS_S."""
        self._away = self._refused = self._young = 0
        self._taken_over = False

    def _growing(self, step: int) -> float:
        return min(LONGEST_S, AWAY_S[0] * 2.0 ** min(step, 10)) * (0.5 + self._spread() / 2 if step else 1.0)
