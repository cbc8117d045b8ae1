"""The entities that set something, the picture and the health of each sensor.

Pause, guest, calibrate and tare are shown from the start; people switch the others on, on the device page.
"""

from __future__ import annotations

from acumat.commands.spec import PRESS
from acumat.commands.table import OFF, ON, SENSITIVITIES
from acumat.contract.commands import CommandName
from acumat.mqtt.discovery_sensors import Component
from acumat.mqtt.topics import Topics

FAILING_TEMPLATE = (
    "{{ (value_json.get('sensors') or {}).values() | rejectattr('code', 'eq', 'ok') | list | count"
    " if value_json.get('sensors') else none }}"
)
FAILING_ATTRIBUTES = (
    "{% set ns = namespace(all={}) %}{% for name, each in (value_json.get('sensors') or {}).items() %}"
    "{% set ns.all = dict(ns.all, **{name: each.get('text') or each.get('code')}) %}{% endfor %}{{ ns.all | tojson }}"
)
"""An attribute for each sensor: `ok`, or what to check."""


def control_components(topics: Topics, *, picture: bool) -> dict[str, Component]:
    """Components by key, without their unique ids."""
    shown: dict[str, Component] = {"picture": _picture(topics)} if picture else {}
    return {**_calibration(topics), **_settings(topics), **_corrections(topics), **shown, "sensors_failing": _sensors(topics)}


def _calibration(topics: Topics) -> dict[str, Component]:
    return {
        "calibrate": _button(topics, CommandName.CALIBRATE, "Calibrate", "mdi:tune-variant", enabled=True),
        "tare": _button(topics, CommandName.TARE, "Tare", "mdi:scale", enabled=True),
    }


def _settings(topics: Topics) -> dict[str, Component]:
    return {
        "pause": {
            **_switch(topics, CommandName.PAUSE, "Pause", "mdi:pause-circle-outline", "paused"),
            "json_attributes_topic": topics.settings,
        },
        "guest": _switch(topics, CommandName.GUEST, "Guest", "mdi:account-switch-outline", "guest"),
        "sensitivity": {
            "platform": "select",
            "name": "Sensitivity",
            "icon": "mdi:tune-vertical",
            "entity_category": "config",
            "enabled_by_default": False,
            "state_topic": topics.settings,
            "command_topic": topics.command(CommandName.SENSITIVITY),
            "value_template": "{{ value_json.get('sensitivity') }}",
            "options": list(SENSITIVITIES),
        },
    }


def _corrections(topics: Topics) -> dict[str, Component]:
    """What corrects a calibration: few people need it."""
    return {
        "calibrate_cancel": _button(topics, CommandName.CALIBRATE_CANCEL, "Cancel calibration", "mdi:close-circle-outline"),
        "calibrate_undo": _button(topics, CommandName.CALIBRATE_UNDO, "Undo calibration", "mdi:undo-variant"),
    }


def _picture(topics: Topics) -> Component:
    return {
        "platform": "image",
        "name": "Body picture",
        "icon": "mdi:human",
        "enabled_by_default": False,
        "image_topic": topics.picture,
        "content_type": "image/png",
    }


def _sensors(topics: Topics) -> Component:
    return {
        "platform": "sensor",
        "name": "Failing sensors",
        "icon": "mdi:lan-disconnect",
        "entity_category": "diagnostic",
        "enabled_by_default": False,
        "state_topic": topics.health,
        "suggested_display_precision": 0,
        "value_template": FAILING_TEMPLATE,
        "json_attributes_topic": topics.health,
        "json_attributes_template": FAILING_ATTRIBUTES,
    }


def _switch(topics: Topics, command: CommandName, name: str, icon: str, key: str) -> Component:
    return {
        "platform": "switch",
        "name": name,
        "icon": icon,
        "state_topic": topics.settings,
        "command_topic": topics.command(command),
        "value_template": f"{{{{ {{true: '{ON}', false: '{OFF}'}}.get(value_json.get('{key}')) }}}}",
        "payload_on": ON,
        "payload_off": OFF,
    }


def _button(topics: Topics, command: CommandName, name: str, icon: str, *, enabled: bool = False) -> Component:
    on_request: Component = {} if enabled else {"enabled_by_default": False}
    return {
        "platform": "button",
        "name": name,
        "icon": icon,
        "entity_category": "config",
        **on_request,
        "command_topic": topics.command(command),
        "payload_press": PRESS,
    }
