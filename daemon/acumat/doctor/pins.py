"""The panel's pins: whether there is a GPIO chip, it may be used, and nobody else holds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from acumat.doctor.board import GpioFacts
from acumat.doctor.finding import Finding, fail, ok

GPIO = "panel"


def check_pins(facts: GpioFacts, pins: Mapping[str, int]) -> Iterator[Finding]:
    """Examine the pins by their parts; a mat without a panel has no finding."""
    if not pins:
        return
    if facts.path is None:
        hint = "Leave the pins out of [panel], or run on a Raspberry Pi."
        yield fail(GPIO, "gpio_missing", "This machine has no GPIO chip with a header's pins.", hint)
    elif not facts.usable:
        hint = "Join the group gpio and log in again: sudo usermod -aG gpio $USER."
        yield fail(GPIO, "gpio_rights", f"{facts.path} may not be used by this user.", hint)
    elif not facts.lgpio:
        yield fail(GPIO, "lgpio_missing", "The library lgpio is not installed.", "Run: sudo apt-get install python3-lgpio.")
    else:
        yield from _each(facts, pins)


def _each(facts: GpioFacts, pins: Mapping[str, int]) -> Iterator[Finding]:
    for part, pin in pins.items():
        holder = facts.holders.get(pin)
        if holder is None:
            yield ok(f"{GPIO}: {part}", f"GPIO {pin} on {facts.path} is free.")
        else:
            cause = f'GPIO {pin} is held by "{holder}".'
            hint = f"Choose another pin for panel.{part}_pin, or remove what holds it (dtoverlay in /boot/firmware/config.txt)."
            yield fail(f"{GPIO}: {part}", "pin_busy", cause, hint)
