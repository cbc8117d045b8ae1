"""The families of a stranger's mats, the recorded breath of real people included."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import numpy as np

from acumat_hw.errors import InputError
from acumat_hw.layout import Layout, grid
from acumat_sim.lying_people import RecordedBreath
from acumat_sim.scenario import RM_OHM, Scenario
from acumat_sim.strangers import stranger_scenario


def stranger(family: str, seed: int, layout: Layout) -> Scenario:
    """A scenario of a family; the breath of `real_breath` is that of one of the recorded people, by seed.

    Raises InputError where $ACUMAT_DATA has no such recordings.
    """
    breath = recorded_breath(breath_file(seed)) if family == "real_breath" else None
    return stranger_scenario(family, seed, layout, breath=breath)


def breath_file(seed: int) -> Path:
    """Whose breath the seed stands for. Each person breathes by 0.3 % and by 1.2 %."""
    files = sorted((Path(os.environ.get("ACUMAT_DATA", "/nonexistent")) / "bidmc").glob("*.npz"))
    if not files:
        raise InputError("real_breath: set ACUMAT_DATA to a folder that holds bidmc")
    return files[seed // 2 % len(files)]


@cache
def recorded_breath(path: Path) -> RecordedBreath:
    """The chest's course, its usual swing from -1 to 1."""
    data = np.load(path)
    course = data["resp"].astype(float)
    low, high = np.percentile(course, [5, 95])
    values = np.clip((2 * course - low - high) / max(high - low, 1e-6), -3.0, 3.0)
    return RecordedBreath(tuple(values.tolist()), float(data["fs"]))


def layout_of(name: str) -> Layout:
    """Rows x columns, with the simulator's resistors."""
    rows, columns = name.split("x")
    return grid(int(rows), int(columns), rm_ohm=RM_OHM)
