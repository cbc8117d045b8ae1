"""Did it help? How often the statistics of a person's answers are wrong, and how soon they find a real change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from acumat.insight.helped import WEEK_DAYS, Change, Pair, Rating, paired_answer, weekly_trend
from tests.accuracy.corpora import every
from tests.accuracy.report import Report, Row
from tests.accuracy.runner import Runner

CORRELATIONS = (0.0, 0.3, 0.5)
"""Between the state of one day and the next."""
SPREAD = 0.8
"""Standard deviation of the state over days, and of what a session does over sessions, in points of a scale from 1 to 5."""
ANSWERED = 0.75
"""Share of the days with an answer."""
LEVELS = (2.0, 3.0, 4.0)
"""Where people stand who do not change; in equal parts."""
RAMP_DAYS = 42
"""A change of the state takes so long, and then stays."""
LOOKS = 12
FIRST_LOOK_DAY = 28
YEAR_LOOKS = 49
PAIR_COUNTS = (10, 14, 20, 30)
FALSE_PEOPLE = 8
"""So many times as many people show how often the paired answer is wrong."""
NOISE = (
    f"Answers are whole numbers from 1 to 5. The state of a day has a standard deviation of {SPREAD} points and resembles the "
    f"day before by the correlation phi; {100 * ANSWERED:.0f} % of the days are answered. A trend takes {RAMP_DAYS} days and "
    "then stays. In a pair the state of the day is in both answers; what a session does has a standard deviation of "
    f"{SPREAD} points and does not depend on the session before. To compare with: least squares that knew phi and the "
    "deviation, with one limit for all twelve looks and 5 % of false findings, found 2 points by day 42 in 87, 68 and 48 of "
    "100 people with phi 0, 0.3 and 0.5."
)


class Person(NamedTuple):
    """Somebody whose state moves by `change` points (of a trend, or within a session); 0: not at all."""

    seed: int
    correlation: float
    change: float = 0.0
    looks: int = LOOKS

    def states(self, random: Random, count: int) -> list[float]:
        """The state's deviation on days in a row: a stationary autoregression of the first order."""
        fresh = SPREAD * math.sqrt(1.0 - self.correlation**2)
        states = [random.gauss(0.0, SPREAD)]
        while len(states) < count:
            states.append(self.correlation * states[-1] + random.gauss(0.0, fresh))
        return states

    def ratings(self) -> list[Rating]:
        """Answers of days, until the last look."""
        random = Random(self.seed)
        start = 3.0 - self.change / 2 if self.change else random.choice(LEVELS)
        days = FIRST_LOOK_DAY + WEEK_DAYS * self.looks
        states = enumerate(self.states(random, days))
        moved = [(day, start + self.change * min(day / RAMP_DAYS, 1.0) + state) for day, state in states]
        return [Rating(day, answer(level)) for day, level in moved if random.random() < ANSWERED]

    def pairs(self) -> list[Pair]:
        """Answers before and after sessions on days in a row: the state of the day is in both."""
        random = Random(self.seed)
        low, high = 3.0 - self.change / 2, 3.0 + self.change / 2
        states = self.states(random, max(PAIR_COUNTS))
        return [Pair(answer(low + state), answer(high + state + random.gauss(0.0, SPREAD))) for state in states]


@dataclass(frozen=True, slots=True)
class Rows:
    """Where the shares of one correlation go, with how many people are behind them."""

    report: Report
    correlation: float
    n: int
    seeds: str

    def add(self, name: str, figure: float, asked: float | None, *, least: bool = False) -> None:
        self.report.rows.append(Row(name, f"phi {self.correlation:g}", self.n, self.seeds, figure, asked, "of 1", least=least))


def answer(level: float) -> float:
    """The tap nearest to how it is."""
    return float(min(5, max(1, round(level))))


def trend_of(person: Person) -> list[Change]:
    """What each weekly look says."""
    ratings = person.ratings()
    first = ratings[0].day
    return [weekly_trend(ratings, first + FIRST_LOOK_DAY + WEEK_DAYS * look).change for look in range(person.looks)]


