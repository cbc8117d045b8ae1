"""The mat as blocks of colour in a terminal, head end up: the load between the sensors, and each sensor's share in percent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from acumat.picture.field import Field, ramp
from acumat.picture.png import Colour

STEPS = 24
BARE = ("empty", "blind")
"""States in which no load is shown: the sensors read noise, or nothing."""
DEAD, NOTHING, CENTRE, UNKNOWN = "×", "·", "╋", "?"
RIGHT, LEFT = "your right", "your left"
"""The sides of a person who lies on the back, seen from above: their own right is the mat's left."""
SHARE_WIDTH = 3
"""Two figures and a space."""
RESET = "\x1b[0m"
BLOCK = "▀"
"""Its upper half has the colour of the text, its lower half that of the background: two squares in the place of one sign."""
CUBE = (0, 95, 135, 175, 215, 255)
"""The levels of the 216 colours that nearly every terminal has."""
DARK, PALE = (16, 19, 24), (240, 243, 246)

Sign = tuple[int, int, str]
"""The heat of the two halves of a cell, and a sign in their place ("": none)."""


class MatMap:
    """The map of one layout, as the feed's first line gives it, in so many rows.

    Its columns follow from the mat's shape, as far as the shares of sensors side by side remain apart.

    `deep`: the terminal has all colours, not only 256.
    """

    def __init__(self, layout: Mapping[str, Any], rows: int, most_columns: int, *, deep: bool) -> None:
        width_mm, length_mm, sensors = layout["width_mm"], layout["length_mm"], layout["sensors"]
        self.rows = rows
        least = SHARE_WIDTH * len({each["x_mm"] for each in sensors}) + 1
        self.columns = min(most_columns, max(least, round(2 * rows * width_mm / length_mm)))
        self._size_mm = (width_mm, length_mm)
        self._places = [self._cell(each["x_mm"], each["y_mm"]) for each in sensors]
        self._field = Field(
            [(each["x_mm"], each["y_mm"]) for each in sensors],
            width_mm * length_mm,
            centre_x=[(column + 0.5) * width_mm / self.columns - width_mm / 2 for column in range(self.columns)],
            centre_y=[length_mm / 2 - (row + 0.5) * length_mm / (2 * rows) for row in range(2 * rows)],
            steps=STEPS,
        )
        colours = list(ramp(STEPS))
        self._text = [_code(38, each, deep=deep) for each in colours]
        self._back = [_code(48, each, deep=deep) for each in colours]
        self._ink = [_code(38, DARK if step > STEPS // 2 else PALE, deep=deep) for step in range(STEPS)]

    def lines(self, frame: Mapping[str, Any]) -> Iterator[str]:
        """The rows from head to foot, each as wide as the map has columns."""
        loads, state = frame["loads_us"] or [None] * len(self._places), frame["state"]
        bare = state["presence"] in BARE
        heat = list(self._field.heat([0.0] * len(loads) if bare else loads))
        signs = self._signs(loads, state, bare=bare)
        for row in range(self.rows):
            pairs = zip(heat[2 * row], heat[2 * row + 1], strict=True)
            yield self._row((up, down, signs.get((column, row), "")) for column, (up, down) in enumerate(pairs))

    def _row(self, cells: Iterator[Sign]) -> str:
        """One row; colour codes only where the colour changes."""
        parts, last = [], ""
        for up, down, sign in cells:
            code = f"{self._back[down]}{self._ink[down] if sign else self._text[up]}"
            parts.append(f"{code if code != last else ''}{sign or BLOCK}")
            last = code
        return "".join([*parts, RESET])

    def _signs(self, loads: Sequence[float | None], state: Mapping[str, Any], *, bare: bool) -> dict[tuple[int, int], str]:
        """The signs on the map, by column and row: the centre of pressure, and over it the share of each sensor."""
        signs: dict[tuple[int, int], str] = {}
        if state["presence"] == "blind":
            signs[self.columns // 2, self.rows // 2] = UNKNOWN
        if state["cop_mm"] is not None:
            signs[self._cell(*state["cop_mm"])] = CENTRE
        total = sum(load for load in loads if load is not None)
        for (column, row), load in zip(self._places, loads, strict=True):
            text = DEAD if load is None else NOTHING if bare or total <= 0 else f"{100 * load / total:.0f}"
            first = min(max(0, column - len(text) // 2), self.columns - len(text))
            signs |= {(first + place, row): sign for place, sign in enumerate(text)}
        return signs

    def _cell(self, x_mm: float, y_mm: float) -> tuple[int, int]:
        width_mm, length_mm = self._size_mm
        column, row = int((x_mm / width_mm + 0.5) * self.columns), int((0.5 - y_mm / length_mm) * self.rows)
        return min(max(column, 0), self.columns - 1), min(max(row, 0), self.rows - 1)


def framed(mat: MatMap | None, frame: Mapping[str, Any] | None, width: int) -> Iterator[str]:
    """The map in a frame that names its ends, over the person's own sides; every line is `width` wide."""
    if mat is None or frame is None:
        return
    before = (width - mat.columns - 2) // 2
    aside, after = " " * before, " " * (width - mat.columns - 2 - before)
    yield f"{aside}┌{' head '.center(mat.columns, '─')}┐{after}"
    for line in mat.lines(frame):
        yield f"{aside}│{line}│{after}"
    yield f"{aside}└{' foot '.center(mat.columns, '─')}┘{after}"
    yield f"{RIGHT}{' ' * (width - len(RIGHT) - len(LEFT))}{LEFT}"


def _code(place: int, colour: Colour, *, deep: bool) -> str:
    """The code that sets a colour of text (38) or background (48)."""
    if deep:
        return f"\x1b[{place};2;{colour[0]};{colour[1]};{colour[2]}m"
    red, green, blue = (min(range(6), key=lambda level, part=part: abs(CUBE[level] - part)) for part in colour)  # type: ignore[misc]
    return f"\x1b[{place};5;{16 + 36 * red + 6 * green + blue}m"
