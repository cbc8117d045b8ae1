"""Button, status LED and buzzer on a Raspberry Pi's GPIO, over gpiozero. Each may be absent.

This part only switches and listens; what is shown when is decided by whoever drives it. gpiozero is imported when a panel is
opened and not before: a machine without one pays nothing for it.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from acumat_hw.errors import AcumatError

Pull = Literal["up", "down"]
Press = Literal["short", "long"]

HOLD_S = 1.5
"""A press of this length is a long one."""
BOUNCE_S = 0.03
"""A contact that has been quiet for so long has settled: small buttons bounce for milliseconds. The kernel waits for it."""
HALF = 0.5
"""Duty of the square wave for a passive buzzer: the loudest."""


class PanelUnavailableError(AcumatError):
    """The panel cannot be used; the mat senses on without it."""


@dataclass(frozen=True, slots=True)
class PanelPins:
    """BCM numbers of the pins, None for what is not fitted.

    `button_pull` is the pin's own resistor: with "up" the button connects the pin to ground. `buzzer_passive` is one that needs
    a square wave; an active one makes its own tone. An `active_high` of False is a part that is on while its pin is low.
    """

    button: int | None = None
    led: int | None = None
    buzzer: int | None = None
    button_pull: Pull = "up"
    led_active_high: bool = True
    buzzer_active_high: bool = True
    buzzer_passive: bool = False


class PanelParts(Protocol):
    """What drives the LED and the buzzer. `open` and the two setters raise PanelUnavailableError, and nothing else."""

    def open(self) -> None: ...

    def light(self, *, on: bool) -> None: ...

    def sound(self, tone_hz: int | None) -> None:
        """A tone, or silence; an active buzzer has only one."""
        ...

    def tick(self) -> None:
        """Called often: a button that is still held is told as soon as it is a long press."""
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

    def tick(self) -> None:
        """Nobody presses."""

    def close(self) -> None:
        """Nothing to close."""


class GpioPanel:
    """The parts on real pins. `pressed` is called from gpiozero's own thread and must only enqueue."""

    def __init__(
        self,
        pins: PanelPins,
        *,
        factory: Callable[[], Any],
        pressed: Callable[[Press], object],
        monotonic: Callable[[], float],
    ) -> None:
        self._pins = pins
        self._make_factory = factory
        self._hold = Hold(pressed, monotonic)
        self._factory: Any = None
        self._button: Any = None
        self._led: Any = None
        self._buzzer: Any = None
        self._lit: bool | None = None
        self._tone_hz: int | None = None

    def open(self) -> None:
        """Take the pins. Raises PanelUnavailableError with cause and cure."""
        try:
            self._factory = self._make_factory()
            self._take_pins()
        except ImportError as error:
            self.close()
            raise PanelUnavailableError(_missing(error)) from error
        except _gpio_errors() as error:
            self.close()
            raise PanelUnavailableError(_cure(error)) from error

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
                raise PanelUnavailableError(_cure(error)) from error
        self._switch(self._buzzer, 0 if tone_hz is None else HALF if self._pins.buzzer_passive else 1)

    def tick(self) -> None:
        self._hold.tick()

    def close(self) -> None:
        devices = [device for device in (self._buzzer, self._led, self._button) if device is not None]
        self._button = self._led = self._buzzer = None
        self._lit = self._tone_hz = None
        for device in devices:
            # where the chip is gone its outputs are too; the kernel takes the pins back when the process ends
            with contextlib.suppress(*_gpio_errors()):
                if hasattr(device, "off"):
                    device.off()
                device.close()
        factory, self._factory = self._factory, None
        if factory is not None:
            with contextlib.suppress(*_gpio_errors()):
                factory.close()

    def _take_pins(self) -> None:
        from gpiozero import DigitalInputDevice, DigitalOutputDevice, PWMOutputDevice  # noqa: PLC0415

        pins, factory = self._pins, self._factory
        if pins.led is not None:
            self._led = DigitalOutputDevice(pins.led, active_high=pins.led_active_high, pin_factory=factory)
        if pins.buzzer is not None:
            kind = PWMOutputDevice if pins.buzzer_passive else DigitalOutputDevice
            self._buzzer = kind(pins.buzzer, active_high=pins.buzzer_active_high, pin_factory=factory)
        if pins.button is not None:
            # not gpiozero's Button: its thread for held buttons would sleep by the machine's clock
            self._button = DigitalInputDevice(
                pins.button, pull_up=pins.button_pull == "up", bounce_time=BOUNCE_S, pin_factory=factory
            )
            self._button.when_activated = self._hold.down
            self._button.when_deactivated = self._hold.up

    def _switch(self, device: Any, value: float) -> None:  # noqa: ANN401  gpiozero is not typed
        try:
            device.value = value
        except _gpio_errors() as error:
            raise PanelUnavailableError(_cure(error)) from error


