"""Real breath of people in bed as the breath of emulated bodies on a stranger's mat, against two annotators.

The recordings (PhysioNet BIDMC, 8 minutes each) are not in the repository: $ACUMAT_DATA names the folder that holds `bidmc`.
Impedance of the chest stands for its movement; people in intensive care lie, many are ventilated, and their breath is regular.
The truth is the annotators' where both have the same rate.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from tests.accuracy.corpora import every
from tests.accuracy.figures import percentile
from tests.accuracy.report import Report, Row, Table
from tests.accuracy.runner import Runner
from tests.accuracy.stranger_trials import StrangerTrial, trial
from tests.accuracy.strangers import breath_file

LAYOUTS = ("2x2", "4x2", "4x4")
SWINGS = {0: "0.3 %", 1: "1.2 %"}
"""What the breath moves of the load, by the seed's parity, as the family real_breath has it."""
LIES_AT_S = 30.0
WINDOW_S = 40.0
"""A reported rate looks back 30 to 50 s; it is held against the annotators' over so many seconds."""
AGREE_PER_MIN = NEAR_PER_MIN = 2.0
SESSIONS_PCT, RATES_PCT = 95.0, 95.0
"""What is asked."""
PEOPLE, OFFSET = 27, 140_000


@dataclass(frozen=True, slots=True)
class Person:
    """One recording: its length, and when each annotator saw a breath; seconds."""

    name: str
    length_s: float
    annotated_s: tuple[Sequence[float], Sequence[float]]


@cache
def person(path: Path) -> Person:
    data = np.load(path)
    return Person(path.stem, len(data["resp"]) / float(data["fs"]), (data["ann1_s"].tolist(), data["ann2_s"].tolist()))


def rate(breaths_s: Sequence[float], from_s: float, to_s: float) -> float | None:
    """Breaths a minute between two times; None with fewer than three."""
    inside = breaths_s[bisect_left(breaths_s, from_s) : bisect_right(breaths_s, to_s)]
    return 60 * (len(inside) - 1) / (inside[-1] - inside[0]) if len(inside) > 2 else None


def truth(who: Person, from_s: float, to_s: float) -> float | None:
    """The annotators' mean where they agree; seconds of the recording."""
    one, other = (rate(each, from_s, to_s) for each in who.annotated_s)
    if one is None or other is None or abs(one - other) > AGREE_PER_MIN:
        return None
    return (one + other) / 2


def errors(who: Person, made: StrangerTrial) -> tuple[list[float], int]:
    """Of the samples with a truth: errors of those with a rate, and how many there were."""
    found, known = [], 0
    for t_s, said in made.breaths:
        at_s = t_s - LIES_AT_S
        if at_s - WINDOW_S < 0 or at_s > who.length_s:
            continue
        true = truth(who, at_s - WINDOW_S, at_s)
        if true is not None:
            known += 1
            if said is not None:
                found.append(abs(said - true))
    return found, known


def measure(runner: Runner) -> Report:
    """Everybody with both swings on each layout; a smaller scale takes fewer people."""
    report = Report("Real breath as the breath of emulated bodies")
    seeds = runner.seeds(2 * PEOPLE, OFFSET)
    cells: list[tuple[str, ...]] = []
    for layout in (each for each in runner.stranger_layouts if each in LAYOUTS):
        trials = every(trial, [("real_breath", seed, layout) for seed in seeds], runner.jobs)  # type: ignore[arg-type]
        found = [(person(breath_file(each.seed)), each) for each in trials]
        for parity, swing in SWINGS.items():
            some = [each for each in found if each[1].seed % 2 == parity]
            report.rows += rows(swing, layout, some, runner.named(seeds)) if some else []
            cells += [_cells(who, each, swing) for who, each in some]
    head = ("person", "layout", "breath", "a session", "windows", "answered", "within 2/min")
    report.tables.append(Table("Person by person", head, tuple(cells)))
    return report


def rows(swing: str, layout: str, found: Sequence[tuple[Person, StrangerTrial]], seeds: str) -> list[Row]:
    """The figures of one swing on one layout."""
    n = len(found)
    lost = 100 * sum(len(made.sessions) != 1 or not made.found for _, made in found) / n
    confirmed = [made.confirmed_s[0] if made.confirmed_s else math.inf for _, made in found]
    judged = [errors(who, made) for who, made in found]
    off, known = [each for one, _ in judged for each in one], sum(count for _, count in judged)
    near = 100 * sum(each <= NEAR_PER_MIN for each in off) / len(off) if off else math.nan
    answered = 100 * len(off) / known if known else math.nan
    name = f"breath of {swing}"
    return [
        Row(f"{name}: one session", layout, n, seeds, 100 - lost, SESSIONS_PCT, "%", least=True),
        Row(f"{name}: confirmed, p95", layout, n, seeds, percentile(confirmed, 0.95), None, "s"),
        Row(f"{name}: rate within 2/min", layout, len(off), seeds, near, RATES_PCT, "%", least=True),
        Row(f"{name}: time with a rate", layout, known, seeds, answered, None, "%", least=True),
    ]


def _cells(who: Person, made: StrangerTrial, swing: str) -> tuple[str, ...]:
    off, known = errors(who, made)
    near = sum(each <= NEAR_PER_MIN for each in off)
    whole = "yes" if len(made.sessions) == 1 and made.found else "no"
    return (who.name, made.layout, swing, whole, str(known), str(len(off)), str(near))
