"""The panel's parts on gpiozero's own test pins: what is pressed, lit and sounded, and each way in which they cannot be had."""

from __future__ import annotations

import errno
import subprocess
import sys
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from gpiozero.pins.mock import MockFactory, MockPin, MockPWMPin
from hypothesis import given
from hypothesis import strategies as st

from acumat_hw import panel
from acumat_hw.gpio_chip import GpioChip
from acumat_hw.panel import (
    HOLD_S,
    LOOK_S,
    Button,
    GpioPanel,
    PanelPins,
    PanelUnavailableError,
    lgpio_factory,
    look_in_thread,
)
from tests.broker import PATIENCE_S, until
from tests.hw.bench import JumpingClock

BUTTON, LED, BUZZER = 17, 27, 22


class Rig:
    def __init__(self, pins: PanelPins, factory: Callable[[], Any] | None = None) -> None:
        self.clock = JumpingClock()
        self.presses: list[str] = []
        self.factory = MockFactory(pin_class=MockPWMPin)
        self.look: Callable[[], bool] | None = None
        self.panel = GpioPanel(
            pins,
            factory=factory or (lambda: self.factory),
            pressed=self.presses.append,
            monotonic=self.clock.monotonic,
            looking=self.looking,
        )

    def looking(self, look: Callable[[], bool]) -> Callable[[], None]:
        self.look = look

        def stop() -> None:
            self.look = None

        return stop

    def pin(self, number: int) -> Any:
        return self.factory.pin(number)

    def wait(self, seconds: float) -> None:
        """What the thread does in that time."""
        assert self.look is not None
        for _ in range(round(seconds / LOOK_S)):
            assert self.look()
            self.clock.sleep(LOOK_S)

    def hold(self, seconds: float) -> None:
        self.pin(BUTTON).drive_low()
        self.wait(seconds)
        self.pin(BUTTON).drive_high()
        self.wait(0.1)


@pytest.fixture
def whole() -> Iterator[Rig]:
    rig = Rig(PanelPins(BUTTON, LED, BUZZER))
    rig.panel.open()
    rig.wait(0.2)
    yield rig
    rig.panel.close()


@pytest.mark.parametrize(
    ("held_s", "kind"), [(2 * LOOK_S, "short"), (HOLD_S - 0.1, "short"), (HOLD_S + 0.1, "long"), (20, "long")]
)
def test_a_press_is_short_or_long_and_reported_once(whole: Rig, held_s: float, kind: str) -> None:
    whole.hold(held_s)
    assert whole.presses == [kind]
    whole.hold(held_s)
    assert whole.presses == [kind, kind]


def test_a_long_press_is_reported_while_it_is_held(whole: Rig) -> None:
    whole.pin(BUTTON).drive_low()
    start_s = whole.clock.now_s
    while not whole.presses:
        whole.wait(LOOK_S)
    assert whole.clock.now_s - start_s == pytest.approx(HOLD_S, abs=3 * LOOK_S)
    assert whole.presses == ["long"]


def test_a_disturbance_of_one_look_is_no_press_and_ends_none(whole: Rig) -> None:
    whole.hold(LOOK_S)
    assert whole.presses == []
    whole.pin(BUTTON).drive_low()
    whole.wait(0.5)
    whole.pin(BUTTON).drive_high()
    whole.wait(LOOK_S)
    whole.pin(BUTTON).drive_low()
    whole.wait(0.5)
    assert whole.presses == []
    whole.pin(BUTTON).drive_high()
    whole.wait(0.1)
    assert whole.presses == ["short"]


@given(st.lists(st.lists(st.booleans(), max_size=1), min_size=2, max_size=20))
def test_however_a_contact_bounces_within_a_look_each_press_is_reported_once(bounces: list[list[bool]]) -> None:
    reported: list[str] = []
    clock = JumpingClock()
    button = Button(reported.append, clock.monotonic)
    down = False
    for bounce in bounces:
        for level in [*bounce, down, down, down]:
            button.look(down=level)
            clock.sleep(LOOK_S)
        down = not down
    presses = sum(1 for index in range(len(bounces)) if index % 2 == 1 and index + 1 < len(bounces))
    assert reported == ["short"] * presses


def test_a_button_that_is_down_from_the_start_is_stuck_and_not_pressed() -> None:
    rig = Rig(PanelPins(button=BUTTON))
    rig.pin(BUTTON).drive_low()
    rig.panel.open()
    rig.wait(5)
    rig.pin(BUTTON).drive_high()
    rig.wait(0.2)
    assert rig.presses == []
    rig.hold(0.2)
    assert rig.presses == ["short"]


