"""How many calls of Python's own a frame costs: at ten frames a second most of what a reader costs are these and its sleeps."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType

import acumat_hw
from tests.hw.bench import Bench

READER = str(Path(acumat_hw.__file__).parent)
FRAMES = 20
MOST = 110
"""Of sixteen sensors: two for each transfer, ten for each of four steps of a scan, and some for the frame come to some 90."""


def test_a_frame_costs_few_calls() -> None:
    bench = Bench()
    bench.reader.open()
    bench.reader.read()
    calls = 0

    def count(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call" and frame.f_code.co_filename.startswith(READER)

    before = sys.getprofile()
    for _ in range(FRAMES):
        bench.clock.sleep(0.1)
        sys.setprofile(count)
        try:
            bench.reader.read()
        finally:
            sys.setprofile(before)
    assert 16 * FRAMES < calls < MOST * FRAMES, calls / FRAMES
