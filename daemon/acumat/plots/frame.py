"""The frame of a plot with two axes, in the units of its picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from acumat.plots.scale import Scale
from acumat.plots.svg import element, words

WIDTH = 400
"""Of every picture. A phone shows it at about this size, so that its text is as large as the page's."""
LEFT, RIGHT, TOP = 36, WIDTH - 8, 26
BELOW = 24
"""For the words under the horizontal axis."""
GAP = 6
HALF_TEXT = 4
EDGE = 26
"""Words nearer to an edge than this would be cut off if their middle lay there."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Room between the axes: from LEFT to RIGHT and from TOP to `bottom`. `scale` is that of the vertical axis."""

    scale: Scale
    bottom: int = 186

    @property
    def size(self) -> tuple[int, int]:
        """Of the whole picture."""
        return WIDTH, self.bottom + BELOW

    def y(self, value: float) -> float:
        """The height of a value."""
        return self.scale.place(value, self.bottom, TOP)

    def axes(self, unit: str, across: Iterable[tuple[float, str]]) -> str:
        """Lines, numbers and the unit; `across` has the places and words under the horizontal axis."""
        parts = [words(unit, 0, 12, class_="words unit")]
        for tick in self.scale.ticks:
            y = self.y(tick)
            parts.append(element("path", class_="grid", d=f"M{LEFT} {y:.1f}H{RIGHT}"))
            parts.append(words(self.scale.words(tick), LEFT - GAP, y + HALF_TEXT, "end"))
        for x, text in across:
            parts.append(element("path", class_="axis", d=f"M{x:.1f} {self.bottom}v4"))
            at_edge = "end" if x > RIGHT - EDGE else "middle"
            parts.append(words(text, min(x + GAP, RIGHT) if at_edge == "end" else x, self.bottom + 18, at_edge))
        parts.append(element("path", class_="axis", d=f"M{LEFT} {self.bottom}H{RIGHT}"))
        return "".join(parts)


def day_x(day: date, first: date, last: date, side: float) -> float:
    """Where a day lies on the axis if the first and the last one lie `side` from its ends; a single one in the middle."""
    if first == last:
        return (LEFT + RIGHT) / 2
    return LEFT + side + (day - first) / (last - first) * (RIGHT - LEFT - 2 * side)


def counted(count: int, one: str, more: str | None = None) -> str:
    """Such as 1 session, 2 sessions."""
    return f"{count} {one if count == 1 else more or one + 's'}"
