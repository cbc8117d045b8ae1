"""The mat from above, head end up: where the load lies, the sensors, the centre of pressure and how left and right share it.

It has a dark background and is therefore as readable on a light page as on a dark one. Left and right are the mat's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

from acumat.picture.field import Field, ramp
from acumat.picture.glyphs import GLYPHS, HEIGHT, WIDTH
from acumat.picture.png import Colour, png
from acumat_hw.layout import Layout

LONG_SIDE_PX = 360
CELL_PX = 4
"""The heat is reckoned for squares of this size: a pixel each would cost sixteen times as much and show no more."""
MARGIN_PX = 14
HEAD_PX = 24
FOOT_PX = 52
LEAST_WIDTH_PX = 226
"""So that both shares find room below a narrow mat."""
TEXT_SCALE = 3
BLIND_SCALE = 9
DOT_PX = 5
COP_PX = 10

HEAT_STEPS = 48
CARD, MAT_EDGE, INK, DARK, DEAD, COP, PALE = range(HEAT_STEPS, HEAT_STEPS + 7)
PLAIN: tuple[Colour, ...] = (
    (24, 29, 36),
    (94, 106, 122),
    (240, 243, 246),
    (16, 19, 24),
    (255, 92, 92),
    (255, 255, 255),
    (150, 160, 174),
)


class Scene(NamedTuple):
    """What the picture shows. `loads` per sensor (None: not known); without `loads` the mat is blind.

    `left_pct` and `cop_mm` are None where they are not known or nobody lies there.
    """

    loads: tuple[float | None, ...] | None
    lying: bool = False
    left_pct: float | None = None
    cop_mm: tuple[float, float] | None = None


class Canvas:
    """Paints scenes of one layout. What never changes is reckoned once."""

    def __init__(self, layout: Layout) -> None:
        self._scale = LONG_SIDE_PX / max(layout.width_mm, layout.length_mm)
        self._cols = max(1, round(layout.width_mm * self._scale / CELL_PX))
        self._rows = max(1, round(layout.length_mm * self._scale / CELL_PX))
        self._mat_w, self._mat_h = self._cols * CELL_PX, self._rows * CELL_PX
        self.width = max(self._mat_w + 2 * MARGIN_PX, LEAST_WIDTH_PX)
        self.height = HEAD_PX + self._mat_h + FOOT_PX
        self._left = (self.width - self._mat_w) // 2
        self._length_mm, self._width_mm = layout.length_mm, layout.width_mm
        self._places = [self._pixel(sensor.x_mm, sensor.y_mm) for sensor in layout.sensors]
        self._field = Field(
            [(sensor.x_mm, sensor.y_mm) for sensor in layout.sensors],
            layout.width_mm * layout.length_mm,
            centre_x=[((col + 0.5) * CELL_PX / self._scale) - layout.width_mm / 2 for col in range(self._cols)],
            centre_y=[layout.length_mm / 2 - ((row + 0.5) * CELL_PX / self._scale) for row in range(self._rows)],
            steps=HEAT_STEPS,
        )
        self._wide = [bytes([step]) * CELL_PX for step in range(HEAT_STEPS)]
        self._palette = [*ramp(HEAT_STEPS), *PLAIN]

    def paint(self, scene: Scene, rest: Callable[[], object] = lambda: None) -> bytes:
        """The scene as a PNG file; `rest` is called after each piece of work, so that others get their turn."""
        image = [bytearray([CARD]) * self.width for _ in range(self.height)]
        for row, line in enumerate(self._heat(scene)):
            for y in range(HEAD_PX + row * CELL_PX, HEAD_PX + (row + 1) * CELL_PX):
                image[y][self._left : self._left + self._mat_w] = line
            rest()
        self._frame(image)
        for index, (x, y) in enumerate(self._places):
            dead = scene.loads is not None and scene.loads[index] is None
            self._dot(image, x, y, dead=dead)
            rest()
        if scene.loads is None:
            self._text(image, "?", self.width // 2, HEAD_PX + self._mat_h // 2 - HEIGHT * BLIND_SCALE // 2, BLIND_SCALE)
        elif scene.lying:
            if scene.cop_mm is not None:
                self._cop(image, *self._pixel(*scene.cop_mm))
            self._shares(image, scene.left_pct)
        return png(self.width, image, self._palette)

    def _heat(self, scene: Scene) -> Iterator[bytes]:
        shown = scene.loads if scene.loads is not None and scene.lying else (0.0,) * len(self._places)
        for row in self._field.heat(shown):
            yield b"".join([self._wide[step] for step in row])

    def _pixel(self, x_mm: float, y_mm: float) -> tuple[int, int]:
        x = self._left + round((x_mm + self._width_mm / 2) * self._scale)
        return x, HEAD_PX + round((self._length_mm / 2 - y_mm) * self._scale)

    def _frame(self, image: list[bytearray]) -> None:
        """The mat's edge, a head above it, and its middle as a dotted line."""
        left, right, top, bottom = self._left, self._left + self._mat_w, HEAD_PX, HEAD_PX + self._mat_h
        for y in (top, bottom - 1):
            image[y][left:right] = bytes([MAT_EDGE]) * self._mat_w
        for y in range(top, bottom):
            image[y][left] = image[y][right - 1] = MAT_EDGE
            if y // 4 % 2:
                image[y][self.width // 2] = MAT_EDGE
        radius = HEAD_PX - 6
        for y in range(top - radius, top):
            half = math.sqrt(radius**2 - (top - y) ** 2)
            for x in range(round(self.width / 2 - half), round(self.width / 2 + half)):
                image[y][x] = MAT_EDGE

    def _dot(self, image: list[bytearray], x: int, y: int, *, dead: bool) -> None:
        self._disc(image, x, y, DOT_PX, DARK)
        if dead:
            self._disc(image, x, y, DOT_PX + 2, DARK)
            for step in range(-DOT_PX, DOT_PX + 1):
                for px in (x + step, x + step + 1):
                    self._set(image, px, y + step, DEAD)
                    self._set(image, px, y - step, DEAD)
        else:
            self._disc(image, x, y, DOT_PX - 2, PALE)

    def _cop(self, image: list[bytearray], x: int, y: int) -> None:
        """A ring with a cross: the centre of pressure."""
        for dy in range(-COP_PX - 3, COP_PX + 4):
            for dx in range(-COP_PX - 3, COP_PX + 4):
                distance = math.hypot(dx, dy)
                cross = min(abs(dx), abs(dy)) <= 1 and distance <= COP_PX + 3
                if abs(distance - COP_PX) <= 1.2 or (min(abs(dx), abs(dy)) == 0 and distance <= COP_PX + 2):
                    self._set(image, x + dx, y + dy, COP)
                elif abs(distance - COP_PX) <= 2.6 or cross:
                    self._set(image, x + dx, y + dy, DARK)

    def _shares(self, image: list[bytearray], left_pct: float | None) -> None:
        """Left and right in percent, and as a bar."""
        middle, aside = self._left + self._mat_w // 2, max(self._mat_w // 4, 54)
        top = HEAD_PX + self._mat_h + 10
        known = None if left_pct is None else round(left_pct)
        self._text(image, "L ?" if known is None else f"L {known}%", middle - aside, top, TEXT_SCALE)
        self._text(image, "R ?" if known is None else f"R {100 - known}%", middle + aside, top, TEXT_SCALE)
        if left_pct is None:
            return
        from_x, until_x = self._left, self._left + self._mat_w
        split = from_x + round(self._mat_w * min(100.0, max(0.0, left_pct)) / 100.0)
        for y in range(top + HEIGHT * TEXT_SCALE + 6, top + HEIGHT * TEXT_SCALE + 12):
            image[y][from_x:until_x] = bytes([MAT_EDGE]) * self._mat_w
            image[y][from_x:split] = bytes([INK]) * (split - from_x)
            image[y][self.width // 2] = DEAD

    def _text(self, image: list[bytearray], text: str, centre_x: int, top: int, scale: int) -> None:
        x = centre_x - (len(text) * (WIDTH + 1) - 1) * scale // 2
        for sign in text:
            for row, line in enumerate(GLYPHS[sign]):
                for column, pixel in enumerate(line):
                    if pixel == "#":
                        for y in range(top + row * scale, top + (row + 1) * scale):
                            for px in range(x + column * scale, x + (column + 1) * scale):
                                self._set(image, px, y, INK)
            x += (WIDTH + 1) * scale

    def _disc(self, image: list[bytearray], x: int, y: int, radius: int, colour: int) -> None:
        for dy in range(-radius, radius + 1):
            for dx in range(-radius, radius + 1):
                if dx * dx + dy * dy <= radius * radius + radius // 2:
                    self._set(image, x + dx, y + dy, colour)

    def _set(self, image: list[bytearray], x: int, y: int, colour: int) -> None:
        if 0 <= x < self.width and 0 <= y < self.height:
            image[y][x] = colour
