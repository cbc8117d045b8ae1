"""The entities of how somebody feels over time. Each exists only if the configuration shares its data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from acumat.commands.spec import PRESS
from acumat.contract.commands import CommandName
from acumat.contract.wellbeing import WEEKLY_ANSWERS, Shared
from acumat.insight.prompts import Prompt
from acumat.mqtt.discovery_sensors import Component, shortened
from acumat.mqtt.topics import Topics

NOTHING_ASKED = "none"
QUESTIONS = tuple(each.value for each in Prompt if each is not Prompt.REDNESS)
TAPS = ["1", "2", "3", "4", "5"]


def wellbeing_components(topics: Topics, shared: Shared) -> dict[str, Component]:
    """The components by key.

    For data that are not shared it is the bare platform, by which Home Assistant removes the entity.
    """
    groups = {
        "questions": _questions(topics),
        "check_ins": _check_ins(topics),
        "rhythm": _rhythm(topics),
        "helped": _helped(topics),
        "weekly_look": _weekly(topics),
    }
    return {
        key: _with_id(topics, key, component) if getattr(shared, name) else {"platform": component["platform"]}
        for name, components in groups.items()
        for key, component in components.items()
    }


def with_rhythm(payload: Mapping[str, Any], topics: Topics, *, on: bool) -> dict[str, Any]:
    """The same device with the entities of the rhythm, or without them."""
    shown = wellbeing_components(topics, Shared(rhythm=on))
    return {**payload, "components": {**payload["components"], **{key: shown[key] for key in _rhythm(topics)}}}


def _rhythm(topics: Topics) -> dict[str, Component]:
    return {
        "rhythm": {
            **_sensor(topics, "Rhythm", "rhythm", "mdi:calendar-sync-outline"),
            "state_class": "measurement",
            "suggested_display_precision": 0,
            "json_attributes_topic": topics.wellbeing,
            "json_attributes_template": "{{ {'days': value_json.get('rhythm_days'),"
            " 'text': value_json.get('rhythm_text')} | tojson }}",
        }
    }


def _questions(topics: Topics) -> dict[str, Component]:
    return {
        "felt_question": {
            **_sensor(topics, "Question", "question", "mdi:chat-question-outline"),
            "device_class": "enum",
            "options": [NOTHING_ASKED, *QUESTIONS],
            "value_template": f"{{{{ value_json.get('question') or '{NOTHING_ASKED}' }}}}",
            "json_attributes_topic": topics.wellbeing,
            "json_attributes_template": "{{ {'text': value_json.get('question_text')} | tojson }}",
        },
        "skip_question": {
            "platform": "button",
            "name": "Skip question",
            "icon": "mdi:debug-step-over",
            "command_topic": topics.command(CommandName.SKIP),
            "payload_press": PRESS,
        },
        "slept": _answer(topics, CommandName.NOTE, "Slept", "sleep", "slept", "mdi:bed-outline"),
        "alertness": _answer(topics, CommandName.NOTE, "Alertness", "alertness", "alertness", "mdi:weather-sunset-up"),
        "away_until": {
            "platform": "text",
            "name": "Away until",
            "icon": "mdi:bag-suitcase-outline",
            "state_topic": topics.wellbeing,
            "value_template": "{{ value_json.get('away_until') or '' }}",
            "command_topic": topics.command(CommandName.AWAY),
            "command_template": '{% if value %}{"until": "{{ value }}"}{% else %}{"back": true}{% endif %}',
            "pattern": r"^(\d{4}-\d{2}-\d{2})?$",
            "max": 10,
        },
    }


def _check_ins(topics: Topics) -> dict[str, Component]:
    names = {
        "calm_before": ("Calm before", "mdi:emoticon-neutral-outline"),
        "calm_after": ("Calm after", "mdi:emoticon-happy-outline"),
        "discomfort_before": ("Discomfort before", "mdi:emoticon-neutral-outline"),
        "discomfort_after": ("Discomfort after", "mdi:emoticon-confused-outline"),
    }
    return {
        key: {**_sensor(topics, name, key, icon), "state_class": "measurement", "suggested_display_precision": 0}
        for key, (name, icon) in names.items()
    }


def _helped(topics: Topics) -> dict[str, Component]:
    """The sentences; their codes are attributes, for automations."""
    return {
        "helped": _sentence(topics, "Did it help", "helped", "mdi:comment-check-outline"),
        "trend": _sentence(topics, "Trend of calm", "trend", "mdi:chart-timeline-variant"),
    }


def _weekly(topics: Topics) -> dict[str, Component]:
    icons = {"stiffness": "mdi:human-cane", "ease": "mdi:run", "headaches": "mdi:head-alert-outline", "sleep": "mdi:sleep"}
    return {
        f"week_{key}": _answer(topics, CommandName.WEEKLY_LOOK, f"Week {key}", key, key, icons[key]) for key in WEEKLY_ANSWERS
    }


def _answer(topics: Topics, command: CommandName, name: str, argument: str, key: str, icon: str) -> Component:
    """One tap from 1 to 5."""
    return {
        "platform": "select",
        "name": name,
        "icon": icon,
        "options": TAPS,
        "state_topic": topics.wellbeing,
        "value_template": f"{{{{ value_json.get('{key}') }}}}",
        "command_topic": topics.command(command),
        "command_template": f'{{"{argument}": {{{{ value }}}}}}',
    }


def _sentence(topics: Topics, name: str, key: str, icon: str) -> Component:
    return {
        **_sensor(topics, name, key, icon),
        "value_template": shortened(f"{key}_text"),
        "json_attributes_topic": topics.wellbeing,
        "json_attributes_template": f"{{{{ {{'change': value_json.get('{key}')}} | tojson }}}}",
    }


def _sensor(topics: Topics, name: str, key: str, icon: str) -> Component:
    return {
        "platform": "sensor",
        "name": name,
        "icon": icon,
        "state_topic": topics.wellbeing,
        "value_template": f"{{{{ value_json.get('{key}') }}}}",
    }


def _with_id(topics: Topics, key: str, component: Component) -> Component:
    return {"unique_id": f"{topics.device_id}_{key}", **component}
