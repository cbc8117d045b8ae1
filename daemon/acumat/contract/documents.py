"""Values turned into the JSON documents of the contract: one form for MQTT, recordings' output, control socket and history."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from acumat.contract.commands import Response
from acumat.contract.events import Event, EventType
from acumat.contract.sessions import Profile, SessionRecord, Totals
from acumat.contract.state import Condition, HealthState, MatState


class ProgrammeStep(Protocol):
    """A stored step of the programme."""

    @property
    def wall_s(self) -> float: ...
    @property
    def reason(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def from_min(self) -> int: ...
    @property
    def to_min(self) -> int: ...
    @property
    def from_clothing(self) -> str: ...
    @property
    def to_clothing(self) -> str: ...


STATE_DIGITS: dict[str, int] = {
    "load": 1,
    "lateral": 1,
    "head_foot": 1,
    "evenness": 3,
    "restlessness": 0,
    "breaths_per_min": 1,
    "breath_quality": 2,
    "breath_evenness": 2,
    "session_s": 1,
    "contact_s": 1,
}
"""Digits after the point; the same input gives the same bytes."""

NUMBER_DIGITS = 3
COP_DIGITS = 1
SHARE_DIGITS = 1

STATE_KEYS: tuple[str, ...] = tuple(MatState.__dataclass_fields__)

SESSION_KEYS: tuple[str, ...] = (
    "session_id",
    "started_at",
    "ended_at",
    "session_s",
    "contact_s",
    "lifts",
    "end_reason",
    "recovered",
    "guest",
    "load",
    "lateral",
    "head_foot",
    "evenness",
)
"""The keys of a session document about the session itself, without `profile` and `totals`."""


def state_document(state: MatState) -> dict[str, Any]:
    """Every key of the contract's state, in its order, numbers rounded, None where nothing is known."""
    document: dict[str, Any] = {}
    for key in STATE_KEYS:
        value = getattr(state, key)
        if value is None:
            document[key] = None
        elif key in STATE_DIGITS:
            document[key] = rounded(value, STATE_DIGITS[key])
        elif key == "shares":
            document[key] = {zone: rounded(share, SHARE_DIGITS) for zone, share in value.items()}
        elif key == "cop_mm":
            document[key] = [rounded(axis, COP_DIGITS) for axis in value]
        else:
            document[key] = value
    return document


def event_document(event: Event, wall_of: Callable[[float], float]) -> dict[str, Any]:
    """One event as published, without the id that the history gives it: `wall_of` gives Unix time for a monotonic time."""
    return {
        "event_type": event.event_type,
        "at": rfc3339(wall_of(event.t_mono_s)),
        "edge_at": None if event.edge_mono_s is None else rfc3339(wall_of(event.edge_mono_s)),
        "late": False,
        "reason": event.reason,
        "text": event.text,
        **_numbers(event.numbers),
    }


def gap_document(at: str, reason: str, text: str, numbers: Mapping[str, Any]) -> dict[str, Any]:
    """Lost events, reported as an event that has no id yet. `at` is when that was found."""
    return {
        "event_type": EventType.GAP,
        "at": at,
        "edge_at": None,
        "late": False,
        "reason": reason,
        "text": text,
    } | dict(numbers)


def replay_event_document(event: Event, event_id: str, t0_mono_s: float) -> dict[str, Any]:
    """One event of a recording: times in seconds of the recording in place of wall times."""
    return {
        "kind": "event",
        "t_s": rounded(event.t_mono_s - t0_mono_s, NUMBER_DIGITS),
        "edge_t_s": None if event.edge_mono_s is None else rounded(event.edge_mono_s - t0_mono_s, NUMBER_DIGITS),
        "id": event_id,
        "event_type": event.event_type,
        "late": False,
        "reason": event.reason,
        "text": event.text,
        **_numbers(event.numbers),
    }


def session_document(
    record: SessionRecord, profile: Profile, wall_of: Callable[[float], float], totals: Totals
) -> dict[str, Any]:
    """The last finished session, with the mat's profile and the totals after it."""
    return {
        "session_id": record.session_id,
        "started_at": rfc3339(wall_of(record.start_mono_s)),
        "ended_at": rfc3339(wall_of(record.end_mono_s)),
        "session_s": rounded(record.wall_s, 1),
        "contact_s": rounded(record.contact_s, 1),
        "lifts": record.lifts,
        "end_reason": record.end_reason,
        "recovered": record.recovered,
        "guest": record.guest,
        "load": rounded(record.load, 1),
        "lateral": rounded(record.lateral, 1),
        "head_foot": rounded(record.head_foot, 1),
        "evenness": rounded(record.evenness, 3),
        "profile": profile_document(profile),
        "totals": totals_document(totals),
    }


def no_session_document(profile: Profile, totals: Totals) -> dict[str, Any]:
    """The same keys while there is no finished session yet: nothing known of it, but the profile and the totals."""
    return {
        **dict.fromkeys(SESSION_KEYS),
        "profile": profile_document(profile),
        "totals": totals_document(totals),
    }


def totals_document(totals: Totals) -> dict[str, Any]:
    """Sessions and minutes, today and in all."""
    return {
        "sessions_total": totals.sessions_total,
        "minutes_total": rounded(totals.minutes_total, 1),
        "sessions_today": totals.sessions_today,
        "minutes_today": rounded(totals.minutes_today, 1),
    }


def profile_document(profile: Profile) -> dict[str, str | None]:
    """The mat's profile, every key present."""
    return {key: getattr(profile, key) for key in Profile.__dataclass_fields__}


def health_document(state: HealthState, sensors: Mapping[str, Condition], parts: Mapping[str, Condition]) -> dict[str, Any]:
    """Health by sensor and by part (bus, store, broker, calibration): each with a code and a sentence."""
    return {
        "health": state,
        "sensors": {name: {"code": each.code, "text": each.text} for name, each in sensors.items()},
        **{name: {"code": each.code, "text": each.text} for name, each in parts.items()},
    }


def step_document(step: ProgrammeStep) -> dict[str, Any]:
    """One step of the programme's history."""
    return {
        "at": rfc3339(step.wall_s),
        "reason": step.reason,
        "text": step.text,
        "from_min": step.from_min,
        "to_min": step.to_min,
        "from_clothing": step.from_clothing,
        "to_clothing": step.to_clothing,
    }


def response_document(response: Response) -> dict[str, Any]:
    """The answer to a command, every key present; `correlation` is that of the request, null if there was none."""
    return {key: getattr(response, key) for key in Response.__dataclass_fields__}


def encode(document: Mapping[str, Any]) -> str:
    """Compact JSON in the document's order; NaN and infinity are errors, never output."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def rfc3339(unix_s: float) -> str:
    """UTC with milliseconds, such as 2026-11-23T18:00:00.000Z."""
    return datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rounded(value: float | None, digits: int) -> float | int | None:
    """Rounded without a negative zero; whole numbers where no digit remains; None for what is not a finite number."""
    if value is None or not math.isfinite(value):
        return None
    result = round(value, digits) + 0.0
    return int(result) if digits == 0 else result


def _numbers(numbers: Mapping[str, Any]) -> dict[str, Any]:
    return {key: rounded(value, NUMBER_DIGITS) if isinstance(value, float) else value for key, value in numbers.items()}
