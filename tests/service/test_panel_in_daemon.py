"""The whole daemon with a panel on test pins: what the button means in the loop, and what is heard and seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from acumat.coach.screening import QUESTIONS
from acumat.config import DaemonConfig, MqttConfig, PanelConfig, RoutineConfig, SimulatedConfig, load_config
from acumat.service import patterns
from acumat.service.daemon import Daemon
from acumat.service.inbox import Inbox
from acumat.wiring import daemon as wired
from acumat.wiring import panel as fitted
from acumat.wiring.sources import Mat, source_of
from acumat_hw.clock import Clock
from acumat_hw.panel import GpioPanel, PanelPins
from tests.broker import until
from tests.hw.bench import JumpingClock
from tests.system.process import scenario


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
