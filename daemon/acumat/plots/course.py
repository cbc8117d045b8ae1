"""Values by the day or by a session's minute as dots. Of many days, each week, month or year has its median and its middle
half.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from statistics import median, quantiles

from acumat.plots.frame import LEFT, RIGHT, Frame, day_x
from acumat.plots.plot import Plot, Table
from acumat.plots.scale import day_ticks, linear
from acumat.plots.svg import element, escaped, picture, words
from acumat.plots.wording import ENGLISH, Wording

MARKS_MOST = 124
"""More dots than that run into each other; ten years have 121 months."""
SIDE = 8
RADIUS = 2.8
LEAST_MINUTES = 10.0
"""An axis of minutes reaches so far at least."""

Value = tuple[date, float]


@dataclass(frozen=True, slots=True)
class Band:
    """A range of usual values, and the words for what is beyond."""

    low: float
    high: float
    beyond: str


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line from a value on one day to one on another."""

    start: Value
    end: Value
    name: str


@dataclass(frozen=True, slots=True)
class Axis:
    """The vertical axis: words over it, the least range that it shows, digits and unit of a value, and what else is drawn."""

    head: str
    low: float
    high: float
    digits: int = 0
    unit: str = ""
    band: Band | None = None
    line: Line | None = None

    def words(self, value: float) -> str:
        """The value with its digits."""
        return f"{value:.{self.digits}f}"


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark: a value, or of several the median with the quartiles below and above."""

    day: date
    words: str
    middle: float
    low: float
    high: float
    count: int


def course(name: str, title: str, values: Sequence[Value], axis: Axis, wording: Wording = ENGLISH) -> Plot | None:
    """Values in the order of their days; None without any."""
    if not values:
        return None
    by, marks = _grouped(values, wording)
    first, last = marks[0].day, values[-1][0]
    seen = [axis.low, axis.high, *(each for mark in marks for each in (mark.low, mark.high))]
    frame = Frame(linear(min(seen), max(seen)))

    def x_of(day: date) -> float:
        return day_x(day, first, last, SIDE)

    behind = [_band(frame, axis.band)] if axis.band else []
    drawn = [_mark(frame, x_of(mark.day), mark, axis, wording) for mark in marks]
    over = [_line(frame, axis.line, x_of)] if axis.line else []
    across = [(x_of(day), text) for day, text in day_ticks(first, last, wording=wording)]
    axes = frame.axes(axis.head, across)
    span = (values[0][0].isoformat(), values[-1][0].isoformat())
    described = _described([value for _, value in values], span, axis, wording)
    svg = picture(name, title, described, frame.size, *behind, axes, *drawn, *over)
    return Plot(title, svg, _table(by, marks, axis, wording), _note(by, axis, wording))


def by_minute(
    name: str, title: str, values: Sequence[tuple[int, float]], axis: Axis, wording: Wording = ENGLISH
) -> Plot | None:
    """Values of a session's minutes in their order; where minutes are missing, the line is, too. None without any."""
    if not values:
        return None
    numbers = [value for _, value in values]
    frame = Frame(linear(min(axis.low, *numbers), max(axis.high, *numbers)))
    across = linear(0.0, max(LEAST_MINUTES, values[-1][0]))
    places = [(across.place(minute, LEFT + SIDE, RIGHT - SIDE), frame.y(value)) for minute, value in values]
    tips = (f"{minute}: {axis.words(value)} {axis.unit}".strip() for minute, value in values)
    dots = [
        element("circle", element("title", escaped(tip)), class_="mark", cx=x, cy=y, r=RADIUS)
        for tip, (x, y) in zip(tips, places, strict=True)
    ]
    joins = (
        f"M{one[0]:.1f} {one[1]:.1f}L{other[0]:.1f} {other[1]:.1f}"
        for (minute, _), (following, _), one, other in zip(values, values[1:], places, places[1:], strict=False)
        if following == minute + 1
    )
    ticks = [(across.place(tick, LEFT + SIDE, RIGHT - SIDE), across.words(tick)) for tick in across.ticks]
    behind = [_band(frame, axis.band)] if axis.band else []
    described = _described(numbers, (str(values[0][0]), str(values[-1][0])), axis, wording)
    line = element("path", class_="join", d="".join(joins))
    svg = picture(name, title, described, frame.size, *behind, frame.axes(axis.head, ticks), line, *dots)
    rows = tuple((f"{minute}", axis.words(value)) for minute, value in values)
    return Plot(title, svg, Table((wording.text("minute"), axis.head), rows))


