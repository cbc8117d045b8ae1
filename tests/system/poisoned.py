"""The daemon on a mat whose every reading fails in a way that nobody foresaw; runs as `acumat run` does."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from acumat import wiring
from acumat.config import load_config
from acumat_hw.clock import SystemClock
from acumat_hw.frame import Frame


class PoisonedSource:
    def open(self) -> None: ...

    def read(self) -> Frame:
        raise RuntimeError("the shoe is too small")

    def close(self) -> None: ...


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    wiring.daemon(load_config(Path(sys.argv[-1])), mat=(PoisonedSource(), SystemClock())).run()