def paired_of(person: Person) -> list[Change]:
    """What the paired answer says after each of `PAIR_COUNTS` sessions."""
    pairs = person.pairs()
    return [paired_answer(pairs[:count]).change for count in PAIR_COUNTS]


def helped(runner: Runner) -> Report:
    """People with and without a change, for each correlation of their days."""
    report = Report("Did it help?")
    for index, correlation in enumerate(CORRELATIONS):
        seeds = runner.seeds(1000, 140_000 + 10_000 * index)
        _paired_rows(report, runner, correlation, seeds)
        _trend_rows(report, runner, correlation, seeds)
    report.text.append(NOISE)
    return report


def _paired_rows(report: Report, runner: Runner, correlation: float, seeds: range) -> None:
    """False findings are rare, so many more people without a change are asked."""
    many = range(seeds.start, seeds.start + FALSE_PEOPLE * len(seeds))
    looks = [change for changes in paired(runner, many, correlation, 0.0) for change in changes]
    few = Rows(report, correlation, len(many), runner.named(many))
    few.add("no change within sessions: a look says calmer", share(looks, Change.BETTER), 0.01)
    few.add("no change within sessions: a look says less calm", share(looks, Change.WORSE), 0.01)
    add = Rows(report, correlation, len(seeds), runner.named(seeds)).add
    moved = paired(runner, seeds, correlation, 1.0)
    for place, count in enumerate(PAIR_COUNTS):
        found = share([each[place] for each in moved], Change.BETTER)
        add(f"1 point calmer: said after {count} sessions", found, 0.9 if count == 14 else None, least=True)
    half = share([each[-1] for each in paired(runner, seeds, correlation, 0.5)], Change.BETTER)
    add("0.5 points calmer: said after 30 sessions", half, None, least=True)


def _trend_rows(report: Report, runner: Runner, correlation: float, seeds: range) -> None:
    add = Rows(report, correlation, len(seeds), runner.named(seeds)).add
    still = trends(runner, seeds, correlation, 0.0, LOOKS)
    add("no trend: 12 weekly looks ever say better or worse", ever(still, LOOKS, Change.BETTER, Change.WORSE), 0.05)
    add("no trend: 12 weekly looks ever say better", ever(still, LOOKS, Change.BETTER), None)
    few = seeds[: max(1, len(seeds) // 4)]
    year = trends(runner, few, correlation, 0.0, YEAR_LOOKS)
    name = "no trend: a year of looks ever says better or worse"
    Rows(report, correlation, len(few), runner.named(few)).add(name, ever(year, YEAR_LOOKS, Change.BETTER, Change.WORSE), None)
    for points, asked in ((2.0, {42: 0.6, 56: 0.85}), (1.5, {})):
        moved = trends(runner, seeds, correlation, points, LOOKS)
        for day in (42, 56, 84):
            found = ever(moved, 1 + (day - FIRST_LOOK_DAY) // WEEK_DAYS, Change.BETTER)
            add(f"{points:g} points of trend: found by day {day}", found, asked.get(day), least=True)


def paired(runner: Runner, seeds: range, correlation: float, change: float) -> list[list[Change]]:
    people = [Person(seed, correlation, change) for seed in seeds]
    return every(paired_of, people, runner.jobs)  # type: ignore[arg-type]


def trends(runner: Runner, seeds: range, correlation: float, change: float, looks: int) -> list[list[Change]]:
    people = [Person(seed, correlation, change, looks) for seed in seeds]
    return every(trend_of, people, runner.jobs)  # type: ignore[arg-type]


def share(changes: Sequence[Change], wanted: Change) -> float:
    return sum(change is wanted for change in changes) / len(changes)


def ever(people: Sequence[Sequence[Change]], looks: int, *wanted: Change) -> float:
    """The share of people to whom one of the first looks has said it."""
    return sum(any(change in wanted for change in changes[:looks]) for changes in people) / len(people)
