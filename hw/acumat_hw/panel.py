"""Button, status LED and buzzer on a Raspberry Pi's GPIO, over gpiozero. Each may be absent.

This part only switches and listens; what is shown when is decided by whoever drives it. gpiozero is imported when a panel is
opened and not before: a machine without one pays nothing for it.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

from acumat_hw.errors import AcumatError
from acumat_hw.gpio_chip import header_chip

Pull = Literal["up", "down"]
Press = Literal["short", "long"]

HOLD_S = 1.5
"""A press of this length is a long one."""
LOOK_S = 0.02
"""The button is looked at so often. Two looks must agree: a contact may bounce for that long, and a press of twice as long is
never missed."""
HALF = 0.5
"""Duty of the square wave for a passive buzzer: the loudest."""


class PanelUnavailableError(AcumatError):
    """The panel cannot be used; the mat senses on without it."""


@dataclass(frozen=True, slots=True)
class PanelPins:
    """BCM numbers of the pins, None for what is not fitted.

    `button_pull` is the internal resistor: with "up" the button connects the pin to ground. `buzzer_passive` is one that needs
    a square wave; an active one makes its tone by itself. An `active_high` of False is a part that is on while its pin is low.
    """

    button: int | None = None
    led: int | None = None
    buzzer: int | None = None
    button_pull: Pull = "up"
    led_active_high: bool = True
    buzzer_active_high: bool = True
    buzzer_passive: bool = False


class PanelParts(Protocol):
    """What drives the LED and the buzzer. All but `close` raise PanelUnavailableError, and nothing else."""

    def open(self) -> None: ...

    def light(self, *, on: bool) -> None: ...

    def sound(self, tone_hz: int | None) -> None:
        """A tone, or silence; an active buzzer has only one."""
        ...

    def check(self) -> None:
        """Raises PanelUnavailableError if the button is lost."""
        ...

    def close(self) -> None:
        """Everything off. Never raises, may be called twice."""
        ...


class NoPanel:
    """A panel of no parts, for machines without one and for simulated mats."""

    def open(self) -> None:
        """Nothing to open."""

    def light(self, *, on: bool) -> None:
        """Nobody sees it."""

    def sound(self, tone_hz: int | None) -> None:
        """Nobody hears it."""

    def check(self) -> None:
        """Nobody presses."""

    def close(self) -> None:
        """Nothing to close."""


def look_in_thread(look: Callable[[], bool]) -> Callable[[], None]:
    """Call `look` again and again in a thread of its own, until it says False or what is given back is called.

    lgpio's edge detection wakes 2,000 times a second as long as there is one; this is a fortieth of that.
    """
    over = threading.Event()

    def run() -> None:
        while look() and not over.wait(LOOK_S):
            pass

    thread = threading.Thread(target=run, name="panel-button", daemon=True)
    thread.start()

    def stop() -> None:
        over.set()
        thread.join(1.0)

    return stop


class GpioPanel:
    """The parts on real pins. `pressed` is called from the thread that looks at the button and must only enqueue."""

    def __init__(
        self,
        pins: PanelPins,
        *,
        factory: Callable[[], Any],
        pressed: Callable[[Press], object],
        monotonic: Callable[[], float],
        looking: Callable[[Callable[[], bool]], Callable[[], None]] = look_in_thread,
    ) -> None:
        self._pins = pins
        self._make_factory = factory
        self._make_button = partial(Button, pressed, monotonic)
        self._presses = self._make_button()
        self._start_looking = looking
        self._stop_looking: Callable[[], None] = lambda: None
        self._lost: Exception | None = None
        self._factory: Any = None
        self._button: Any = None
        self._led: Any = None
        self._buzzer: Any = None
        self._lit: bool | None = None
        self._tone_hz: int | None = None

    def open(self) -> None:
        """Take the pins. Raises PanelUnavailableError with cause and hint."""
        self._lost = None
        try:
            self._factory = self._make_factory()
            self._take_pins()
        except ImportError as error:
            self.close()
            raise PanelUnavailableError(_missing(error)) from error
        except _gpio_errors() as error:
            self.close()
            raise PanelUnavailableError(_hint(error)) from error

    def light(self, *, on: bool) -> None:
        if self._led is None or on == self._lit:
            return
        self._lit = on
        self._switch(self._led, 1 if on else 0)

    def sound(self, tone_hz: int | None) -> None:
        if self._buzzer is None or tone_hz == self._tone_hz:
            return
        self._tone_hz = tone_hz
        if tone_hz is not None and self._pins.buzzer_passive:
            try:
                self._buzzer.frequency = tone_hz
            except _gpio_errors() as error:
                raise PanelUnavailableError(_hint(error)) from error
        self._switch(self._buzzer, 0 if tone_hz is None else HALF if self._pins.buzzer_passive else 1)

    def check(self) -> None:
        if self._lost is not None:
            raise PanelUnavailableError(_hint(self._lost)) from self._lost

    def close(self) -> None:
        self._stop_looking()
        self._stop_looking = lambda: None
        devices = [device for device in (self._buzzer, self._led, self._button) if device is not None]
        self._button = self._led = self._buzzer = None
        self._lit = self._tone_hz = None
        for device in devices:
            # where the chip is gone, its outputs are too; what cannot be switched off is let go all the same
            with contextlib.suppress(Exception):
                if hasattr(device, "off"):
                    device.off()
            with contextlib.suppress(Exception):
                device.close()
        factory, self._factory = self._factory, None
        if factory is not None:
            with contextlib.suppress(Exception):
                factory.close()

    def _take_pins(self) -> None:
        from gpiozero import DigitalOutputDevice, InputDevice, PWMOutputDevice  # noqa: PLC0415

        pins, factory = self._pins, self._factory
        if pins.led is not None:
            self._led = DigitalOutputDevice(pins.led, active_high=pins.led_active_high, pin_factory=factory)
        if pins.buzzer is not None:
            kind = PWMOutputDevice if pins.buzzer_passive else DigitalOutputDevice
            self._buzzer = kind(pins.buzzer, active_high=pins.buzzer_active_high, pin_factory=factory)
        if pins.button is not None:
            # none of gpiozero's devices with events: see look_in_thread
            self._button = InputDevice(pins.button, pull_up=pins.button_pull == "up", pin_factory=factory)
            self._presses = self._make_button()  # a press under way when the pins were lost is none any more
            self._stop_looking = self._start_looking(self._look)

    def _look(self) -> bool:
        button = self._button
        try:
            if button is None:
                return False
            self._presses.look(down=bool(button.is_active))
        except Exception as error:  # noqa: BLE001  nobody else learns why this thread ended: `check` reports it
            self._lost = error
        return self._lost is None

    def _switch(self, device: Any, value: float) -> None:  # noqa: ANN401  gpiozero is not typed
        try:
            device.value = value
        except _gpio_errors() as error:
            raise PanelUnavailableError(_hint(error)) from error


class Button:
    """Makes presses out of levels: a long one as soon as it is one, a short one when it ends.

    A button that is down at the first look is not pressed but stuck, until it is let go.
    """

    def __init__(self, pressed: Callable[[Press], object], monotonic: Callable[[], float]) -> None:
        self._pressed = pressed
        self._monotonic = monotonic
        self._last = True
        self._down = True
        self._since_s: float | None = None
        """Of the press under way; None if there is none or it has been reported."""

    def look(self, *, down: bool) -> None:
        """The level now."""
        agreed, self._last = down == self._last, down
        now_s = self._monotonic()
        if agreed and down != self._down:
            self._down = down
            if down:
                self._since_s = now_s
            elif self._since_s is not None:
                self._since_s = None
                self._pressed("short")
        if self._since_s is not None and now_s - self._since_s >= HOLD_S:
            self._since_s = None
            self._pressed("long")


def lgpio_factory(work_dir: Path) -> Any:  # noqa: ANN401  gpiozero is not typed
    """The header's pins over lgpio, which serves every Raspberry Pi up to the 5. Raises what gpiozero and lgpio raise, and
    PanelUnavailableError where no chip has a header's pins: gpiozero itself would take the chip number 0, whatever it is.

    lgpio makes a pipe in its working directory as soon as it is imported and fails where it cannot; it is given `work_dir`
    unless LG_WD names another place.
    """
    if not os.environ.get("LG_WD"):
        import tempfile  # noqa: PLC0415  most mats have no panel

        usable = work_dir.is_dir() and os.access(work_dir, os.W_OK | os.X_OK)
        os.environ["LG_WD"] = str(work_dir) if usable else tempfile.gettempdir()
    try:
        from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415
    except AttributeError as error:  # what pip calls lgpio where PyPI has no wheel of it
        raise ImportError(f"lgpio is an empty placeholder: {error}") from error
    chip = header_chip()
    if chip is None:
        raise PanelUnavailableError("this machine has no GPIO chip with a header's pins; leave the pins out of [panel]")
    if not chip.usable:
        raise PanelUnavailableError(f"{chip.path} may not be used; add the user to the group gpio and log in again")
    return LGPIOFactory(chip.number)


def _gpio_errors() -> tuple[type[Exception], ...]:
    """What the libraries raise, of those that have been loaded: lgpio's error is no OSError."""
    loaded = ((sys.modules.get(module), name) for module, name in (("gpiozero.exc", "GPIOZeroError"), ("lgpio", "error")))
    return (OSError, *(getattr(module, name) for module, name in loaded if module is not None))


def _missing(error: ImportError) -> str:
    what = "lgpio" if "lgpio" in str(error) else "gpiozero"
    return f"{what} cannot be loaded ({error}); install it: sudo apt-get install python3-{what}"


def _hint(error: Exception) -> str:
    text = str(error).strip("'\"")
    if "can not open gpiochip" in text:
        return f"the GPIO chip cannot be opened ({text}); check that the user is in the group gpio"
    if "busy" in text.lower():
        return f"a pin is taken by something else ({text}); choose another in [panel], or remove the overlay that holds it"
    if "in use" in text.lower():
        return f"two parts of the panel share a pin ({text}); give each another pin in [panel]"
    if type(error).__name__ == "PinUnknownPi":
        return "this machine is no Raspberry Pi that gpiozero knows; leave the pins out of [panel]"
    return f"the panel's pins cannot be used ({text or type(error).__name__}); check [panel] and the wiring"
