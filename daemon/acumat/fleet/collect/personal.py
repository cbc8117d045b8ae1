"""What of a mat's documents goes into the record. Pure.

No name of a person, no answer about health, no check-in and no note. Of retained documents only the keys listed here are taken;
those of an event are taken but for what is personal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from acumat.contract.events import EventType

WITHHELD = "withheld"
"""The type under which an event is stored that says how somebody feels: its id and times alone."""
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
"""Retained documents by topic, each with its keys; None: all, for they hold nothing of a person."""


def public_event(document: Mapping[str, Any]) -> dict[str, Any]:
    """An event without what is personal. Values that are no plain ones are left out: no event of the contract has any."""
    if document.get("event_type") in OF_HEALTH:
        return {key: document[key] for key in TIMES if key in document} | {"event_type": WITHHELD}
    return {key: value for key, value in document.items() if key not in PERSONAL and not isinstance(value, dict | list)}


def public_document(leaf: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """A retained document without what is personal."""
    keys = KEYS[leaf]
    return dict(document) if keys is None else {key: document[key] for key in keys if key in document}
