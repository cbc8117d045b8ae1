"""Frames from a source that may fail: there is one for every slot, if need be one in which nothing was read."""

from __future__ import annotations

import logging

from acumat.model import Condition
from acumat_hw.clock import Clock
from acumat_hw.errors import SourceUnavailableError
from acumat_hw.frame import Frame, Missing
from acumat_hw.source import FrameSource

log = logging.getLogger(__name__)

RETRY_S = (1.0, 30.0)
"""First and longest wait before a source that failed is opened again; it doubles in between."""


class Frames:
    """Opens the source, opens it again with growing pauses when it fails, and says how it fares."""

    def __init__(self, source: FrameSource, clock: Clock, sensors: int) -> None:
        self._source = source
        self._clock = clock
        self._sensors = sensors
        self._open = False
        self._retry_at_s = clock.monotonic()
        self._wait_s = RETRY_S[0]
        self._dark = 0
        self.condition = Condition("starting", "The sensors have not been read yet.")

    def read(self) -> Frame:
        """The mat now. Raises SourceEndedError when a recording or a scenario is over."""
        try:
            if not self._open:
                if self._clock.monotonic() < self._retry_at_s:
                    return self._nothing()
                self._source.open()
                self._open = True
            frame = self._source.read()
        except SourceUnavailableError as exc:
            self._failed(str(exc))
            return self._nothing()
        if any(code is not None for code in frame.codes):
            self._well()
        return frame

    def close(self) -> None:
        """Let go of the source; may be called twice."""
        self._open = False
        self._source.close()

    def _nothing(self) -> Frame:
        self._dark += 1
        return Frame(self._clock.monotonic(), self._dark, (None,) * self._sensors, (Missing.ABSENT,) * self._sensors)

    def _failed(self, text: str) -> None:
        if self.condition.text != text:
            log.error("%s", text)
        self.condition = Condition("unavailable", text)
        self._source.close()
        self._open = False
        self._retry_at_s = self._clock.monotonic() + self._wait_s
        self._wait_s = min(2 * self._wait_s, RETRY_S[1])

    def _well(self) -> None:
        if self.condition.code == "unavailable":
            log.info("the sensors are back")
        self.condition = Condition()
        self._wait_s = RETRY_S[0]
