"""The minutes of the session under way: means of the state, until they are stored."""

from __future__ import annotations

from collections import defaultdict

from acumat.contract.state import MatState, Presence
from acumat.history.minutes import MinuteRow

MEANS = ("load", "lateral", "head_foot", "evenness", "still", "breaths_per_min")
"""The values of the state that are averaged, in the order of a row."""
GAP_S = 2.0
"""A reported frame stands for the time since the one before it, but for no more than this: nothing was seen in a gap."""


class Minutes:
    """For the loop's thread. A minute is due when the session has gone past it."""

    def __init__(self) -> None:
        self._at: tuple[str, int] | None = None
        """The session and the minute that is being averaged."""
        self._last_s = 0.0
        self._sums: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        """By mean: weighted sum and weight, in seconds."""
        self._due: list[MinuteRow] = []

    def follow(self, state: MatState) -> None:
        """One reported frame."""
        at = None
        if state.session_id is not None and state.session_s is not None:
            at = (state.session_id, int(state.session_s // 60.0))
        if at != self._at:
            self._finish()
            if at is None or self._at is None or at[0] != self._at[0]:
                self._last_s = state.session_s or 0.0
            self._at = at
        if at is None or state.session_s is None:
            return
        weight_s, self._last_s = min(max(0.0, state.session_s - self._last_s), GAP_S), state.session_s
        if state.presence is Presence.LYING and weight_s:
            self._add(state, weight_s)

    def take(self) -> tuple[MinuteRow, ...]:
        """The minutes that are due, once each."""
        due, self._due = tuple(self._due), []
        return due

    def _add(self, state: MatState, weight_s: float) -> None:
        for name in MEANS:
            value = getattr(state, name)
            if value is not None:
                both = self._sums[name]
                both[0] += value * weight_s
                both[1] += weight_s

    def _mean(self, name: str) -> float | None:
        total, weight_s = self._sums.get(name, (0.0, 0.0))
        return total / weight_s if weight_s else None

    def _finish(self) -> None:
        if self._at is not None and self._sums:
            self._due.append(MinuteRow(*self._at, *(self._mean(name) for name in MEANS)))
        self._sums.clear()
