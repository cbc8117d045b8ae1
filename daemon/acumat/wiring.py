"""The composition root: the only place that names a back end, and that joins the simulated bus to the real reader."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from acumat_hw.ads1x15 import Ads1x15Reader
from acumat_hw.clock import Clock
from acumat_hw.layout import PRESETS, Layout, grid
from acumat_hw.source import FrameSource
from acumat_sim.ads1x15 import SimulatedBus, SimulatedChip
from acumat_sim.clock import SimClock
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import load_scenario
from acumat_sim.source import MatInputs, SimSource

SIMULATED_RM_OHM = 3300.0


@dataclass(frozen=True, slots=True)
class Simulation:
    """A scenario ready to be read: its frames, its time, and what it is about."""

    source: FrameSource
    clock: Clock
    layout: Layout
    description: str
    duration_s: float


def simulation(scenario: str, *, preset: str | None = None, speed: float | None = None, fast: bool = False) -> Simulation:
    """A simulated mat by scenario name or file, read by the real driver over a register-level bus, or (`fast`) without a bus.

    `preset` replaces the scenario's own layout; `speed` None runs flat out, 1.0 in real time. Raises InputError for a scenario
    that is not there or cannot be read.
    """
    layout = None if preset is None else grid(*PRESETS[preset], rm_ohm=SIMULATED_RM_OHM)
    staged = load_scenario(Path(scenario) if scenario.endswith(".toml") else scenario, layout)
    clock = SimClock(time.time(), speed)
    mat = SimulatedMat(staged, staged.layout)
    source: FrameSource
    if fast:
        source = SimSource(mat, clock)
    else:
        inputs = MatInputs(mat, clock.monotonic())
        bus = SimulatedBus(clock, [SimulatedChip(address, inputs) for address in sorted({s.chip for s in mat.layout.sensors})])
        source = Ads1x15Reader(open_bus=lambda: bus, clock=clock, layout=mat.layout)
    return Simulation(source, clock, mat.layout, staged.description, staged.duration_s)
