"""The daemon on a mat whose reader kills the process, as a crash in a C library does; runs as `acumat run` does."""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path

from acumat.config import load_config
from acumat.wiring.daemon import daemon
from acumat.wiring.sources import Mat
from acumat_hw.clock import SystemClock
from acumat_hw.frame import Frame


class PoisonedSource:
    def open(self) -> None: ...

    def read(self) -> Frame:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    def close(self) -> None: ...


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    daemon(load_config(Path(sys.argv[-1])), mat=Mat(PoisonedSource(), SystemClock())).run()
