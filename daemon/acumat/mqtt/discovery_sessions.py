"""The entities of what has been done so far: the last session, the totals and the events."""

from __future__ import annotations

from acumat.contract.events import EventType
from acumat.mqtt.discovery_sensors import Component, count, duration, minutes, shortened, time, total
from acumat.mqtt.topics import Topics


def session_components(topics: Topics) -> dict[str, Component]:
    """The counters are `total_increasing`, which allows that some fall back to 0 with a new day."""
    session = {"state_topic": topics.session}
    lasting = {**session, "state_class": "total_increasing"}
    return {
        "last_session": {
            **session,
            **duration("Last session", minutes("session_s"), "mdi:timer-check-outline", digits=2),
            "json_attributes_topic": topics.session,
        },
        "last_session_ended": {**session, **time("Last session ended", "ended_at")},
        # the advice is about one session a day, so this total says least
        "sessions_today": {
            **lasting,
            **count("Sessions today", total("sessions_today")),
            "enabled_by_default": False,
        },
        "minutes_today": {**lasting, **duration("Minutes today", total("minutes_today", 1), "mdi:calendar-today")},
        "sessions_total": {**lasting, **count("Sessions total", total("sessions_total")), "enabled_by_default": False},
        "minutes_total": {**lasting, **duration("Minutes total", total("minutes_total", 1), "mdi:sigma")},
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
            "value_template": shortened("text"),
            "enabled_by_default": False,
        },
    }
