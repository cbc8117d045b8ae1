"""How long to wait before the next attempt to connect. Pure: what happened, and how long a connection lasted, comes in."""

from __future__ import annotations

import random
from collections.abc import Callable

UNANSWERED_S = (1.0, 3.0)
"""First and longest wait while nobody answers. The broker is in the house, and Home Assistant should be right within 5 s of its
return."""
LONGEST_S = 60.0
"""Longest wait where somebody answers and refuses us, or where connections end soon."""
SHORT_S = 5.0
"""A connection that ends sooner than this is a short one."""
SHORT_TOLERATED = 2
"""So many short ones in a row happen while a broker restarts."""
STABLE_S = 2 * LONGEST_S
"""A connection that lasts this long is sound, whatever came before: another client of the same id would have come back."""


class Backoff:
    """`spread` gives numbers from 0 to 1; two machines that throw each other off must not come back in step."""

    def __init__(self, spread: Callable[[], float] = random.random) -> None:
        self._spread = spread
        self._unanswered = self._refused = self._short = 0
        self._taken_over = False

    @property
    def contested(self) -> bool:
        """Whether connections keep ending by what is most likely another client of the same id."""
        return self._taken_over or self._short > SHORT_TOLERATED

    @property
    def taken_over(self) -> bool:
        """Whether the broker itself has said so."""
        return self._taken_over

    def after_no_answer(self) -> float:
        """The wait after an attempt that nobody answered."""
        first_s, longest_s = UNANSWERED_S
        self._unanswered += 1
        self._short, self._taken_over = 0, False
        return min(longest_s, first_s * 2.0 ** min(self._unanswered - 1, 10))

    def after_refusal(self) -> float:
        """The wait after a refusal: the broker may still be starting, or its configuration may need a change."""
        self._refused += 1
        return self._growing(self._refused - 1)

    def after_loss(self, lasted_s: float, *, taken_over: bool) -> float:
        """The wait after a connection has ended. `taken_over`: the broker said that another client took its place."""
        self._unanswered = self._refused = 0
        if lasted_s >= STABLE_S:
            self.on_stable()
        self._taken_over = self._taken_over or taken_over
        if taken_over or lasted_s < SHORT_S:
            self._short += 1
        tolerated = 0 if self._taken_over else SHORT_TOLERATED
        return self._growing(self._short - tolerated) if self._short > tolerated else UNANSWERED_S[0]

    def on_stable(self) -> None:
        """The connection has lasted for STABLE_S."""
        self._unanswered = self._refused = self._short = 0
        self._taken_over = False

    def _growing(self, step: int) -> float:
        return min(LONGEST_S, UNANSWERED_S[0] * 2.0 ** min(step, 10)) * (0.5 + self._spread() / 2 if step else 1.0)
