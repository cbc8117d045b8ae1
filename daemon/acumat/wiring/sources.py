"""The mat of a configuration, real or simulated, and its clock."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, assert_never

from acumat.config import Ads1x15Config, Config, SimulatedConfig
from acumat.identity import Machine, this_machine
from acumat_hw.ads1x15 import SLOT_SHARE, Ads1x15Reader
from acumat_hw.bus_thread import BusThread
from acumat_hw.clock import Clock, SystemClock
from acumat_hw.i2c import extended_bus
from acumat_hw.source import FrameSource

PATIENCE_S = 0.2
"""How much longer than usual a frame may take before the loop continues without it: two frames at 10 Hz."""
Remark = Callable[[], tuple[str, str] | None]


class Mat(NamedTuple):
    """The mat of a configuration: its frames, its clock, and the remarks of its reader.

    `frame_s` is the longest that a frame takes on its bus; `speed` is how much faster than the machine's the clock runs, 0 for
    one that does not wait. `average` takes whether the next frames are to be the mean of several scans.
    """

    source: FrameSource
    clock: Clock
    remark: Remark | None = None
    frame_s: float = 0.0
    speed: float = 1.0
    average: Callable[[bool], None] | None = None


def source_of(config: Config) -> tuple[FrameSource, Clock]:
    """The mat of the configuration, and its clock. Nothing is opened yet; raises InputError."""
    mat = mat_of(config)
    return mat.source, mat.clock


def mat_of(config: Config) -> Mat:
    """The mat of the configuration, with everything known about it. Nothing is opened yet; raises InputError."""
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
            return Mat(reader, clock, reader.remarks.current, reader.frame_s, average=reader.average)
        case SimulatedConfig() as simulated:
            from acumat.wiring.simulated import simulation  # noqa: PLC0415  # a real mat does without the simulator

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
            return Mat(sim.source, sim.clock, sim.remark, sim.frame_s, simulated.speed, sim.average)
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
    """The mat's source behind a thread of its own, so that a bus that hangs delays nothing.

    None for a clock that does not wait: the frames must then be the same bit for bit.
    """
    if not mat.frame_s or not mat.speed:
        return None
    patience_s = (PATIENCE_S + 2 * mat.frame_s) / min(mat.speed, 1.0)
    return BusThread(mat.source, mat.clock, sensors=sensors, patience_s=patience_s)
