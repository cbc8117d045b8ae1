"""Which mat a configuration names, real or simulated, and the clock it lives by; joins the simulated bus to the real reader."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import assert_never

from acumat.config import Ads1x15Config, Config, SimulatedConfig
from acumat.identity import Machine, this_machine
from acumat_hw.ads1x15 import Ads1x15Reader, extended_bus
from acumat_hw.bus_thread import BusThread
from acumat_hw.clock import Clock, SystemClock
from acumat_hw.layout import PRESETS, Layout, grid
from acumat_hw.source import FrameSource
from acumat_sim.ads1x15 import SimulatedBus, SimulatedChip
from acumat_sim.clock import START_MONO_S, SimClock
from acumat_sim.faults import attend, refuse_bus_faults
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import load_scenario
from acumat_sim.source import MatInputs, ScenarioSource, SimSource

SIMULATED_RM_OHM = 3300.0
SLOT_SHARE = 0.5
"""The part of the time between two frames that reading may take; the rest is for everything else."""
PATIENCE_S = 0.2
"""How much longer than usual a frame may take before the loop goes on without it: two frames at 10 Hz."""
Remark = Callable[[], tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class Simulation:
    """A scenario ready to be read: its frames, its time, and what it is about."""

    source: FrameSource
    clock: Clock
    layout: Layout
    description: str
    duration_s: float
    remark: Remark = lambda: None
    frame_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Mat:
    """The mat that a configuration names: its frames, the clock it lives by, what its reader has noticed.

    `frame_s` is the longest that a frame takes on its bus; `speed` is how much faster than the machine's the clock runs, 0 for
    one that does not wait.
    """

    source: FrameSource
    clock: Clock
    remark: Remark = lambda: None
    frame_s: float = 0.0
    speed: float = 1.0


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
    reader, within half the time between two frames at `rate_hz`. It begins now, or goes on as one that began at
    `started_wall_s` (Unix time). Raises InputError for a scenario that is not there or cannot be read.
    """
    staged = load_scenario(Path(scenario) if scenario.endswith(".toml") else scenario, layout, seed)
    clock = SimClock(time.time() if started_wall_s is None else started_wall_s, speed, now_wall_s=time.time())
    mat = SimulatedMat(staged, staged.layout)
    if fast:
        refuse_bus_faults(staged.name, staged.bus_faults)
        return Simulation(SimSource(mat, clock, zero_s=START_MONO_S), clock, mat.layout, staged.description, staged.duration_s)
    zero_s = START_MONO_S
    inputs = MatInputs(mat, zero_s)
    chips = [SimulatedChip(address, inputs) for address in sorted({sensor.chip for sensor in mat.layout.sensors})]
    bus = SimulatedBus(clock, chips, bus_hz=bus_hz)
    attend(bus, staged.bus_faults, zero_s, staged.seed)
    reader = Ads1x15Reader(open_bus=lambda: bus, clock=clock, layout=mat.layout, scans=scans, budget_s=SLOT_SHARE / rate_hz)
    source = ScenarioSource(reader, mat, clock, zero_s)
    return Simulation(source, clock, mat.layout, staged.description, staged.duration_s, reader.remarks.current, reader.frame_s)


def preset_layout(preset: str) -> Layout:
    """One of the usual layouts with the simulator's resistors."""
    return grid(*PRESETS[preset], rm_ohm=SIMULATED_RM_OHM)


def source_of(config: Config) -> tuple[FrameSource, Clock]:
    """The mat that the configuration names, and the clock it lives by. Nothing is opened yet; raises InputError."""
    mat = mat_of(config)
    return mat.source, mat.clock


def mat_of(config: Config) -> Mat:
    """The mat that the configuration names, with all that is known of it. Nothing is opened yet; raises InputError."""
    match config.source:
        case Ads1x15Config() as real:
            clock = SystemClock()
            open_bus = partial(extended_bus, real.bus)
            reader = Ads1x15Reader(
                open_bus=open_bus,
                clock=clock,
                layout=config.layout,
                model=real.model,
                gain=real.gain,
                data_rate=real.data_rate,
                scans=real.scans,
                budget_s=SLOT_SHARE / config.daemon.rate_hz,
                bus_number=real.bus,
            )
            return Mat(reader, clock, reader.remarks.current, reader.frame_s)
        case SimulatedConfig() as simulated:
            sim = simulation(
                simulated.scenario,
                layout=config.layout,
                seed=simulated.seed,
                speed=simulated.speed or None,
                fast=simulated.through == "fast",
                bus_hz=simulated.bus_hz,
                scans=simulated.scans,
                rate_hz=config.daemon.rate_hz,
                started_wall_s=None if simulated.started is None else simulated.started.timestamp(),
            )
            return Mat(sim.source, sim.clock, sim.remark, sim.frame_s, simulated.speed)
        case other:
            assert_never(other)


def machine_of(config: Config) -> Machine:
    """The boot that the clock of the configured mat counts from. A simulated mat's boot is its own beginning."""
    match config.source:
        case Ads1x15Config():
            return this_machine()
        case SimulatedConfig(started=None):
            return Machine(f"simulated-{uuid.uuid4().hex}", timesync=None)
        case SimulatedConfig(started=started):
            return Machine(f"simulated-{started}", timesync=None)
        case other:
            assert_never(other)


def threaded(mat: Mat, sensors: int) -> BusThread | None:
    """The mat's source behind a thread of its own, so that a bus that hangs holds up nothing.

    None for a clock that does not wait: it has nobody to wait for, and must stay the same bit for bit.
    """
    if not mat.frame_s or not mat.speed:
        return None
    patience_s = (PATIENCE_S + 2 * mat.frame_s) / min(mat.speed, 1.0)
    return BusThread(mat.source, mat.clock, sensors=sensors, patience_s=patience_s)
