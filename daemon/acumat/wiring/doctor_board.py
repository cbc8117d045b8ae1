"""The board that the doctor examines: the real one, or simulated converters with a hand that presses."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Literal, assert_never

from acumat.config import Ads1x15Config, Config, SimulatedConfig
from acumat.doctor.board import Board, I2cFacts
from acumat.doctor.linux import i2c_facts
from acumat.wiring.simulated import gain_of
from acumat.wiring.sources import source_of
from acumat_hw.ads1x15 import Ads1x15Reader
from acumat_hw.clock import Clock
from acumat_hw.i2c import extended_bus
from acumat_hw.layout import Layout
from acumat_sim.ads1x15 import SimulatedBus, SimulatedChip
from acumat_sim.clock import SimClock
from acumat_sim.faults import always, attend, refuse_bus_faults
from acumat_sim.scenario import load_scenario
from acumat_sim.workbench import Workbench


def board(config: Config) -> Board:
    """The doctor's board: the real bus, or for a simulated mat a bench with the same layout and a hand that presses.

    On the bench every fault of the scenario is on all the time, since an examination would miss its moment. Raises
    InputError for a scenario that cannot be used.
    """
    match config.source:
        case Ads1x15Config() as real:
            source, clock = source_of(config)
            return Board(
                config.layout,
                real.model,
                config.daemon.rate_hz,
                i2c_facts(real.bus),
                partial(extended_bus, real.bus),
                source,
                clock,
                hand=_no_hand,
            )
        case SimulatedConfig() as simulated:
            staged = load_scenario(simulated.scenario, config.layout, simulated.seed)
            if simulated.through == "fast":
                refuse_bus_faults(staged.name, staged.bus_faults)
            clock = SimClock(time.time())
            bench = Workbench(config.layout, staged.seed, always(staged.faults))
            bench.bleed_ohm = config.layout.bleed_ohm
            chips = [SimulatedChip(address, bench) for address in sorted({sensor.chip for sensor in config.layout.sensors})]
            bus = SimulatedBus(clock, chips, bus_hz=simulated.bus_hz)
            attend(bus, always(staged.bus_faults), clock.monotonic(), staged.seed)
            return simulated_board(config.layout, bus, clock, bench.press)
        case other:
            assert_never(other)


def _no_hand(_name: str | None) -> None:
    """A real mat is pressed by people."""


def simulated_board(
    layout: Layout,
    bus: SimulatedBus,
    clock: Clock,
    hand: Callable[[str | None], None],
    *,
    model: Literal["ads1115", "ads1015"] = "ads1115",
    rate_hz: float = 10.0,
    facts: I2cFacts | None = None,
) -> Board:
    """Simulated converters as the doctor sees a board."""
    reader = Ads1x15Reader(open_bus=lambda: bus, clock=clock, layout=layout, model=model, gain=gain_of(layout))
    known = facts or I2cFacts("a simulated bus", hz=round(bus.bus_hz))
    return Board(layout, model, rate_hz, known, lambda: bus, reader, clock, hand)
