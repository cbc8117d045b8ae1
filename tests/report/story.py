"""Histories of a person as a report reads them, made up without a store."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, TypeVar

from acumat.contract.documents import rfc3339
from acumat.contract.sessions import Profile
from acumat.history.forms import CheckInForm, PersonForm, SessionForm, StepForm, WeeklyForm
from acumat.report.past import Course, Past

LAST = date(2026, 11, 29)
STARTS_AT = time(4)
PLAIN: dict[str, Any] = {
    "load": 98.0,
    "lateral": -4.0,
    "head_foot": 3.0,
    "evenness": 0.91,
    "recovered": False,
    "guest": False,
    "source": "mat",
    "clock_known": True,
}

T = TypeVar("T")


def wall_s(day: date, hour: float = 20.0) -> float:
    """Of a day in UTC; the tests' own zone may be another."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() + hour * 3600.0


def form(kind: type[T], **known: Any) -> T:
    """A row of the history with these values; all others are not known."""
    return kind(**{**dict.fromkeys(each.name for each in fields(kind)), **known})  # type: ignore[arg-type]


def session(number: int, day: date, minutes: float = 20.0, *, hour: float = 20.0, **more: Any) -> SessionForm:
    """A session of a day, as the mat measures it."""
    end_s = wall_s(day, hour)
    return form(
        SessionForm,
        session_id=f"0a0b0c0d-s{number}",
        started_at=rfc3339(end_s - 60.0 * minutes),
        ended_at=rfc3339(end_s),
        zone="UTC",
        contact_s=60.0 * minutes,
        lifts=0,
        end_reason="got_up",
        profile=Profile(size="72 x 43 cm"),
        **{**PLAIN, **more},
    )


def check_in(of: SessionForm, moment: Any, calm: int | None, discomfort: int | None = None) -> CheckInForm:
    """An answer before or after a session."""
    at = of.started_at if moment == "before" else of.ended_at
    return form(
        CheckInForm,
        at=at,
        zone=of.zone,
        clock_known=True,
        moment=moment,
        session_id=of.session_id,
        calm=calm,
        discomfort=discomfort,
        person=of.person,
        source="mat",
    )


def step(day: date, from_min: int, to_min: int, text: str = "Comfortable.") -> StepForm:
    """A step of the programme."""
    known = {"at": rfc3339(wall_s(day)), "reason": "comfortable", "text": text}
    return form(StepForm, from_min=from_min, to_min=to_min, from_clothing="shirt", to_clothing="shirt", **known)


def weekly(day: date, answer: int, person: str | None = None) -> WeeklyForm:
    """A weekly look in which all answers are the same."""
    return WeeklyForm(rfc3339(wall_s(day)), "UTC", answer, answer, answer, answer, person, "mat", None)


def person(name: str) -> PersonForm:
    """Somebody beside the owner."""
    return PersonForm(name, rfc3339(wall_s(LAST)))


def nothing() -> Past:
    """A history in which nobody has lain on the mat yet."""
    return Past(STARTS_AT)


def lived(days: int, *, last: date = LAST, a_day: int = 2, answered: float = 1.0, seed: int = 1) -> Past:
    """So many days up to `last` with as many sessions each, minutes measured, and answers to a part of them."""
    random = Random(seed)
    past = nothing()
    for number in range(days * a_day):
        day = last - timedelta(days=days - 1 - number // a_day)
        lain = session(number + 1, day, random.uniform(5, 30), hour=7.0 + 12.0 * (number % a_day), lateral=random.gauss(5, 8))
        past.sessions.append(lain)
        past.courses[lain.session_id] = Course(random.randint(0, 6), random.gauss(12, 1))
        if random.random() < answered:
            before = random.randint(1, 4)
            past.check_ins.append(check_in(lain, "before", before, random.randint(0, 6)))
            past.check_ins.append(check_in(lain, "after", before + random.randint(0, 1), random.randint(0, 6)))
        if number % 30 == 29:
            past.steps.append(step(day, 10 + number % 20, 11 + number % 20))
        if number % (7 * a_day) == 0:
            past.weekly.append(weekly(day, random.randint(1, 5)))
    return past