def _grouped(values: Sequence[Value], wording: Wording) -> tuple[str, list[Mark]]:
    """What a mark stands for, and the marks: of the finest grouping that leaves few enough."""
    if len(values) <= MARKS_MOST:
        return DAY, [Mark(day, day.isoformat(), value, value, value, 1) for day, value in values]
    marks: list[Mark] = []
    for by, (first, text) in GROUPS.items():
        marks = _marks(values, first, partial(text, wording))
        if len(marks) <= MARKS_MOST:
            return by, marks
    return by, marks[-MARKS_MOST:]


def _marks(values: Iterable[Value], first: Callable[[date], date], text: Callable[[date], str]) -> list[Mark]:
    groups: dict[date, list[float]] = {}
    for day, value in values:
        groups.setdefault(first(day), []).append(value)
    return [_summed(day, text(day), found) for day, found in sorted(groups.items())]


def _summed(day: date, text: str, found: list[float]) -> Mark:
    low, _, high = quantiles(found, n=4, method="inclusive") if len(found) > 1 else (found[0],) * 3
    return Mark(day, text, median(found), low, high, len(found))


def _mark(frame: Frame, x: float, mark: Mark, axis: Axis, wording: Wording) -> str:
    tip = f"{mark.words}: {axis.words(mark.middle)} {axis.unit}".strip()
    if mark.count > 1:
        middle = wording.text("middle", low=axis.words(mark.low), high=axis.words(mark.high), count=mark.count)
        tip += f", {middle}"
    spread = element("path", class_="join", d=f"M{x:.1f} {frame.y(mark.low):.1f}V{frame.y(mark.high):.1f}")
    dot = element("circle", class_="mark", cx=x, cy=frame.y(mark.middle), r=RADIUS)
    return element("g", element("title", escaped(tip)), *([spread] if mark.count > 1 else []), dot)


def _band(frame: Frame, band: Band) -> str:
    top, bottom = frame.y(band.high), frame.y(band.low)
    return "".join(
        (
            element("rect", class_="band", x=LEFT, y=top, width=RIGHT - LEFT, height=bottom - top),
            element("path", class_="limit", d=f"M{LEFT} {top:.1f}H{RIGHT}M{LEFT} {bottom:.1f}H{RIGHT}"),
            words(band.beyond, RIGHT - 4, bottom + 13, "end"),
        )
    )


def _line(frame: Frame, line: Line, x_of: Callable[[date], float]) -> str:
    (first, start), (last, end) = line.start, line.end
    path = f"M{x_of(first):.1f} {frame.y(start):.1f}L{x_of(last):.1f} {frame.y(end):.1f}"
    return element("path", element("title", escaped(line.name)), class_="trend", d=path)


def _table(by: str, marks: Sequence[Mark], axis: Axis, wording: Wording) -> Table:
    if by == DAY:
        return Table((wording.text(by), axis.head), tuple((mark.words, axis.words(mark.middle)) for mark in marks))
    columns = (wording.text(by), wording.text("median", head=axis.head), wording.text("lower"), wording.text("upper"), "n")
    rows = ((mark.words, *map(axis.words, (mark.middle, mark.low, mark.high)), f"{mark.count}") for mark in marks)
    return Table(columns, tuple(rows))


def _note(by: str, axis: Axis, wording: Wording) -> str:
    parts = [] if by == DAY else [wording.text("dots", by=wording.text(by))]
    if axis.line is not None:
        parts.append(wording.text("dashed", name=axis.line.name))
    return " ".join(parts)


def _described(numbers: Sequence[float], span: tuple[str, str], axis: Axis, wording: Wording) -> str:
    middle, low, high = map(axis.words, (median(numbers), min(numbers), max(numbers)))
    counted, (first, last) = wording.counted(len(numbers), "value"), span
    head = axis.head
    return wording.text("course", head=head, values=counted, first=first, last=last, middle=middle, low=low, high=high)


def _monday(day: date) -> date:
    return max(day, date.min + timedelta(days=6)) - timedelta(days=day.weekday())


DAY = "day.one"
GROUPS: dict[str, tuple[Callable[[date], date], Callable[[Wording, date], str]]] = {
    "week": (_monday, lambda wording, day: f"{wording.text('week_from')} {day.isoformat()}"),
    "month.one": (lambda day: day.replace(day=1), lambda wording, day: wording.month(day)),
    "year": (lambda day: day.replace(month=1, day=1), lambda _, day: f"{day.year}"),
}
"""By the key of its word: the first day of a group by any day of it, and the words for it."""
