"""A clock without waiting, known voltages, and a reader on simulated chips."""

from __future__ import annotations

from random import Random
from typing import Any

from acumat_hw.ads1x15 import Ads1x15Reader
from acumat_hw.ads1x15_facts import Model
from acumat_hw.layout import Layout, grid
from acumat_sim.ads1x15 import SimulatedBus, SimulatedChip

LAYOUT = grid(4, 4, rm_ohm=3300.0)


class JumpingClock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s

    def wall(self) -> float:
        return 1_700_000_000.0 + self.now_s

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self.now_s += seconds


class Ladder:
    """Each input has a voltage of its own: 0.1 V more from input to input and chip to chip; all may be lifted or noisy."""

    def __init__(self) -> None:
        self.asked = 0
        self.step_v = 0.1
        self.lift_v = 0.0
        self.noise_v = 0.0
        self._random = Random(5)

    def volts(self, address: int, channel: int, t_mono_s: float) -> float:
        self.asked += 1
        noise_v = self._random.gauss(0.0, self.noise_v) if self.noise_v else 0.0
        return self.step_v * (4 * (address - 0x48) + channel + 1) + self.lift_v + noise_v


class Bench:
    def __init__(
        self,
        *,
        model: Model = "ads1115",
        rate_error: float = 0.0,
        wake_s: float = 25e-6,
        layout: Layout = LAYOUT,
        bus_hz: float = 4e5,
        **reader: Any,
    ) -> None:
        self.clock = JumpingClock()
        self.inputs = Ladder()
        addresses = sorted({sensor.chip for sensor in layout.sensors})
        self.chips = [SimulatedChip(a, self.inputs, model=model, rate_error=rate_error, wake_s=wake_s) for a in addresses]
        self.bus = SimulatedBus(self.clock, self.chips, bus_hz=bus_hz)
        self.reader = Ads1x15Reader(open_bus=lambda: self.bus, clock=self.clock, layout=layout, model=model, **reader)

    def violations(self) -> tuple[int, int, int, int]:
        """Starts while a conversion runs, results read too early, results read twice, transfers without the lock."""
        chips = self.chips
        return (
            sum(chip.starts_while_busy for chip in chips),
            sum(chip.early_reads for chip in chips),
            sum(chip.repeated_reads for chip in chips),
            self.bus.unlocked_transfers,
        )
