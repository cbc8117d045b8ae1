"""The load on the mat as a picture of blocks for a terminal, head end up."""

from __future__ import annotations

from collections.abc import Sequence

from acumat_hw.layout import Layout

SHADES = " ░▒▓█"
MARGIN = " " * 13


def picture(layout: Layout, loads_us: Sequence[float | None]) -> list[str]:
    """A line for each row of sensors, darkest at the greatest load; `?` where the load in microsiemens is not known."""
    rows = sorted({sensor.y_mm for sensor in layout.sensors}, reverse=True)
    columns = sorted({sensor.x_mm for sensor in layout.sensors})
    most_us = max([each for each in loads_us if each is not None], default=0.0)
    shades = {
        (sensor.y_mm, sensor.x_mm): _shade(load_us, most_us) for sensor, load_us in zip(layout.sensors, loads_us, strict=True)
    }
    lines = ["".join(shades.get((row, column), " ") * 4 for column in columns) for row in rows]
    edge = "─" * 4 * len(columns)
    return [f"{MARGIN}┌{edge}┐ head", *(f"{MARGIN}│{line}│" for line in lines), f"{MARGIN}└{edge}┘ foot"]


def _shade(load_us: float | None, most_us: float) -> str:
    if load_us is None:
        return "?"
    share = max(load_us, 0.0) / most_us if most_us > 0 else 0.0
    return SHADES[min(round(share * (len(SHADES) - 1)), len(SHADES) - 1)]
