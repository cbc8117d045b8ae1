"""The one retained message that makes the mat appear in Home Assistant: a device and its entities, built purely.

One careless key at the top, in `device` or in `origin` makes Home Assistant refuse the whole device, so nothing is put there
that is not known to pass. Templates read with `.get`: a missing key is then unknown, where `value_json.x` would warn each time.
Component keys, unique ids, units and classes are for ever: entities, their history and people's automations depend on them.
What must change gets a new key, and the old one stays as a bare `{"platform": ...}`, by which Home Assistant removes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from acumat.coach.rules import CAP_RANGE_MIN
from acumat.contract.commands import CommandName
from acumat.contract.events import EventType
from acumat.contract.state import HealthState, Mode, Phase
from acumat.contract.wellbeing import NOTHING_SHARED, Shared
from acumat.mqtt.discovery_controls import control_components
from acumat.mqtt.discovery_routine import routine_components
from acumat.mqtt.discovery_screening import screening_components
from acumat.mqtt.discovery_wellbeing import wellbeing_components
from acumat.mqtt.retired_entities import RETIRED, stubs
from acumat.mqtt.topics import Topics
from acumat_hw.layout import Layout

Component = dict[str, Any]

MANUFACTURER = "acumat"
PRESS = "PRESS"
"""What a button sends."""

EMPTY = "empty"
"""The phase shown while nobody is there: unknown is reserved for a mat that cannot know."""

MAX_STATE_CHARS = 255
"""Home Assistant turns a longer state into unknown and warns."""

OCCUPANCY_TEMPLATE = "{{ {'lying': 'ON', 'contact': 'OFF', 'empty': 'OFF'}.get(value_json.get('presence')) }}"
SESSION_TEMPLATE = (
    "{{ 'ON' if value_json.get('session_id') else {'blind': None, 'lying': ''}.get(value_json.get('presence'), 'OFF') }}"
)
"""A blind mat without a session cannot know; one with a session has it still. While it is looked for life in what lies there,
Home Assistant leaves the entity as it is: off if somebody has come, unknown after a pause or a restart."""
LEFT_TEMPLATE = (
    "{% set l = value_json.get('lateral') %}"
    "{{ none if l is none or value_json.get('presence') != 'lying' else ((100 + l) / 2) | round(0) }}"
)
"""The part of the load under the person's own left, who lies on the back: there the mat's right is under the left."""
ZONES_TEMPLATE = (
    "{% set ns = namespace(all={}) %}{% if value_json.get('presence') == 'lying' %}"
    "{% for zone, share in (value_json.get('shares') or {}).items() if zone not in ('left', 'right') %}"
    "{% set ns.all = dict(ns.all, **{zone: (share / 10) | round(0) | int * 10}) %}{% endfor %}{% endif %}"
    "{{ {'zones': ns.all} | tojson }}"
)
"""Percent of the load by zone from head to foot, in tens: they change together with the entity, and cost hardly a row."""
ANSWER_ATTRIBUTES = (
    "{{ {'command': value_json.get('name'), 'ok': value_json.get('ok'), 'answered_at': now().isoformat()} | tojson }}"
)
"""With its time: Home Assistant tells nobody of an answer that is in all as the one before."""
ASKED_FOR: Mapping[str, object] = {"entity_category": "diagnostic", "enabled_by_default": False}
"""Of what few people need: they switch it on, on the device page."""
PHASE_TEMPLATE = f"{{{{ '{EMPTY}' if value_json.get('presence') == '{EMPTY}' else value_json.get('phase') }}}}"
LOPSIDED_TEMPLATE = "{{ {true: 'ON', false: 'OFF'}.get(value_json.get('lopsided')) }}"
DOZE_TEMPLATE = "{{ {true: 'ON', false: 'OFF'}.get(value_json.get('possible_doze')) }}"
PROBLEM_TEMPLATE = (
    "{% if (value_json.get('bus') or {}).get('code') == 'starting' %}None{% else %}{{ 'OFF' if value_json.get('health') == 'ok'"
    " and (value_json.get('store') or {}).get('code', 'ok') == 'ok' else 'ON' }}{% endif %}"
)
"""A mat that sees less, or a history that is not written. A start is no problem: until the first reading this is unknown. The
bus counts by what it does to the mat's health, or a single failed scan would blink."""
REASON_TEMPLATE = f"{{{{ (value_json.get('reason_text') or 'None') | truncate({MAX_STATE_CHARS}, true, '…', 0) }}}}"
UPDATE_TEMPLATE = (
    "{% set d = {'installed_version': value_json.get('installed_version'), 'release_summary': value_json.get('text') or ''} %}"
    "{% set latest = value_json.get('latest_version') %}{{ (dict(d, latest_version=latest) if latest else d) | tojson }}"
)
"""Home Assistant refuses a key that is null: without a latest version it shows unknown."""
EVENT_TEMPLATE = f"{{{{ (value_json.get('text') or 'None') | truncate({MAX_STATE_CHARS}, true, '…', 0) }}}}"
"""In words: discovery has no translations, so the event entity shows the codes that automations wait for."""


