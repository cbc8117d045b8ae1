"""Converters below Python: `converters.c` answers what a process asks of the bus, so that Blinka, driver and reader run as they
are and pay what they cost. Made with the machine's C compiler.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from acumat_hw.layout import Layout

SOURCE = Path(__file__).with_suffix(".c")
INPUTS = 16
FIRST_ADDRESS = 0x48


def compiled(folder: Path) -> Path | None:
    """The library, or None where there is no C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    library = folder / "converters.so"
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True)
    return library


@dataclass(frozen=True, slots=True)
class Counts:
    """What was asked of the bus so far, and what a reader must not do: starts while a conversion runs, results read too early
    and results read twice.
    """

    transfers: int = 0
    ignored: int = 0
    early: int = 0
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class Bus:
    """One process's bus with all its converters; `name` names its files. A bus of 0 Hz takes no time, nor do conversions."""

    library: Path
    name: str
    codes: Path
    hz: float = 400_000

    @property
    def _counts(self) -> Path:
        return self.library.with_name(f"{self.name}.counts")

    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(self.library),
            "ACUMAT_BUS_CODES": str(self.codes),
            "ACUMAT_BUS_COUNTS": str(self._counts),
            "ACUMAT_BUS_HZ": f"{self.hz:g}",
        }

    def counts(self) -> Counts:
        return Counts(*struct.unpack("4L", self._counts.read_bytes()[: struct.calcsize("4L")]))


def write_codes(file: Path, layout: Layout, frames: Iterable[Sequence[int | None]]) -> Path:
    """Frames of the layout, ten a second, as the converters give them; they repeat when they are over."""
    whole = array("h")
    for codes in frames:
        row = [0] * INPUTS
        for sensor, code in zip(layout.sensors, codes, strict=True):
            row[4 * (sensor.chip - FIRST_ADDRESS) + sensor.channel] = code or 0
        whole.extend(row)
    file.write_bytes(whole.tobytes())
    return file
