"""How people breathe over time: breath by breath, with what is true of it.

A breath is an inspiration, a slower expiration and a rest, each a half wave. Length and depth differ from breath to breath;
sighs, talking and falling asleep change them. The chest leads, the belly follows a little later.
"""

from __future__ import annotations

import math
import random
from array import array
from bisect import bisect_right
from typing import NamedTuple

from acumat_sim.course import Wander

SIGH_DEPTH = 2.2
"""A sigh is about twice as deep as the breaths around it (general knowledge, not checked)."""
DEPTH_PER_LENGTH = 2.0
"""Depth strays about twice as much as length does, both as shares (general knowledge, not checked)."""
TALK_LENGTHS_S = (2.5, 8.0)
"""Somebody who talks breathes in within half a second or so and out for as long as the sentence lasts."""
TALK_INHALE_S = (0.4, 0.8)
DOZE_RATE, DOZE_DEPTH, DOZE_IRREGULARITY = 0.93, 0.87, 0.4
"""What falling asleep does to rate, depth and irregularity: ventilation falls by an eighth and becomes even (estimates)."""
DOZE_CHEST, DOZE_BELLY = 1.15, 0.75
"""The chest's part of the breath rises at sleep onset (Sleep 1981; 4: 49); how far is an estimate."""
DOZE_OVER_S = 20.0


SWAY_PERIODS_S = (12.0, 25.0, 50.0, 100.0)
"""About these are the periods of the slow wander, whose size grows with them: its power falls with the frequency's square, as
that of a body in bed does."""


class Breath(NamedTuple):
    """One breath: inspiration and rest as shares of its length, depth as a multiple of the usual one."""

    start_s: float
    length_s: float
    inhale: float
    rest: float
    depth: float


class Swing(NamedTuple):
    """The moment's swing of the chest's and of the belly's load, as shares of it."""

    chest: float
    belly: float


