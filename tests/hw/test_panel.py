"""The panel's parts on gpiozero's own test pins: what is pressed, lit and sounded, and each way in which they cannot be had."""

from __future__ import annotations

import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPin, MockPWMPin

from acumat_hw.panel import HOLD_S, GpioPanel, PanelPins, PanelUnavailableError, lgpio_factory
from tests.hw.bench import JumpingClock

BUTTON, LED, BUZZER = 17, 27, 22


class Rig:
    def __init__(self, pins: PanelPins, factory: Callable[[], Any] | None = None) -> None:
        self.clock = JumpingClock()
        self.presses: list[str] = []
        self.factory = MockFactory(pin_class=MockPWMPin)
        self.panel = GpioPanel(
            pins, factory=factory or (lambda: self.factory), pressed=self.presses.append, monotonic=self.clock.monotonic
        )

    def pin(self, number: int) -> Any:
        return self.factory.pin(number)

    def hold(self, seconds: float) -> None:
        self.pin(BUTTON).drive_low()
        self.clock.sleep(seconds)
        self.pin(BUTTON).drive_high()


@pytest.fixture
def whole() -> Iterator[Rig]:
    rig = Rig(PanelPins(BUTTON, LED, BUZZER))
    rig.panel.open()
    yield rig
    rig.panel.close()


@pytest.mark.parametrize(("held_s", "kind"), [(0.05, "short"), (HOLD_S - 0.01, "short"), (HOLD_S, "long"), (20.0, "long")])
def test_a_press_is_short_or_long_and_told_once(whole: Rig, held_s: float, kind: str) -> None:
    whole.hold(held_s)
    whole.panel.tick()
    assert whole.presses == [kind]


def test_a_long_press_is_told_while_it_is_held_and_its_end_is_no_second_one(whole: Rig) -> None:
    whole.pin(BUTTON).drive_low()
    for _ in range(50):
        whole.clock.sleep(0.1)
        whole.panel.tick()
        if whole.presses:
            break
    assert whole.presses == ["long"]
    assert whole.clock.now_s - 100.0 == pytest.approx(HOLD_S, abs=0.11)
    whole.clock.sleep(10.0)
    whole.panel.tick()
    whole.pin(BUTTON).drive_high()
    assert whole.presses == ["long"]
    whole.hold(0.2)
    assert whole.presses == ["long", "short"]


def test_a_button_between_pin_and_supply_is_pulled_down() -> None:
    rig = Rig(PanelPins(button=BUTTON, button_pull="down"))
    rig.panel.open()
    assert rig.pin(BUTTON).pull == "down"
    rig.pin(BUTTON).drive_high()
    rig.pin(BUTTON).drive_low()
    assert rig.presses == ["short"]


def test_the_kernel_is_asked_to_wait_for_the_contact_to_settle(whole: Rig) -> None:
    assert whole.pin(BUTTON).bounce == pytest.approx(0.03)


@pytest.mark.parametrize("active_high", [True, False])
def test_the_led_follows_and_is_off_at_the_end(active_high: bool) -> None:
    rig = Rig(PanelPins(led=LED, led_active_high=active_high))
    rig.factory.pin_class = MockPin  # a pin with PWM falls back to low when it is closed
    rig.panel.open()
    pin = rig.pin(LED)
    assert bool(pin.state) is not active_high
    rig.panel.light(on=True)
    assert bool(pin.state) is active_high
    changes = len(pin.states)
    for _ in range(100):
        rig.panel.light(on=True)
    assert len(pin.states) == changes, "what is on already is not switched again"
    rig.panel.close()
    assert bool(pin.states[-1].state) is not active_high
    rig.panel.close()


