"""Whose report it is, and of which days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from acumat.history.import_file import Minutes
from acumat.history.minutes import MinuteRow, minute_values
from acumat.report.choice import chosen
from acumat.report.past import Course, Past, course_of
from acumat_hw.errors import InputError
from tests.report.story import LAST, lived, nothing, person, session


def of(*names: str | None) -> Past:
    """A history with a session of each; None is the owner's."""
    past = nothing()
    past.people = [person(name) for name in names if name is not None]
    past.sessions = [session(number, LAST, person=name) for number, name in enumerate(names, start=1)]
    return past


@pytest.mark.parametrize(
    ("names", "asked", "whose"),
    [
        ((), None, None),
        ((None,), None, None),
        ((None, "Ann"), None, None),
        (("Ann",), None, "Ann"),
        (("Ann", "Ben"), "Ben", "Ben"),
    ],
)
def test_whose_report_it_is(names: tuple[str | None, ...], asked: str | None, whose: str | None) -> None:
    assert chosen(of(*names), asked, None, LAST).person == whose


@pytest.mark.parametrize(
    ("names", "asked", "says"),
    [
        ((), "Ann", "nobody is called 'Ann', and nobody else has a name here"),
        ((None, "Ann", "Ben"), "Anne", "nobody is called 'Anne'; there are Ann, Ben"),
        (("Ben", "Ann"), None, "choose one with --person: Ann, Ben"),
        ((), "\n\x1b[2J", "nobody is called '\\\\n\\\\x1b[2J'"),
    ],
)
def test_a_name_that_leads_nowhere_gets_a_sentence(names: tuple[str | None, ...], asked: str | None, says: str) -> None:
    with pytest.raises(InputError) as refused:
        chosen(of(*names), asked, None, LAST)
    assert says in str(refused.value)


@pytest.mark.parametrize("guest", [True, False])
def test_a_guest_is_nobody_to_choose(guest: bool) -> None:
    past = of("Ann")
    past.people.append(person("Ben"))
    past.sessions.append(session(9, LAST, person="Ben", guest=guest))
    if guest:
        assert chosen(past, None, None, LAST).person == "Ann"
    else:
        with pytest.raises(InputError):
            chosen(past, None, None, LAST)


def test_without_a_first_day_it_begins_with_the_first_session() -> None:
    assert chosen(lived(40), None, None, LAST).first == LAST - timedelta(days=39)
    assert chosen(nothing(), None, None, LAST).first == LAST
    later = chosen(lived(3), None, None, LAST - timedelta(days=100))
    assert later.first == later.last
    assert later.sessions == ()


def test_answers_stand_beside_their_session() -> None:
    past = lived(2)
    found = chosen(past, None, None, LAST).sessions
    assert [each.before for each in found] == past.check_ins[::2]
    assert [each.after for each in found] == past.check_ins[1::2]
    assert all(each.course == past.courses[each.session.session_id] for each in found)


@pytest.mark.parametrize(
    ("zone", "ended", "hour_utc", "day"),
    [
        ("UTC", date(2026, 11, 28), 3.9, date(2026, 11, 27)),
        ("UTC", date(2026, 11, 28), 4.1, date(2026, 11, 28)),
        ("Europe/Berlin", date(2026, 10, 25), 2.9, date(2026, 10, 24)),  # 3:54, an hour later than the day before
        ("Europe/Berlin", date(2026, 10, 25), 3.1, date(2026, 10, 25)),
        ("Europe/Berlin", date(2026, 3, 29), 1.9, date(2026, 3, 28)),  # 3:54, and 2:54 there was none
        ("Europe/Berlin", date(2026, 3, 29), 2.1, date(2026, 3, 29)),
        ("Australia/Lord_Howe", date(2026, 4, 4), 17.4, date(2026, 4, 4)),  # 3:54 of the next day; half an hour longer
        ("America/New_York", date(2026, 11, 1), 8.9, date(2026, 10, 31)),
    ],
    indirect=["zone"],
)
def test_a_late_session_is_of_the_evening_before(zone: str, ended: date, hour_utc: float, day: date) -> None:
    past = nothing()
    past.sessions = [session(1, ended, hour=hour_utc)]
    assert [each.day for each in chosen(past, None, None, LAST).sessions] == [day]


@pytest.mark.parametrize(
    ("still", "breath", "course"),
    [
        ([], [], Course()),
        ([None, 0.4, 1.0, 0.2], [None, None, 12.0, 14.0], Course(2, 13.0)),
        ([0.49, 0.33], [None, None], Course(None, None)),
        ([0.5], [11.5], Course(0, 11.5)),  # it holds the half minute that settles
    ],
)
def test_what_the_minutes_come_to(still: list[float | None], breath: list[float | None], course: Course) -> None:
    rows = [MinuteRow("x-s1", minute, still=s, breath=b) for minute, (s, b) in enumerate(zip(still, breath, strict=True))]
    assert course_of(Minutes("x-s1", tuple(map(minute_values, rows)))) == course