class Breathing:
    """Breathing until a time. `depth` is half the swing of the chest's load, as a share of it; `heart` the same for the beat.

    `sway` is the deviation of the slow wander that a resting body has besides, muscles giving way and foam with them.
    `irregularity` is the standard deviation of the breaths' lengths as a share of it. Talking spans are (from, to) in seconds.
    """

    def __init__(
        self,
        random_: random.Random,
        rate_per_min: float,
        depth: float,
        irregularity: float,
        *,
        belly_lag: float = 0.04,
        sighs_per_h: float = 0.0,
        heart: float = 0.0,
        sway: float = 0.0,
    ) -> None:
        self._random = random_
        self._length_s = 60.0 / rate_per_min
        self._depth = depth
        self._irregularity = irregularity
        self._lag_s = belly_lag * self._length_s
        self._sigh = sighs_per_h / 3600 * self._length_s
        self._heart = heart
        self._beat_hz = random_.uniform(0.9, 1.3) if heart else 0.0
        self._sway = [Wander(random_, sway, SWAY_PERIODS_S) for _ in range(2)] if sway else []
        self._inhale, self._rest = random_.uniform(0.36, 0.46), random_.uniform(0.02, 0.15)
        # a day has 20 000 breaths: as objects they would be 3.5 MB
        self._columns = tuple(array("d") for _ in Breath._fields)
        self._starts_s = self._columns[0]
        self._next_s = 0.0
        self._until_s = -math.inf
        self.talks_s: list[tuple[float, float]] = []
        self.doze_s: float | None = None
        """When this person falls asleep."""

    def fill(self, until_s: float) -> None:
        """There are breaths up to a time, drawn as they are asked for; talking and falling asleep must be known by now."""
        self._until_s = until_s

    def _draw(self, t_s: float) -> None:
        """The breaths that begin up to this time."""
        while self._next_s <= t_s and self._next_s < self._until_s + self._length_s:
            start_s = self._next_s
            breath = self._talk(start_s) if any(a <= start_s < b for a, b in self.talks_s) else self._usual(start_s)
            for column, value in zip(self._columns, breath, strict=True):
                column.append(value)
            self._next_s += breath.length_s

    def hold(self, until_s: float) -> None:
        """No breath before a time: somebody who lies there as if dead."""
        self._draw(until_s)
        held = bisect_right(self._starts_s, until_s)
        for column in self._columns:
            del column[:held]

    def _breath(self, index: int) -> Breath:
        return Breath(*[column[index] for column in self._columns])

    def _usual(self, t_s: float) -> Breath:
        asleep = self.doze_s is not None and t_s >= self.doze_s
        irregularity = self._irregularity * (DOZE_IRREGULARITY if asleep else 1.0)
        length_s = self._length_s * max(0.4, self._random.gauss(1.0, irregularity)) / (DOZE_RATE if asleep else 1.0)
        depth = max(0.3, self._random.gauss(1.0, DEPTH_PER_LENGTH * irregularity)) * (DOZE_DEPTH if asleep else 1.0)
        if self._sigh and self._random.random() < self._sigh:
            depth, length_s = SIGH_DEPTH, 1.3 * length_s
        return Breath(t_s, length_s, self._inhale, self._rest, depth)

    def _talk(self, t_s: float) -> Breath:
        length_s = self._random.uniform(*TALK_LENGTHS_S)
        return Breath(t_s, length_s, self._random.uniform(*TALK_INHALE_S) / length_s, 0.0, self._random.uniform(0.7, 1.8))

    def at(self, t_s: float) -> Swing:
        """Chest and belly at a time."""
        chest, belly = self._depth * self._wave(t_s), self._depth * self._wave(t_s - self._lag_s)
        if self.doze_s is not None and t_s > self.doze_s:
            far = min(1.0, (t_s - self.doze_s) / DOZE_OVER_S)
            chest *= 1 + far * (DOZE_CHEST - 1)
            belly *= 1 + far * (DOZE_BELLY - 1)
        if self._heart:
            chest += self._heart * math.sin(2 * math.pi * self._beat_hz * t_s)
        if self._sway:
            chest += self._sway[0].at(t_s)
            belly += self._sway[1].at(t_s)
        return Swing(chest, belly)

    def _wave(self, t_s: float) -> float:
        """-1 with the breath out, 1 at the top of a usual one."""
        self._draw(t_s)
        index = bisect_right(self._starts_s, t_s) - 1
        if index < 0:
            return -1.0
        breath = self._breath(index)
        phase = (t_s - breath.start_s) / breath.length_s
        if phase < breath.inhale:
            return -1.0 + breath.depth * (1 - math.cos(math.pi * phase / breath.inhale))
        if phase < 1 - breath.rest:
            return -1.0 + breath.depth * (1 + math.cos(math.pi * (phase - breath.inhale) / (1 - breath.rest - breath.inhale)))
        return -1.0

    def count(self, t_s: float) -> float:
        """Breaths since the start, the one under way as the part of it that is over."""
        self._draw(t_s)
        index = max(0, bisect_right(self._starts_s, t_s) - 1)
        breath = self._breath(index)
        return index + min(1.0, max(0.0, (t_s - breath.start_s) / breath.length_s))

    def rate_per_min(self, from_s: float, to_s: float) -> float:
        """The true mean rate between two times."""
        return 60.0 * (self.count(to_s) - self.count(from_s)) / (to_s - from_s)

    def starts_s(self, until_s: float) -> list[float]:
        """When each breath begins, up to a time."""
        self._draw(until_s)
        return [start_s for start_s in self._starts_s if start_s <= until_s]

    def lengths_s(self, from_s: float, to_s: float) -> list[float]:
        """Lengths of the breaths that lie wholly between two times."""
        self._draw(to_s)
        starts_s, lengths_s = self._columns[:2]
        return [
            length_s
            for start_s, length_s in zip(starts_s, lengths_s, strict=True)
            if from_s <= start_s and start_s + length_s <= to_s
        ]
