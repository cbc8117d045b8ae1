"""Minutes on the mat as bars: by day, and by month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from acumat.plots.frame import LEFT, RIGHT, Frame
from acumat.plots.plot import Plot, Table
from acumat.plots.scale import DayTick, day_ticks, linear
from acumat.plots.svg import element, escaped, picture
from acumat.plots.wording import ENGLISH, Wording

DAYS = 28
MONTHS_MOST = 120
FULLEST = 0.8
"""So much of its place a bar takes."""
LEAST_TOP_MIN = 10.0
"""The axis reaches so far at least."""

Bar = tuple[date, str, float]
"""First day, words for it, and minutes."""


def minutes_by_day(name: str, minutes: Mapping[date, float], last: date, days: int = DAYS, wording: Wording = ENGLISH) -> Plot:
    """The days up to `last`; those that are not in `minutes` have none."""
    first = date.fromordinal(max(1, last.toordinal() - days + 1))
    shown = [date.fromordinal(each) for each in range(first.toordinal(), last.toordinal() + 1)]
    bars = [(day, day.isoformat(), minutes.get(day, 0.0)) for day in shown]
    title = wording.text("by_day", days=wording.counted(len(shown), "day"))
    return _bars(name, title, "day", bars, day_ticks(first, last, wording=wording), wording)


def minutes_by_month(name: str, minutes: Mapping[date, float], last: date, wording: Wording = ENGLISH) -> Plot | None:
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
    bars = [(month, wording.month(month), sums.get(month, 0.0)) for month in reversed(months)]
    title = wording.text("by_month", months=wording.counted(len(bars), "month"))
    return _bars(name, title, "month", bars, day_ticks(months[-1], last, wording=wording), wording)


def _bars(name: str, title: str, unit: str, bars: Sequence[Bar], ticks: Sequence[DayTick], wording: Wording) -> Plot:
    head = wording.text("minutes")
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
    svg = picture(name, title, _described(unit, bars, wording), frame.size, frame.axes(head, across), *marks)
    return Plot(title, svg, Table((wording.text(f"{unit}.one"), head), rows))


def _described(unit: str, bars: Iterable[Bar], wording: Wording) -> str:
    lain = [(minutes, words) for _, words, minutes in bars if minutes > 0.0]
    if not lain:
        return wording.text("bars.none", unit=wording.text(f"{unit}.one"))
    most, words = max(lain)
    return wording.text("bars", count=wording.counted(len(lain), unit), at=words, most=f"{most:.0f}")
