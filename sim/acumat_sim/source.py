"""A simulated mat as a source of frames, without a bus, and as the inputs of simulated converters."""

from __future__ import annotations

import math

from acumat_hw.clock import Clock
from acumat_hw.errors import SourceEndedError, SourceUnavailableError
from acumat_hw.frame import Frame
from acumat_hw.source import FrameSource
from acumat_sim.mat import SimulatedMat
from acumat_sim.streams import stream

NOISE_LSB = {"ads1115": 1.0, "ads1015": 1.5}
"""White noise of a conversion, rms; the driver's and the reference's together. Of an ADS1015 a tenth of its own step:
recorded codes of a box change in a tenth of the frames."""
STEPS = {"ads1115": 1, "ads1015": 16}
"""Codes of an ADS1015 are left-justified: multiples of this."""
CODE_MIN, CODE_MAX = -32768, 32767


class MatInputs:
    """The mat's dividers as seen by converters: `clock_zero` is the monotonic time at which the scenario starts."""

    def __init__(self, mat: SimulatedMat, clock_zero: float) -> None:
        self._mat = mat
        self._zero_s = clock_zero
        layout = mat.layout
        self._index = {(sensor.chip, sensor.channel): i for i, sensor in enumerate(layout.sensors)}
        self._gauss = [stream(mat.scenario.seed, f"conversion {i}").gauss for i in range(len(layout.sensors))]
        self._noise_v = NOISE_LSB[mat.scenario.mat.converter] * layout.lsb_v
        self._vcc_v = mat.scenario.mat.supply_v or layout.vcc_v

    def volts(self, address: int, channel: int, t_mono_s: float) -> float:
        """Volts that one conversion sees, its noise included; an input with nothing wired to it sits at 0 V."""
        index = self._index.get((address, channel))
        if index is None:
            return 0.0
        clean = self._mat.volts(max(0.0, t_mono_s - self._zero_s))[index]
        return min(clean + self._gauss[index](0.0, self._noise_v), self._vcc_v)

    def all_volts(self, t_mono_s: float) -> list[float]:
        """One conversion of every sensor at the same time."""
        clean = self._mat.volts(max(0.0, t_mono_s - self._zero_s))
        noise_v, vcc_v = self._noise_v, self._vcc_v
        return [min(v + gauss(0.0, noise_v), vcc_v) for v, gauss in zip(clean, self._gauss, strict=True)]


class SimSource:
    """Codes as converters at the layout's gain would give them, one frame a call; the scenario starts at the first `open()`,
    or at the monotonic time `zero_s`.
    """

    def __init__(self, mat: SimulatedMat, clock: Clock, *, period_s: float | None = None, zero_s: float | None = None) -> None:
        self._mat = mat
        self._clock = clock
        self._period_s = period_s
        self._inputs: MatInputs | None = None
        self._zero_s = zero_s
        self._reads = 0

    def open(self) -> None:
        if self._inputs is None:
            if self._zero_s is None:
                self._zero_s = self._clock.monotonic()
            self._inputs = MatInputs(self._mat, self._zero_s)

    def read(self) -> Frame:
        """Scan now. With `period_s` the sequence number counts periods since the start, so missed ones show."""
        inputs, zero_s = self._inputs, self._zero_s
        if inputs is None or zero_s is None:
            raise SourceUnavailableError("the simulated mat is not open; call open() first")
        now_s = self._clock.monotonic()
        if self._mat.scenario.ends and now_s - zero_s >= self._mat.scenario.duration_s:
            raise SourceEndedError(f"the scenario is over after {self._mat.scenario.duration_s:g} s")
        seq = self._reads if self._period_s is None else round((now_s - zero_s) / self._period_s)
        self._reads += 1
        lsb_v = self._mat.layout.lsb_v
        unit = STEPS[self._mat.scenario.mat.converter]
        codes = tuple(
            max(CODE_MIN, min(CODE_MAX, unit * math.floor(v / (unit * lsb_v) + 0.5))) for v in inputs.all_volts(now_s)
        )
        return Frame.complete(now_s, seq, codes)

    def close(self) -> None:
        """Nothing to let go of: the scenario continues with the clock."""


class ScenarioSource:
    """Another source that reads a simulated mat, over when the scenario is, if that ends at all."""

    def __init__(self, source: FrameSource, mat: SimulatedMat, clock: Clock, clock_zero: float) -> None:
        self._source = source
        self._scenario = mat.scenario
        self._clock = clock
        self._zero_s = clock_zero

    def open(self) -> None:
        self._source.open()

    def read(self) -> Frame:
        if self._scenario.ends and self._clock.monotonic() - self._zero_s >= self._scenario.duration_s:
            raise SourceEndedError(f"the scenario is over after {self._scenario.duration_s:g} s")
        return self._source.read()

    def close(self) -> None:
        self._source.close()
