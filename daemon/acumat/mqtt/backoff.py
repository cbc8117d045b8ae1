"""How long to wait before the next attempt to connect. Pure: it is given what happened and how long a connection lasted."""

from __future__ import annotations

import random
from collections.abc import Callable

UNANSWERED_S = (1.0, 3.0)
"""First and longest wait while the only host does not answer. Home Assistant should be right within 5 s of the broker's
return."""
MOVE_S = 4.0
"""Longest wait after a loss with several hosts: when a node dies, thousands of mats go to the others at once, which take some
seconds to agree (6 to 9 s for NATS)."""
LONGEST_S = 60.0
"""Longest wait if the broker refuses us, if connections end soon, and if none of several hosts answers."""
SHORT_S = 5.0
"""A connection that ends sooner than this is a short one."""
SHORT_TOLERATED = 2
"""A broker's restart causes up to so many short ones in a row."""
STABLE_S = 2 * LONGEST_S
"""A connection that lasts this long is sound, whatever came before: another client of the same id would have come back."""


class Backoff:
    """For so many hosts, which are tried in turn. `spread` returns numbers from 0 to 1.

    Every wait is random: two machines that disconnect each other, or all mats of a broker, must not come back in step.
    """

    def __init__(self, hosts: int = 1, spread: Callable[[], float] = random.random) -> None:
        self._hosts = hosts
        self._spread = spread
        self._unanswered = self._refused = self._short = 0
        self._taken_over = False

    @property
    def contested(self) -> bool:
        """Whether connections end again and again, most likely because of another client with the same id."""
        return self._taken_over or self._short > SHORT_TOLERATED

    @property
    def taken_over(self) -> bool:
        """Whether the broker itself has said so."""
        return self._taken_over

    def after_no_answer(self) -> float:
        """The wait after an attempt without an answer."""
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
        """A random part of the wait, at least half.

        The first wait is never shortened, so that subscribers are back before we are.
        """
        share = 0.5 + self._spread() / 2 if step else 1.5 - self._spread() / 2
        return min(longest_s, UNANSWERED_S[0] * 2.0 ** min(step, 10)) * share
