"""What the panel shows and plays, turn by turn."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.contract.events import Event, EventType
from acumat.contract.state import Condition, HealthState, MatState, Presence
from acumat.service import patterns
from acumat.service.panel import SILENCING, Panel
from acumat.service.patterns import CUES, Pattern, Player, led_pattern
from acumat_hw.panel import PanelUnavailableError
from tests.hw.bench import JumpingClock

OK = {"bus": Condition(), "store": Condition(), "broker": Condition(), "daemon": Condition()}
LYING = MatState(presence=Presence.LYING, health=HealthState.OK, reason="load_spread")


class Parts:
    """Records its commands; `broken` refuses everything."""

    def __init__(self) -> None:
        self.lit: list[bool] = []
        self.tones: list[int | None] = []
        self.opened = self.closed = 0
        self.broken = False
        self.fails: dict[str, Exception] = {}
        """Fails once in the call of this name."""

    def open(self) -> None:
        self._check("open")
        self.opened += 1

    def light(self, *, on: bool) -> None:
        self._check("light")
        self.lit.append(on)

    def sound(self, tone_hz: int | None) -> None:
        self._check("sound")
        self.tones.append(tone_hz)

    def check(self) -> None:
        self._check("check")

    def close(self) -> None:
        self.closed += 1

    def _check(self, called: str) -> None:
        if called in self.fails:
            raise self.fails.pop(called)
        if self.broken:
            raise PanelUnavailableError("the wire is off; put it on")


class Bench:
    def __init__(self) -> None:
        self.parts, self.clock, self.said = Parts(), JumpingClock(), list[str]()
        self.panel = Panel(self.parts, self.clock.monotonic, on_text=self.said.append)
        self.panel.open()

    def turns(self, count: int, grain_s: float = 0.1) -> list[int | None]:
        """The tones of so many turns of the loop."""
        before = len(self.parts.tones)
        for _ in range(count):
            self.panel.tick()
            self.clock.sleep(grain_s)
        return self.parts.tones[before:]

    def happens(self, event_type: str) -> None:
        # the routine's own events join the list of types when it does: here they are what they are on the wire, strings
        self.panel.on_event(Event(cast("EventType", event_type), self.clock.now_s, "x", "x"))


def runs(levels: list[int | None]) -> list[tuple[int | None, int]]:
    found: list[tuple[int | None, int]] = []
    for level in levels:
        if found and found[-1][0] == level:
            found[-1] = (level, found[-1][1] + 1)
        else:
            found.append((level, 1))
    return found


@pytest.mark.parametrize(
    ("event_type", "tones"),
    [
        ("cue_start", [(440, 2), (None, 1), (554, 2)]),
        ("cue_half", [(494, 1)]),
        ("cue_last_minute", [(494, 1), (None, 3), (494, 1)]),
        ("cue_end", [(554, 3), (None, 2), (494, 3), (None, 2), (440, 5)]),
        ("symptom_stop", [(554, 3), (None, 2), (494, 3), (None, 2), (440, 5)]),
        ("cue_louder", [(659, 5), (None, 2)] * 5),
        ("calibration_done", [(659, 1)]),
        ("calibration_failed", [(220, 6)]),
        ("session_started", []),
        ("cool_down_started", []),
        ("", []),
    ],
)
def test_each_cue_has_its_tones_and_then_silence(event_type: str, tones: list[tuple[int | None, int]]) -> None:
    bench = Bench()
    bench.happens(event_type)
    received = runs(bench.turns(60))
    if received[-1][0] is None:
        received.pop()
    while tones and tones[-1][0] is None:
        tones = tones[:-1]
    assert received == tones


def test_the_alarm_continues_until_it_is_silenced_and_no_other_cue_ends_it() -> None:
    bench = Bench()
    bench.happens("cue_cap")
    assert bench.turns(6000).count(880) > 1500
    bench.happens("cue_half")
    bench.panel.on_answer({"ok": False, "reason": "occupied", "text": "x"})
    assert set(bench.turns(100)) == {880, None}
    assert bench.panel.silence()
    assert set(bench.turns(100)) == {None}
    assert not bench.panel.silence()


def test_the_alarm_that_is_on_already_at_the_start_sounds_and_ends_with_the_routines_word() -> None:
    bench = Bench()
    assert set(bench.turns(3)) == {None}
    bench.panel.alarm(on=True)
    assert set(bench.turns(60)) == {880, None}
    bench.panel.alarm(on=False)
    assert set(bench.turns(30)) == {None}
    bench.panel.alarm(on=True)
    assert 880 in bench.turns(3), "a person who lies down again gets the cue again"
    bench.panel.alarm(on=False)
    assert set(bench.turns(30)) == {None}
    assert bench.said == ["buzzer: cap"] * 2


@pytest.mark.parametrize("event_type", ["session_ended", "guidance_stopped", "got_up"])
def test_no_event_ends_an_alarm_that_the_routine_still_wants(event_type: str) -> None:
    """A session ends when the sensors are lost, and guidance for a guest: somebody may lie there all the same."""
    bench = Bench()
    bench.happens("cue_cap")
    for _ in range(30):
        bench.panel.alarm(on=True)
        bench.turns(1)
    bench.happens(event_type)
    tones = []
    for _ in range(30):
        bench.panel.alarm(on=True)
        tones += bench.turns(1)
    assert 880 in tones


def test_the_alarm_that_ends_leaves_a_soft_cue_to_end_by_itself() -> None:
    bench = Bench()
    bench.panel.alarm(on=True)
    bench.happens("cue_cap")
    bench.turns(3)
    bench.happens("symptom_stop")
    bench.panel.alarm(on=False)
    assert 554 in bench.turns(3)
    assert bench.said == ["buzzer: cap", "buzzer: end"]


def test_a_press_that_is_granted_ends_the_alarm_whatever_it_was_for() -> None:
    bench = Bench()
    bench.happens("cue_cap")
    bench.turns(20)
    bench.panel.on_answer({"ok": True, "reason": "done", "text": "x"})
    assert runs(bench.turns(100)) == [(659, 1), (None, 99)]


@pytest.mark.parametrize("event_type", sorted(SILENCING - set(CUES)))
def test_the_alarm_ends_when_the_person_has_got_up_and_a_soft_cue_is_left_to_end_by_itself(event_type: str) -> None:
    bench = Bench()
    bench.happens("cue_cap")
    bench.turns(20)
    bench.happens(event_type)
    assert set(bench.turns(50)) == {None}
    bench.happens("cue_end")
    bench.turns(2)
    bench.happens(event_type)
    assert 440 in bench.turns(50)


def test_a_stop_for_a_symptom_turns_the_alarm_into_the_soft_end() -> None:
    bench = Bench()
    bench.happens("cue_cap")
    bench.turns(5)
    bench.happens("symptom_stop")
    received = bench.turns(60)
    assert 880 not in received
    assert 440 in received


@pytest.mark.parametrize(
    ("document", "tone"),
    [
        ({"ok": True, "reason": "done", "text": "x"}, 659),
        ({"ok": False, "reason": "occupied", "text": "x"}, 220),
        ({"ok": False, "reason": "nothing_to_stop", "text": "x"}, None),
    ],
)
def test_the_button_is_answered_by_ear(document: dict[str, Any], tone: int | None) -> None:
    bench = Bench()
    bench.panel.on_answer(document)
    assert bench.turns(1) == [tone]


PATTERNS = [each for each in vars(patterns).values() if isinstance(each, Pattern)]


@given(
    pattern=st.sampled_from(PATTERNS),
    grains_s=st.lists(st.sampled_from([0.005, 0.05, 0.099, 0.1, 0.101, 0.25, 0.5, 1.0, 1.3]), min_size=80, max_size=200),
)
def test_no_step_of_a_pattern_is_lost_at_any_pace_and_none_is_much_shorter_than_meant(
    pattern: Pattern, grains_s: list[float]
) -> None:
    player, now_s, seen = Player(), 0.0, list[tuple[int | None, float]]()
    player.play(pattern)
    for grain_s in grains_s:
        seen.append((player.level(now_s), now_s))
        if player.pattern is None:
            break
        now_s += grain_s
    played = [(level, seen[i][1]) for i, (level, _) in enumerate(seen) if i == 0 or seen[i - 1][0] != level]
    meant = [step for i, step in enumerate(pattern.steps) if i == 0 or pattern.steps[i - 1][0] != step[0]]
    for index, (level, at_s) in enumerate(played[:-1]):
        if not pattern.repeats and index >= len(meant):
            break
        wanted, seconds = meant[index % len(meant)]
        assert level == wanted
        assert played[index + 1][1] - at_s > seconds - 2 * patterns.EARLY_S


@pytest.mark.parametrize(
    ("state", "parts", "calibrating", "name"),
    [
        (MatState(), {**OK, "bus": Condition("starting", "x")}, False, "starting"),
        (replace(LYING, presence=Presence.BLIND), OK, False, "starting"),
        (replace(LYING, presence=Presence.BLIND, reason="paused"), OK, False, "empty"),
        (LYING, {**OK, "daemon": Condition("safe_mode", "x")}, False, "fault"),
        (MatState(), {**OK, "bus": Condition("starting", "x"), "daemon": Condition("safe_mode", "x")}, True, "fault"),
        (MatState(), {**OK, "bus": Condition("unavailable", "x")}, False, "fault"),
        (MatState(presence=Presence.BLIND, reason="no_readings"), OK, False, "fault"),
        (replace(LYING, presence=Presence.EMPTY), OK, False, "empty"),
        (replace(LYING, presence=Presence.CONTACT), OK, False, "lying"),
        (LYING, OK, False, "lying"),
        (LYING, {**OK, "broker": Condition("off", "x")}, False, "lying"),
        (LYING, {**OK, "broker": Condition("unreachable", "x")}, False, "no broker"),
        (replace(LYING, lopsided=True), {**OK, "broker": Condition("unreachable", "x")}, False, "lopsided"),
        (replace(LYING, lopsided=True, health=HealthState.DEGRADED), OK, False, "fault"),
        (LYING, {**OK, "store": Condition("store_unavailable", "x")}, False, "fault"),
        (replace(LYING, health=HealthState.DEGRADED), OK, True, "calibrating"),
    ],
)
def test_the_led_says_what_matters_most(state: MatState, parts: dict[str, Condition], calibrating: bool, name: str) -> None:
    assert led_pattern(state, parts, calibrating=calibrating).name == name


def test_led_patterns_can_be_told_apart() -> None:
    leds = {
        (pattern.steps, pattern.repeats): pattern.name
        for pattern in PATTERNS
        if all(level in (1, None) for level, _ in pattern.steps)
    }
    names = ["starting", "empty", "lying", "lopsided", "no broker", "fault", "calibrating", "breathe in", "breathe out"]
    assert sorted(leds.values()) == sorted(names)


def test_a_pattern_that_is_shown_again_continues_where_it_is() -> None:
    bench = Bench()
    for _ in range(20):
        bench.panel.show(patterns.STARTING)
        bench.turns(1)
    assert runs([1 if on else None for on in bench.parts.lit]) == [(1, 5), (None, 5), (1, 5), (None, 5)]
    assert bench.said == ["LED: starting"]


def test_a_panel_that_cannot_be_opened_says_why_once_and_costs_nothing_more(caplog: pytest.LogCaptureFixture) -> None:
    parts = Parts()
    parts.broken = True
    panel = Panel(parts, JumpingClock().monotonic)
    with caplog.at_level(logging.INFO):
        panel.open()
        for _ in range(100):
            panel.tick()
    assert panel.condition.code == "unavailable"
    assert "the wire is off; put it on" in panel.condition.text
    assert len(caplog.records) == 1
    assert parts.closed == 1


def test_a_panel_that_breaks_down_is_let_go_reported_once_and_tried_again_ever_more_seldom(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench()
    bench.turns(3)
    bench.parts.broken = True
    with caplog.at_level(logging.INFO):
        bench.turns(1)
        assert bench.panel.condition.code == "unavailable"
        assert bench.parts.closed == 1
        bench.turns(6000)
    assert len(caplog.records) == 1
    assert 20 <= bench.parts.closed <= 30, "after half a second at first, then every 30 s"


@pytest.mark.parametrize("failing", ["light", "sound", "check", "open"])
@pytest.mark.parametrize(
    "error", [PanelUnavailableError("the wire is off"), OSError(5, "x"), ZeroDivisionError(), KeyError("x")]
)
def test_one_failure_of_any_part_silences_the_alarm_for_a_moment_only(failing: str, error: Exception) -> None:
    bench = Bench()
    bench.panel.alarm(on=True)
    assert 880 in bench.turns(30)
    if failing == "open":
        bench.parts.broken = True
        bench.turns(1)
        bench.parts.broken = False
    bench.parts.fails[failing] = error
    bench.turns(8)
    assert not bench.parts.fails
    assert bench.parts.closed == 1 + (failing == "open")
    bench.turns(20)
    assert bench.panel.condition.code == "ok"
    assert 880 in bench.turns(30), "nobody has silenced it"
    bench.panel.silence()
    assert set(bench.turns(30)) == {None}


def test_a_panel_that_cannot_be_opened_at_the_start_is_opened_when_its_pins_are_free() -> None:
    parts, clock = Parts(), JumpingClock()
    panel = Panel(parts, clock.monotonic)
    parts.broken = True
    panel.open()
    assert panel.condition.code == "unavailable"
    panel.alarm(on=True)
    for _ in range(100):
        panel.tick()
        clock.sleep(0.1)
    parts.broken = False
    for _ in range(301):
        panel.tick()
        clock.sleep(0.1)
    assert panel.condition.code == "ok"
    assert 880 in parts.tones


def test_a_soft_cue_that_could_not_be_played_does_not_come_late() -> None:
    bench = Bench()
    bench.parts.broken = True
    bench.turns(1)
    bench.happens("cue_start")
    bench.turns(20)
    bench.parts.broken = False
    assert set(bench.turns(400)) == {None}
