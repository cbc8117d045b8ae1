"""Who lies there: how often a guess over a family's simulated year is right, and whether it ever moves another's programme.

Of each session the mat is told who it was, or guesses by what `acumat` ships, from what it was told before. Programmes move on
in the coach as it ships.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random

from acumat.coach.journal import UNKNOWN
from acumat.coach.rules import DAY_S, HOUR_S
from acumat.insight.likely_person import SAMPLES_MOST, likely_person
from acumat_sim.streams import stream
from tests.accuracy.corpora import every
from tests.accuracy.family import DAYS, NOISE, Session, year
from tests.accuracy.report import Report, Row, count_row
from tests.accuracy.runner import Runner
from tests.accuracy.trials import mat_layout
from tests.coach.household import Household

FAMILIES = 40
TOLD_FIRST, TOLD_LATER = 8, 0.25
"""Sessions of each person of which somebody says whose they are: the first ones, and a share of the later ones."""
TOLD = (
    f"Of the first {TOLD_FIRST} sessions of each person and of {100 * TOLD_LATER:.0f} % of the later ones somebody says whose "
    "they are; all others are to be guessed. A stranger's session that is guessed to be somebody's is a wrong guess."
)


@dataclass(frozen=True, slots=True)
class Guesses:
    """Of one family's year: sessions that nobody told, those guessed, and those guessed right."""

    untold: int
    guessed: int
    right: int
    strangers: int

    @property
    def wrong(self) -> int:
        return self.guessed - self.right


def guesses(sessions: list[Session], random: Random) -> Guesses:
    """What the mat makes of a year, knowing only what it was told until then."""
    known: dict[int, list[tuple[float, ...]]] = {}
    found: Counter[str] = Counter()
    told: Counter[int] = Counter()
    for session in sessions:
        if session.who is not None and (told[session.who] < TOLD_FIRST or random.random() < TOLD_LATER):
            told[session.who] += 1
            known[session.who] = [*known.get(session.who, []), session.us][-SAMPLES_MOST:]
            continue
        guess = likely_person(session.us, known) if len(known) > 1 else None
        found["untold"] += 1
        found["guessed"] += guess is not None
        found["right"] += guess is not None and guess == session.who
        found["strangers"] += guess is not None and session.who is None
    return Guesses(found["untold"], found["guessed"], found["right"], found["strangers"])


def family(job: tuple[int, str, int]) -> Guesses:
    """One family's year on one layout."""
    seed, layout, days = job
    return guesses(year(seed, mat_layout(layout), days), stream(seed, "who is told"))


def stepped(job: tuple[int, str, int]) -> tuple[int, int]:
    """One family's year in the coach: its sessions, and those in which a programme changed that is not the person's."""
    seed, layout, days = job
    random, house = stream(seed, "who is told"), Household(count=3).moved_in()
    sessions, told, wrong = year(seed, mat_layout(layout), days), Counter[int](), 0
    for index, session in enumerate(sessions):
        house.wait(max(2 * HOUR_S, (session.day + index % 3 / 3) * DAY_S - house.t_s))
        before, whose = len(house.steps), UNKNOWN
        if session.who is not None and (told[session.who] < TOLD_FIRST or random.random() < TOLD_LATER):
            told[session.who] += 1
            whose = session.who + 1
            house.name(whose)
        house.us = session.us
        house.session(house.planned_min + 0.1)
        wrong += any(step.person != whose for step in house.steps[before:])
    return len(sessions), wrong


def people_guess(runner: Runner, days: int = DAYS) -> Report:
    """Families of three over a year, on each layout."""
    report = Report("Who lies there, in a family of three over a year")
    for layout in runner.layouts:
        seeds = runner.seeds(FAMILIES, 170_000)
        years: list[Guesses] = every(family, [(seed, layout, days) for seed in seeds], runner.jobs)  # type: ignore[arg-type]
        untold, guessed = sum(each.untold for each in years), sum(each.guessed for each in years)
        right = sum(each.right for each in years)
        named = runner.named(seeds)

        def row(name: str, n: int, figure: float, asked: float | None, *, least: bool = True) -> None:
            report.rows.append(Row(name, layout, n, named, figure, asked, "of 1", least=least))  # noqa: B023

        row("guesses that are right", guessed, right / guessed if guessed else 1.0, 0.95)
        row("sessions that are guessed at all", untold, guessed / untold if untold else 0.0, 0.6)
        worst = [each.right / each.guessed for each in years if each.guessed >= 20]
        row("families with 20 guesses whose guesses are right in 95 %", len(worst), _share(worst, 0.95), None)
        row("families that are guessed at all", len(years), sum(each.guessed > 0 for each in years) / len(years), None)
        strangers = sum(each.strangers for each in years)
        row("guesses that are strangers", guessed, strangers / guessed if guessed else 0.0, None, least=False)
        homes = seeds[: max(1, len(seeds) // 10)]
        counts: list[tuple[int, int]] = every(stepped, [(seed, layout, days) for seed in homes], runner.jobs)  # type: ignore[arg-type]
        total, wrong = (sum(column) for column in zip(*counts, strict=True))
        report.rows.append(count_row("sessions that step another's programme", layout, wrong, total, runner.named(homes)))
    report.text += [NOISE, TOLD]
    return report


def _share(values: list[float], least: float) -> float:
    return sum(each >= least for each in values) / len(values) if values else 1.0
