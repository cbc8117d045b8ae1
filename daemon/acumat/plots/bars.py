"""Minutes on the mat as bars: by day, and by month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from acumat.plots.frame import LEFT, RIGHT, Frame, counted
from acumat.plots.plot import Plot, Table
from acumat.plots.scale import DayTick, day_ticks, linear, month_words
from acumat.plots.svg import element, escaped, picture

DAYS = 28
MONTHS_MOST = 120
FULLEST = 0.8
"""So much of its place a bar takes."""
LEAST_TOP_MIN = 10.0
"""The axis reaches so far at least."""

Bar = tuple[date, str, float]
"""First day, words for it, and minutes."""


def minutes_by_day(name: str, minutes: Mapping[date, float], last: date, days: int = DAYS) -> Plot:
    """The days up to `last`; those that are not in `minutes` have none."""
    first = date.fromordinal(max(1, last.toordinal() - days + 1))
    shown = [date.fromordinal(each) for each in range(first.toordinal(), last.toordinal() + 1)]
    bars = [(day, day.isoformat(), minutes.get(day, 0.0)) for day in shown]
    return _bars(name, f"Minutes by day, {counted(len(shown), 'day')}", "day", bars, day_ticks(first, last))


def minutes_by_month(name: str, minutes: Mapping[date, float], last: date) -> Plot | None:
    """The months from that of the first day in `minutes` to that of `last`, ten years of them at most; None without a day."""
    sums: dict[date, float] = {}
    for day, each in minutes.items():
        if day <= last:
            month = day.replace(day=1)
            sums[month] = sums.get(month, 0.0) + each
    if not sums:
        return None
    months = [last.replace(day=1)]
    while months[-1] > min(sums) and len(months) < MONTHS_MOST:
        months.append(date.fromordinal(months[-1].toordinal() - 1).replace(day=1))
    bars = [(month, month_words(month), sums.get(month, 0.0)) for month in reversed(months)]
    return _bars(name, f"Minutes by month, {counted(len(bars), 'month')}", "month", bars, day_ticks(months[-1], last))


def _bars(name: str, title: str, unit: str, bars: Sequence[Bar], ticks: Sequence[DayTick]) -> Plot:
    frame = Frame(linear(0.0, max(LEAST_TOP_MIN, *(minutes for _, _, minutes in bars))))
    place = (RIGHT - LEFT) / len(bars)
    middles = {day: LEFT + (index + 0.5) * place for index, (day, _, _) in enumerate(bars)}
    wide = FULLEST * place
    marks = [
        element(
            "rect",
            element("title", escaped(f"{words}: {minutes:.0f} min")),
            class_="mark",
            x=middles[day] - wide / 2,
            y=frame.y(minutes),
            width=wide,
            height=frame.bottom - frame.y(minutes),
        )
        for day, words, minutes in bars
        if minutes > 0.0
    ]
    across = [(middles[day], words) for day, words in ticks if day in middles]
    rows = tuple((words, f"{minutes:.0f}") for _, words, minutes in bars)
    svg = picture(name, title, _described(unit, bars), frame.size, frame.axes("minutes", across), *marks)
    return Plot(title, svg, Table((unit, "minutes"), rows))


def _described(unit: str, bars: Iterable[Bar]) -> str:
    lain = [(minutes, words) for _, words, minutes in bars if minutes > 0.0]
    if not lain:
        return f"No {unit} has minutes on the mat."
    most, words = max(lain)
    return f"{counted(len(lain), unit)} with minutes on the mat; most in {words}: {most:.0f} min."
