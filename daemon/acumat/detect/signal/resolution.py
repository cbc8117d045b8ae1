"""The step of the converter behind each sensor, seen from its codes: 16 where a converter gives only 12 of 16 bits, else 1.

An ADS1015 gives its 12 bits left-justified (SBAS473), also where it is sold as an ADS1115. Between two steps a signal stands
still, so what is less than a step says nothing of noise or of life.
"""

from __future__ import annotations

from acumat_hw.layout import Layout

COARSE_STEP = 16
COARSE_CODES = 5
"""So many different codes, all multiples of 16, before a step is believed. One code of an ADS1115 is such a multiple in 1 of 16
cases, so that five are it by chance once in a million."""


class Resolution:
    """Fed with the codes of every frame. One code in between proves for good that a sensor's converter has 16 bits."""

    def __init__(self, layout: Layout) -> None:
        self._x_per_code = layout.lsb_v / layout.vcc_v
        self._us_per_ratio = tuple(1e6 / sensor.rm_ohm for sensor in layout.sensors)
        self._doubtful = set(range(len(layout.sensors)))
        """The sensors that have shown nothing but multiples of 16."""
        self._seen: set[int] = set()
        """Different codes of these, as many as are asked for. Zero is what a negative code is cut to, and says nothing."""
        self.steps: tuple[int, ...] = (1,) * len(layout.sensors)
        """The step of each sensor, in codes of 16 bits."""
        self.coarsest = 1
        """The largest of them."""

    def step(self, codes: tuple[int | None, ...]) -> None:
        """The codes of one frame."""
        if not self._doubtful:
            return
        fine = [index for index in self._doubtful if (codes[index] or 0) % COARSE_STEP]
        if fine:
            self._doubtful.difference_update(fine)
            self._seen.clear()
        elif len(self._seen) >= COARSE_CODES:
            return
        self._seen.update([code for index in self._doubtful if (code := codes[index])])
        known = len(self._seen) >= COARSE_CODES
        self.steps = tuple([COARSE_STEP if known and index in self._doubtful else 1 for index in range(len(codes))])
        self.coarsest = max(self.steps)

    def step_us(self, us: tuple[float | None, ...]) -> tuple[float, ...]:
        """What one step is worth at these conductances, microsiemens per sensor (0 without a reading).

        G = S x / (1 - x) with S = 1 / R_m, so that dG = dx (S + G)^2 / S. A standing signal is known to a step over the root of
        twelve (rms of rounding).
        """
        return tuple(
            [
                0.0 if now is None else step * self._x_per_code * (scale + now) ** 2 / scale
                for now, step, scale in zip(us, self.steps, self._us_per_ratio, strict=True)
            ]
        )
