"""What the panel shows and plays, turn by turn; and what the button means in the loop."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin
from hypothesis import given
from hypothesis import strategies as st

from acumat.coach.screening import QUESTIONS
from acumat.config import DaemonConfig, MqttConfig, PanelConfig, RoutineConfig, SimulatedConfig, load_config
from acumat.contract.events import Event, EventType
from acumat.contract.state import Condition, HealthState, MatState, Presence
from acumat.service import patterns
from acumat.service.daemon import Daemon
from acumat.service.inbox import Inbox
from acumat.service.panel import SILENCING, Panel
from acumat.service.patterns import CUES, Pattern, Player, led_pattern
from acumat.wiring import daemon as wired
from acumat.wiring import panel as fitted
from acumat.wiring.sources import Mat, source_of
from acumat_hw.clock import Clock
from acumat_hw.panel import GpioPanel, PanelPins, PanelUnavailableError
from tests.broker import until
from tests.hw.bench import JumpingClock
from tests.system.process import scenario

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


class Pins:
    """The daemon on a simulated mat with gpiozero's test pins in the place of the machine's."""

    BUTTON, LED, BUZZER = 17, 27, 22

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, scenario: str = "one-session") -> None:
        self.factory = MockFactory(pin_class=MockPWMPin)
        self.times: dict[str, Any] = {}
        self.daemon: Daemon | None = None

        def real(pins: PanelPins, *, monotonic: Any, **others: Any) -> GpioPanel:
            others["factory"] = lambda: self.factory
            return GpioPanel(pins, monotonic=self.clock.monotonic, looking=self.looking, **others)

        monkeypatch.setattr(fitted, "GpioPanel", real)
        self.config = replace(
            load_config(None),
            mat_id="test",
            source=SimulatedConfig(scenario=scenario, speed=0, through="fast"),
            daemon=DaemonConfig(state_dir=folder, runtime_dir=folder),
            mqtt=MqttConfig(enabled=False),
            panel=PanelConfig(PanelPins(self.BUTTON, self.LED, self.BUZZER)),
        )
        self.clock: Clock = JumpingClock()

    @property
    def inbox(self) -> Inbox:
        assert self.daemon is not None
        return self.daemon.service._inputs.intake._inbox

    def looking(self, look: Any) -> Any:
        self.look = look
        return lambda: None

    def _let_write(self) -> None:
        """This clock waits for nobody: without this, an answer that waits for the disk would come many frames late."""
        assert self.daemon is not None
        answers, inbox = self.daemon.service._detection.commands._answers, self.inbox
        if not answers._unmarked:  # else the store is asked after this frame
            until(lambda: not answers._waiting or inbox.waiting, "what was granted is stored")

    def run(self, at: dict[float, Any], until_s: float, *, on: bool = False) -> list[tuple[float, int]]:
        """Run, do what is to be done at these seconds, and give the buzzer's tones as (seconds, Hz); ends as SIGTERM does.
        `on`: with the mat of the run before, which has lived on."""
        if not on:
            self.mat, self.clock = source_of(self.config)
        source = self.mat
        zero_s, pending, tones = self.clock.monotonic(), sorted(at.items()), list[tuple[float, int]]()
        sounding = [False]
        pin = self.factory.pin(self.BUZZER)

        class Watched:
            def open(self) -> None:
                source.open()

            def read(inner) -> Any:  # noqa: N805
                self._let_write()
                now_s = self.clock.monotonic() - zero_s
                while pending and pending[0][0] <= now_s:
                    pending.pop(0)[1]()
                self.look()
                self.look()  # they come in the loop's place, and agree
                if pin.state and not sounding[0]:
                    tones.append((now_s, pin.frequency))
                sounding[0] = bool(pin.state)
                if now_s > until_s:
                    assert self.daemon is not None
                    self.daemon.service.stop()
                return source.read()

            def close(self) -> None:
                source.close()

        self.daemon = wired.daemon(self.config, mat=Mat(Watched(), self.clock))
        self.daemon.run()
        return tones


@pytest.fixture
def pins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pins:
    made = Pins(monkeypatch, tmp_path)
    made.config = replace(made.config, panel=PanelConfig(PanelPins(17, 27, 22, buzzer_passive=True)))
    return made


def test_in_the_daemon_a_long_press_tares_the_empty_mat_and_under_a_person_says_that_something_is_wrong(pins: Pins) -> None:
    button, led = pins.factory.pin(Pins.BUTTON), pins.factory.pin(Pins.LED)
    at = {  # somebody lies down at 30 s
        15.0: button.drive_low,
        17.0: button.drive_high,
        60.0: button.drive_low,
        62.0: button.drive_high,
        70.0: button.drive_low,
        70.3: button.drive_high,
    }
    tones = pins.run(at, 80)
    assert [hz for _, hz in tones] == [659, 554, 494, 440], (
        "done, then a soft end; a short press has nothing left to stop and makes no sound"
    )
    assert tones[0][0] == pytest.approx(15.0 + 1.5 + 0.2, abs=0.35), "heard once it is stored, two frames later"
    assert not led.state, "off at the end, though somebody lay there"
    assert any(state.state for state in led.states)


def test_the_alarm_sounds_again_after_a_restart_until_it_is_stopped(pins: Pins, tmp_path: Path) -> None:
    story = tmp_path / "story.toml"
    story.write_text(scenario([(20, 3000)]))
    pins.config = replace(
        pins.config,
        source=SimulatedConfig(scenario=str(story), speed=0, through="fast"),
        routine=RoutineConfig(cap_min=20),
    )
    tones = pins.run({}, 1240)
    assert {hz for _, hz in tones} == {880}
    assert tones[0][0] == pytest.approx(20 + 1200, abs=3.0)
    answers: list[dict[str, Any]] = []
    at = {20.0: lambda: pins.inbox.ask({"command": "stop"}, answers.append)}
    again = pins.run(at, 40, on=True)
    assert {hz for _, hz in again} == {880}
    assert again[0][0] < 5.0
    assert again[-1][0] == pytest.approx(20.0, abs=1.5)
    assert answers[0]["ok"], answers
    assert pins.run({}, 20, on=True) == [], "a person who has ended it does not get the cue again"


def test_in_the_daemon_the_pacer_ticks_in_its_time_and_detection_is_told_of_it(pins: Pins) -> None:
    pins.config = replace(pins.config, routine=RoutineConfig(pacer="sound"))
    paced: list[bool] = []
    screen = {"command": "screen", **dict.fromkeys(QUESTIONS, "no")}
    at = {
        2.0: lambda: pins.inbox.ask(screen, lambda _answer: None),
        40.0: lambda: paced.append(pins.daemon.service._detection.pipeline.paced) if pins.daemon else None,
        290.0: lambda: paced.append(pins.daemon.service._detection.pipeline.paced) if pins.daemon else None,
    }
    ticks = [at_s for at_s, hz in pins.run(at, 300) if hz == patterns.BREATH.steps[0][0]]  # somebody lies down at 30 s
    assert paced == [False, True]
    assert len(ticks) >= 5
    period_s = ticks[-1] - ticks[-2]
    assert 4.5 <= period_s <= 6.5, "a little slower than 13 a minute"


def test_a_short_press_cancels_a_calibration_under_way(pins: Pins) -> None:
    button = pins.factory.pin(Pins.BUTTON)
    answers: list[dict[str, Any]] = []
    at = {
        5.5: lambda: pins.inbox.ask({"command": "calibrate"}, answers.append),
        6.5: button.drive_low,
        6.7: button.drive_high,
        7.5: lambda: answers.append(pins.daemon.service.status()) if pins.daemon else None,
    }
    tones = pins.run(at, 9)
    assert answers[0]["ok"], answers
    assert answers[1]["calibration"] is None
    assert answers[1]["calibration_outcome"]["reason"] == "cancelled"
    assert answers[1]["health"]["panel"] == {"code": "ok", "text": ""}
    assert tones, "the cancelled calibration has its tone"


def test_a_crash_of_the_loop_leaves_led_and_buzzer_off(pins: Pins, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash() -> None:
        raise SystemExit(3)  # any other is caught in the loop

    led = pins.factory.pin(Pins.LED)
    with pytest.raises(SystemExit):
        pins.run({0.2: crash}, 5)
    assert any(state.state for state in led.states)
    assert not led.state


def test_a_simulated_panel_reports_what_it_would_show(tmp_path: Path) -> None:
    said: list[str] = []
    config = replace(
        load_config(None),
        mat_id="test",
        source=SimulatedConfig(scenario="demo", speed=0, through="fast"),
        daemon=DaemonConfig(state_dir=tmp_path, runtime_dir=tmp_path),
        mqtt=MqttConfig(enabled=False),
        panel=PanelConfig(simulated=True),
    )
    wired.daemon(config, on_text=said.append).run()
    assert [text for text in said if text.startswith("LED")][:3] == ["LED: starting", "LED: empty", "LED: lying"]
    assert "LED: lopsided" in said
