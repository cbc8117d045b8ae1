"""Which sensors a mat has, where they lie, how each is wired, and the usual arrangements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from acumat_hw.errors import InputError

MAT_WIDTH_MM = 430.0
MAT_LENGTH_MM = 720.0
"""The usual acupressure mat, 43 x 72 cm."""

FIRST_ADDRESS = 0x48
CHANNELS_PER_CHIP = 4
MAX_CHIPS = 4
"""An ADS1115 answers at 0x48 to 0x4B, by its ADDR pin, and has four single-ended inputs (data sheet SBAS444)."""

ROW_ZONES: dict[int, tuple[str, ...]] = {
    2: ("shoulders", "pelvis"),
    3: ("shoulders", "lumbar", "pelvis"),
    4: ("neck", "shoulders", "lumbar", "pelvis"),
}
"""Names of the zones from head to foot, by how many rows of sensors there are."""

PRESETS: dict[str, tuple[int, int]] = {"2x2": (2, 2), "4x2": (4, 2), "4x3": (4, 3), "4x4": (4, 4)}
"""Rows from head to foot, and columns."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """One FSR with its place and its wiring.

    `x_mm` runs to the mat's right and `y_mm` towards the head, both from the mat's centre. `rm_ohm` is the divider's resistor
    to ground, the FSR being on the high side. `chip` is the converter's I2C address, `channel` its input 0 to 3. `zone` is
    one of the names from head to foot, or None where the layout has no rows to tell apart.
    """

    name: str
    x_mm: float
    y_mm: float
    rm_ohm: float
    chip: int
    channel: int
    zone: str | None

    @property
    def where(self) -> str:
        """Name and wiring for people who look for it, such as "r2c1 on chip 0x48 channel 2"."""
        return f"{self.name} on chip 0x{self.chip:02x} channel {self.channel}"


@dataclass(frozen=True, slots=True)
class Layout:
    """All sensors of a mat, in the order of every frame, with the electrical facts that turn codes into x = V / Vcc."""

    name: str
    sensors: tuple[Sensor, ...]
    vcc_v: float = 3.3
    lsb_v: float = 4.096 / 32768
    """Volts per code; the default is an ADS1115 at gain 1."""
    width_mm: float = MAT_WIDTH_MM
    length_mm: float = MAT_LENGTH_MM
    bleed_ohm: float | None = None
    """A resistor across each FSR at the mat's end of its wire, by which a broken wire shows; None: there is none."""

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones from head to foot, each once; empty if the layout has none."""
        by_head = sorted(self.sensors, key=lambda s: -s.y_mm)
        return tuple(dict.fromkeys(s.zone for s in by_head if s.zone is not None))


def grid(
    rows: int,
    columns: int,
    *,
    rm_ohm: float,
    vcc_v: float = 3.3,
    lsb_v: float = 4.096 / 32768,
    width_mm: float = MAT_WIDTH_MM,
    length_mm: float = MAT_LENGTH_MM,
    bleed_ohm: float | None = None,
) -> Layout:
    """A regular layout: sensors in the middle of equal cells, wired row by row from the head's left corner on.

    Sensor names are `r<row>c<column>` from 1, chips fill up in the order of their addresses.

    Raises InputError when more sensors are asked for than four chips can read.
    """
    count = rows * columns
    if not 1 <= count <= MAX_CHIPS * CHANNELS_PER_CHIP:
        raise InputError(f"a {rows}x{columns} layout has {count} sensors; four chips can read 1 to 16")
    places = [
        (f"r{row + 1}c{column + 1}", (column + 0.5) / columns - 0.5, 0.5 - (row + 0.5) / rows)
        for row in range(rows)
        for column in range(columns)
    ]
    zones = zones_by_row([y * length_mm for _, _, y in places])
    sensors = tuple(
        Sensor(
            name,
            x_mm=x * width_mm,
            y_mm=y * length_mm,
            rm_ohm=rm_ohm,
            chip=FIRST_ADDRESS + index // CHANNELS_PER_CHIP,
            channel=index % CHANNELS_PER_CHIP,
            zone=zone,
        )
        for index, ((name, x, y), zone) in enumerate(zip(places, zones, strict=True))
    )
    return Layout(f"{rows}x{columns}", sensors, vcc_v, lsb_v, width_mm, length_mm, bleed_ohm)


def zones_by_row(ys_mm: Iterable[float]) -> tuple[str | None, ...]:
    """A zone for each sensor from its y alone, head to foot.

    Sensors whose y differ by less than a twentieth of the whole span share a row. Two to four rows get their names one by one;
    more rows are divided evenly among the four names; a single row has no zone.
    """
    ys = tuple(ys_mm)
    span = max(ys) - min(ys) if ys else 0.0
    rows: list[float] = []
    for y in sorted(set(ys), reverse=True):
        if not rows or rows[-1] - y > span / 20:
            rows.append(y)
    if len(rows) < 2:
        return (None,) * len(ys)
    names = ROW_ZONES[min(len(rows), max(ROW_ZONES))]

    def zone(y: float) -> str:
        row = max(index for index, top in enumerate(rows) if y <= top)
        return names[row * len(names) // len(rows)]

    return tuple(zone(y) for y in ys)
