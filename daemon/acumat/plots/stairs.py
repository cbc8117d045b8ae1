"""Steps of the programme: minutes as stairs over time, each step with its number, its clothing and its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from acumat.plots.frame import GAP, LEFT, RIGHT, Frame, counted, day_x
from acumat.plots.plot import Plot, Table
from acumat.plots.scale import day_ticks, linear
from acumat.plots.svg import element, escaped, picture, words

SIDE = 14
LEAST_TOP_MIN = 20.0
RADIUS = 3.4
HEADROOM_MIN = 4
"""For the number above the highest step."""
UNDER = 15
"""From a step down to the baseline of its number."""
NUMBER_WIDE = 15
"""A number nearer to the one before would run into it; the table has it."""
KEY_X = RIGHT - 108


@dataclass(frozen=True, slots=True)
class Stair:
    """A step on a day, from so many minutes to so many, what is worn from then on, and why."""

    day: date
    from_min: int
    to_min: int
    clothing: str
    reason: str


def stairs(name: str, title: str, steps: Sequence[Stair], until: date, bare: str = "skin") -> Plot | None:
    """The steps in their order, and the level until that day; None without any. `bare` is the clothing that is a square."""
    if not steps:
        return None
    first, last = steps[0].day, max(until, steps[-1].day)
    highest = max(max(each.from_min, each.to_min) for each in steps)
    frame = Frame(linear(0.0, max(LEAST_TOP_MIN, highest + HEADROOM_MIN)))
    places = [day_x(each.day, first, last, SIDE) for each in steps]
    way = [f"M{LEFT} {frame.y(steps[0].from_min):.1f}"]
    way += [f"H{x:.1f}V{frame.y(step.to_min):.1f}" for x, step in zip(places, steps, strict=True)]
    marks = [_mark(frame, x, number, step, bare) for number, (x, step) in enumerate(zip(places, steps, strict=True), 1)]
    across = [(day_x(day, first, last, SIDE), text) for day, text in day_ticks(first, last)]
    described = f"{counted(len(steps), 'step')}; the last one leads to {steps[-1].to_min} minutes."
    axes = frame.axes("planned minutes", across)
    line = element("path", class_="stairs", d=f"{''.join(way)}H{RIGHT}")
    svg = picture(name, title, described, frame.size, axes, line, *marks, *_numbers(frame, places, steps), _key(bare))
    rows = tuple(
        (f"{number}", step.day.isoformat(), f"{step.from_min}", f"{step.to_min}", step.clothing, step.reason)
        for number, step in enumerate(steps, 1)
    )
    return Plot(title, svg, Table(("step", "day", "from, min", "to, min", "clothing", "reason"), rows))


def _mark(frame: Frame, x: float, number: int, step: Stair, bare: str) -> str:
    tip = element("title", escaped(f"{number}, {step.day.isoformat()}: {step.to_min} min, {step.clothing}. {step.reason}"))
    return element("g", tip, _shape(x, frame.y(step.to_min), square=step.clothing == bare))


def _numbers(frame: Frame, places: Sequence[float], steps: Sequence[Stair]) -> Iterator[str]:
    """Over each step its number, as far as there is room."""
    free = 0.0
    for number, (x, step) in enumerate(zip(places, steps, strict=True), 1):
        if x >= free:
            below = step.to_min < step.from_min  # where the way down does not run through it
            yield words(f"{number}", x, frame.y(step.to_min) + (UNDER if below else -GAP), "middle")
            free = x + NUMBER_WIDE


def _shape(x: float, y: float, *, square: bool) -> str:
    if square:
        return element("rect", class_="mark", x=x - RADIUS, y=y - RADIUS, width=2 * RADIUS, height=2 * RADIUS)
    return element("circle", class_="mark", cx=x, cy=y, r=RADIUS)


def _key(bare: str) -> str:
    parts = (_shape(KEY_X, 8, square=False), words("shirt", KEY_X + 8, 12), _shape(KEY_X + 54, 8, square=True))
    return "".join((*parts, words(bare, KEY_X + 62, 12)))
