"""The breathing pacer at the panel: light and sound at the right time, and never in the way of what matters more."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from acumat.coach.pace import Pace
from acumat.contract.events import Event, EventType
from acumat.contract.state import Condition, HealthState, MatState, Presence
from acumat.service.panel import Panel
from acumat.service.patterns import BREATH, CAP, HALF
from acumat.service.turn import Turn
from tests.hw.bench import JumpingClock

OK = {"bus": Condition(), "store": Condition(), "broker": Condition("off", "x"), "daemon": Condition()}
LYING = MatState(presence=Presence.LYING, health=HealthState.OK, reason="load_spread")
TWENTY_MINUTES = 12_000
"""Turns of the loop."""
ERROR_S = 0.05
TICK = BREATH.steps[0][0]


class Parts:
    """Writes down when the light was switched and what was played."""

    def __init__(self, clock: JumpingClock) -> None:
        self.clock = clock
        self.lit_s: list[float] = []
        self.tones: list[tuple[float, int]] = []
        self.lit = False

    def open(self) -> None: ...

    def light(self, *, on: bool) -> None:
        if on and not self.lit:
            self.lit_s.append(self.clock.now_s)
        self.lit = on

    def sound(self, tone_hz: int | None) -> None:
        if tone_hz is not None:
            self.tones.append((self.clock.now_s, tone_hz))

    def check(self) -> None: ...

    def close(self) -> None: ...


class Bench:
    def __init__(self, *, light: bool = True, sound: bool = True) -> None:
        self.clock = JumpingClock()
        self.parts = Parts(self.clock)
        self.panel = Panel(self.parts, self.clock.monotonic, pacer_light=light, pacer_sound=sound)
        self.panel.open()
        self.random = Random(1)

    def turns(self, count: int, turn: Turn, off_s: float = 0.0) -> None:
        """So many turns, each up to `off_s` from its slot."""
        began_s = self.clock.now_s
        for index in range(count):
            self.clock.now_s = began_s + 0.1 * index + self.random.uniform(-off_s, off_s)
            self.panel.after_frame(turn)
            self.panel.tick()
        self.clock.now_s = began_s + 0.1 * count


def paced(period_s: float, began_s: float, state: MatState = LYING, *, alarming: bool = False) -> Turn:
    return Turn(state).completed((), OK, alarming=alarming, pace=Pace(period_s, began_s))


@pytest.mark.parametrize("period_s", [2.3, 4.8, 10.0])
def test_light_and_sound_are_right_to_50_ms_over_twenty_minutes(period_s: float) -> None:
    bench = Bench()
    began_s = bench.clock.now_s
    bench.turns(TWENTY_MINUTES, paced(period_s, began_s), off_s=0.02)
    for at_s in (bench.parts.lit_s, [at_s for at_s, _ in bench.parts.tones]):
        assert len(at_s) == pytest.approx(1200.0 / period_s, abs=1)
        assert max(abs(each - began_s - breath * period_s) for breath, each in enumerate(at_s)) <= ERROR_S
    assert {tone for _, tone in bench.parts.tones} == {TICK}


@pytest.mark.parametrize(("light", "sound"), [(True, False), (False, True), (False, False)])
def test_only_what_was_asked_for_leads(light: bool, sound: bool) -> None:
    bench = Bench(light=light, sound=sound)
    bench.turns(100, paced(4.8, bench.clock.now_s))
    assert len(bench.parts.lit_s) == (3 if light else 1)  # without the pacer it is lit all the time
    assert bool(bench.parts.tones) is sound


def test_without_a_pace_the_panel_shows_the_mat() -> None:
    bench = Bench()
    bench.turns(100, Turn(LYING).completed((), OK, alarming=False))
    assert (len(bench.parts.lit_s), bench.parts.tones) == (1, [])


def test_a_fault_is_shown_all_the_same() -> None:
    bench = Bench()
    began_s = bench.clock.now_s
    bench.turns(100, paced(10.0, began_s, replace(LYING, health=HealthState.DEGRADED)))
    assert len(bench.parts.lit_s) > 10


def test_an_alarm_is_not_disturbed() -> None:
    bench = Bench()
    bench.turns(200, paced(2.3, bench.clock.now_s, alarming=True))
    assert {tone for _, tone in bench.parts.tones} == {CAP.steps[0][0]}


def test_a_cue_is_played_and_the_tick_left_out() -> None:
    bench = Bench()
    began_s = bench.clock.now_s
    bench.turns(48, paced(4.8, began_s))
    bench.panel.on_event(Event(EventType.CUE_HALF, 0.0, "half", ""))
    bench.turns(10, paced(4.8, began_s))
    assert [tone for _, tone in bench.parts.tones] == [TICK, HALF.steps[0][0]]
