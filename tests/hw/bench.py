"""A clock without waiting, known voltages, and a reader on simulated chips."""

from __future__ import annotations

from acumat_hw.ads1x15 import Ads1x15Reader, Model
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
    """Each input has a voltage of its own: 0.1 V more from input to input and chip to chip."""

    def __init__(self) -> None:
        self.asked = 0

    def volts(self, address: int, channel: int, t_mono_s: float) -> float:
        self.asked += 1
        return 0.1 * (4 * (address - 0x48) + channel + 1)


class Bench:
    def __init__(
        self, *, model: Model = "ads1115", rate_error: float = 0.0, layout: Layout = LAYOUT, bus_hz: float = 4e5
    ) -> None:
        self.clock = JumpingClock()
        self.inputs = Ladder()
        addresses = sorted({sensor.chip for sensor in layout.sensors})
        self.chips = [SimulatedChip(a, self.inputs, model=model, rate_error=rate_error) for a in addresses]
        self.bus = SimulatedBus(self.clock, self.chips, bus_hz=bus_hz)
        self.reader = Ads1x15Reader(open_bus=lambda: self.bus, clock=self.clock, layout=layout, model=model)
