"""How much a measure runs, from which seed on, on which layouts, and by how many processes."""

from __future__ import annotations

from dataclasses import dataclass

from acumat_hw.layout import PRESETS
from tests.accuracy.corpora import PUBLISHED

STRANGER_LAYOUTS = ("3x1", *PRESETS)
"""The layouts of the guide, and three sensors in a row."""


@dataclass(frozen=True, slots=True)
class Runner:
    """A scale of 1 is the published size; results do not depend on how many processes (`jobs`) share the trials."""

    scale: float = 1.0
    first_seed: int = PUBLISHED
    layouts: tuple[str, ...] = tuple(PRESETS)
    stranger_layouts: tuple[str, ...] = STRANGER_LAYOUTS
    jobs: int = 2

    def times(self, full: int) -> int:
        """How many at this scale."""
        return max(1, round(full * self.scale))

    def seeds(self, full: int, offset: int = 0) -> range:
        first = self.first_seed + offset
        return range(first, first + self.times(full))

    def named(self, seeds: range) -> str:
        return f"{seeds.start}-{seeds.stop - 1}"
