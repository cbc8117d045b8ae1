"""Values over time as dots. Where there are many, each week, month or year has its median and its middle half."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median, quantiles

from acumat.plots.frame import LEFT, RIGHT, Frame, counted, day_x
from acumat.plots.plot import Plot, Table
from acumat.plots.scale import day_ticks, linear, month_words
from acumat.plots.svg import element, escaped, picture, words

MARKS_MOST = 124
"""More dots than that run into each other; ten years have 121 months."""
SIDE = 8
RADIUS = 2.8

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


def course(name: str, title: str, values: Sequence[Value], axis: Axis) -> Plot | None:
    """Values in the order of their days; None without any."""
    if not values:
        return None
    by, marks = _grouped(values)
    first, last = marks[0].day, values[-1][0]
    seen = [axis.low, axis.high, *(each for mark in marks for each in (mark.low, mark.high))]
    frame = Frame(linear(min(seen), max(seen)))

    def x_of(day: date) -> float:
        return day_x(day, first, last, SIDE)

    behind = [_band(frame, axis.band)] if axis.band else []
    drawn = [_mark(frame, x_of(mark.day), mark, axis) for mark in marks]
    over = [_line(frame, axis.line, x_of)] if axis.line else []
    across = [(x_of(day), text) for day, text in day_ticks(first, last)]
    axes = frame.axes(axis.head, across)
    svg = picture(name, title, _described(values, axis), frame.size, *behind, axes, *drawn, *over)
    return Plot(title, svg, _table(by, marks, axis), _note(by, axis))


def _grouped(values: Sequence[Value]) -> tuple[str, list[Mark]]:
    """What a mark stands for, and the marks: of the finest grouping that leaves few enough."""
    if len(values) <= MARKS_MOST:
        return "day", [Mark(day, day.isoformat(), value, value, value, 1) for day, value in values]
    marks: list[Mark] = []
    for by, (first, text) in GROUPS.items():
        marks = _marks(values, first, text)
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


def _mark(frame: Frame, x: float, mark: Mark, axis: Axis) -> str:
    tip = f"{mark.words}: {axis.words(mark.middle)} {axis.unit}".strip()
    if mark.count > 1:
        tip += f", middle half {axis.words(mark.low)} to {axis.words(mark.high)}, n {mark.count}"
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


def _table(by: str, marks: Sequence[Mark], axis: Axis) -> Table:
    if by == "day":
        return Table((by, axis.head), tuple((mark.words, axis.words(mark.middle)) for mark in marks))
    columns = (by, f"median, {axis.head}", "lower quartile", "upper quartile", "n")
    rows = ((mark.words, *map(axis.words, (mark.middle, mark.low, mark.high)), f"{mark.count}") for mark in marks)
    return Table(columns, tuple(rows))


def _note(by: str, axis: Axis) -> str:
    parts = [] if by == "day" else [f"Dots: the median of each {by}. Lines: its middle half."]
    if axis.line is not None:
        parts.append(f"Dashed: {axis.line.name}.")
    return " ".join(parts)


def _described(values: Sequence[Value], axis: Axis) -> str:
    numbers = [value for _, value in values]
    middle, low, high = map(axis.words, (median(numbers), min(numbers), max(numbers)))
    days = f"{values[0][0].isoformat()} to {values[-1][0].isoformat()}"
    return f"{axis.head}. {counted(len(values), 'value')} from {days}: median {middle}, lowest {low}, highest {high}."


def _monday(day: date) -> date:
    return max(day, date.min + timedelta(days=6)) - timedelta(days=day.weekday())


GROUPS: dict[str, tuple[Callable[[date], date], Callable[[date], str]]] = {
    "week": (_monday, lambda day: f"week from {day.isoformat()}"),
    "month": (lambda day: day.replace(day=1), month_words),
    "year": (lambda day: day.replace(month=1, day=1), lambda day: f"{day.year}"),
}
"""The first day of a group by any day of it, and the words for it."""