class Hold:
    """Tells short presses from long ones: a long one as soon as it is one, a short one when it ends."""

    def __init__(self, pressed: Callable[[Press], object], monotonic: Callable[[], float]) -> None:
        self._pressed = pressed
        self._monotonic = monotonic
        self._down_s: float | None = None
        self._lock = threading.Lock()

    def down(self) -> None:
        """The contact has closed."""
        with self._lock:
            self._down_s = self._monotonic()

    def up(self) -> None:
        """The contact has opened."""
        held_s = self._take(at_least_s=0.0)
        if held_s is not None:
            self._pressed("long" if held_s >= HOLD_S else "short")

    def tick(self) -> None:
        """Some time has passed."""
        if self._down_s is not None and self._take(at_least_s=HOLD_S) is not None:
            self._pressed("long")

    def _take(self, *, at_least_s: float) -> float | None:
        """How long the button is down, taken once; None if it is not down so long or its press has been told."""
        with self._lock:
            if self._down_s is None:
                return None
            held_s = self._monotonic() - self._down_s
            if held_s < at_least_s:
                return None
            self._down_s = None
            return held_s


def lgpio_factory(work_dir: Path) -> Any:  # noqa: ANN401  gpiozero is not typed
    """The machine's pins over lgpio, which serves every Raspberry Pi up to the 5. Raises what gpiozero and lgpio raise.

    lgpio makes a pipe in its working directory as soon as it is imported and fails where it cannot; it is given `work_dir`
    unless LG_WD names another place.
    """
    if not os.environ.get("LG_WD"):
        usable = work_dir.is_dir() and os.access(work_dir, os.W_OK | os.X_OK)
        os.environ["LG_WD"] = str(work_dir) if usable else tempfile.gettempdir()
    try:
        from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415
    except AttributeError as error:  # what pip calls lgpio where PyPI has no wheel of it
        raise ImportError(f"lgpio is an empty placeholder: {error}") from error
    return LGPIOFactory()


def _gpio_errors() -> tuple[type[Exception], ...]:
    """What the libraries raise, of those that have been loaded: lgpio's own error is no OSError."""
    loaded = ((sys.modules.get(module), name) for module, name in (("gpiozero.exc", "GPIOZeroError"), ("lgpio", "error")))
    return (OSError, *(getattr(module, name) for module, name in loaded if module is not None))


def _missing(error: ImportError) -> str:
    what = "lgpio" if "lgpio" in str(error) else "gpiozero"
    return f"{what} cannot be loaded ({error}); install it: sudo apt-get install python3-{what}"


def _cure(error: Exception) -> str:
    text = str(error).strip("'\"")
    if "can not open gpiochip" in text:
        return f"no GPIO chip can be opened ({text}); check that /dev/gpiochip0 is there and that the user is in the group gpio"
    if "busy" in text.lower():
        return f"a pin is taken by something else ({text}); choose another in [panel], or remove the overlay that holds it"
    if "in use" in text.lower():
        return f"two parts of the panel share a pin ({text}); give each its own in [panel]"
    if type(error).__name__ == "PinUnknownPi":
        return "this machine is no Raspberry Pi that gpiozero knows; leave the pins out of [panel]"
    return f"the panel's pins cannot be used ({text or type(error).__name__}); check [panel] and the wiring"
