"""Frames from a source that may fail: every slot gets a frame, if necessary without readings."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable

from acumat.contract.state import Condition
from acumat_hw.clock import Clock
from acumat_hw.errors import BUS_HANGS, TOO_BUSY, SourceUnavailableError
from acumat_hw.frame import Frame, Missing
from acumat_hw.source import FrameSource

log = logging.getLogger(__name__)

RETRY_S = (1.0, 30.0)
"""First and longest wait before a source that failed is opened again; it doubles in between."""
OK = Condition()
DARK_S = 1.0
"""Frames without any reading for this long are an outage and are reported; a shorter time is a glitch."""


class Frames:
    """Opens the source, and opens it again with growing pauses when it fails. `condition` is its health.

    `remark` has a code and a sentence if the source works but has noticed something.
    """

    def __init__(
        self,
        source: FrameSource,
        clock: Clock,
        sensors: int,
        *,
        remark: Callable[[], tuple[str, str] | None] | None = None,
    ) -> None:
        self._source = source
        self._clock = clock
        self._sensors = sensors
        self._open = False
        self._retry_at_s = clock.monotonic()
        self._wait_s = RETRY_S[0]
        self._dark = 0
        self._dark_since_s: float | None = None
        self._remark = remark
        self._down = False
        self.condition = Condition("starting", "The sensors have not been read yet.")

    def read(self) -> Frame:
        """The frame of this slot. Raises SourceEndedError when a recording or a scenario is over."""
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
        if frame.codes.count(None) < len(frame.codes):
            self._well()
        else:
            self._is_dark(frame)
        return frame

    def broken(self) -> Frame:
        """The source raised an unexpected error: the slot has no readings, and the source is opened again."""
        with contextlib.suppress(Exception):  # such a source may fail in closing as well
            self._failed("the reader failed; the log names the place: journalctl -u acumat")
        return self._nothing()

    def close(self) -> None:
        """Close the source; may be called twice."""
        self._open = False
        self._source.close()

    def _nothing(self) -> Frame:
        self._dark += 1
        return Frame(self._clock.monotonic(), self._dark, (None,) * self._sensors, (Missing.ABSENT,) * self._sensors)

    def _failed(self, text: str) -> None:
        self._is_down("unavailable", text)
        self._open = False
        self._retry_at_s = self._clock.monotonic() + self._wait_s
        self._wait_s = min(2 * self._wait_s, RETRY_S[1])
        self._source.close()

    def _is_dark(self, frame: Frame) -> None:
        """Nothing was read, although the source is open."""
        if self._dark_since_s is None:
            self._dark_since_s = frame.t_mono_s
        if frame.t_mono_s - self._dark_since_s >= DARK_S and not self._down:
            reason = frame.missing[0] or Missing.NO_DATA
            text = f"no sensor has given a reading for {DARK_S:g} s ({reason}); check power, SDA and SCL"
            self._is_down(str(reason), {Missing.BUS_FAULT: BUS_HANGS, Missing.LATE: TOO_BUSY}.get(reason, text))

    def _is_down(self, code: str, text: str) -> None:
        if self.condition.text != text:
            log.error("%s", text)
        self._down = True
        self.condition = Condition(code, text)

    def _well(self) -> None:
        if self._down:
            log.info("the sensors are back")
        self._down = False
        self._dark_since_s = None
        self._wait_s = RETRY_S[0]
        remark = None if self._remark is None else self._remark()
        if remark is None:
            self.condition = OK
        elif self.condition.code != remark[0] or self.condition.text != remark[1]:
            self.condition = Condition(*remark)
