"""The entities of the mat itself: its health, its answers, its connection and its release."""

from __future__ import annotations

from acumat.contract.state import HealthState
from acumat.mqtt.discovery_sensors import ASKED_FOR, Component, enum, shortened
from acumat.mqtt.topics import Topics

PROBLEM_TEMPLATE = (
    "{% if (value_json.get('bus') or {}).get('code') == 'starting' %}None{% else %}{{ 'OFF' if value_json.get('health') == 'ok'"
    " and (value_json.get('store') or {}).get('code', 'ok') == 'ok' else 'ON' }}{% endif %}"
)
"""A problem is a mat that sees less, or a history that is not written. Until the first reading it is unknown. The bus counts
only by its effect on the mat's health: otherwise a single failed scan would make the entity blink."""

ANSWER_ATTRIBUTES = (
    "{{ {'command': value_json.get('name'), 'ok': value_json.get('ok'), 'answered_at': now().isoformat()} | tojson }}"
)
"""With its time: Home Assistant reports no change when an answer equals the one before in everything."""

UPDATE_TEMPLATE = (
    "{% set d = {'installed_version': value_json.get('installed_version'), 'release_summary': value_json.get('text') or ''} %}"
    "{% set latest = value_json.get('latest_version') %}{{ (dict(d, latest_version=latest) if latest else d) | tojson }}"
)
"""Home Assistant refuses a key that is null: without a latest version it shows unknown."""


def diagnostic_components(topics: Topics) -> dict[str, Component]:
    """How far the mat can be trusted, why it last changed its state, and what it answered."""
    health = {"entity_category": "diagnostic", "state_topic": topics.health, "json_attributes_topic": topics.health}
    return {
        "health": {
            **enum("Health", [each.value for each in HealthState], "{{ value_json.get('health') }}", "mdi:heart-pulse"),
            **health,
            "enabled_by_default": False,  # automations and dashboards know the form of the problem entity
        },
        "problem": {
            "platform": "binary_sensor",
            "name": "Problem",
            "device_class": "problem",
            "value_template": PROBLEM_TEMPLATE,
            **health,
        },
        "reason": {
            "platform": "sensor",
            "name": "Reason",
            "icon": "mdi:comment-question-outline",
            "value_template": shortened("reason_text"),
            **ASKED_FOR,  # the detector's view, and many rows a session
        },
        "answer": {
            "platform": "sensor",
            "name": "Answer",
            "icon": "mdi:message-reply-text-outline",
            "entity_category": "diagnostic",
            "state_topic": topics.response,
            "value_template": shortened("text"),
            "json_attributes_topic": topics.response,
            "json_attributes_template": ANSWER_ATTRIBUTES,
        },
        "connection": {
            "platform": "binary_sensor",
            "name": "Connection",
            "device_class": "connectivity",
            "entity_category": "diagnostic",
            "availability": [],  # always available: it shows that the others are not
            "state_topic": topics.availability,
            "payload_on": "online",
            "payload_off": "offline",
        },
    }


def update_components(topics: Topics, *, on: bool) -> dict[str, Component]:
    """The newest release. The entity installs nothing: the daemon may not, and a right to publish is no right to install."""
    return (
        {
            "update": {
                "platform": "update",
                "name": "Update",
                "title": "acumat",
                "entity_category": "diagnostic",
                "state_topic": topics.update,
                "value_template": UPDATE_TEMPLATE,
            }
        }
        if on
        else {}
    )
