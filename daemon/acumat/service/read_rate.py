"""How often and how finely the mat is read: at the full rate while anything happens, more slowly while it lies there empty and
still, and with several scans a frame while somebody lies still or something is measured.
"""

from __future__ import annotations

from collections.abc import Callable

from acumat.contract.state import MatState, Presence
from acumat_hw.frame import Frame

CALM_S = 30.0
"""Seconds without any event before the rate falls: longer than a lift that still belongs to the session."""
WAKE_CODES = 24.0
"""A sensor that changes by more than this from one frame to the next has been touched. One step and a half of an ADS1015, many
times the noise of an ADS1115, 3 mV at gain 1: a hundredth of what counts as contact, so the full rate is there before it."""


class ReadRate:
    """Returns the number of slots to the next frame. Rates in Hz; an idle rate that is not lower than the full one is unused.

    `average` is called with whether the next frames are to be the mean of several scans. That removes most of the mains hum
    from a breath, which is a thousandth of the load; presence does not need it.
    """

    def __init__(self, rate_hz: float, idle_rate_hz: float, *, average: Callable[[bool], None] | None = None) -> None:
        self._average = average
        self._stride = max(1, int(rate_hz / idle_rate_hz + 1e-9))
        self._last: Frame | None = None
        self._calm_since_s: float | None = None

    def step(self, frame: Frame, state: MatState, *, busy: bool = False) -> int:
        """After this frame and its state; `busy` is whether somebody waits for something, such as a calibration."""
        if self._average is not None:
            self._average(busy or (state.presence is Presence.LYING and state.still is not False))
        if self._stride == 1:
            return 1
        last, self._last = self._last, frame
        calm = (
            state.presence is Presence.EMPTY
            and state.session_id is None
            and not busy
            and last is not None
            and last.missing == frame.missing
            and not _moved(last, frame)
        )
        if not calm:
            self._calm_since_s = None
        elif self._calm_since_s is None:
            self._calm_since_s = frame.t_mono_s
        since_s = self._calm_since_s
        return self._stride if since_s is not None and frame.t_mono_s - since_s >= CALM_S else 1


def _moved(before: Frame, after: Frame) -> bool:
    for a, b in zip(before.codes, after.codes, strict=True):
        if a is not None and b is not None and not -WAKE_CODES <= b - a <= WAKE_CODES:
            return True
    return False
