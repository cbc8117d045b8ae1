"""Frames whatever the source does: outages, backing off, and what is said of them."""

from __future__ import annotations

import logging
from itertools import pairwise

import pytest

from acumat.service.frames import RETRY_S, Frames
from acumat_hw.errors import SourceEndedError, SourceUnavailableError
from acumat_hw.frame import Frame, Missing
from tests.hw.bench import JumpingClock


class ScriptedSource:
    """Plays what a test gives it: a frame's codes, or an exception that is raised by read() or open()."""

    def __init__(self, clock: JumpingClock) -> None:
        self.clock = clock
        self.opening: Exception | None = None
        self.reading: Exception | None = None
        self.opens_at_s: list[float] = []
        self.missing: Missing | None = None
        self.closing: Exception | None = None

    def open(self) -> None:
        self.opens_at_s.append(self.clock.monotonic())
        if self.opening is not None:
            raise self.opening

    def read(self) -> Frame:
        if self.reading is not None:
            raise self.reading
        if self.missing is not None:
            return Frame(self.clock.monotonic(), 0, (None, None), (self.missing, self.missing))
        return Frame.complete(self.clock.monotonic(), 0, (1, 2))

    def close(self) -> None:
        if self.closing is not None:
            raise self.closing


def bench() -> tuple[JumpingClock, ScriptedSource, Frames]:
    clock = JumpingClock()
    source = ScriptedSource(clock)
    return clock, source, Frames(source, clock, 2)


@pytest.mark.parametrize("closing", [None, RuntimeError("stuck")])
def test_a_source_that_raises_what_none_should_is_opened_anew_like_any_that_failed(closing: Exception | None) -> None:
    clock, source, frames = bench()
    frames.read()
    source.closing = closing
    for _ in range(300):
        source.reading = ZeroDivisionError()
        try:
            frame = frames.read()
        except ZeroDivisionError:
            frame = frames.broken()
        assert frame.codes == (None, None)
        clock.sleep(0.1)
    assert len(source.opens_at_s) <= 6
    assert frames.condition.code == "unavailable"
    source.reading = None
    clock.sleep(30.0)
    assert frames.read().codes == (1, 2)
    assert frames.condition.code == "ok"


def test_a_source_that_cannot_be_opened_gives_frames_without_readings_and_is_tried_ever_more_seldom() -> None:
    clock, source, frames = bench()
    source.opening = SourceUnavailableError("no bus")
    for _ in range(1200):
        frame = frames.read()
        assert frame.codes == (None, None)
        assert frame.missing == (Missing.ABSENT, Missing.ABSENT)
        assert frame.t_mono_s == clock.monotonic()
        clock.sleep(0.1)
    gaps = [round(b - a) for a, b in zip(source.opens_at_s, source.opens_at_s[1:], strict=False)]
    assert gaps[:6] == [1, 2, 4, 8, 16, 30]
    assert max(gaps) <= RETRY_S[1]
    assert frames.condition.code == "unavailable"
    assert frames.condition.text == "no bus"


def test_an_outage_is_two_lines_of_log_and_the_source_is_opened_again(caplog: pytest.LogCaptureFixture) -> None:
    clock, source, frames = bench()
    caplog.set_level(logging.INFO)
    assert frames.read().codes == (1, 2)
    source.reading = SourceUnavailableError("the cable is out")
    for _ in range(20):
        frames.read()
        clock.sleep(1.0)
    source.reading = None
    clock.sleep(30.0)
    assert frames.read().codes == (1, 2)
    assert [record.getMessage() for record in caplog.records] == ["the cable is out", "the sensors are back"]
    assert frames.condition.code == "ok"
    assert len(source.opens_at_s) > 1


def test_a_second_outage_is_tried_as_soon_as_the_first_one_was() -> None:
    clock, source, frames = bench()
    for _ in range(2):
        source.opens_at_s.clear()
        source.reading = SourceUnavailableError("the cable is out")
        for _ in range(200):
            frames.read()
            clock.sleep(0.1)
        gaps = [round(b - a) for a, b in pairwise(source.opens_at_s[-4:])]
        assert gaps == [2, 4, 8]
        source.reading = None
        clock.sleep(RETRY_S[1])
        assert frames.read().codes == (1, 2)


@pytest.mark.parametrize("reason", [Missing.BUS_FAULT, Missing.NO_ANSWER])
def test_frames_without_any_reading_are_an_outage_after_a_second_and_reported_once(
    reason: Missing, caplog: pytest.LogCaptureFixture
) -> None:
    clock, source, frames = bench()
    caplog.set_level(logging.INFO)
    frames.read()
    source.missing = reason
    for turn in range(50):
        frames.read()
        assert turn in (9, 10) or frames.condition.code == ("ok" if turn < 9 else reason)
        clock.sleep(0.1)
    assert "SDA and SCL" in frames.condition.text
    source.missing = None
    frames.read()
    assert frames.condition.code == "ok"
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]


def test_a_glitch_of_half_a_second_is_not_reported(caplog: pytest.LogCaptureFixture) -> None:
    clock, source, frames = bench()
    caplog.set_level(logging.INFO)
    frames.read()
    for turn in range(200):
        source.missing = Missing.NO_ANSWER if turn % 20 < 6 else None
        frames.read()
        assert frames.condition.code == "ok"
        clock.sleep(0.1)
    assert not caplog.records


def test_what_the_source_has_noticed_is_its_condition_while_it_reads() -> None:
    clock = JumpingClock()
    remarks: list[tuple[str, str]] = []
    frames = Frames(ScriptedSource(clock), clock, 2, remark=lambda: remarks[-1] if remarks else None)
    frames.read()
    assert frames.condition.code == "ok"
    remarks.append(("restarts", "0x48 once"))
    frames.read()
    assert (frames.condition.code, frames.condition.text) == ("restarts", "0x48 once")
    remarks.append(("restarts", "0x48 twice"))
    frames.read()
    assert frames.condition.text == "0x48 twice"
    remarks.clear()
    frames.read()
    assert frames.condition.code == "ok"


def test_the_end_of_a_scenario_goes_through_to_the_loop() -> None:
    _, source, frames = bench()
    source.reading = SourceEndedError("over")
    with pytest.raises(SourceEndedError):
        frames.read()
