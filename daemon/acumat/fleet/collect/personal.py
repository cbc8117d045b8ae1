"""Selects the parts of a mat's documents for the record. Pure.

They contain no name of a person, no answer about health, no check-in and no note. Of retained documents only the keys listed
here are stored; of an event all keys without personal data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from acumat.contract.events import EventType

WITHHELD = "withheld"
"""The stored type of an event about how somebody feels: it has only id and times."""
OF_HEALTH = frozenset(
    (EventType.CHECK_IN, EventType.REDNESS, EventType.SYMPTOM_STOP, EventType.GUIDANCE_CHANGED, EventType.PROGRAMME_STEP)
)
"""Events about how somebody feels, or what follows from it: guidance and programme change after answers about health."""
TIMES = ("id", "event_type", "at", "edge_at", "late", "clock_set")
PERSONAL = frozenset(("who", "person", "name", "names", "note", "notes", "calm", "discomfort", "question"))

KEYS: Mapping[str, tuple[str, ...] | None] = {
    "state": (
        *("presence", "confirmed", "phase", "reason", "reason_text", "load", "reference", "lopsided", "mode"),
        *("session_id", "session_s", "contact_s", "health"),
    ),
    "session": ("session_id", "started_at", "ended_at", "session_s", "contact_s", "lifts", "end_reason", "guest", "totals"),
    "health": None,
    "settings": ("paused", "paused_until", "guest", "sensitivity"),
    "update": None,
}
"""Retained documents by topic, each with its keys; None: all, since they have no personal data."""


def public_event(document: Mapping[str, Any]) -> dict[str, Any]:
    """An event without personal data. Values that are no plain ones are left out: no event of the contract has any."""
    if document.get("event_type") in OF_HEALTH:
        return {key: document[key] for key in TIMES if key in document} | {"event_type": WITHHELD}
    return {key: value for key, value in document.items() if key not in PERSONAL and not isinstance(value, dict | list)}


def public_document(leaf: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """A retained document without personal data."""
    keys = KEYS[leaf]
    return dict(document) if keys is None else {key: document[key] for key in keys if key in document}
