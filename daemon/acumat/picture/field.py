"""How the load between the sensors is shown: a step of heat for each square of the mat, and the colours of the steps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from acumat.picture.png import Colour

EVEN_SHARE_AT = 0.4
"""The place on the scale of a sensor with the average load; the end of the scale is two and a half times that."""
REACH = 0.6
"""How far a sensor's reading reaches, as part of the usual distance between two of them (sigma of a bell)."""
FAINT = 0.15
"""Weight of the bare mat, so that the heat fades out where no sensor is near."""
VIRIDIS: tuple[Colour, ...] = ((44, 52, 64), (62, 74, 137), (38, 130, 142), (53, 183, 121), (181, 222, 43), (253, 231, 37))
"""From least to most: even in brightness, and distinct for the colour-blind (after matplotlib's viridis, CC0)."""

Place = tuple[float, float]
"""x to the mat's right and y towards the head, in millimetres from its centre."""


class Field:
    """Squares in columns from the mat's left and rows from the head, each with a step from 0 to `steps` - 1.

    `centre_x` and `centre_y` are the squares' centres, in millimetres from the mat's centre; `area_mm2` is the mat's. What
    never changes is reckoned once.
    """

    def __init__(
        self, places: Sequence[Place], area_mm2: float, *, centre_x: Sequence[float], centre_y: Sequence[float], steps: int
    ) -> None:
        self._cols, self._rows, self._steps = len(centre_x), len(centre_y), steps
        sigma_mm = REACH * math.sqrt(area_mm2 / len(places))  # the side of the square that each sensor has for itself
        columns = sorted({x_mm for x_mm, _ in places})
        self._across = [[_bell(x - at_mm, sigma_mm) for x in centre_x] for at_mm in columns]
        self._column_of = [columns.index(x_mm) for x_mm, _ in places]
        self._along = [[_bell(y - y_mm, sigma_mm) for y in centre_y] for _, y_mm in places]

    def heat(self, loads: Sequence[float | None]) -> Iterator[list[int]]:
        """The steps of each row, for the load of each sensor (None: not known). All are 0 where nothing bears any load."""
        total = sum(load for load in loads if load is not None)
        if total <= 0:
            for _ in range(self._rows):
                yield [0] * self._cols
            return
        known = [(index, load) for index, load in enumerate(loads) if load is not None]
        per_even = EVEN_SHARE_AT * len(known) * self._steps / total
        most = self._steps - 1
        for row in range(self._rows):
            heats, weights = [0.0] * len(self._across), [0.0] * len(self._across)
            for index, load in known:
                weight = self._along[index][row]
                heats[self._column_of[index]] += weight * load * per_even
                weights[self._column_of[index]] += weight
            heat, weight_of = [0.0] * self._cols, [FAINT] * self._cols
            for bell, here, weight in zip(self._across, heats, weights, strict=True):
                heat = [sum_ + here * part for sum_, part in zip(heat, bell, strict=True)]
                weight_of = [sum_ + weight * part for sum_, part in zip(weight_of, bell, strict=True)]
            yield [min(most, int(up / down)) for up, down in zip(heat, weight_of, strict=True)]


def ramp(steps: int) -> Iterator[Colour]:
    """Colours from least to most heat, in even steps."""
    for step in range(steps):
        at = step / (steps - 1) * (len(VIRIDIS) - 1)
        first = min(int(at), len(VIRIDIS) - 2)
        part = at - first
        pairs = zip(VIRIDIS[first], VIRIDIS[first + 1], strict=True)
        red, green, blue = (round(a + (b - a) * part) for a, b in pairs)
        yield red, green, blue


def _bell(distance_mm: float, sigma_mm: float) -> float:
    return math.exp(-0.5 * (distance_mm / sigma_mm) ** 2)
