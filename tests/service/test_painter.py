"""When a picture is painted: at most every 10 s, and only if somebody would see a difference."""

from __future__ import annotations

import threading
from dataclasses import replace

from acumat.contract.state import MatState, Presence
from acumat.picture.heatmap import Canvas, Scene
from acumat.service.painter import Painter, scene_of
from acumat.service.turn import Turn
from acumat_hw.layout import PRESETS, grid
from tests.broker import until
from tests.hw.bench import JumpingClock

LYING = MatState(Presence.LYING, lateral=-20.0, cop_mm=(-20.0, 10.0))
EMPTY = MatState(Presence.EMPTY)
LAYOUT = grid(*PRESETS["2x2"], rm_ohm=3300.0)


class Bench:
    def __init__(self) -> None:
        self.clock = JumpingClock()
        self.state: MatState = EMPTY
        self.loads: tuple[float | None, ...] = (10.0, 20.0, 30.0, 40.0)
        self.shown: list[bytes] = []
        self.threads: set[str] = set()
        self.painter = Painter(
            Canvas(LAYOUT),
            monotonic=self.clock.monotonic,
            publish=self._publish,
        )

    def _publish(self, picture: bytes) -> None:
        self.shown.append(picture)
        self.threads.add(threading.current_thread().name)

    def _rests(self) -> bool:
        """A thread that threading.enumerate() does not give any more may still be alive."""
        thread = self.painter._thread
        return thread is None or not thread.is_alive()

    def go(self, seconds: float) -> int:
        """Frames at 10 Hz for so long; every picture begun is waited for. Gives how many were shown."""
        before = len(self.shown)
        for _ in range(round(seconds * 10)):
            self.painter.after_frame(Turn(self.state, loads_us=self.loads))
            until(self._rests, "the picture is painted")
            self.painter.after_frame(Turn(self.state, loads_us=self.loads))
            self.clock.sleep(0.1)
        return len(self.shown) - before


def test_the_bare_mat_is_painted_once_and_a_body_when_it_comes() -> None:
    bench = Bench()
    assert bench.go(60) == 1
    bench.state = LYING
    assert bench.go(60) == 1
    assert bench.shown[0] != bench.shown[1]
    bench.state = EMPTY
    assert bench.go(60) == 1
    assert bench.shown[2] == bench.shown[0]
    assert bench.threads == {threading.main_thread().name}, "the loop alone speaks to the publisher"


def test_a_body_that_moves_all_the_time_is_painted_every_ten_seconds_and_the_last_of_it_too() -> None:
    bench = Bench()
    bench.state = LYING
    assert bench.go(0.1) == 1
    for step in range(100):
        bench.loads = (10.0 + step, 20.0, 30.0, 40.0)
        bench.go(0.5)
    assert len(bench.shown) == 5, "in 50 s"
    assert bench.go(10) == 1


def test_small_changes_are_not_painted_and_each_large_one_is() -> None:
    def repainted(state: MatState, loads: tuple[float | None, ...]) -> bool:
        bench = Bench()
        bench.state = LYING
        bench.go(20)
        bench.state, bench.loads = state, loads
        return bench.go(20) == 1

    same = (10.0, 20.0, 30.0, 40.0)
    assert not repainted(LYING, (10.9, 20.0, 30.0, 40.0))
    assert not repainted(replace(LYING, cop_mm=(-11.0, 10.0)), same)
    assert not repainted(LYING, tuple(2 * load for load in same)), "heavier, but the same body"
    assert repainted(LYING, (13.0, 20.0, 30.0, 40.0))
    assert repainted(replace(LYING, cop_mm=(-9.0, 10.0)), same)
    assert repainted(replace(LYING, cop_mm=None), same)
    assert repainted(replace(LYING, lateral=None), same)
    assert repainted(LYING, (None, 20.0, 30.0, 40.0))
    assert repainted(MatState(), same)


def test_what_is_shown_of_a_state() -> None:
    loads = (1.0, 2.0, None, 4.0)
    assert scene_of(MatState(), loads) == Scene(None)
    assert scene_of(EMPTY, loads) == Scene((0.0, 0.0, None, 0.0))
    assert scene_of(replace(EMPTY, presence=Presence.CONTACT), loads) == Scene((0.0, 0.0, None, 0.0))
    assert scene_of(LYING, loads) == Scene(loads, lying=True, left_pct=60.0, cop_mm=(-20.0, 10.0))
