"""How much a measure runs, from which seed on, on which layouts, and by how many processes."""

from __future__ import annotations

from dataclasses import dataclass

from acumat_hw.layout import PRESETS
from tests.accuracy.corpora import PUBLISHED

STRANGER_LAYOUTS = ("3x1", *PRESETS)
"""The layouts of the guide, and three sensors in a row."""
STRANGER_GROUPS = {"3x1, 2x2": ("3x1", "2x2"), "4x2, 4x3, 4x4": ("4x2", "4x3", "4x4")}
"""What is promised holds from eight sensors on; fewer are measured apart. Each group's trials are dealt out to its layouts."""


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

    def dealt(self, full: int, offset: int = 0) -> dict[str, list[tuple[int, str]]]:
        """Seed and layout of each trial of each group that has a layout here; seeds are the same in both groups."""
        found = {}
        for group, members in STRANGER_GROUPS.items():
            if layouts := [layout for layout in members if layout in self.stranger_layouts]:
                seeds = self.seeds(full, offset)
                found[group] = [(seed, layouts[at * len(layouts) // len(seeds)]) for at, seed in enumerate(seeds)]
        return found

    def named(self, seeds: range) -> str:
        return f"{seeds.start}-{seeds.stop - 1}"
