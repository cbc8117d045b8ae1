"""The entities of this moment: whether somebody lies there, what is advised, and what the mat measures."""

from __future__ import annotations

from acumat.contract.state import Mode, Phase
from acumat.mqtt.discovery_sensors import ASKED_FOR, Component, duration, enum, measured, minutes, number, shortened, time
from acumat.mqtt.topics import Topics

EMPTY = "empty"
"""The phase shown while nobody is there: unknown is reserved for a mat that cannot know."""

OCCUPANCY_TEMPLATE = "{{ {'lying': 'ON', 'contact': 'OFF', 'empty': 'OFF'}.get(value_json.get('presence')) }}"

SESSION_TEMPLATE = (
    "{{ 'ON' if value_json.get('session_id') else {'blind': None, 'lying': ''}.get(value_json.get('presence'), 'OFF') }}"
)
"""A blind mat with a session still has it; without one it cannot know, which is None. While a load is tested for life, the text
is empty and Home Assistant leaves the entity as it is: off when somebody has just lain down, unknown after a restart."""

PHASE_TEMPLATE = f"{{{{ '{EMPTY}' if value_json.get('presence') == '{EMPTY}' else value_json.get('phase') }}}}"

LEFT_TEMPLATE = (
    "{% set l = value_json.get('lateral') %}"
    "{{ none if l is none or value_json.get('presence') != 'lying' else ((100 + l) / 2) | round(0) }}"
)
"""The share of the load under the left side of a person who lies on the back: that is the mat's right side."""

ZONES_TEMPLATE = (
    "{% set ns = namespace(all={}) %}{% if value_json.get('presence') == 'lying' %}"
    "{% for zone, share in (value_json.get('shares') or {}).items() if zone not in ('left', 'right') %}"
    "{% set ns.all = dict(ns.all, **{zone: (share / 10) | round(0) | int * 10}) %}{% endfor %}{% endif %}"
    "{{ {'zones': ns.all} | tojson }}"
)
"""Percent of the load by zone from head to foot, in tens: they change with the entity and add hardly a row to the database."""

LOPSIDED_TEMPLATE = "{{ {true: 'ON', false: 'OFF'}.get(value_json.get('lopsided')) }}"

DOZE_TEMPLATE = "{{ {true: 'ON', false: 'OFF'}.get(value_json.get('possible_doze')) }}"


def glance_components(topics: Topics) -> dict[str, Component]:
    """What a person looks for first, and what automations are built on: `session` lasts over lifts and restarts."""
    now = {"state_topic": topics.now}
    return {
        "occupancy": {
            "platform": "binary_sensor",
            "name": None,  # the main entity bears the device's name
            "icon": "mdi:human",
            "device_class": "occupancy",
            "value_template": OCCUPANCY_TEMPLATE,
        },
        "session": {
            "platform": "binary_sensor",
            "name": "Session",
            "icon": "mdi:meditation",
            "value_template": SESSION_TEMPLATE,
        },
        "advice": {
            **now,
            "platform": "sensor",
            "name": "Advice",
            "icon": "mdi:comment-text-outline",
            "value_template": shortened("text"),
            "json_attributes_topic": topics.now,
            "json_attributes_template": "{{ {'advice': value_json.get('advice')} | tojson }}",
        },
        "session_started": {**now, **time("Session started", "started_at")},
        "ends_at": {**now, **time("Ends at", "ends_at")},
    }


def measure_components(topics: Topics) -> dict[str, Component]:
    """What the mat measures at this moment, rounded as it is shown: every change writes a row, even one that nobody can see."""
    return {
        "phase": {
            **enum("Phase", [EMPTY, *(phase.value for phase in Phase)], PHASE_TEMPLATE, "mdi:progress-clock"),
            **ASKED_FOR,
        },
        "load": measured("Load", number("load"), "mdi:weight", unit="%"),
        "left_share": {
            **measured("On your left", LEFT_TEMPLATE, "mdi:scale-balance", unit="%"),
            "json_attributes_topic": topics.state,
            "json_attributes_template": ZONES_TEMPLATE,
        },
        "lateral": {**measured("Lateral asymmetry", number("lateral"), "mdi:scale-balance", unit="%"), **ASKED_FOR},
        "head_foot": {
            **measured("Head-foot asymmetry", number("head_foot"), "mdi:swap-vertical", unit="%"),
            "enabled_by_default": False,
        },
        "evenness": {**measured("Evenness", number("evenness", 2), "mdi:blur", digits=2), **ASKED_FOR},
        "lopsided": {
            "platform": "binary_sensor",
            "name": "Lopsided",
            "icon": "mdi:scale-unbalanced",
            "value_template": LOPSIDED_TEMPLATE,
        },
        "breaths": {
            **measured("Breathing rate", number("breaths_per_min"), "mdi:lungs", unit="breaths/min"),
            "enabled_by_default": False,
        },
        "possible_doze": {
            "platform": "binary_sensor",
            "name": "Possible doze",
            "icon": "mdi:sleep",
            "value_template": DOZE_TEMPLATE,
            "enabled_by_default": False,
        },
        "mode": {
            **enum("Mode", [mode.value for mode in Mode], "{{ value_json.get('mode') }}", "mdi:human"),
            "enabled_by_default": False,
        },
        "current_session": {
            **duration("Current session", minutes("session_s"), "mdi:timer-outline", digits=2),
            **ASKED_FOR,  # a row for every change: the time at which the session began says the same in one
        },
    }
