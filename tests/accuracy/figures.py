"""From many trials to the figures of one layout: percentiles, means and counts, each with how many it comes from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.accuracy.trials import NuisanceTrial, PersonTrial


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure, what it must not exceed, how many values are behind it, and how it reads."""

    name: str
    value: float
    limit: float
    n: int
    unit: str

    @property
    def reached(self) -> bool:
        return self.n > 0 and self.value <= self.limit

    def __str__(self) -> str:
        verdict = "reached" if self.reached else "MISSED"
        return f"{self.name:<34} {self.value:>8.2f} {self.unit:<7} limit {self.limit:<6g} n {self.n:<6} {verdict}"


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed; NaN of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan


def people_figures(trials: Sequence[PersonTrial], *, calibrated: bool = False) -> list[Figure]:
    """Design figures for people on one layout. `calibrated` puts the stricter limits of a calibrated mat on the balance."""

    def seconds(name: str, values: Iterable[float | None], share: float, limit: float) -> Figure:
        known = [value for value in values if value is not None]
        return Figure(name, percentile(known, share), limit, len(known), "s")

    def error(name: str, values: Iterable[Sequence[float]], limit: float, unit: str) -> Figure:
        # each person counts once, however long they lay
        each = [mean(value) for value in values if value]
        return Figure(name, mean(each), limit, len(each), unit)

    def count(name: str, values: Iterable[int]) -> Figure:
        return Figure(name, float(sum(values)), 0.0, len(trials), "of n")

    few = bool(trials) and trials[0].layout == "2x2"
    points = 3.0 if calibrated else 6.0 if few else 4.0
    lengths = [None if trial.length_error_s is None else abs(trial.length_error_s) for trial in trials]
    return [
        seconds("contact announced p95", (trial.contact_s for trial in trials), 0.95, 0.5),
        seconds("lying announced p95", (trial.lying_s for trial in trials), 0.95, 1.0),
        count("people never seen lying", (trial.lying_s is None for trial in trials)),
        seconds("lying confirmed p95", (trial.confirmed_s for trial in trials), 0.95, 20.0),
        count("people not one session", (trial.sessions != 1 for trial in trials)),
        count("lyings withdrawn", (trial.withdrawn for trial in trials)),
        seconds("getting up announced p95", (each for trial in trials for each in trial.got_up_s), 0.95, 2.0),
        count("false ends", (trial.false_ends for trial in trials)),
        seconds("session length error p95", lengths, 0.95, 1.0),
        seconds("session length error max", lengths, 1.0, 2.0),
        error("lateral error, mean", (trial.lateral for trial in trials), points, "points"),
        error("head-foot error, mean", (trial.head_foot for trial in trials), points, "points"),
        error("zone share error, mean", (trial.shares for trial in trials), points, "points"),
        count("lopsided reported below 30", (trial.false_lopsided for trial in trials)),
        error("evenness error, mean", (trial.evenness for trial in trials), 0.03, ""),
        error("centre of pressure error, mean", (trial.cop_pct for trial in trials), 3.0, "% length"),
    ]


def nuisance_figures(trials: Sequence[NuisanceTrial]) -> list[Figure]:
    """Sessions recorded where nobody lay, and the longest provisional lying."""
    sessions = sum(trial.sessions for trial in trials)
    longest_s = max((trial.longest_lying_s for trial in trials), default=math.nan)
    return [
        Figure("ghost sessions", float(sessions), 0.0, len(trials), "of n"),
        Figure("longest provisional lying", longest_s, 61.0, len(trials), "s"),
    ]


def zero_bound(count: int, size: float) -> str:
    """The 95 % upper bound of a rate when nothing was seen (rule of three), else the rate that was."""
    if size <= 0:
        return "unknown"
    return f"< {3 / size:.2g}" if count == 0 else f"{count / size:.2g}"
