"""Hum from the mains cannot hide in the pace at which the doctor reads, however long a frame takes."""

from __future__ import annotations

import math
from itertools import accumulate, cycle, islice

import pytest

from acumat.doctor.sensors import FRAMES, PAUSES_S, check_sensors
from acumat_hw.frame import Frame
from acumat_hw.layout import grid

LAYOUT = grid(2, 2, rm_ohm=3300.0)


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
@pytest.mark.parametrize("phase", [0.0, 0.7, 1.6])
def test_hum_of_fifteen_millivolts_is_reported_for_every_length_of_a_frame(mains_hz: float, phase: float) -> None:
    for frame_ms in range(1, 61):
        times = accumulate(pause_s + frame_ms / 1000 for pause_s in islice(cycle(PAUSES_S), FRAMES))
        codes = [100 + round(120 * math.sin(2 * math.pi * mains_hz * t_s + phase)) for t_s in times]
        frames = [Frame.complete(float(i), i, (code, 100, 100, 100)) for i, code in enumerate(codes)]
        assert [each.code for each in check_sensors(LAYOUT, frames)] == ["noisy", "ok", "ok", "ok"], frame_ms
