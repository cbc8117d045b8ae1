"""From codes to conductance. Voltage saturates and conductance does not, so only the latter can be summed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from acumat.detect.parameters import Parameters
from acumat_hw.frame import Frame
from acumat_hw.layout import Layout

FULL_SCALE_CODE = 32752
"""The last code of an ADS1015, and within 0.05 % that of an ADS1115: a converter at it has clipped."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Filtered conductance per sensor in microsiemens (None: no reading), and which dividers or converters are at their end.

    `implausible` are those that conduct better than any body can press a sensor. `xs` is V / Vcc before the median filter.
    """

    t_mono_s: float
    us: tuple[float | None, ...]
    saturated: tuple[bool, ...]
    implausible: tuple[bool, ...]
    xs: tuple[float | None, ...]


class Conductance:
    """Turns frames into readings: bins fast frames, converts, and takes the median of the last moments per sensor.

    With x = V / Vcc and the FSR on the high side, G = x / (R_m (1 - x)) (the voltage divider solved for the FSR). Codes below
    zero are the converter's offset and count as zero; x is clamped at `x_max` and flagged, as is a code at full scale.
    """

    def __init__(self, layout: Layout, parameters: Parameters) -> None:
        self._x_per_code = layout.lsb_v / layout.vcc_v
        self._us_per_ratio = tuple(1e6 / sensor.rm_ohm for sensor in layout.sensors)
        self._end_x = min(parameters.x_max, FULL_SCALE_CODE * self._x_per_code)
        self._most_x = tuple(sensor.rm_ohm / (sensor.rm_ohm + parameters.fsr_least_ohm) for sensor in layout.sensors)
        self._p = parameters
        self._bin: list[Frame] = []
        self._recent: deque[tuple[float, tuple[float | None, ...]]] = deque()

    def step(self, frame: Frame) -> Reading | None:
        """The reading at this frame, or None while frames of one bin are gathered."""
        if self._bin and not 0 <= frame.t_mono_s - self._bin[0].t_mono_s < self._p.bin_s:
            self._bin.clear()
        self._bin.append(frame)
        if self._more_to_come(frame):
            return None
        xs = self._binned()
        self._bin.clear()
        while self._recent and frame.t_mono_s - self._recent[0][0] > self._p.median_s:
            self._recent.popleft()
        self._recent.append((frame.t_mono_s, xs))
        x_max, end_x = self._p.x_max, self._end_x
        filtered = self._medians()
        return Reading(
            frame.t_mono_s,
            tuple(
                [
                    None if x is None else scale * x / (1.0 - x) if 0.0 <= x < x_max else self._clamped(x, scale)
                    for x, scale in zip(filtered, self._us_per_ratio, strict=True)
                ]
            ),
            tuple([x is not None and x >= end_x for x in filtered]),
            tuple([x is not None and x > most for x, most in zip(filtered, self._most_x, strict=True)]),
            xs,
        )

    def _clamped(self, x: float, us_per_ratio: float) -> float:
        return us_per_ratio * self._p.x_max / (1.0 - self._p.x_max) if x > 0 else 0.0

    def _more_to_come(self, frame: Frame) -> bool:
        """Whether the next frame, at the pace seen so far, still falls into this bin."""
        last = self._recent[-1][0] if self._recent else None
        if len(self._bin) > 1:
            pace = (frame.t_mono_s - self._bin[0].t_mono_s) / (len(self._bin) - 1)
            return frame.t_mono_s - self._bin[0].t_mono_s + pace < self._p.bin_s
        return last is not None and frame.t_mono_s - last < self._p.bin_s / 2

    def _binned(self) -> tuple[float | None, ...]:
        if len(self._bin) == 1:
            scale = self._x_per_code
            return tuple([None if code is None else code * scale for code in self._bin[0].codes])
        columns = zip(*(frame.codes for frame in self._bin), strict=True)
        return tuple(
            median(values) * self._x_per_code if (values := [code for code in column if code is not None]) else None
            for column in columns
        )

    def _medians(self) -> list[float | None]:
        """Of the readings inside the span; a sensor that missed a frame keeps its last ones that long."""
        recent = [xs for _, xs in self._recent]
        columns = zip(*recent, strict=True)
        if not any(None in xs for xs in recent):
            middle = (len(recent) - 1) // 2  # as `median`, without a call for each sensor
            return [sorted(column)[middle] for column in columns]
        return [median(values) if (values := [x for x in column if x is not None]) else None for column in columns]


def median(values: list[float] | list[int]) -> float:
    """The middle value; the lower one of two, so that an onset is never invented between them."""
    return sorted(values)[(len(values) - 1) // 2]
