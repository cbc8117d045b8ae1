"""The daemon as a process on a mat that lives on without it: `python -m tests.chaos.mat_process CONFIG STORY BOOT`.

STORY (JSON) says when which trouble comes, in seconds of the story since `began_s` (Unix time) at `speed` times real time. The
wiring, the driver, the threads and the signals are the real ones; the bus and the clocks are the story's.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path

from acumat.config import load_config
from acumat.identity import Machine
from acumat.wiring.daemon import daemon
from acumat.wiring.sources import Mat
from acumat_hw.ads1x15 import Ads1x15Reader
from acumat_hw.frame import Frame
from acumat_sim.ads1x15 import SimulatedBus, SimulatedChip
from acumat_sim.mat import SimulatedMat
from acumat_sim.scenario import load_scenario
from acumat_sim.source import MatInputs

NOON_S = 1.8e9
STALL_S = 1.5
"""Between two frames at 2 Hz: what is longer is noted, since a busy machine sees nothing meanwhile."""


class StoryClock:
    """The clocks of one boot. The wall clock steps when the story says so."""

    def __init__(self, began_s: float, speed: float, boot_s: float, steps: list[tuple[float, float]]) -> None:
        self._began_s = began_s
        self._speed = speed
        self._boot_s = boot_s
        self._steps = steps
        self._origin_s = time.monotonic() - (time.time() - began_s)

    def story_s(self) -> float:
        return (time.monotonic() - self._origin_s) * self._speed

    def monotonic(self) -> float:
        return self.story_s() - self._boot_s

    def wall(self) -> float:
        now_s = self.story_s()
        return NOON_S + now_s + sum(by_s for at_s, by_s in self._steps if at_s <= now_s)

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds / self._speed)


class FrameClock:
    """Time on the wire, which passes within a frame without waiting: at many times real time no process keeps a bus's pace."""

    def __init__(self, clock: StoryClock) -> None:
        self._clock = clock
        self._now_s = clock.monotonic()

    def begin(self) -> None:
        self._now_s = max(self._now_s, self._clock.monotonic())

    def monotonic(self) -> float:
        return self._now_s

    def wall(self) -> float:
        return self._clock.wall()

    def sleep(self, seconds: float) -> None:
        self._now_s += max(0.0, seconds)


class TroubledReader:
    """The real reader on a bus and chips that fail as the story says."""

    def __init__(
        self, mat: SimulatedMat, clock: StoryClock, boot_s: float, troubles: list[tuple[float, float, str]], stalls: Path
    ) -> None:
        inputs = _Shifted(MatInputs(mat, 0.0), boot_s)
        self._chips = [SimulatedChip(each, inputs) for each in sorted({sensor.chip for sensor in mat.layout.sensors})]
        self._wire = FrameClock(clock)
        self._bus = SimulatedBus(self._wire, self._chips)
        self._reader = Ads1x15Reader(open_bus=lambda: self._bus, clock=self._wire, layout=mat.layout)
        self._clock = clock
        self._troubles = troubles
        self._stalls = stalls
        self._read_s = clock.story_s()
        self._dipped: set[float] = {at_s for at_s, _, what in troubles if what == "dip" and at_s < clock.story_s()}

    def open(self) -> None:
        self._trouble()
        self._reader.open()

    def read(self) -> Frame:
        before_s, self._read_s = self._read_s, self._clock.story_s()
        if self._read_s - before_s > STALL_S:
            with self._stalls.open("a") as file:
                file.write(f"{before_s} {self._read_s}\n")
        self._trouble()
        try:
            return self._reader.read()
        finally:
            self._clock.sleep(self._wire.monotonic() - self._clock.monotonic())  # a bus that hangs holds up its reader

    def _trouble(self) -> None:
        self._wire.begin()
        now_s = self._clock.story_s()
        on = {what for at_s, for_s, what in self._troubles if at_s <= now_s < at_s + for_s}
        self._bus.hung = "hang" in on
        for chip in self._chips:
            chip.nack_probability = 0.1 if "refuse" in on else 0.0
        self._chips[0].present = "gone" not in on
        for at_s, _, what in self._troubles:
            if what == "dip" and at_s <= now_s and at_s not in self._dipped:
                self._dipped.add(at_s)
                for chip in self._chips:
                    chip.brown_out()

    def close(self) -> None:
        self._reader.close()


class _Shifted:
    def __init__(self, inputs: MatInputs, boot_s: float) -> None:
        self._inputs = inputs
        self._boot_s = boot_s

    def volts(self, address: int, channel: int, t_mono_s: float) -> float:
        return self._inputs.volts(address, channel, t_mono_s + self._boot_s)


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    config = load_config(Path(sys.argv[1]))
    story = json.loads(Path(sys.argv[2]).read_text())
    boot = int(sys.argv[3])
    boot_s = story["boots"][boot]
    clock = StoryClock(story["began_s"], story["speed"], boot_s, story["clock_steps"])
    staged = load_scenario(Path(story["scenario"]), config.layout)
    mat = SimulatedMat(staged, config.layout)
    reader = TroubledReader(mat, clock, boot_s, story["troubles"], Path(story["stalls"]))
    daemon(config, mat=Mat(reader, clock), machine=Machine(f"boot-{boot}", timesync=Path(story["timesync"]))).run()


if __name__ == "__main__":
    main()
