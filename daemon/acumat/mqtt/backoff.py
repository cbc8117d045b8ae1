"""How long to wait before the next attempt to connect. Pure: what happened, and how long a connection lasted, comes in."""

from __future__ import annotations

import random
from collections.abc import Callable

UNANSWERED_S = (1.0, 3.0)
"""First and longest wait while the only host does not answer. The broker is in the house, and Home Assistant should be right
within 5 s of its return."""
MOVE_S = 4.0
"""Longest wait after a loss where there are several hosts: a node that dies leaves thousands of mats to the others at once, and
these take some seconds to agree (6 to 9 s for NATS)."""
LONGEST_S = 60.0
"""Longest wait where somebody answers and refuses us, where connections end soon, and where none of several hosts answers."""
SHORT_S = 5.0
"""A connection that ends sooner than this is a short one."""
SHORT_TOLERATED = 2
"""So many short ones in a row happen while a broker restarts."""
STABLE_S = 2 * LONGEST_S
"""A connection that lasts this long is sound, whatever came before: another client of the same id would have come back."""


class Backoff:
    """For so many hosts, which are tried in turn. `spread` gives numbers from 0 to 1.

    No wait is a fixed one: two machines that throw each other off, or all mats of a broker, must not come back in step.
    """

    def __init__(self, hosts: int = 1, spread: Callable[[], float] = random.random) -> None:
        self._hosts = hosts
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
        self._unanswered += 1
        self._short, self._taken_over = 0, False
        longest_s = UNANSWERED_S[1] if self._hosts == 1 else LONGEST_S
        return self._growing((self._unanswered - 1) // self._hosts, longest_s)

    def after_refusal(self) -> float:
        """The wait after a refusal: the broker may still be starting, or its configuration may need a change."""
        self._refused += 1
        return self._growing((self._refused - 1) // self._hosts)

    def after_loss(self, lasted_s: float, *, taken_over: bool) -> float:
        """The wait after a connection has ended. `taken_over`: the broker said that another client took its place."""
        self._unanswered = self._refused = 0
        if lasted_s >= STABLE_S:
            self.on_stable()
        self._taken_over = self._taken_over or taken_over
        if taken_over or lasted_s < SHORT_S:
            self._short += 1
        tolerated = 0 if self._taken_over else SHORT_TOLERATED
        if self._short > tolerated:
            return self._growing(self._short - tolerated)
        return self._growing(0) if self._hosts == 1 else UNANSWERED_S[0] + self._spread() * (MOVE_S - UNANSWERED_S[0])

    def on_stable(self) -> None:
        """The connection has lasted for STABLE_S."""
        self._unanswered = self._refused = self._short = 0
        self._taken_over = False

    def _growing(self, step: int, longest_s: float = LONGEST_S) -> float:
        """A part of it, at least half; the first is never shorter, so that whoever listens to us is back before we are."""
        share = 0.5 + self._spread() / 2 if step else 1.5 - self._spread() / 2
        return min(longest_s, UNANSWERED_S[0] * 2.0 ** min(step, 10)) * share
