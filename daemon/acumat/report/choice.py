"""What of the history a report is about: one person, and a range of days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from acumat.coach.rules import SHORT_S
from acumat.history.forms import CheckInForm, SessionForm, StepForm, WeeklyForm
from acumat.insight.rhythm import Away
from acumat.report.past import Course, Past
from acumat_hw.errors import InputError
from acumat_hw.text_file import shown_text

AFTER, BEFORE = "after", "before"

Felt = dict[tuple[str | None, str], CheckInForm]
"""By session and moment."""


@dataclass(frozen=True, slots=True)
class Lain:
    """A session on its day, with what its minutes come to and the answers before and after it."""

    day: date
    session: SessionForm
    course: Course
    before: CheckInForm | None
    after: CheckInForm | None

    @property
    def minutes(self) -> float:
        return self.session.contact_s / 60.0


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Sessions of the same days that the report is not about: guests', other people's, and those without a sure date."""

    guests: int
    others: int
    undated: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is of the person and of the days from `first` to `last`, each in the order of time and with its day.

    `person` is None for the owner who has no name. `days` are all days with a session of theirs that is not too short
    to count, those before and after the range included.
    """

    person: str | None
    first: date
    last: date
    sessions: tuple[Lain, ...]
    check_ins: tuple[tuple[date, CheckInForm], ...]
    weekly: tuple[tuple[date, WeeklyForm], ...]
    steps: tuple[tuple[date, StepForm], ...]
    left_out: LeftOut
    days: frozenset[date]
    away: tuple[Away, ...]


def chosen(past: Past, person: str | None, first: date | None, last: date) -> Chosen:
    """The part of a history. Without `first` it begins with the first session. Raises InputError for nobody's name."""
    whose = _whose(past, person)
    dated = [(past.day(each.ended_at), each) for each in past.sessions if each.clock_known]
    theirs = [(day, each) for day, each in dated if each.person == whose and not each.guest]
    begin = first or min({last, *(day for day, _ in theirs)})

    def within(day: date) -> bool:
        return begin <= day <= last

    felt: Felt = {(each.session_id, each.moment): each for each in past.check_ins}
    sessions = tuple(_lain(past, day, each, felt) for day, each in theirs if within(day))
    check_ins = [(past.day(each.at), each) for each in past.check_ins if each.person == whose and each.clock_known]
    weekly = [(past.day(each.at), each) for each in past.weekly if each.person == whose]
    steps = [(past.day(each.at), each) for each in past.steps if each.person == whose]
    return Chosen(
        whose,
        begin,
        last,
        tuple(sorted(sessions, key=lambda each: (each.day, each.session.ended_at))),
        tuple((day, each) for day, each in check_ins if within(day)),
        tuple((day, each) for day, each in weekly if within(day)),
        tuple((day, each) for day, each in steps if within(day)),
        _left_out(past, dated, whose, within),
        frozenset(day for day, each in theirs if each.contact_s >= SHORT_S),
        tuple(
            Away(date.fromisoformat(each.first), date.fromisoformat(each.back)) for each in past.away if each.person == whose
        ),
    )


def _whose(past: Past, person: str | None) -> str | None:
    """The name of the person. Without one it is the owner's report, or that of the only person who has sessions."""
    names = {each.name for each in past.people}
    if person is not None:
        if person not in names:
            known = f"; there are {', '.join(map(shown_text, sorted(names)))}" if names else ", and nobody else has a name here"
            raise InputError(f"--person: nobody is called {shown_text(person)!r}{known}")
        return person
    lain = {each.person for each in past.sessions if not each.guest} & {None, *names}
    if None in lain or not lain:
        return None
    if len(lain) > 1:
        listed = ", ".join(shown_text(each) for each in sorted(filter(None, lain)))
        raise InputError(f"several people have sessions; choose one with --person: {listed}")
    return lain.pop()


def _lain(past: Past, day: date, session: SessionForm, felt: Felt) -> Lain:
    own = session.session_id
    return Lain(day, session, past.courses.get(own, Course()), felt.get((own, BEFORE)), felt.get((own, AFTER)))


def _left_out(past: Past, dated: list[tuple[date, SessionForm]], whose: str | None, within: Callable[[date], bool]) -> LeftOut:
    """Sessions without a sure date may be of any range."""
    inside = [each for day, each in dated if within(day)]
    return LeftOut(
        sum(each.guest for each in inside),
        sum(each.person != whose and not each.guest for each in inside),
        sum(each.person == whose and not each.guest and not each.clock_known for each in past.sessions),
    )
