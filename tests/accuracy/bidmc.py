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
from pathlib import Path

import numpy as np
import numpy.typing as npt

from acumat_sim.lying_people import RecordedBreath
from tests.accuracy.corpora import every
from tests.accuracy.figures import percentile
from tests.accuracy.report import Report, Row, Table
from tests.accuracy.runner import Runner
from tests.accuracy.strangers import StrangerTrial, breath_trial

LAYOUTS = ("2x2", "4x2", "4x4")
SWINGS = {0: "0.3 %", 1: "1.2 %"}
"""What the breath moves of the load, by the seed's parity, as the family real_breath has it."""
LIES_AT_S = 30.0
WINDOW_S = 40.0
"""A reported rate looks back 30 to 50 s; it is held against the annotators' over so many seconds."""
AGREE_PER_MIN = NEAR_PER_MIN = 2.0
USUAL_S = 30.0
"""The curve is scaled by the median swing of stretches of this length, as its own gain differs from person to person."""
SESSIONS_PCT, RATES_PCT = 95.0, 95.0
"""What is asked."""
OFFSET = 140_000

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Person:
    """One recording: the curve, and when each annotator saw a breath (s)."""

    name: str
    breath: RecordedBreath
    annotated_s: tuple[Sequence[float], Sequence[float]]


def people(folder: Path) -> list[Person]:
    return [_person(path) for path in sorted(folder.glob("bidmc_*.npz"))]


def _person(path: Path) -> Person:
    data = np.load(path)
    rate_hz = float(data["fs"])
    values = tuple(scaled(data["resp"].astype(float), rate_hz).tolist())
    return Person(path.stem, RecordedBreath(values, rate_hz), (data["ann1_s"].tolist(), data["ann2_s"].tolist()))


def scaled(course: Floats, rate_hz: float) -> Floats:
    """From about -1 to 1 with each usual breath."""
    length = round(USUAL_S * rate_hz)
    spans = course[: len(course) // length * length].reshape(-1, length)
    swing = float(np.median(np.percentile(spans, 95, axis=1) - np.percentile(spans, 5, axis=1)))
    return np.clip((course - np.median(course)) * 2 / swing, -3, 3)


def rate(breaths_s: Sequence[float], from_s: float, to_s: float) -> float | None:
    """Breaths a minute between two times; None with fewer than three."""
    inside = breaths_s[bisect_left(breaths_s, from_s) : bisect_right(breaths_s, to_s)]
    return 60 * (len(inside) - 1) / (inside[-1] - inside[0]) if len(inside) > 2 else None


def truth(person: Person, from_s: float, to_s: float) -> float | None:
    """The annotators' mean where they agree; seconds of the recording."""
    one, other = (rate(each, from_s, to_s) for each in person.annotated_s)
    if one is None or other is None or abs(one - other) > AGREE_PER_MIN:
        return None
    return (one + other) / 2


def errors(person: Person, trial: StrangerTrial) -> tuple[list[float], int]:
    """Of the samples with a truth: errors of those with a rate, and how many there were."""
    found, known = [], 0
    length_s = len(person.breath.values) / person.breath.rate_hz
    for t_s, said in trial.breaths:
        at_s = t_s - LIES_AT_S
        if at_s - WINDOW_S < 0 or at_s > length_s:
            continue
        true = truth(person, at_s - WINDOW_S, at_s)
        if true is not None:
            known += 1
            if said is not None:
                found.append(abs(said - true))
    return found, known


def measure(folder: Path, runner: Runner) -> Report:
    """Everybody with both swings on each layout; a smaller scale takes fewer people."""
    report = Report("Real breath as the breath of emulated bodies")
    everybody = people(folder)[: runner.times(27)]
    first = runner.first_seed + OFFSET
    cells: list[tuple[str, ...]] = []
    for layout in (each for each in runner.stranger_layouts if each in LAYOUTS):
        for parity, swing in SWINGS.items():
            jobs = [("real_breath", first + 2 * index + parity, layout, each.breath) for index, each in enumerate(everybody)]
            trials = every(breath_trial, jobs, runner.jobs)  # type: ignore[arg-type]
            seeds = f"{first}-{first + 2 * len(everybody) - 1}"
            report.rows += rows(swing, layout, list(zip(everybody, trials, strict=True)), seeds)
            cells += [_cells(person, trial, swing) for person, trial in zip(everybody, trials, strict=True)]
    head = ("person", "layout", "breath", "a session", "windows", "answered", "within 2/min")
    report.tables.append(Table("Person by person", head, tuple(cells)))
    return report


def rows(swing: str, layout: str, found: Sequence[tuple[Person, StrangerTrial]], seeds: str) -> list[Row]:
    """The figures of one swing on one layout."""
    n = len(found)
    lost = 100 * sum(len(trial.sessions) != 1 or not trial.found for _, trial in found) / n
    confirmed = [trial.confirmed_s[0] if trial.confirmed_s else math.inf for _, trial in found]
    judged = [errors(person, trial) for person, trial in found]
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


def _cells(person: Person, trial: StrangerTrial, swing: str) -> tuple[str, ...]:
    off, known = errors(person, trial)
    near = sum(each <= NEAR_PER_MIN for each in off)
    whole = "yes" if len(trial.sessions) == 1 and trial.found else "no"
    return (person.name, trial.layout, swing, whole, str(known), str(len(off)), str(near))
