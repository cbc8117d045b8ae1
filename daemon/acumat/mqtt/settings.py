"""What may be set by command, and how it is asked for: a plain word, as Home Assistant's switches send it, or a JSON object."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from acumat.contract.commands import CommandName
from acumat.contract.state import JsonScalar, Mode

ON, OFF = "ON", "OFF"
"""What a switch in Home Assistant sends and shows."""
SENSITIVITIES = ("low", "normal", "high")
AUTO = "auto"
"""The mode that lets the mat tell."""
MODES: tuple[str, ...] = (AUTO, *(mode.value for mode in Mode if mode is not Mode.UNKNOWN))

PAUSE_MINUTES = 720
"""A pause ends by itself after half a day: a mat that somebody forgot to switch on again would record nothing for weeks."""
PAUSE_MINUTES_RANGE = (1, 1440)

SETTING_KEYS: dict[CommandName, tuple[str, ...]] = {
    CommandName.PAUSE: ("correlation", "on", "minutes"),
    CommandName.GUEST: ("correlation", "on"),
    CommandName.SENSITIVITY: ("correlation", "sensitivity"),
    CommandName.MODE: ("correlation", "mode"),
}
"""The commands that set something, and the keys that each takes."""
SETTING_WORDS: dict[CommandName, tuple[str, ...]] = {
    CommandName.PAUSE: (ON, OFF),
    CommandName.GUEST: (ON, OFF),
    CommandName.SENSITIVITY: SENSITIVITIES,
    CommandName.MODE: MODES,
}
"""The plain words that each of them takes in place of JSON."""


CHOICES = (CommandName.SENSITIVITY, CommandName.MODE)
"""Those that are one word out of a list, under their own name in JSON."""


class SettingError(ValueError):
    """What was asked for cannot be set; the message says what can."""


def from_word(command: CommandName, text: str) -> dict[str, JsonScalar] | None:
    """What a plain word asks for; None if it is none that this command knows."""
    if text not in SETTING_WORDS[command]:
        return None
    if command in CHOICES:
        return {command.value: text}
    return _pause(on=text == ON) if command is CommandName.PAUSE else {"on": text == ON}


def setting_of(command: CommandName, document: Mapping[str, Any]) -> dict[str, JsonScalar]:
    """What a JSON object asks for, minutes clamped to what is possible.

    Raises SettingError for anything else.
    """
    if command in CHOICES:
        word = document.get(command.value)
        if word not in SETTING_WORDS[command]:
            raise SettingError(f"{command} must be one of {', '.join(SETTING_WORDS[command])}.")
        return {command.value: word}
    on = document.get("on")
    if not isinstance(on, bool):
        raise SettingError(f"The payload must be {ON}, {OFF} or JSON in which on is true or false.")
    if command is CommandName.GUEST:
        return {"on": on}
    return _pause(on=on, minutes=document.get("minutes", PAUSE_MINUTES))


def _pause(*, on: bool, minutes: object = PAUSE_MINUTES) -> dict[str, JsonScalar]:
    least, most = PAUSE_MINUTES_RANGE
    if isinstance(minutes, bool) or not isinstance(minutes, int | float) or math.isnan(float(max(min(minutes, most), least))):
        raise SettingError("minutes must be a number.")
    return {"on": on, "minutes": min(max(minutes, least), most)}
