"""A yes or no that neither a moment nor a hair's breadth changes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Hysteresis:
    """A yes or no that changes only when the wish to change has lasted: hysteresis in level and in time."""

    on: bool = False
    since_s: float | None = None

    def step(self, t_s: float, *, rise: bool, fall: bool, rise_dwell_s: float, fall_dwell_s: float) -> float | None:
        """Back-dated time of the edge if it changes now, else None. `rise` and `fall` are the wishes at this moment."""
        wants = fall if self.on else rise
        if not wants:
            self.since_s = None
            return None
        if self.since_s is None:
            self.since_s = t_s
        if t_s - self.since_s < (fall_dwell_s if self.on else rise_dwell_s) - 1e-9:
            return None
        edge, self.since_s, self.on = self.since_s, None, not self.on
        return edge
