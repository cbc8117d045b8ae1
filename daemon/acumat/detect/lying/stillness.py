"""How still somebody lies, in epochs, and how far the visit has come."""

from __future__ import annotations

from collections import deque

from acumat.contract.state import Phase
from acumat.detect.parameters import Parameters

SAMPLE_S = 0.5
MOVED_MOST_PCT = 10_000.0
"""More is the load that left: what it was before, over next to nothing."""


class Stillness:
    """Movement = sum of absolute changes of half-second mean loads over the mean load, per epoch, in percent."""

    def __init__(self, parameters: Parameters) -> None:
        self._p = parameters
        self.reset()

    def reset(self) -> None:
        """A new visit begins."""
        self._start_s: float | None = None
        self._epoch_start_s = 0.0
        self._sample_start_s = 0.0
        self._raw: list[float] = []
        self._last: float | None = None
        self._moved = 0.0
        self._sum = 0.0
        self._count = 0
        self._epochs: deque[float] = deque(maxlen=self._p.restless_epochs)
        self._quiet_since_s: float | None = None
        self.settled_at_s: float | None = None
        self.epoch_mean: float | None = None
        """Mean load of the last whole epoch."""

    def settled_before(self, t_s: float) -> None:
        """It settled in an earlier run; it is not reported again."""
        self.settled_at_s = t_s

    @property
    def still(self) -> bool | None:
        """Whether the last whole epoch was still; None before there was one."""
        return self._epochs[-1] < self._p.still_pct if self._epochs else None

    @property
    def moved_pct(self) -> float | None:
        """Movement in the last whole epoch, in percent of the mean load."""
        return self._epochs[-1] if self._epochs else None

    @property
    def restlessness_pct(self) -> float | None:
        """Share of the last epochs that were not still, in percent."""
        if not self._epochs:
            return None
        return 100.0 * sum(moved >= self._p.still_pct for moved in self._epochs) / len(self._epochs)

    def step(self, t_s: float, total: float) -> bool:
        """One more load; True at the moment that settles it."""
        if self._start_s is None:
            self._start_s = self._epoch_start_s = self._sample_start_s = t_s
        if self._raw and t_s - self._sample_start_s >= SAMPLE_S:
            mean = sum(self._raw) / len(self._raw)
            if self._last is not None:
                self._moved += abs(mean - self._last)
            self._last = mean
            self._sum += mean
            self._count += 1
            self._raw.clear()
            self._sample_start_s = t_s
        self._raw.append(total)
        if t_s - self._epoch_start_s < self._p.epoch_s or not self._count:
            return False
        return self._close_epoch(t_s)

    def _close_epoch(self, t_s: float) -> bool:
        mean = self._sum / self._count
        moved = min(100.0 * self._moved / mean, MOVED_MOST_PCT) if mean > 0 else 0.0
        self._epochs.append(moved)
        self.epoch_mean = mean
        self._epoch_start_s, self._moved, self._sum, self._count = t_s, 0.0, 0.0, 0
        if moved >= self._p.still_pct:
            self._quiet_since_s = None
            return False
        if self._quiet_since_s is None:
            self._quiet_since_s = t_s - self._p.epoch_s
        if self.settled_at_s is None and t_s - self._quiet_since_s >= self._p.settle_window_s:
            self.settled_at_s = t_s
            return True
        return False

    def phase(self, t_s: float, lying_since_s: float) -> Phase:
        """Sharp for the first half minute, settling until it has been quiet, then settled."""
        if t_s - lying_since_s < self._p.sharp_s:
            return Phase.SHARP
        return Phase.SETTLING if self.settled_at_s is None else Phase.SETTLED
