"""The daemon on a mat that plays one prepared cycle of frames for ever, in real time; runs as `acumat run` does.

The simulator is not in this process, so that all its memory is the daemon's.
"""

from __future__ import annotations

import logging
import sys
from array import array
from pathlib import Path

from acumat.config import load_config
from acumat.wiring.daemon import daemon
from acumat.wiring.sources import Mat
from acumat_hw.clock import SystemClock
from acumat_hw.frame import Frame

CYCLE = "cycle.codes"
"""Beside the configuration: signed 16-bit codes of the machine's byte order, frame by frame."""


class PlayedSource:
    """The frame that is due at this moment of the cycle, which begins again when it is over."""

    def __init__(self, codes: array[int], *, sensors: int, rate_hz: float) -> None:
        self._codes = codes
        self._sensors = sensors
        self._frames = len(codes) // sensors
        self._rate_hz = rate_hz
        self._clock = SystemClock()
        self._began_s = self._clock.monotonic()

    def open(self) -> None: ...

    def read(self) -> Frame:
        now_s = self._clock.monotonic()
        seq = int((now_s - self._began_s) * self._rate_hz)
        at = seq % self._frames * self._sensors
        return Frame.complete(now_s, seq, tuple(self._codes[at : at + self._sensors]))

    def close(self) -> None: ...


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    path = Path(sys.argv[-1])
    config = load_config(path)
    codes = array("h")
    codes.frombytes(path.with_name(CYCLE).read_bytes())
    source = PlayedSource(codes, sensors=len(config.layout.sensors), rate_hz=config.daemon.rate_hz)
    daemon(config, mat=Mat(source, SystemClock())).run()


if __name__ == "__main__":
    main()