def discovery_payload(
    topics: Topics,
    *,
    name: str,
    version: str,
    layout: Layout,
    routine: bool = True,
    asks_health: bool = False,
    latest_cap_min: int = CAP_RANGE_MIN[1],
    picture: bool = True,
    packaged: bool = False,
    shared: Shared = NOTHING_SHARED,
    page_url: str | None = None,
) -> dict[str, Any]:
    """The device payload; `name` is the display name. Without `routine`, `asks_health` or `picture` their entities are removed,
    and so are those of what is not `shared` of how somebody feels. A mat that is `packaged` says which release is the newest.
    `page_url` is where browsers find the mat's page.
    """
    return {
        "device": _device(topics, name, version, layout, page_url),
        "origin": {"name": "acumat", "sw_version": version},
        # the list form, here and in components: mixed with `availability_topic` it is an error
        # with its payloads: Home Assistant 2025.1 was seen to miss its defaults of them
        "availability": [{"topic": topics.availability, "payload_available": "online", "payload_not_available": "offline"}],
        "state_topic": topics.state,
        "qos": 1,
        "components": {
            **{
                key: {"unique_id": f"{topics.device_id}_{key}", **component}
                for key, component in {
                    **_components(topics),
                    **control_components(topics, picture=picture),
                    **_update(topics, on=packaged),
                }.items()
            },
            **routine_components(topics, on=routine, latest_cap_min=latest_cap_min),
            **screening_components(topics, on=routine and asks_health),
            **wellbeing_components(topics, shared),
            **stubs({**RETIRED, **({} if picture else {"picture": "image"}), **({} if packaged else {"update": "update"})}),
        },
    }


def _device(topics: Topics, name: str, version: str, layout: Layout, page_url: str | None) -> dict[str, Any]:
    device: dict[str, Any] = {
        "identifiers": [topics.device_id],
        "name": name,
        "manufacturer": MANUFACTURER,
        "model": f"Acupressure mat {layout.name}",
        "sw_version": version,
        "hw_version": f"{len(layout.sensors)} sensors, {len({sensor.chip for sensor in layout.sensors})} converters",
        "serial_number": topics.mat_id,
    }
    if page_url is not None:
        device["configuration_url"] = page_url
    return device


def _components(topics: Topics) -> dict[str, Component]:
    return {**_at_a_glance(topics), **_measures(topics), **_sessions(topics), **_diagnostics(topics), **_buttons(topics)}


def _at_a_glance(topics: Topics) -> dict[str, Component]:
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
            "value_template": EVENT_TEMPLATE,
            "json_attributes_topic": topics.now,
            "json_attributes_template": "{{ {'advice': value_json.get('advice')} | tojson }}",
        },
        "session_started": {**now, **_time("Session started", "started_at")},
        "ends_at": {**now, **_time("Ends at", "ends_at")},
    }


def _measures(topics: Topics) -> dict[str, Component]:
    """What the mat measures at this moment. Rounded as shown: a change that nobody can see would still write a row."""
    return {
        "phase": {
            **_enum("Phase", [EMPTY, *(phase.value for phase in Phase)], PHASE_TEMPLATE, "mdi:progress-clock"),
            **ASKED_FOR,
        },
        "load": _measured("Load", _number("load"), "mdi:weight", unit="%"),
        "left_share": {
            **_measured("On your left", LEFT_TEMPLATE, "mdi:scale-balance", unit="%"),
            "json_attributes_topic": topics.state,
            "json_attributes_template": ZONES_TEMPLATE,
        },
        "lateral": {**_measured("Lateral asymmetry", _number("lateral"), "mdi:scale-balance", unit="%"), **ASKED_FOR},
        "head_foot": {
            **_measured("Head-foot asymmetry", _number("head_foot"), "mdi:swap-vertical", unit="%"),
            "enabled_by_default": False,
        },
        "evenness": {**_measured("Evenness", _number("evenness", 2), "mdi:blur", digits=2), **ASKED_FOR},
        "lopsided": {
            "platform": "binary_sensor",
            "name": "Lopsided",
            "icon": "mdi:scale-unbalanced",
            "value_template": LOPSIDED_TEMPLATE,
        },
        "breaths": {
            **_measured("Breathing rate", _number("breaths_per_min"), "mdi:lungs", unit="breaths/min"),
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
            **_enum("Mode", [mode.value for mode in Mode], "{{ value_json.get('mode') }}", "mdi:human"),
            "enabled_by_default": False,
        },
        "current_session": {
            **_duration("Current session", _minutes("session_s"), "mdi:timer-outline", digits=2),
            **ASKED_FOR,  # a row for every change: the time at which the session began says the same in one
        },
    }


