"""Did it help? What the person answered before and after sessions and over weeks, in the sentences of insight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from acumat.history.forms import CheckInForm
from acumat.history.helped import OUTCOMES_MOST
from acumat.insight.associations import PROFILE_FIELDS, Outcome, comfort_by, settling_and_calm
from acumat.insight.helped import (
    ANSWERS_LEAST,
    LOOK_WEEKS_MOST,
    PAIRS_MOST,
    WEEK_DAYS,
    Pair,
    Rating,
    paired_answer,
    trend_line,
    weekly_trend,
)
from acumat.insight.measures import CALM, DISCOMFORT, WEEKLY_LOOK, Measure
from acumat.insight.tags import Tag, tags_text
from acumat.plots.course import Axis, Line, course
from acumat.plots.frame import counted
from acumat.plots.pairs import BeforeAfter, before_and_after
from acumat.plots.plot import Plot
from acumat.report.choice import AFTER, Chosen
from acumat.report.markup import figures, section, sentences

SHOWN_DAYS = 365
"""In ten years the line of twelve weeks would be a speck."""
NO_ANSWERS = "There are no answers yet. acumat check-in notes how calm you are, before a session and after it."
SENS_LINE = "Sen's line through the last twelve weeks; it decides nothing"
SCALES = {CALM: "1: not at all, 5: very", DISCOMFORT: "0: none, 10: the worst"}
WEEKLY_FIELDS = ("stiffness", "ease", "headaches", "sleep")
"""Of the weekly look's measures in the history, in the order of WEEKLY_LOOK."""


def did_it_help(chosen: Chosen) -> str:
    """The paired answers first, then the trend of weeks, then what goes along with what."""
    if not chosen.check_ins and not chosen.weekly and not any(each.before or each.after for each in chosen.sessions):
        return section("Did it help?", sentences(NO_ANSWERS))
    calm = _pairs(chosen, CALM)
    ratings = _ratings(chosen)
    said = [paired_answer([Pair(each.before, each.after) for each in calm]).text]
    discomfort = _pairs(chosen, DISCOMFORT)
    if discomfort:
        said.append(paired_answer([Pair(each.before, each.after) for each in discomfort], DISCOMFORT).text)
    said.append(weekly_trend(ratings, chosen.last.toordinal()).text)
    plots = (
        _paired_plot("calm", calm, CALM),
        _paired_plot("discomfort", discomfort, DISCOMFORT),
        _trend_plot("calm-days", "Calm after sessions, by day", ratings, CALM, chosen.last),
    )
    return section(
        "Did it help?", sentences(*dict.fromkeys(said)), figures(*plots), _associations(chosen), _weekly_look(chosen)
    )


def _pairs(chosen: Chosen, measure: Measure) -> list[BeforeAfter]:
    both = [(each.day, _answer(each.before, measure), _answer(each.after, measure)) for each in chosen.sessions]
    return [BeforeAfter(day, before, after) for day, before, after in both if before is not None and after is not None]


def _answer(check_in: CheckInForm | None, measure: Measure) -> int | None:
    if check_in is None:
        return None
    return check_in.calm if measure is CALM else check_in.discomfort


def _ratings(chosen: Chosen) -> list[Rating]:
    """How calm the person was after sessions: the last answer of each day."""
    last: dict[int, float] = {}
    for day, each in chosen.check_ins:
        if each.moment == AFTER and each.calm is not None:
            last[day.toordinal()] = each.calm
    return [Rating(day, value) for day, value in sorted(last.items())]


def _paired_plot(name: str, pairs: Sequence[BeforeAfter], measure: Measure) -> Plot | None:
    recent = pairs[-PAIRS_MOST:]
    title = f"{measure.about.capitalize()} before and after, {counted(len(recent), 'session')}"
    return before_and_after(name, title, _scale(measure), recent, (measure.least, measure.most))


def _scale(measure: Measure) -> str:
    """The words at a scale of answers."""
    return SCALES.get(measure, f"{measure.least} to {measure.most}")


def _trend_plot(name: str, title: str, ratings: Sequence[Rating], measure: Measure, last: date) -> Plot | None:
    today = last.toordinal() + 1
    span = [each.day for each in ratings if each.day >= today - LOOK_WEEKS_MOST * WEEK_DAYS]
    found = trend_line(ratings, today)
    line = None
    if found is not None and span:
        slope, start = found
        begin, end = ((date.fromordinal(day), start + slope * day) for day in (span[0], span[-1]))
        line = Line(begin, end, SENS_LINE)
    values = [(date.fromordinal(each.day), each.value) for each in ratings if each.day > today - SHOWN_DAYS]
    return course(name, title, values, Axis(_scale(measure), measure.least, measure.most, line=line))


def _weekly_look(chosen: Chosen) -> str:
    """The answers of the weekly look; nothing where there are none."""
    said, plots = [], []
    for name, measure in zip(WEEKLY_FIELDS, WEEKLY_LOOK, strict=True):
        found = ((day, getattr(each, name)) for day, each in chosen.weekly)
        by_day = {day.toordinal(): float(value) for day, value in found if value is not None}
        ratings = [Rating(day, value) for day, value in sorted(by_day.items())]
        if ratings:
            title = f"Weekly look: {measure.about}"
            if len(ratings) >= ANSWERS_LEAST:
                said.append(weekly_trend(ratings, chosen.last.toordinal(), measure).text)
            plots.append(_trend_plot(f"weekly-{name}", title, ratings, measure, chosen.last))
    return sentences(*dict.fromkeys(said)) + figures(*plots)


def _associations(chosen: Chosen) -> str:
    answered = [each for each in chosen.sessions if each.after is not None]
    outcomes = [
        Outcome(
            asdict(each.session.profile), _answer(each.after, DISCOMFORT), _answer(each.after, CALM), each.course.settling_min
        )
        for each in answered[-OUTCOMES_MOST:]
    ]
    noted = [[tag for tag in Tag if getattr(each.after, tag.value)] for each in answered if _has_note(each.after)]
    found = (comfort_by(field, outcomes) for field in PROFILE_FIELDS)
    return sentences(*found, settling_and_calm(outcomes), tags_text(noted))


def _has_note(check_in: CheckInForm | None) -> bool:
    return any(getattr(check_in, tag.value) is not None for tag in Tag)
