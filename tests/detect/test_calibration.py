"""Calibration by the person's own weight, tare, adopt and finish: courses of conductance in, what was learnt out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from acumat.model import CalibrationResult, EventType
from acumat_hw.layout import Layout
from tests.detect.drive import Drive, one, types

T = EventType
PRESETS = [(2, 2), (4, 2), (4, 3), (4, 4)]
CROOKED = (1.2, 0.9, 0.8, 1.1, 1.0, 1.25, 0.85, 0.95)
"""Sensitivities of the eight sensors of a 4x2 mat."""


def body(mat: Layout, *, us: float = 150.0, lean: float = 0.0, head: float = 0.3, turned: bool = False) -> list[float]:
    """Conductance of nominal sensors under a body: more at the head by `head`, more on its own right by `lean`."""
    sign = -1 if turned else 1
    return [
        us
        * (1 + sign * head * math.copysign(min(1.0, abs(s.y_mm) / 100), s.y_mm))
        * (1 + sign * lean * math.copysign(1, s.x_mm))
        if abs(s.x_mm) > 1
        else us * (1 + sign * head * math.copysign(min(1.0, abs(s.y_mm) / 100), s.y_mm))
        for s in mat.sensors
    ]


def lie(
    drive: Drive, seconds: float, loads_us: Sequence[float], sensitivities: Sequence[float] | None = None, breath: float = 0.01
) -> None:
    """Lie down within 2 s and breathe 15 times a minute."""
    factors = sensitivities or [1.0] * len(loads_us)

    def course(t_s: float) -> list[float]:
        level = min(1.0, (t_s + 0.1) / 2) * (1 + breath * math.sin(2 * math.pi * 0.25 * t_s) / 2)
        return [0.5 + level * each * factor for each, factor in zip(loads_us, factors, strict=True)]

    drive.go(seconds, course)


def calibrated(drive: Drive, sensitivities: Sequence[float], *, turned: bool = False, lean: float = 0.0) -> CalibrationResult:
    drive.empty(8)
    assert drive.pipeline.start_calibration(turned=turned) is None
    drive.empty(8)
    lie(drive, 30, body(drive.mat, lean=lean), sensitivities)
    drive.empty(10)
    if turned:
        lie(drive, 30, body(drive.mat, lean=lean, turned=True), sensitivities)
        drive.empty(10)
    result = drive.pipeline.take_calibration()
    assert result is not None, drive.events[-1]
    return result


def test_one_lying_makes_mirror_pairs_equal_and_leaves_no_session() -> None:
    drive = Drive()
    result = calibrated(drive, CROOKED)
    for left, right in ((0, 1), (2, 3), (4, 5), (6, 7)):
        assert result.after.gains[left] * CROOKED[left] == pytest.approx(result.after.gains[right] * CROOKED[right], rel=0.005)
    assert sum(result.after.gains) == pytest.approx(8)
    assert result.after.calibrated
    assert not result.after.turned
    assert result.margin > 50
    assert result.before.gains == (1.0,) * 8
    assert drive.pipeline.learned == result.after
    assert drive.pipeline.take_calibration() is None
    assert drive.pipeline.calibration is None
    done = one(drive.events, T.CALIBRATION_DONE)
    assert done.numbers["gain_max"] == max(result.after.gains)
    assert T.LYING_CONFIRMED in types(drive.events)
    assert T.SESSION_STARTED not in types(drive.events)
    drive.empty(30)
    assert drive.pipeline.take_records() == ()
    # and then the same crooked mat reads even under an even body, whose load is the reference
    lie(drive, 40, body(drive.mat), CROOKED)
    state = drive.pipeline.state
    assert state.lateral == pytest.approx(0, abs=0.5)
    assert state.load == pytest.approx(100, abs=2)
    assert T.SESSION_STARTED in types(drive.events)


def test_a_second_lying_end_for_end_tells_a_crooked_mat_from_a_crooked_body() -> None:
    drive = Drive()
    result = calibrated(drive, CROOKED, turned=True, lean=0.2)
    assert result.after.turned
    corrected = [gain * each for gain, each in zip(result.after.gains, CROOKED, strict=True)]
    for group in ((0, 1, 6, 7), (2, 3, 4, 5)):
        assert [corrected[index] for index in group] == pytest.approx([corrected[group[0]]] * 4, rel=0.005)
    drive.empty(30)
    lie(drive, 40, body(drive.mat, lean=0.2), CROOKED)
    state = drive.pipeline.state
    assert state.lateral == pytest.approx(20, abs=1.0)
    assert state.head_foot == pytest.approx(28.5, abs=1.0)
