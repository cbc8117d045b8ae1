"""Whether load goes to and fro across the whole mat, as within one body, or only within two parts of it, as with two people.

A body is one: what the chest gains with a breath the hips lose, and who shifts or sways changes both ends. Of two people who
sit one behind the other each moves alone: nothing goes across the line between them. So for each line between two rows the
changes on both sides are compared: the norm of their covariances over the geometric mean of the norms on either side (root of
Escoufier's RV coefficient, 1973). One body gives 0.3 to 1; two people what chance and the cross-talk of the sensors give, up to
0.3. It says nothing of what hardly moves: there it is chance as well.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from acumat.detect.presence.sway import NOISE_GAIN, SAMPLE_S, fourth_differences, middle
from acumat.detect.signal.worth import Table, worth

CHANGE = round(1 / SAMPLE_S)
"""Changes within a second: creep is slow beside them, and a breath changes most of its swing in that."""
CLIP = 1.5
"""A moment counts as no more than so many times the usual one: a step beside the mat moves both people, for a moment."""
WINDOWS = 8
"""It is a mean over so many windows: two minutes. What was long before may have been another one's."""
PART = 0.2
"""A line with less than this part of the load on either side does not part two people."""
CHANCE = 0.09
"""Square of what chance gives in one window (15 s hold some 18 independent changes a cell; with several cells a side it is a
little more than the root of 1 / 18), less with every further one."""
ACROSS: Table = ((0.15, -3.5), (0.25, -2.0), (0.35, 0.0), (0.5, 1.5), (0.7, 2.5))
"""Nats for one body: two people 0 to 0.3, one body that moves as much 0.3 to 1."""
SURE: Table = ((0.0, 0.0), (3.0, 1.0))
"""So much of that counts after so many windows."""
MOVES: Table = ((0.0008, 0.0), (0.002, 1.0))
"""And so much of what speaks for two people where the load changes by this share (rms of all sensors together) within a second:
people who sit 0.2 to 1 %, people at rest 0.03 to 0.2 %, where each sensor's own noise and wander may be most of it."""


class Exchange:
    """Fed with windows of loads. Bounded: one matrix over the cells of the mat, two in a row at most."""

    def __init__(self, zones: Sequence[Sequence[int]]) -> None:
        """`zones` holds the indices of each row's sensors, in their order along the mat."""
        self._cells = [[tuple(part) for part in _halves(zone)] for zone in zones]
        self.reset()

    def reset(self) -> None:
        """Another posture, or somebody comes or goes."""
        self._windows = 0
        self._matrix: list[list[float]] = []
        self._loads: list[float] = []

    def add(self, columns: Sequence[Sequence[float]]) -> None:
        """A window of each sensor's loads (any unit), a sample every SAMPLE_S; nothing but zeros of one without a reading."""
        if len(self._cells) < 2:
            return
        cells = [[sum(each) for each in zip(*(columns[i] for i in cell), strict=True)] for row in self._cells for cell in row]
        total = sum(map(sum, cells)) / len(cells[0])
        if total <= 0.0:
            return
        matrix = _covariances([[us / total for us in cell] for cell in cells])
        self._windows += 1
        part = 1.0 / min(self._windows, WINDOWS)
        before = self._matrix or matrix
        self._matrix = [
            [old + (new - old) * part for old, new in zip(*rows, strict=True)] for rows in zip(before, matrix, strict=True)
        ]
        self._loads = [sum(cell) / len(cell) / total for cell in cells]

    @property
    def share(self) -> float | None:
        """How far the changes go across the line that they cross least, chance taken off (0 to 1); None: nobody can say."""
        least = min((each for each in map(self._across, range(1, len(self._cells))) if each is not None), default=None)
        return None if least is None else math.sqrt(max(0.0, least - CHANCE / self._windows))

    @property
    def alone(self) -> float:
        """The part of a movement (rms, 0 to 1) that does not go across that line, as far as that is sure.

        Of two sides that move alike by a common part and each by as much of its own, the share is the common part of the power.
        """
        return math.sqrt(1.0 - min(1.0, self.share or 0.0) * worth(SURE, self._windows))

    @property
    def moves(self) -> float:
        """How much the load changes within a second: rms of all cells together, as a share of it."""
        return math.sqrt(sum([self._matrix[i][i] for i in range(len(self._matrix))]))

    @property
    def nats(self) -> float:
        """For one body above 0, for two people below."""
        share = self.share
        if share is None:
            return 0.0
        nats = worth(ACROSS, share) * worth(SURE, self._windows)
        return nats if nats > 0.0 else nats * worth(MOVES, self.moves)

    def _across(self, rows: int) -> float | None:
        """Square of the share of what goes across the line behind so many rows."""
        cut, size = sum([len(row) for row in self._cells[:rows]]), len(self._matrix)
        if not size or not PART <= sum(self._loads[:cut]) <= 1.0 - PART:
            return None
        one, other = range(cut), range(cut, size)
        sides = self._square(one, one) * self._square(other, other)
        return self._square(one, other) / math.sqrt(sides) if sides > 0.0 else None

    def _square(self, rows: Sequence[int], columns: Sequence[int]) -> float:
        return sum([self._matrix[i][j] ** 2 for i in rows for j in columns])


def _halves(zone: Sequence[int]) -> list[Sequence[int]]:
    """One row in two cells at most."""
    half = (len(zone) + 1) // 2
    return [part for part in (zone[:half], zone[half:]) if part]


def _covariances(cells: Sequence[Sequence[float]]) -> list[list[float]]:
    """Of the changes of all cells, without their white noise and without creep."""
    changes = []
    for cell in cells:
        pairs = [a + b for a, b in pairwise(cell)]
        moved = [(b - a) / 2.0 for a, b in zip(pairs, pairs[CHANGE:], strict=False)]
        creep = sorted(moved)[len(moved) // 2]
        changes.append([each - creep for each in moved])
    sizes = [math.sqrt(sum([each * each for each in moment])) for moment in zip(*changes, strict=True)]
    most = CLIP * sorted(sizes)[len(sizes) // 2]
    weights = [1.0 if size <= most else most / size for size in sizes]
    calm = [[each * weight for each, weight in zip(change, weights, strict=True)] for change in changes]
    found = [[sum([a * b for a, b in zip(one, other, strict=True)]) / len(one) for other in calm] for one in calm]
    for i, cell in enumerate(cells):
        noise = middle(fourth_differences(cell, 1)) / NOISE_GAIN
        found[i][i] = max(0.0, found[i][i] - noise * noise)
    return found
