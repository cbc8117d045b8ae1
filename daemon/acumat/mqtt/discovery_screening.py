"""The entities that ask about health, one question at a time. They exist only if the configuration allows them.

An answer names the question that Home Assistant showed at that moment, so that a second or late tap answers no other question.
No entity shows an answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from acumat.coach.screening import ALL, QUESTIONS, Answer
from acumat.commands.spec import PRESS
from acumat.contract.commands import CommandName
from acumat.mqtt.discovery_sensors import Component
from acumat.mqtt.topics import Topics

KEY = "health_question"
BUTTONS: Mapping[Answer, tuple[str, str]] = {
    Answer.NO: ("Health: no", "mdi:close-circle-outline"),
    Answer.YES: ("Health: yes", "mdi:check-circle-outline"),
    Answer.UNKNOWN: ("Health: I do not know", "mdi:help-circle-outline"),
}
OPEN_QUESTION = f"{{{{ {{'question': value_json.get('{KEY}')}} | tojson }}}}"


def screening_components(topics: Topics, *, on: bool) -> dict[str, Component]:
    """The components by key; switched off, each is the bare platform, by which Home Assistant removes the entity."""
    components = {KEY: _question(topics), **_answers(topics), "health_again": _again(topics)}
    if not on:
        return {key: {"platform": component["platform"]} for key, component in components.items()}
    return {key: {"unique_id": f"{topics.device_id}_{key}", **component} for key, component in components.items()}


def _question(topics: Topics) -> Component:
    return {
        "platform": "sensor",
        "name": "Health question",
        "icon": "mdi:clipboard-pulse-outline",
        "device_class": "enum",
        "options": [ALL, *QUESTIONS],
        "state_topic": topics.routine,
        "value_template": f"{{{{ value_json.get('{KEY}') }}}}",
    }


def _answers(topics: Topics) -> dict[str, Component]:
    return {
        f"health_{answer}": {
            "platform": "button",
            "name": name,
            "icon": icon,
            "json_attributes_topic": topics.routine,
            "json_attributes_template": OPEN_QUESTION,
            "command_topic": topics.command(CommandName.HEALTH_ANSWER),
            "command_template": "{{ {'question': this.attributes.question, 'answer': " + json.dumps(answer) + "} | tojson }}",
        }
        for answer, (name, icon) in BUTTONS.items()
    }


def _again(topics: Topics) -> Component:
    return {
        "platform": "button",
        "name": "Health: begin again",
        "icon": "mdi:restart",
        "command_topic": topics.command(CommandName.HEALTH_AGAIN),
        "payload_press": PRESS,
    }
