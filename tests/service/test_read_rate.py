"""When the mat is read slowly, and that it never is when anything happens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acumat.contract.state import MatState, Presence
from acumat.service.read_rate import CALM_S, WAKE_CODES, ReadRate
from acumat_hw.frame import Frame, Missing

EMPTY = MatState(presence=Presence.EMPTY)


class Reading:
    """Gives frames to a pace as the loop does, and notes how long each pause was."""

    def __init__(self, rate_hz: float = 10.0, idle_rate_hz: float = 5.0) -> None:
        self.pace = ReadRate(rate_hz, idle_rate_hz)
        self.rate_hz = rate_hz
        self.slot = 0

    def frame(self, codes: tuple[int | None, ...], state: MatState = EMPTY, *, busy: bool = False) -> int:
        missing = tuple(None if code is not None else Missing.NO_ANSWER for code in codes)
        stride = self.pace.step(Frame(self.slot / self.rate_hz, self.slot, codes, missing), state, busy=busy)
        self.slot += stride
        return stride

    def calm(self, seconds: float, state: MatState = EMPTY, *, busy: bool = False) -> set[int]:
        end = self.slot + round(seconds * self.rate_hz)
        strides = set()
        while self.slot < end:
            strides.add(self.frame((10 + self.slot % 3, 20), state, busy=busy))
        return strides


@pytest.mark.parametrize(
    ("rate_hz", "idle_rate_hz", "stride"), [(10, 5, 2), (10, 4, 2), (10, 10, 1), (10, 20, 1), (20, 4, 5), (1, 5, 1)]
)
def test_an_empty_and_still_mat_is_read_at_the_idle_rate_and_never_below_it(
    rate_hz: float, idle_rate_hz: float, stride: int
) -> None:
    reading = Reading(rate_hz, idle_rate_hz)
    assert reading.calm(CALM_S) == {1}
    assert reading.calm(60 + stride) | {1} == {1, stride}
    assert reading.calm(60) == {stride}


def test_a_touch_brings_the_full_rate_at_once_and_calm_brings_the_idle_rate_back() -> None:
    reading = Reading()
    reading.calm(CALM_S + 5)
    assert reading.frame((10, 20)) == 2
    assert reading.frame((10, 20 + int(WAKE_CODES) + 1)) == 1
    assert reading.calm(CALM_S - 1) == {1}
    assert reading.calm(5) == {1, 2}


@pytest.mark.parametrize(
    "state",
    [
        MatState(presence=Presence.CONTACT),
        MatState(presence=Presence.LYING),
        MatState(presence=Presence.BLIND),
        MatState(presence=Presence.EMPTY, session_id="x-s1"),
    ],
)
def test_nothing_but_an_empty_mat_without_a_session_is_read_slowly(state: MatState) -> None:
    assert Reading().calm(CALM_S + 30, state) == {1}


def test_who_calibrates_waits_for_no_slow_frame() -> None:
    assert Reading().calm(CALM_S + 30, busy=True) == {1}


def test_a_sensor_that_comes_or_goes_brings_the_full_rate() -> None:
    reading = Reading()
    reading.calm(CALM_S + 5)
    assert reading.frame((10, None)) == 1
    for _ in range(400):
        reading.frame((10, None))
    assert reading.frame((10, None)) == 2
    assert reading.frame((10, 20)) == 1


def test_several_scans_are_made_while_somebody_lies_still_or_something_is_measured() -> None:
    asked: list[bool] = []
    rate = ReadRate(10.0, 5.0, average=asked.append)
    still = MatState(presence=Presence.LYING, still=True)
    for state, busy in (
        (EMPTY, False),
        (EMPTY, True),
        (MatState(presence=Presence.CONTACT), False),
        (still, False),
        (MatState(presence=Presence.LYING), False),
        (replace(still, still=False), False),
    ):
        rate.step(Frame(0.0, 0, (10,), (None,)), state, busy=busy)
    assert asked == [False, True, False, True, True, False]