def _sessions(topics: Topics) -> dict[str, Component]:
    """What has been done so far; counters that fall back to 0 with the day are made for `total_increasing`."""
    session = {"state_topic": topics.session}
    lasting = {**session, "state_class": "total_increasing"}
    return {
        "last_session": {
            **session,
            **_duration("Last session", _minutes("session_s"), "mdi:timer-check-outline", digits=2),
            "json_attributes_topic": topics.session,
        },
        "last_session_ended": {**session, **_time("Last session ended", "ended_at")},
        # about once a day is the advice: of the totals this says least
        "sessions_today": {
            **lasting,
            **_count("Sessions today", _total("sessions_today")),
            "enabled_by_default": False,
        },
        "minutes_today": {**lasting, **_duration("Minutes today", _total("minutes_today", 1), "mdi:calendar-today")},
        "sessions_total": {**lasting, **_count("Sessions total", _total("sessions_total")), "enabled_by_default": False},
        "minutes_total": {**lasting, **_duration("Minutes total", _total("minutes_total", 1), "mdi:sigma")},
        "event": {
            "platform": "event",
            "name": "Event",
            "icon": "mdi:bell-ring-outline",
            "state_topic": topics.event,
            "event_types": [event_type.value for event_type in EventType],
        },
        "last_event": {
            "platform": "sensor",
            "name": "Last event",
            "icon": "mdi:message-text-outline",
            "state_topic": topics.event,
            "value_template": EVENT_TEMPLATE,
            "enabled_by_default": False,
        },
    }


def _diagnostics(topics: Topics) -> dict[str, Component]:
    """How far the mat can be trusted, and the reason for its last change."""
    behind_it = {"entity_category": "diagnostic", "state_topic": topics.health, "json_attributes_topic": topics.health}
    return {
        "health": {
            **_enum("Health", [each.value for each in HealthState], "{{ value_json.get('health') }}", "mdi:heart-pulse"),
            **behind_it,
            "enabled_by_default": False,  # the problem entity says it in the form that automations and dashboards know
        },
        "problem": {
            "platform": "binary_sensor",
            "name": "Problem",
            "device_class": "problem",
            "value_template": PROBLEM_TEMPLATE,
            **behind_it,
        },
        "reason": {
            "platform": "sensor",
            "name": "Reason",
            "icon": "mdi:comment-question-outline",
            "value_template": REASON_TEMPLATE,
            **ASKED_FOR,  # the detector's view, and many rows a session
        },
        "answer": {
            "platform": "sensor",
            "name": "Answer",
            "icon": "mdi:message-reply-text-outline",
            "entity_category": "diagnostic",
            "state_topic": topics.response,
            "value_template": EVENT_TEMPLATE,
            "json_attributes_topic": topics.response,
            "json_attributes_template": ANSWER_ATTRIBUTES,
        },
        "connection": {
            "platform": "binary_sensor",
            "name": "Connection",
            "device_class": "connectivity",
            "entity_category": "diagnostic",
            "availability": [],  # always available: it is the one that says that the others are not
            "state_topic": topics.availability,
            "payload_on": "online",
            "payload_off": "offline",
        },
    }


def _update(topics: Topics, *, on: bool) -> dict[str, Component]:
    """It says what there is and installs nothing: the daemon has no right to, and who may publish is not who may install."""
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


def _buttons(topics: Topics) -> dict[str, Component]:
    return {
        "calibrate": _button(topics, CommandName.CALIBRATE, "Calibrate", "mdi:tune-variant"),
        "tare": _button(topics, CommandName.TARE, "Tare", "mdi:scale"),
    }


def _time(name: str, key: str) -> Component:
    return {
        "platform": "sensor",
        "name": name,
        "device_class": "timestamp",
        "value_template": f"{{{{ value_json.get('{key}') }}}}",
    }


def _enum(name: str, options: list[str], template: str, icon: str) -> Component:
    return {
        "platform": "sensor",
        "name": name,
        "icon": icon,
        "device_class": "enum",
        "options": options,
        "value_template": template,
    }


def _measured(name: str, template: str, icon: str, *, unit: str | None = None, digits: int = 0) -> Component:
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


def _duration(name: str, template: str, icon: str, *, digits: int = 0) -> Component:
    """In minutes, which Home Assistant shows as `21m 5s` if it has the digits; seconds it shows as `1,265 s`."""
    return {
        "platform": "sensor",
        "name": name,
        "icon": icon,
        "device_class": "duration",
        "unit_of_measurement": "min",
        "suggested_display_precision": digits,
        "value_template": template,
    }


def _count(name: str, template: str) -> Component:
    return {
        "platform": "sensor",
        "name": name,
        "icon": "mdi:counter",
        "suggested_display_precision": 0,
        "value_template": template,
    }


def _button(topics: Topics, command: CommandName, name: str, icon: str) -> Component:
    return {
        "platform": "button",
        "name": name,
        "icon": icon,
        "entity_category": "config",
        "command_topic": topics.command(command),
        "payload_press": PRESS,
    }


def _number(key: str, digits: int = 0) -> str:
    """A template for a number of the document; `default` keeps null null, and silent."""
    return f"{{{{ value_json.get('{key}') | round({digits}, default=none) }}}}"


def _minutes(key: str) -> str:
    """A template for a number of seconds of the document, in minutes."""
    return f"{{% set s = value_json.get('{key}') %}}{{{{ none if s is none else (s / 60) | round(2) }}}}"


def _total(key: str, digits: int = 0) -> str:
    return f"{{{{ (value_json.get('totals') or {{}}).get('{key}') | round({digits}, default=none) }}}}"
