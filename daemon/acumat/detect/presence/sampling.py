"""Means of the sensors' loads over a quarter of a second, without sensors that come and go."""

from __future__ import annotations

import math

from acumat.detect.presence.sway import SAMPLE_S
from acumat.detect.signal.load import Load

FLAKY_S = 30.0
"""A sensor that had no reading is left out for so long: a loose contact comes and goes, and no foot does."""


class Sampling:
    """Fed with every load. Bounded: one sum a sensor."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """What comes now is something else."""
        self._slot: int | None = None
        self._sums: list[float] = []
        self._count = 0
        self.missing: tuple[bool, ...] = ()
        """The sensors that have no reading, or had none a while ago: they bear 0 in the samples."""
        self._flaky_s: dict[int, float] = {}
        """When each sensor had no reading last, for a while."""
        self.slow = False
        """Whether frames are too slow to show any sway."""

    def step(self, load: Load) -> tuple[tuple[float, ...] | None, bool]:
        """One load: the sample that ended before it, if one did, and whether the next one begins a new course of samples."""
        slot, missing = math.floor(load.t_mono_s / SAMPLE_S), self._without(load)
        sample, anew = None, False
        if slot != self._slot or missing != self.missing:
            if self._count:
                sample = tuple([total / self._count for total in self._sums])
            self.slow = self._slot is not None and slot > self._slot + 1
            anew = missing != self.missing or self._slot is None or self.slow
            self._slot, self.missing, self._count = slot, missing, 0
            self._sums = [0.0] * len(load.us)
        if True in missing:
            self._sums = [
                0.0 if gone else total + (us or 0.0) for total, us, gone in zip(self._sums, load.us, missing, strict=True)
            ]
        else:
            self._sums = [total + (us or 0.0) for total, us in zip(self._sums, load.us, strict=True)]
        self._count += 1
        return sample, anew

    def _without(self, load: Load) -> tuple[bool, ...]:
        if None not in load.us and not self._flaky_s:
            return (False,) * len(load.us)
        t_s = load.t_mono_s
        self._flaky_s.update({i: t_s for i, us in enumerate(load.us) if us is None})
        self._flaky_s = {i: at_s for i, at_s in self._flaky_s.items() if t_s - at_s < FLAKY_S}
        return tuple([i in self._flaky_s for i in range(len(load.us))])
