"""Who lies there, guessed from the settled load: how much it is in all, and which share of it rests on each sensor.

A discriminant with one covariance for all people (Fisher 1936, Annals of Eugenics 7:179), drawn towards what a body's days
usually differ by while there are few of them. It guesses only where one person is far likelier than everybody else, where the
load is one that this person has on usual days, and where the people of this mat have proven to be told apart: where not, it
says that it does not know. Loads are conductances before gains, so that a calibration changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Loads = Sequence[float]
"""Settled load on each sensor in microsiemens, before gains."""

SAMPLES_LEAST = 5
"""Named sessions of each person before anything is guessed."""
SAMPLES_MOST = 20
"""Number of last sessions of each person: a body and a mat change over months."""
TOTAL_SPREAD, SHARE_SPREAD = 0.10, 0.02
"""What one person's load differs by from day to day (of the logarithm, and of a share): warmth, clothes and water; place."""
PRIOR_SAMPLES = 10
"""Weight of the spreads above, in sessions."""
SURE = 0.99
"""How likely one person must be among the known ones."""
USUAL = 1.5
"""Standardised distance, root mean square over the measures, up to which a load is one of that person's usual days."""
PROVEN = 0.97
"""Share of right guesses among the known sessions, each guessed from the others."""
PROVEN_LEAST = 10
"""Share of these that must be guessed at all."""


@dataclass(frozen=True, slots=True)
class _Person:
    """Days in measures that are each as wide as one person's days differ, and independent; and their mean."""

    days: list[list[float]]
    mean: list[float]

    def without(self, day: list[float]) -> _Person:
        """The mean of the other days."""
        n = len(self.days)
        return _Person(self.days[1:], [(n * usual - now) / (n - 1) for usual, now in zip(self.mean, day, strict=True)])

    def distance(self, day: list[float]) -> float:
        """Of a day from the mean, squared (Mahalanobis): the mean of a few days is none too sure itself."""
        return sum((a - b) ** 2 for a, b in zip(day, self.mean, strict=True)) / (1.0 + 1.0 / len(self.days))


def likely_person(us: Loads, known: Mapping[int, Sequence[Loads]]) -> int | None:
    """The number of the person who lies there; None if that is not sure. `known` are sessions by person, oldest first."""
    samples = _usable(us, known)
    if len(samples) < 2 or min(map(len, samples.values())) < SAMPLES_LEAST:
        return None
    root = _root(_covariance(samples))
    days = {person: [_solved(root, each) for each in rows] for person, rows in samples.items()}
    people = {person: _Person(each, _mean(each)) for person, each in days.items()}
    found = _nearest(_solved(root, _measures(us)), people)
    return found if found is not None and _proven(people) else None


def _usable(us: Loads, known: Mapping[int, Sequence[Loads]]) -> dict[int, list[list[float]]]:
    """The measures of what was known of each person on as many sensors."""
    if sum(us) <= 0:
        return {}
    return {
        person: [_measures(each) for each in sessions if len(each) == len(us) and sum(each) > 0][-SAMPLES_MOST:]
        for person, sessions in known.items()
    }


def _measures(us: Loads) -> list[float]:
    """Logarithm of the total, and the share of each sensor, in units of what is usual from day to day."""
    total = sum(us)
    return [math.log(total) / TOTAL_SPREAD, *(each / total / SHARE_SPREAD for each in us)]


def _nearest(day: list[float], people: Mapping[int, _Person]) -> int | None:
    """The only person whose days are like this one; None if there are several or none."""
    distances = {person: each.distance(day) for person, each in people.items()}
    nearest = min(distances, key=lambda person: distances[person])
    others = sum(math.exp(0.5 * (distances[nearest] - each)) for person, each in distances.items() if person != nearest)
    usual = distances[nearest] <= USUAL**2 * len(day)
    return nearest if usual and 1.0 / (1.0 + others) >= SURE else None


def _proven(people: Mapping[int, _Person]) -> bool:
    """Whether the known sessions, each guessed from the means of the others, are guessed right."""
    guessed = right = 0
    for person, each in people.items():
        for day in each.days:
            found = _nearest(day, {**people, person: each.without(day)})
            guessed += found is not None
            right += found == person
    return guessed >= PROVEN_LEAST and right >= PROVEN * guessed


def _mean(rows: list[list[float]]) -> list[float]:
    return [sum(column) / len(rows) for column in zip(*rows, strict=True)]


def _covariance(samples: Mapping[int, list[list[float]]]) -> list[list[float]]:
    """Of one person's days, pooled over people; what is usual counts as `PRIOR_SAMPLES` days without correlation."""
    size = len(next(iter(samples.values()))[0])
    sums = [[float(PRIOR_SAMPLES * (row == column)) for column in range(size)] for row in range(size)]
    days = float(PRIOR_SAMPLES)
    for rows in samples.values():
        mean = _mean(rows)
        days += len(rows) - 1
        for measures in rows:
            off = [now - usual for now, usual in zip(measures, mean, strict=True)]
            for row, one in zip(sums, off, strict=True):
                row[:] = [each + one * other for each, other in zip(row, off, strict=True)]
    return [[each / days for each in row] for row in sums]


def _root(matrix: list[list[float]]) -> list[list[float]]:
    """Cholesky's factor, row by row up to its diagonal; the prior keeps every pivot above 0."""
    root: list[list[float]] = []
    for index, row in enumerate(matrix):
        made: list[float] = []
        for column in range(index):
            above = root[column]
            made.append((row[column] - sum(a * b for a, b in zip(made, above, strict=False))) / above[column])
        made.append(math.sqrt(row[index] - sum(each * each for each in made)))
        root.append(made)
    return root


def _solved(root: list[list[float]], measures: list[float]) -> list[float]:
    """The measures made independent, each as wide as one."""
    solved: list[float] = []
    for row, each in zip(root, measures, strict=True):
        solved.append((each - sum(a * b for a, b in zip(row, solved, strict=False))) / row[-1])
    return solved
