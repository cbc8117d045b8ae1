"""What the mat measured: minutes by day, balance and evenness, settling and breath."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from acumat.detect.parameters import Parameters
from acumat.plots.bars import DAYS, minutes_by_day, minutes_by_month
from acumat.plots.course import Axis, Band, course
from acumat.plots.frame import counted
from acumat.plots.plot import Plot
from acumat.plots.year import year_of_days
from acumat.report.choice import Chosen, Lain
from acumat.report.markup import figures, section, sentences

MINUTES = "Minutes on the mat"
MONTHS_FROM_DAYS = 62
"""Bars of months say something from the third month on."""
SIDES = (
    "Left and right are the mat's, seen from above with the head end up: lying on the back, your own right is the mat's left. "
    "Above 0 is more weight on the mat's right, or on its head half."
)
NOT_MEASURED = "No session of these days has been measured yet."
SETTLED = "Minutes before the first one that was mostly still. A session without such a minute is left out."
BREATH = "The median of the minutes in which the breath was clear enough. A session without such a minute is left out."


def minutes(chosen: Chosen) -> str:
    """By day and by month."""
    if not chosen.sessions:
        return section(MINUTES, sentences("No session is stored of these days."))
    by_day: dict[date, float] = {}
    for each in chosen.sessions:
        by_day[each.day] = by_day.get(each.day, 0.0) + each.minutes
    span = (chosen.last - chosen.first).days + 1
    months = minutes_by_month("minutes-months", by_day, chosen.last) if span > MONTHS_FROM_DAYS else None
    plots = (
        minutes_by_day("minutes-days", by_day, chosen.last),
        year_of_days("minutes-year", by_day, chosen.first, chosen.last) if span > DAYS else None,
        months,
    )
    return section(MINUTES, sentences(_summed(chosen)), figures(*plots))


def _summed(chosen: Chosen) -> str:
    sessions = counted(len(chosen.sessions), "session")
    days = counted(len({each.day for each in chosen.sessions}), "day")
    total = sum(each.minutes for each in chosen.sessions)
    return f"{sessions} on {days}, {total:.0f} minutes in all. A session belongs to the day in which it ended."


def balance(chosen: Chosen) -> str:
    """Left and right, head and foot, and how evenly the weight is spread."""
    limit = Parameters().lopsided_on
    even = Band(-limit, limit, "beyond: lopsided")
    sides = Axis("of 100", -30, 30, unit="of 100", band=even)
    plots = (
        _course(chosen, "lateral", "Left and right", sides, lambda each: each.session.lateral),
        _course(
            chosen, "head-foot", "Head and foot", Axis("of 100", -30, 30, unit="of 100"), lambda each: each.session.head_foot
        ),
        _course(
            chosen, "evenness", "Evenness of the spread", Axis("1 is even", 0.6, 1.0, 2), lambda each: each.session.evenness
        ),
    )
    drawn = figures(*plots)
    return section("Balance and evenness", sentences(SIDES) + drawn if drawn else sentences(NOT_MEASURED))


def settling_and_breath(chosen: Chosen) -> str:
    """How soon it was quiet, and how fast the breath went."""
    settling = _course(
        chosen, "settling", "Minutes until still", Axis("minutes", 0, 10, unit="min"), lambda each: each.course.settling_min
    )
    breath = _course(
        chosen, "breath", "Breaths a minute", Axis("a minute", 6, 18, 1, unit="a minute"), lambda each: each.course.breath
    )
    drawn = figures(settling, breath)
    notes = (SETTLED if settling else None, BREATH if breath else None)
    return section("Settling and breath", drawn + sentences(*notes) if drawn else sentences(NOT_MEASURED))


def _course(chosen: Chosen, name: str, title: str, axis: Axis, value_of: Callable[[Lain], float | None]) -> Plot | None:
    found = ((each.day, value_of(each)) for each in chosen.sessions)
    return course(name, title, [(day, float(value)) for day, value in found if value is not None], axis)
