"""Step 4: does what lies there live? A body breathes and stirs; a box only creeps, and creep goes one way."""

from __future__ import annotations

import math

from acumat.detect.parameters import Parameters

SAMPLE_S = 0.25
MIN_SAMPLES = 12


class Life:
    """Looks at the last seconds of a load for a swing: a fall and a rise, both larger than the noise can make.

    Creep of sensor and foam only ever goes one way, so the smaller of the greatest fall and the greatest rise inside a look is
    noise for a thing and breath or movement for a body. The noise is measured frame to frame in the same look, by second
    differences (whose variance is six times that of white noise, and which breathing hardly enters); the quietest look counts.
    """

    def __init__(self, parameters: Parameters) -> None:
        self._p = parameters
        self.reset()

    def reset(self) -> None:
        """Forget what was seen: something new came onto the mat."""
        self._pace_s = SAMPLE_S
        self._raw: list[float] = []
        self._sample_start_s = 0.0
        self._samples: list[float] = []
        self._counts: list[int] = []
        self._differences: list[float] = []
        self._last: tuple[float, float] | None = None
        self._noise: float | None = None
        self.blocks_alive = 0
        self.swing_pct = 0.0

    @property
    def alive(self) -> bool:
        """Whether enough blocks showed life."""
        return self.blocks_alive >= self._p.blocks_needed

    def step(self, t_s: float, total: float) -> None:
        """One more total load (any unit; only ratios count)."""
        if not self._raw:
            self._sample_start_s = t_s
        sampled = False
        if self._last is not None:
            older, old = self._last
            self._differences.append(total - 2 * old + older)
            self._last = (old, total)
        else:
            self._last = (total, total)
        if self._raw and t_s - self._sample_start_s >= SAMPLE_S:
            self._samples.append(sum(self._raw) / len(self._raw))
            self._counts.append(len(self._raw))
            self._pace_s = t_s - self._sample_start_s
            self._raw.clear()
            self._sample_start_s = t_s
            sampled = True
        self._raw.append(total)
        if sampled:
            self._judge()

    def _judge(self) -> None:
        """Look at the newest samples; what was found alive is not counted twice, what was not is looked at again with more."""
        longest = round(self._p.block_longest_s / SAMPLE_S)
        del self._samples[:-longest], self._counts[:-longest], self._differences[: -longest * max(self._counts)]
        if len(self._samples) < MIN_SAMPLES or len(self._samples) * self._pace_s < self._p.block_s:
            return
        mean = sum(self._samples) / len(self._samples)
        if mean <= 0:
            return
        noise = math.sqrt(sum(d * d for d in self._differences) / (6 * len(self._differences))) / mean
        self._noise = noise if self._noise is None else min(noise, self._noise)
        smoothed_noise = self._noise / math.sqrt(sum(self._counts) / len(self._counts))
        swing = swing_of(self._samples) / mean
        self.swing_pct = 100.0 * swing
        # a sine's swing is 2.8 times its rms
        if self.swing_pct > 2.8 * self._p.life_rms_pct and swing > 2.8 * self._p.life_over_noise * smoothed_noise:
            self.blocks_alive += 1
            self._samples.clear()
            self._counts.clear()
            self._differences.clear()


def swing_of(values: list[float]) -> float:
    """The smaller of the greatest fall and the greatest rise from an earlier to a later value."""
    fall = rise = 0.0
    high = low = values[0]
    for value in values:
        high = max(high, value)
        low = min(low, value)
        fall = max(fall, high - value)
        rise = max(rise, value - low)
    return min(fall, rise)
