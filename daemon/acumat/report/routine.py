"""The programme's steps with their reasons, and the rhythm of the days where it is switched on."""

from __future__ import annotations

from datetime import date, timedelta

from acumat.insight.rhythm import rhythm
from acumat.plots.course import Axis, course
from acumat.plots.stairs import Stair, stairs
from acumat.report.choice import Chosen
from acumat.report.markup import figures, section, sentences

STEPS_MOST = 60
WEEK = timedelta(days=7)
WEEKS = 53


def programme(chosen: Chosen) -> str:
    """The last steps, each with its reason."""
    recent = chosen.steps[-STEPS_MOST:]
    if not recent:
        return section("The programme", sentences("The programme has made no step in these days."))
    earlier = len(chosen.steps) - len(recent)
    marks = [Stair(day, each.from_min, each.to_min, each.to_clothing, each.text) for day, each in recent]
    note = f"The last {STEPS_MOST} of {len(chosen.steps)} steps." if earlier else None
    return section(
        "The programme",
        sentences(note),
        figures(stairs("programme", "Steps of the programme", marks, chosen.last)),
        _reasons(marks),
    )


def _reasons(marks: list[Stair]) -> str:
    """The newest reasons in full, since a picture has no room for them."""
    newest = marks[-3:]
    return sentences(
        *(f"{each.day.isoformat()}, {each.from_min} to {each.to_min} minutes: {each.reason}" for each in reversed(newest))
    )


def regularity(chosen: Chosen) -> str:
    """The rhythm on the last day, and week by week over the year before; there is at least one day with a session."""
    weeks = [chosen.last - each * WEEK for each in reversed(range(WEEKS))]
    began = min(chosen.days)
    values = [(day, rhythm(_until(chosen, day), day, chosen.away).points) for day in weeks if day >= began]
    plot = course("rhythm", "Rhythm, week by week", values, Axis("of 100", 0, 100, unit="of 100"))
    return section("Rhythm", sentences(rhythm(_until(chosen, chosen.last), chosen.last, chosen.away).text), figures(plot))


def _until(chosen: Chosen, day: date) -> set[date]:
    """The days with a session up to this one, those before the range of the report included."""
    return {each for each in chosen.days if each <= day}
