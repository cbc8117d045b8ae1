"""A simulated mat, with or without a bus; joins the simulated bus to the real reader."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from acumat_hw.ads1x15 import SLOT_SHARE, Ads1x15Reader
from acumat_hw.ads1x15_facts import PGA_BITS
from acumat_hw.layout import PRESETS, Layout, grid
from acumat_hw.source import FrameSource
from acumat_sim.ads1x15 import SimulatedBus, SimulatedChip
from acumat_sim.clock import START_MONO_S, SimClock
from acumat_sim.faults import attend, refuse_bus_faults
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import load_scenario, scenario_names
from acumat_sim.source import MatInputs, ScenarioSource, SimSource

SIMULATED_RM_OHM = 3300.0


class Simulation(NamedTuple):
    """A scenario ready to be read: its frames, its time, and what it is about."""

    source: FrameSource
    clock: SimClock
    layout: Layout
    description: str
    duration_s: float
    story: tuple[tuple[float, str], ...] = ()
    """What the scenario does: seconds since its start, and a sentence."""
    remark: Callable[[], tuple[str, str] | None] | None = None
    frame_s: float = 0.0
    average: Callable[[bool], None] | None = None


def simulation(
    scenario: str,
    *,
    layout: Layout | None = None,
    seed: int | None = None,
    speed: float | None = None,
    fast: bool = False,
    bus_hz: float = 400_000,
    scans: int | None = 1,
    rate_hz: float = 10.0,
    started_wall_s: float | None = None,
) -> Simulation:
    """A simulated mat by scenario name or file, read by the real driver over a register-level bus, or (`fast`) without a bus.

    `layout` and `seed` replace the scenario's own; `speed` None runs flat out, 1.0 in real time; `scans` are those of the
    reader, within half the time between two frames at `rate_hz`. It begins now, or continues as one that began at
    `started_wall_s` (Unix time). Raises InputError for a scenario that is not there or cannot be read.
    """
    staged = load_scenario(Path(scenario) if scenario.endswith(".toml") else scenario, layout, seed)
    clock = SimClock(time.time() if started_wall_s is None else started_wall_s, speed, now_wall_s=time.time())
    mat = SimulatedMat(staged, staged.layout)
    if fast:
        refuse_bus_faults(staged.name, staged.bus_faults)
        fast_source = SimSource(mat, clock, zero_s=START_MONO_S)
        return Simulation(fast_source, clock, mat.layout, staged.description, staged.duration_s, staged.story)
    zero_s = START_MONO_S
    inputs = MatInputs(mat, zero_s)
    addresses = sorted({sensor.chip for sensor in mat.layout.sensors})
    chips = [SimulatedChip(address, inputs, model=staged.mat.converter) for address in addresses]
    bus = SimulatedBus(clock, chips, bus_hz=bus_hz)
    attend(bus, staged.bus_faults, zero_s, staged.seed)
    budget_s, gain = SLOT_SHARE / rate_hz, gain_of(mat.layout)
    reader = Ads1x15Reader(open_bus=lambda: bus, clock=clock, layout=mat.layout, gain=gain, scans=scans, budget_s=budget_s)
    source = ScenarioSource(reader, mat, clock, zero_s)
    return Simulation(
        source,
        clock,
        mat.layout,
        staged.description,
        staged.duration_s,
        staged.story,
        reader.remarks.current,
        reader.frame_s,
        reader.average,
    )


def named_scenarios() -> list[tuple[str, str]]:
    """Name and description of each scenario that comes with acumat."""
    return [(name, load_scenario(name).description) for name in scenario_names()]


def gain_of(layout: Layout) -> float:
    """The converters' gain for a layout's volts per code."""
    return min(PGA_BITS, key=lambda gain: abs(4.096 / gain / 32768 - layout.lsb_v))


def preset_layout(preset: str) -> Layout:
    """One of the usual layouts with the simulator's resistors."""
    return grid(*PRESETS[preset], rm_ohm=SIMULATED_RM_OHM)
