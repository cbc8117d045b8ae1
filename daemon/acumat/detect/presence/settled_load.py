"""The settled load of the person who lies here now, and how much of it is on at a moment.

A reference says what people usually weigh on this mat; before one is learnt it is a guess. Lying down and getting up are held
against what this very person rests on each sensor, so that nobody is too light, too heavy or too crooked for it.
"""

from __future__ import annotations

import math
from collections import deque
from itertools import chain

from acumat.detect.parameters import Parameters
from acumat.detect.signal.conductance import median
from acumat.detect.signal.load import Load
from acumat.detect.signal.shape import apart

COURSE_STEP_S = 0.1
OLDER_STEP_S, OLDER_S = 2.0, 900.0
"""What is older than a decision usually takes is stored in coarser steps, for who is found within a quarter of an hour."""
ELSEWHERE = 0.2
"""Somebody upright bears elsewhere than lying if more than this part of the load does: of a seat 0.3 to 0.65, of who is still
coming down 0 to 0.2 (simulated people)."""


class SettledLoad:
    """Median load per sensor over the last seconds of lying; and the course of the load since the contact began."""

    def __init__(self, head_half: tuple[int, ...], parameters: Parameters) -> None:
        self._p = parameters
        self._head_half = head_half
        self._course: deque[tuple[float, tuple[float | None, ...], bool]] = deque()
        """Times, loads, and whether nothing spoke for somebody upright then."""
        self._older: deque[tuple[float, tuple[float | None, ...], bool]] = deque(maxlen=round(OLDER_S / OLDER_STEP_S))
        """The same before that, in coarser steps."""
        self._there_since_s: float | None = None
        self.forget()

    def forget(self) -> None:
        """Somebody else may come next."""
        self._seconds: deque[tuple[float | None, ...]] = deque(maxlen=round(self._p.settled_span_s))
        self._second_s = -math.inf
        self.us: tuple[float | None, ...] | None = None
        """Settled load per sensor; None before there were a few seconds of it."""
        self._totals_us: tuple[float, float | None] | None = None

    @property
    def total_us(self) -> float | None:
        """The settled load on all sensors that have one; None before there is any."""
        return None if self.us is None else sum([us or 0.0 for us in self.us])

    def carry_on(self, us: tuple[float | None, ...]) -> None:
        """Use an earlier run's values until there are seconds of this one."""
        self.forget()
        self._take(us)

    def arrive(self, *, there_since_s: float | None = None) -> None:
        """A contact begins, and with it a course; `there_since_s` if it was there before that, unseen."""
        self._course.clear()
        self._older.clear()
        self._there_since_s = there_since_s

    def note(self, load: Load) -> None:
        """One reading of the course."""
        if self._course and load.t_mono_s - self._course[-1][0] < COURSE_STEP_S - 1e-6:
            return
        self._course.append((load.t_mono_s, load.us, load.lies))
        while load.t_mono_s - self._course[0][0] > self._p.confirm_within_s + self._p.settled_span_s:
            older = self._course.popleft()
            if not self._older or older[0] - self._older[-1][0] >= OLDER_STEP_S - 1e-6:
                self._older.append(older)

    def settle(self, load: Load) -> None:
        """One reading while lying. A saturated sensor says nothing of its load, a missing one neither."""
        if load.t_mono_s - self._second_s < 1.0:
            return
        self._second_s = load.t_mono_s
        self._seconds.append(tuple(None if high else us for us, high in zip(load.us, load.saturated, strict=True)))
        if len(self._seconds) < self._p.settled_least_s:
            return
        columns = zip(*self._seconds, strict=True)
        self._take(tuple([median(known) if (known := [us for us in column if us is not None]) else None for column in columns]))

    def _take(self, us: tuple[float | None, ...]) -> None:
        self.us = us
        self._totals_us = None
        if None not in self.us:
            total_us = sum([us or 0.0 for us in self.us])
            head_us = sum([self.us[index] or 0.0 for index in self._head_half])
            if total_us > 0:
                self._totals_us = total_us, head_us if head_us > total_us * self._p.half_share_pct / 100.0 else None

    def share_of(self, load: Load) -> float | None:
        """The share that is on in a load."""
        if self.us is None or not load.all_known or self._totals_us is None:
            return self.share(load.us)
        total_us, head_us = self._totals_us
        share = load.total_us / total_us
        return share if head_us is None else min(share, load.head_us / head_us)

    def share(self, us: tuple[float | None, ...]) -> float | None:
        """How much of the settled load is on: of all of it or of the head's half, whichever is less. None: not known.

        A person who sits up leaves the head's half and may load the other half with more than ever.
        """
        settled_us = self.us
        if settled_us is None:
            return None
        pairs = [(now, usual) for now, usual in zip(us, settled_us, strict=True) if now is not None and usual is not None]
        settled = sum([usual for _, usual in pairs])
        if settled <= 0:
            return None
        share = sum([now for now, _ in pairs]) / settled
        head = [i for i in self._head_half if us[i] is not None and settled_us[i] is not None]
        head_settled = sum([settled_us[i] or 0.0 for i in head])
        if head_settled > settled * self._p.half_share_pct / 100.0:
            share = min(share, sum([us[i] or 0.0 for i in head]) / head_settled)
        return share

    def lying_began_s(self, not_before_s: float, announced_s: float) -> float:
        """When this person's share of lying came on for good, going back along the course; else `announced_s`.

        Where the whole course shows it, it was there unseen, or came on no later than it was announced.
        """
        edge_s = announced_s
        for t_s, us, lies in chain(reversed(self._course), reversed(self._older)):
            if t_s < not_before_s or (t_s < announced_s + self._p.lying_down_s and not self._lay(us, lies=lies)):
                return edge_s
            edge_s = t_s
        return min(edge_s, announced_s) if self._there_since_s is None else self._there_since_s

    def _lay(self, us: tuple[float | None, ...], *, lies: bool) -> bool:
        """Whether a load may be of the lying that settled: enough of it is on, and not as a seat of the same person."""
        share = self.share(us)
        return share is None or (share >= self._p.settled_share and (lies or self._apart(us) <= ELSEWHERE))

    def _apart(self, us: tuple[float | None, ...]) -> float:
        """The part of a load that bears elsewhere than the settled one."""
        pairs = [(now, usual) for now, usual in zip(us, self.us or us, strict=True) if now is not None and usual is not None]
        return apart([now for now, _ in pairs], [usual for _, usual in pairs])
