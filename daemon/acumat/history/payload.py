"""The JSON text of one event: adds its id, marks a late one, and corrects its times when the clock is set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from acumat.contract.documents import encode, rfc3339
from acumat.contract.events import EventType

FELT = ("calm", "discomfort")
"""The answers in the event of a check-in."""
LATE_S = 10.0
"""An event that waited longer for the broker is old: nobody should dim the lights by it."""


def is_late(decided_mono_s: float, now_mono_s: float) -> bool:
    """Whether an event decided then (monotonic seconds of this boot) is late now. A time in the future is of another boot."""
    return not 0 <= now_mono_s - decided_mono_s <= LATE_S


def event_payload(event_id: str, document: Mapping[str, Any], *, late: bool = False) -> str:
    """The event as it is published, its id first. Raises TypeError or ValueError for values that JSON does not know."""
    return encode({"id": event_id, **document, **({"late": True} if late else {})})


def marked_late(payload: str) -> str:
    """The stored event with `late` set."""
    return encode({**json.loads(payload), "late": True})


def without_answers(payload: str) -> str:
    """The event without answers, for a mat that does not share check-ins; it may be from a time when they were shared."""
    if f'"{EventType.CHECK_IN}"' not in payload:
        return payload
    document = json.loads(payload)
    return encode(document | dict.fromkeys(FELT)) if document.get("event_type") == EventType.CHECK_IN else payload


def redated(payload: str, by_s: float) -> str:
    """The stored event with its wall times moved by `by_s`; from now on they can be trusted."""
    document = dict(json.loads(payload))
    for key in ("at", "edge_at"):
        if document.get(key) is not None:
            document[key] = _shifted(document[key], by_s)
    document.pop("clock_set", None)
    return encode(document)


def _shifted(at: str, by_s: float) -> str:
    try:
        return rfc3339(datetime.fromisoformat(at).timestamp() + by_s)
    except (ValueError, TypeError, OverflowError):  # not a time that acumat has written
        return at
