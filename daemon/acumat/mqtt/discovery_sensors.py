"""Sensors of Home Assistant by their kind, and the templates that read their values from a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Component = dict[str, Any]

MAX_STATE_CHARS = 255
"""Home Assistant turns a longer state into unknown and warns."""

ASKED_FOR: Mapping[str, object] = {"entity_category": "diagnostic", "enabled_by_default": False}
"""For entities that few people need: they switch them on, on the device page."""


def time(name: str, key: str) -> Component:
    """A moment, which Home Assistant shows in its user's time zone."""
    return {
        "platform": "sensor",
        "name": name,
        "device_class": "timestamp",
        "value_template": f"{{{{ value_json.get('{key}') }}}}",
    }


def enum(name: str, options: list[str], template: str, icon: str) -> Component:
    """One word out of `options`; Home Assistant refuses any other."""
    return {
        "platform": "sensor",
        "name": name,
        "icon": icon,
        "device_class": "enum",
        "options": options,
        "value_template": template,
    }


def measured(name: str, template: str, icon: str, *, unit: str | None = None, digits: int = 0) -> Component:
    """A number with long-term statistics. Load has no device class: every class with % means something else."""
    units: Mapping[str, str] = {} if unit is None else {"unit_of_measurement": unit}
    return {
        "platform": "sensor",
        "name": name,
        "icon": icon,
        **units,
        "state_class": "measurement",
        "suggested_display_precision": digits,
        "value_template": template,
    }


def duration(name: str, template: str, icon: str, *, digits: int = 0) -> Component:
    """A duration in minutes: Home Assistant shows them as `21m 5s` if they have the digits, but seconds as `1,265 s`."""
    return {
        "platform": "sensor",
        "name": name,
        "icon": icon,
        "device_class": "duration",
        "unit_of_measurement": "min",
        "suggested_display_precision": digits,
        "value_template": template,
    }


def count(name: str, template: str) -> Component:
    """A whole number."""
    return {
        "platform": "sensor",
        "name": name,
        "icon": "mdi:counter",
        "suggested_display_precision": 0,
        "value_template": template,
    }


def number(key: str, digits: int = 0) -> str:
    """A template for a number of the document; with `default` a null stays null, and no warning is logged."""
    return f"{{{{ value_json.get('{key}') | round({digits}, default=none) }}}}"


def minutes(key: str) -> str:
    """A template for a number of seconds of the document, in minutes."""
    return f"{{% set s = value_json.get('{key}') %}}{{{{ none if s is none else (s / 60) | round(2) }}}}"


def total(key: str, digits: int = 0) -> str:
    """A template for one of the totals that the session document carries."""
    return f"{{{{ (value_json.get('totals') or {{}}).get('{key}') | round({digits}, default=none) }}}}"


def shortened(key: str) -> str:
    """A template for a text of the document, cut to what Home Assistant takes as a state."""
    return f"{{{{ (value_json.get('{key}') or 'None') | truncate({MAX_STATE_CHARS}, true, '…', 0) }}}}"