def test_a_passive_buzzer_gets_the_tone_as_a_square_wave() -> None:
    rig = Rig(PanelPins(buzzer=BUZZER, buzzer_passive=True))
    rig.panel.open()
    pin = rig.pin(BUZZER)
    rig.panel.sound(440)
    assert (pin.frequency, pin.state) == (440, 0.5)
    rig.panel.sound(880)
    assert (pin.frequency, pin.state) == (880, 0.5)
    rig.panel.sound(None)
    assert pin.state == 0
    rig.panel.sound(440)
    rig.panel.close()
    assert pin.state == 0


def test_an_active_buzzer_is_on_for_every_tone(whole: Rig) -> None:
    for tone_hz, on in ((440, True), (880, True), (None, False)):
        whole.panel.sound(tone_hz)
        assert bool(whole.pin(BUZZER).state) is on


def test_parts_that_are_not_fitted_are_left_alone() -> None:
    rig = Rig(PanelPins(button=BUTTON))
    rig.panel.open()
    rig.panel.light(on=True)
    rig.panel.sound(440)
    assert len(rig.factory.pins) == 1


class LgError(Exception):
    """As lgpio's own: no OSError."""


class Refusing(MockFactory):  # type: ignore[misc]  # gpiozero is not typed
    """Pins that another owner holds."""

    def pin(self, name: Any) -> Any:
        raise LgError("'GPIO busy'")


def _raise(error: Exception) -> Callable[[], Any]:
    def factory() -> Any:
        raise error

    return factory


@pytest.mark.parametrize(
    ("factory", "words"),
    [
        (_raise(ModuleNotFoundError("No module named 'lgpio'")), ("python3-lgpio",)),
        (_raise(LgError("'can not open gpiochip'")), ("/dev/gpiochip0", "group gpio")),
        (_raise(FileNotFoundError(2, "No such file", ".lgd-nfy-3")), (".lgd-nfy-3", "[panel]")),
        (lambda: Refusing(pin_class=MockPWMPin), ("GPIO busy", "overlay")),
    ],
)
def test_a_panel_that_cannot_be_had_says_why_and_what_to_do(
    factory: Callable[[], Any], words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = types.ModuleType("lgpio")
    module.error = LgError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lgpio", module)
    rig = Rig(PanelPins(BUTTON, LED, BUZZER), factory)
    with pytest.raises(PanelUnavailableError) as caught:
        rig.panel.open()
    assert all(word in str(caught.value) for word in words), caught.value
    rig.panel.close()
    rig.panel.light(on=True)


def test_two_parts_on_one_pin_are_named() -> None:
    rig = Rig(PanelPins(led=LED, buzzer=LED))
    with pytest.raises(PanelUnavailableError, match="share a pin"):
        rig.panel.open()


def test_an_empty_placeholder_for_lgpio_is_told_from_the_real_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", types.ModuleType("lgpio"))
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    monkeypatch.setenv("LG_WD", str(tmp_path))
    rig = Rig(PanelPins(led=LED), lambda: lgpio_factory(tmp_path))
    with pytest.raises(PanelUnavailableError, match=r"placeholder.*apt-get install python3-lgpio"):
        rig.panel.open()


@pytest.mark.parametrize(("given", "there"), [("", True), ("", False), ("/elsewhere", True)])
def test_lgpio_gets_a_place_for_its_pipe(given: str, there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LG_WD", given)
    work = tmp_path / "run"
    if there:
        work.mkdir()
    code = "import os, sys, tempfile; from pathlib import Path; from acumat_hw.panel import lgpio_factory\n"
    code += "try: lgpio_factory(Path(sys.argv[1]))\nexcept Exception: pass\nprint(os.environ['LG_WD'], tempfile.gettempdir())"
    done = subprocess.run([sys.executable, "-c", code, str(work)], capture_output=True, text=True, check=True, cwd=tmp_path)
    place, temporary = done.stdout.split()
    assert place == (given or (str(work) if there else temporary))


def test_a_machine_without_a_panel_loads_no_gpio_library() -> None:
    code = "import sys, acumat.wiring; print([m for m in sys.modules if m.partition('.')[0] in ('gpiozero', 'lgpio')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
