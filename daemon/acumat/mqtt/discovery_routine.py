"""The routine's entities in Home Assistant: those for every day are on at first and have no category."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from acumat.coach.document import SITUATIONS
from acumat.coach.guidance_gate import WHY
from acumat.coach.programme import Clothing, Stage
from acumat.commands.arguments import Number
from acumat.commands.spec import PRESS
from acumat.commands.table import CALM, CAP, MINUTES
from acumat.contract.commands import CommandName
from acumat.mqtt.discovery_sensors import Component, enum
from acumat.mqtt.topics import Topics


def routine_components(topics: Topics, *, on: bool, latest_cap_min: int) -> dict[str, Component]:
    """The components by key; switched off, each is the bare platform, by which Home Assistant removes the entity."""
    components = {**_controls(topics, latest_cap_min), **_readings(topics)}
    if not on:
        return {key: {"platform": component["platform"]} for key, component in components.items()}
    return {key: {"unique_id": f"{topics.device_id}_{key}", **component} for key, component in components.items()}


def with_level(payload: Mapping[str, Any], level_min: int) -> dict[str, Any]:
    """The same device with the number limited to the programme's level, so that Home Assistant itself refuses more."""
    components = payload["components"]
    number = components.get("planned_minutes", {})
    if "max" not in number:  # the routine is switched off
        return dict(payload)
    return {
        **payload,
        "components": {**components, "planned_minutes": {**number, "max": _above_least(level_min, MINUTES.least)}},
    }


def with_people(payload: Mapping[str, Any], topics: Topics, people: tuple[str, ...]) -> dict[str, Any]:
    """The same device with a choice of who lies there, once people are set up; without them Home Assistant removes it."""
    components = payload["components"]
    if not people and "who" not in components:
        return dict(payload)
    choice: Component = {"platform": "select"}
    if people:
        choice = {
            "unique_id": f"{topics.device_id}_who",
            **choice,
            "name": "Who",
            "icon": "mdi:account-multiple-outline",
            "state_topic": topics.routine,
            "value_template": "{{ value_json.get('who') }}",
            "command_topic": topics.command(CommandName.WHO),
            "command_template": '{"who": {{ value | tojson }}}',
            "options": list(people),
        }
    return {**payload, "components": {**components, "who": choice}}


def _above_least(most: int, least: int) -> int:
    """Home Assistant accepts no number whose two limits are equal."""
    return max(most, least + 1)


def _controls(topics: Topics, latest_cap_min: int) -> dict[str, Component]:
    return {
        "planned_minutes": _minutes(topics, "Planned minutes", MINUTES, "planned_min", MINUTES.most, "mdi:timer-cog-outline"),
        "cap": {
            **_minutes(topics, "Cap", CAP, "cap_min", _above_least(latest_cap_min, CAP.least), "mdi:timer-alert-outline"),
            "entity_category": "config",
            "enabled_by_default": False,
        },
        "stop": _button(topics, CommandName.STOP, "Stop guidance", "mdi:stop-circle-outline"),
        "symptom_stop": _button(topics, CommandName.SYMPTOM, "Symptom stop", "mdi:alert-octagon-outline"),
        "still_red": _button(topics, CommandName.REDNESS, "Still red", "mdi:hand-heart-outline", answer="still_red"),
        "redness_faded": _button(topics, CommandName.REDNESS, "Redness faded", "mdi:check-circle-outline", answer="faded"),
        "calm": {
            "platform": "select",
            "name": "How calm",
            "icon": "mdi:emoticon-happy-outline",
            "options": [str(number) for number in range(CALM.least, CALM.most + 1)],
            "state_topic": topics.now,
            "value_template": "{{ none }}",  # the question is open again after each answer
            "command_topic": topics.command(CommandName.CHECK_IN),
            "command_template": f'{{"{CALM.key}": {{{{ value }}}}}}',
        },
    }


def _readings(topics: Topics) -> dict[str, Component]:
    return {
        "routine": {
            **_enum(topics, "Routine", "situation", list(SITUATIONS), "mdi:meditation"),
            "json_attributes_topic": topics.routine,
        },
        "guidance": {
            **_enum(topics, "Guidance", "guidance_reason", ["on", *WHY], "mdi:shield-check-outline"),
            "value_template": "{{ value_json.get('guidance_reason') or 'on' }}",
            "entity_category": "diagnostic",
        },
        "stage": {
            **_enum(topics, "Stage", "stage", [each.value for each in Stage], "mdi:stairs"),
            "enabled_by_default": False,
        },
        "clothing": {
            **_enum(topics, "Clothing", "clothing", [each.value for each in Clothing], "mdi:tshirt-crew-outline"),
            "enabled_by_default": False,
        },
        "cool_down_until": {
            "platform": "sensor",
            "name": "Cool-down until",
            "device_class": "timestamp",
            "state_topic": topics.routine,
            "value_template": "{{ value_json.get('cool_down_until') }}",
            "enabled_by_default": False,
        },
    }


def _enum(topics: Topics, name: str, key: str, options: list[str], icon: str) -> Component:
    return {**enum(name, options, f"{{{{ value_json.get('{key}') }}}}", icon), "state_topic": topics.routine}


def _minutes(topics: Topics, name: str, argument: Number, key: str, most: int, icon: str) -> Component:
    """Minutes of the programme, up to `most`.

    Home Assistant accepts whole numbers within the limits; the mat publishes the one in use.
    """
    return {
        "platform": "number",
        "name": name,
        "icon": icon,
        "state_topic": topics.routine,
        "value_template": f"{{{{ value_json.get('{key}') }}}}",
        "command_topic": topics.command(CommandName.PROGRAMME_SET),
        "command_template": f'{{"{argument.key}": {{{{ value }}}}}}',
        "min": argument.least,
        "max": most,
        "step": 1,
        "mode": "box",
        "unit_of_measurement": "min",
    }


def _button(topics: Topics, command: CommandName, name: str, icon: str, **arguments: str) -> Component:
    return {
        "platform": "button",
        "name": name,
        "icon": icon,
        "command_topic": topics.command(command),
        "payload_press": json.dumps(arguments) if arguments else PRESS,
    }