def test_a_button_that_is_lost_is_reported_to_the_loop_and_not_looked_at_again(
    whole: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise OSError(errno.ENODEV, "No such device")

    whole.panel.check()
    monkeypatch.setattr(whole.pin(BUTTON), "_get_state", gone)
    assert whole.look is not None
    assert whole.look() is False
    with pytest.raises(PanelUnavailableError, match="No such device"):
        whole.panel.check()


@pytest.mark.parametrize("error", [KeyError("x"), ZeroDivisionError(), AttributeError("x")])
def test_whatever_the_button_dies_of_is_reported_to_the_loop_and_gone_once_it_is_opened_anew(
    whole: Rig, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def lost(_self: object) -> bool:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr("gpiozero.InputDevice.is_active", property(lost))
        assert whole.look is not None
        assert not whole.look()
    with pytest.raises(PanelUnavailableError):
        whole.panel.check()
    whole.panel.close()
    whole.panel.open()
    whole.panel.check()
    whole.wait(0.2)
    whole.hold(0.3)
    assert whole.presses == ["short"]


def test_a_press_under_way_when_the_pins_are_lost_is_none_when_they_are_back(whole: Rig) -> None:
    whole.pin(BUTTON).drive_low()
    whole.wait(0.3)
    whole.panel.close()
    whole.clock.sleep(30.0)
    whole.panel.open()
    whole.wait(2.0)  # it is still down: stuck, until it is let go
    assert whole.presses == []
    whole.pin(BUTTON).drive_high()
    whole.wait(0.2)
    whole.hold(0.3)
    assert whole.presses == ["short"]


def test_closing_lets_go_of_every_pin_whatever_one_of_them_raises(whole: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def stuck(_self: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("gpiozero.DigitalOutputDevice.off", stuck)
    whole.panel.close()
    assert not whole.factory._reservations or not any(whole.factory._reservations.values())


def test_the_thread_looks_until_it_is_stopped_or_reported_to_end() -> None:
    looks = threading.Semaphore(0)

    def look() -> bool:
        looks.release()
        return True

    stop = look_in_thread(look)
    for _ in range(3):
        assert looks.acquire(timeout=PATIENCE_S)
    stop()
    until(lambda: "panel-button" not in {thread.name for thread in threading.enumerate()}, "the thread has ended")
    ended = threading.Event()

    def last() -> bool:
        ended.set()
        return False

    look_in_thread(last)
    assert ended.wait(PATIENCE_S)


def test_a_button_between_pin_and_supply_is_pulled_down() -> None:
    rig = Rig(PanelPins(button=BUTTON, button_pull="down"))
    rig.panel.open()
    assert rig.pin(BUTTON).pull == "down"
    rig.wait(0.1)
    rig.pin(BUTTON).drive_high()
    rig.wait(0.1)
    rig.pin(BUTTON).drive_low()
    rig.wait(0.1)
    assert rig.presses == ["short"]


class CountingPin(MockPin):  # type: ignore[misc]  # gpiozero is not typed
    """Counts how often each pin is switched, to whatever level."""

    switched: ClassVar[dict[int, int]] = {}

    def _set_state(self, value: Any) -> None:
        number = int(self.info.name.removeprefix("GPIO"))
        self.switched[number] = self.switched.get(number, 0) + 1
        super()._set_state(value)


@pytest.mark.parametrize("active_high", [True, False])
def test_the_led_follows_and_is_off_at_the_end(active_high: bool) -> None:
    rig = Rig(PanelPins(led=LED, led_active_high=active_high))
    rig.factory.pin_class = CountingPin  # a pin with PWM falls back to low when it is closed
    CountingPin.switched = {}
    rig.panel.open()
    pin = rig.pin(LED)
    assert bool(pin.state) is not active_high
    rig.panel.light(on=True)
    assert bool(pin.state) is active_high
    for _ in range(100):
        rig.panel.light(on=True)
    assert CountingPin.switched == {LED: 2}, "off when it is opened, on once"
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
        (_raise(LgError("'can not open gpiochip'")), ("can not open gpiochip", "group gpio")),
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


def test_an_empty_placeholder_for_lgpio_is_reported_from_the_real_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", types.ModuleType("lgpio"))
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    monkeypatch.setenv("LG_WD", str(tmp_path))
    rig = Rig(PanelPins(led=LED), lambda: lgpio_factory(tmp_path))
    with pytest.raises(PanelUnavailableError, match=r"placeholder.*apt-get install python3-lgpio"):
        rig.panel.open()


class Factory:
    """As gpiozero's: opens the chip of that number."""

    def __init__(self, chip: int) -> None:
        self.chip = chip


@pytest.fixture
def libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("gpiozero.pins.lgpio")
    module.LGPIOFactory = Factory  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gpiozero.pins.lgpio", module)


@pytest.mark.usefixtures("libraries")
def test_the_pins_are_those_of_the_headers_chip_whatever_its_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel, "header_chip", lambda: GpioChip(Path("/dev/gpiochip11")))
    assert lgpio_factory(tmp_path).chip == 11


@pytest.mark.usefixtures("libraries")
@pytest.mark.parametrize(
    ("chip", "words"), [(None, "no GPIO chip with a header"), (GpioChip(Path("/dev/gpiochip0"), usable=False), "group gpio")]
)
def test_where_no_chip_has_the_header_none_is_driven(
    chip: GpioChip | None, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panel, "header_chip", lambda: chip)
    with pytest.raises(PanelUnavailableError, match=words):
        Rig(PanelPins(led=LED), lambda: lgpio_factory(tmp_path)).panel.open()


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
    code = "import sys, acumat.wiring.daemon; print([m for m in sys.modules if m.partition('.')[0] in ('gpiozero', 'lgpio')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
