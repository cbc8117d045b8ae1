"""A year of days as a strip of weeks: a square for each day, the larger the longer somebody lay there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import pairwise

from acumat.plots.frame import WIDTH
from acumat.plots.plot import Plot, Table
from acumat.plots.scale import WEEK_DAYS
from acumat.plots.svg import element, escaped, picture, words
from acumat.plots.wording import ENGLISH, Wording

WEEKS = 53
LEFT, TOP = 20, 22
CELL = (WIDTH - LEFT) / WEEKS
ROW = 10.0
"""Days of a week lie further apart than weeks, so that long days do not run into a wall."""
LEVELS = ((10.0, 2.0), (20.0, 3.4), (30.0, 4.8))
"""Sides of squares for fewer minutes than these."""
LONGEST = 6.2
NONE = 0.8
"""Radius of the dot of a day without minutes."""
NAMED = (0, 2, 4)
BOTTOM = TOP + WEEK_DAYS * ROW
KEY_Y = BOTTOM + 16


def year_of_days(name: str, minutes: Mapping[date, float], first: date, last: date, wording: Wording = ENGLISH) -> Plot:
    """The days from `first` to `last`, of 53 weeks at most."""
    end = last.toordinal()
    start = max(1, end - last.weekday() - (WEEKS - 1) * WEEK_DAYS, min(first, last).toordinal())
    days = [date.fromordinal(each) for each in range(start, end + 1)]
    monday = start - days[0].weekday()
    marks = [_mark(day, minutes.get(day, 0.0), (day.toordinal() - monday) // WEEK_DAYS) for day in days]
    lain = sum(minutes.get(day, 0.0) > 0.0 for day in days)
    counted = wording.counted(len(days), "day")
    title = wording.text("day_by_day", days=counted)
    description = wording.text("lain", lain=lain, days=counted)
    size = (WIDTH, round(KEY_Y + 8))
    svg = picture(name, title, description, size, _names(days, monday, wording), *marks, _key(wording))
    return Plot(title, svg, Table((wording.text("week_from"), *wording.weekdays), _rows(minutes, days)))


def _mark(day: date, minutes: float, week: int) -> str:
    x, y = LEFT + (week + 0.5) * CELL, TOP + (day.weekday() + 0.5) * ROW
    if minutes <= 0.0:
        return element("circle", class_="none", cx=x, cy=y, r=NONE)
    return _square(x, y, _side(minutes), element("title", escaped(f"{day.isoformat()}: {minutes:.0f} min")))


def _square(x: float, y: float, side: float, *children: str) -> str:
    return element("rect", *children, class_="mark", x=x - side / 2, y=y - side / 2, width=side, height=side)


def _side(minutes: float) -> float:
    return next((side for below, side in LEVELS if minutes < below), LONGEST)


def _names(days: list[date], monday: int, wording: Wording) -> str:
    months, weekdays = wording.months, wording.weekdays
    parts = [words(weekdays[each][:2], 0, TOP + (each + 0.5) * ROW + 3, class_="words small") for each in NAMED]
    for day in days:
        week = (day.toordinal() - monday) // WEEK_DAYS
        if day.day == 1 and week < WEEKS - 2:
            parts.append(words(months[day.month - 1], LEFT + week * CELL, 14, class_="words small"))
    return "".join(parts)


def _key(wording: Wording) -> str:
    limits = [f"{below:.0f}" for below, _ in LEVELS]
    between = (wording.text("from_to", least=least, most=most) for least, most in pairwise(limits))
    texts = [wording.text("under", least=limits[0]), *between, wording.text("and_more", least=limits[-1])]
    parts, x = [], LEFT + CELL / 2
    for text, side in zip(texts, [*(side for _, side in LEVELS), LONGEST], strict=True):
        parts += [_square(x, KEY_Y, side), words(text, x + 8, KEY_Y + 4, class_="words small")]
        x += 72.0
    return "".join(parts)


def _rows(minutes: Mapping[date, float], days: list[date]) -> tuple[tuple[str, ...], ...]:
    weeks: dict[int, list[str]] = {}
    for day in days:
        monday = day.toordinal() - day.weekday()
        weeks.setdefault(monday, [""] * WEEK_DAYS)[day.weekday()] = f"{minutes.get(day, 0.0):.0f}"
    return tuple((date.fromordinal(max(1, monday)).isoformat(), *each) for monday, each in weeks.items())
