"""A source that hangs never keeps its reader waiting, and is used by one thread alone."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from acumat.contract.learned import Learned
from acumat.detect.pipeline import Pipeline
from acumat.service.frames import Frames
from acumat_hw import bus_thread
from acumat_hw.bus_thread import LOOKS, REOPEN_AFTER_S, STILL_LOOKS, STUCK_S, BusThread, _one_hangs, moves_of
from acumat_hw.errors import BUS_HANGS, TOO_BUSY, SourceEndedError, SourceUnavailableError
from acumat_hw.frame import Frame, Missing
from acumat_hw.layout import grid
from tests.broker import until
from tests.hw.bench import JumpingClock

LAYOUT = grid(4, 2, rm_ohm=3300.0)
LONG_S = 120.0


class HangingSource:
    """Answers at once unless it is told to hang; notes which threads have used it."""

    def __init__(self, clock: JumpingClock) -> None:
        self.clock = clock
        self.free = threading.Event()
        self.free.set()
        self.came_back = threading.Semaphore(0)
        self.error: Exception | None = None
        self.calls: list[str] = []
        self.users: set[int] = set()

    def _use(self, call: str) -> None:
        self.users.add(threading.get_ident())
        self.calls.append(call)
        hung = not self.free.is_set()
        assert self.free.wait(LONG_S)
        if hung:
            self.came_back.release()
        if self.error is not None:
            raise self.error

    def open(self) -> None:
        self._use("open")

    def read(self) -> Frame:
        t_s = self.clock.monotonic()
        self._use("read")
        return Frame.complete(t_s, 0, (50,) * 8)

    def close(self) -> None:
        self._use("close")


class Moves:
    """Whether the thread on the bus has moved at each look."""

    def __init__(self) -> None:
        self.moving = False
        self.looks = 0
        self.on_look: Callable[[int], object] = int

    def of(self, _thread: threading.Thread) -> Callable[[], bool]:
        return self.look

    def look(self) -> bool:
        self.looks += 1
        self.on_look(self.looks)
        return self.moving


class Rig:
    def __init__(self, patience_s: float = LONG_S) -> None:
        self.clock = JumpingClock()
        self.source = HangingSource(self.clock)
        self.moves = Moves()
        self.bus = BusThread(
            self.source, self.clock, sensors=8, patience_s=patience_s, monotonic=self.clock.monotonic, moves_of=self.moves.of
        )

    def let_go(self) -> None:
        """The hanging call comes back, and its answer is there."""
        self.source.free.set()
        assert self.source.came_back.acquire(timeout=LONG_S)
        for _ in range(20_000):  # the thread has a few more steps to do
            if not _one_hangs() if self.bus._thread is None else self.bus._answers.qsize():
                return
            threading.Event().wait(0.001)
        pytest.fail("the answer did not come")


def test_frames_and_errors_come_through_and_one_other_thread_alone_uses_the_source() -> None:
    rig = Rig()
    rig.bus.open()
    assert rig.bus.read().codes == (50,) * 8
    for error in (SourceUnavailableError("gone"), SourceEndedError("over"), ZeroDivisionError("a bug")):
        rig.source.error = error
        with pytest.raises(type(error), match=str(error)):
            rig.bus.read()
    rig.source.error = None
    rig.bus.close()
    rig.bus.close()
    assert rig.source.calls == ["open", "read", "read", "read", "read", "close"]
    assert len(rig.source.users) == 1
    assert threading.get_ident() not in rig.source.users


def test_while_a_read_hangs_there_are_frames_without_readings_and_then_new_ones() -> None:
    rig = Rig(patience_s=0.02)
    rig.bus._patience_s = LONG_S
    rig.bus.open()
    rig.bus.read()
    rig.bus._patience_s = 0.02
    rig.source.free.clear()
    for _ in range(20):
        frame = rig.bus.read()
        assert frame == Frame(rig.clock.monotonic(), frame.seq, (None,) * 8, (Missing.BUS_FAULT,) * 8)
        rig.clock.sleep(0.1)
    assert rig.bus.hangs_since_s == pytest.approx(100.0)
    assert rig.source.calls == ["open", "read", "read"]
    rig.let_go()
    rig.bus._patience_s = LONG_S
    frame = rig.bus.read()
    assert frame.codes == (50,) * 8
    assert frame.t_mono_s == rig.clock.monotonic(), "the frame that hung is older than those that stood in for it"
    assert rig.bus.hangs_since_s is None


def test_after_a_long_stall_the_source_is_closed_and_opened_anew() -> None:
    rig = Rig()
    frames = Frames(rig.bus, rig.clock, 8)
    assert frames.read().codes == (50,) * 8
    rig.bus._patience_s = 0.02
    rig.source.free.clear()
    for _ in range(round(REOPEN_AFTER_S * 10) + 5):
        assert frames.read().codes == (None,) * 8
        rig.clock.sleep(0.1)
    rig.let_go()
    rig.bus._patience_s = LONG_S
    assert frames.read().codes == (None,) * 8
    rig.clock.sleep(1.0)
    assert frames.read().codes == (50,) * 8
    assert rig.source.calls[-3:] == ["close", "open", "read"]
    assert frames.condition.code == "ok"


def test_an_open_that_hangs_is_an_unavailable_source_and_is_tried_again_once_it_is_back() -> None:
    rig = Rig(patience_s=0.02)
    frames = Frames(rig.bus, rig.clock, 8)
    rig.source.free.clear()
    for _ in range(100):
        assert frames.read().codes == (None,) * 8
        rig.clock.sleep(0.1)
    assert (frames.condition.code, frames.condition.text) == ("unavailable", BUS_HANGS)
    assert rig.source.calls == ["open"]
    rig.let_go()
    rig.bus._patience_s = LONG_S
    rig.clock.sleep(30.0)
    assert frames.read().codes == (50,) * 8
    assert rig.source.calls == ["open", "close", "open", "read"]


def test_a_read_that_makes_progress_is_late_and_no_hang_until_it_makes_none() -> None:
    rig = Rig()
    frames = Frames(rig.bus, rig.clock, 8)
    frames.read()
    rig.bus._patience_s = 0.02
    rig.moves.moving = True
    rig.source.free.clear()
    for _ in range(20):
        assert frames.read().missing == (Missing.LATE,) * 8
        rig.clock.sleep(0.1)
    assert (frames.condition.code, frames.condition.text) == ("late", TOO_BUSY)
    assert rig.bus.hangs_since_s is None
    rig.moves.moving = False
    reasons = [frames.read().missing[0] for _ in range(4)]
    assert reasons == [Missing.LATE, *(STILL_LOOKS + 1) * [Missing.BUS_FAULT]]
    assert rig.bus.hangs_since_s == pytest.approx(100.0)
    rig.let_go()


def test_a_read_that_takes_too_long_hangs_whatever_it_uses() -> None:
    rig = Rig(patience_s=0.02)
    rig.moves.moving = True
    rig.source.free.clear()
    assert rig.bus.read().missing == (Missing.LATE,) * 8
    rig.clock.sleep(STUCK_S)
    assert rig.bus.read().missing == (Missing.BUS_FAULT,) * 8
    assert rig.bus.hangs_since_s == pytest.approx(100.0)
    rig.let_go()


def test_a_busy_machine_may_take_longer_to_open_the_bus() -> None:
    rig = Rig(patience_s=0.02)
    rig.moves.moving = True
    rig.source.free.clear()
    rig.moves.on_look = lambda looks: rig.source.free.set() if looks == 4 * LOOKS else None
    rig.bus.open()
    assert rig.moves.looks >= 4 * LOOKS


def test_an_open_that_takes_too_long_on_a_busy_machine_is_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus_thread, "OPEN_S", 0.2)
    rig = Rig(patience_s=0.02)
    rig.moves.moving = True
    rig.source.free.clear()
    for _ in range(3):
        with pytest.raises(SourceUnavailableError, match=TOO_BUSY):
            rig.bus.open()
        rig.bus.close()
        rig.clock.sleep(15.0)
    assert rig.bus.hangs_since_s is None
    rig.let_go()


def test_a_late_reading_does_not_close_the_bus() -> None:
    rig = Rig()
    rig.bus.read()
    rig.bus._patience_s = 0.02
    rig.moves.moving = True
    rig.source.free.clear()
    rig.bus.read()
    rig.clock.sleep(REOPEN_AFTER_S + 1.0)
    rig.let_go()
    rig.bus._patience_s = LONG_S
    assert rig.bus.read().codes == (50,) * 8
    assert rig.source.calls == ["read", "read", "read"]


def test_a_thread_that_works_moves_and_one_that_waits_does_not() -> None:
    work, stop, waits = threading.Event(), threading.Event(), threading.Event()

    def run() -> None:
        while not stop.is_set():
            if work.is_set():
                continue
            waits.wait(LONG_S)

    work.set()
    thread = threading.Thread(target=run)
    with pytest.raises(RuntimeError):
        moves_of(thread)
    thread.start()
    moves = moves_of(thread)
    try:
        moves()
        until(moves, "it uses processor time")
        work.clear()
        until(lambda: not moves(), "it waits")
    finally:
        stop.set()
        waits.set()
        thread.join()


def on_the_bus() -> int:
    return sum(thread.name == "bus" for thread in threading.enumerate())


def test_no_thread_is_left_behind_by_those_that_are_closed() -> None:
    before = on_the_bus()
    for _ in range(20):
        rig = Rig()
        rig.bus.open()
        rig.bus.read()
        rig.bus.close()
        assert rig.source.calls == ["open", "read", "close"]
        assert on_the_bus() == before


def test_after_a_reload_during_a_hang_the_bus_is_left_alone_until_the_earlier_one_is_off_it() -> None:
    before = on_the_bus()
    old, new = Rig(patience_s=0.02), Rig()
    old.source.free.clear()
    old.bus.read()
    for _ in range(3):
        old.bus.close()
    assert old.bus.hangs_since_s == pytest.approx(100.0)
    for _ in range(3):
        new.clock.sleep(5.0)
        with pytest.raises(SourceUnavailableError, match=BUS_HANGS):
            new.bus.open()
        assert new.bus.hangs_since_s == pytest.approx(105.0)
    assert new.source.calls == []
    old.let_go()
    assert old.source.calls == ["read", "close"]
    assert (old.bus.hangs_since_s, new.bus.hangs_since_s) == (None, None)
    new.bus.open()
    assert new.bus.read().codes == (50,) * 8
    new.bus.close()
    assert on_the_bus() == before


@pytest.mark.parametrize("rate_hz", [1.0, 5.0, 10.0])
def test_a_mat_whose_bus_hangs_is_blind_within_three_seconds_and_never_empty_again(rate_hz: float) -> None:
    rig = Rig()
    frames = Frames(rig.bus, rig.clock, 8)
    pipeline = Pipeline(LAYOUT, learned=Learned((0.5,) * 8, (1.0,) * 8))
    for _ in range(round(10 * rate_hz)):
        pipeline.step(frames.read())
        rig.clock.sleep(1 / rate_hz)
    assert pipeline.state.presence == "empty"
    rig.bus._patience_s = 0.02
    rig.source.free.clear()
    hung_s = rig.clock.monotonic()
    while rig.clock.monotonic() - hung_s < 12.0:
        pipeline.step(frames.read())
        if rig.clock.monotonic() - hung_s >= 3.0 - 1e-6:
            assert pipeline.state.presence == "blind"
        rig.clock.sleep(1 / rate_hz)
    rig.source.free.set()
