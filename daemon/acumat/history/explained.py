"""Why the mat decided what it did at a moment of the stored history: the events before it and the session around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

LAST_EVENTS = 5
"""How many of the last events an explanation lists."""
BEFORE_CONTRACT_KEYS = ("id", "event_type", "at", "edge_at", "t_s", "edge_t_s", "late", "reason", "text", "kind")


@dataclass(frozen=True, slots=True)
class Past:
    """The history around a moment: events up to it in order, the next one, and the session around or before it."""

    at: str
    events: tuple[Mapping[str, Any], ...]
    following: Mapping[str, Any] | None
    session: Mapping[str, Any] | None
    inside: bool
    """Whether the moment lies inside that session."""


FOLDS: dict[str, dict[str, Any]] = {
    "contact_started": {"presence": "contact"},
    "contact_ended": {"presence": "empty", "confirmed": None},
    "lying_started": {"presence": "lying", "confirmed": False},
    "lying_confirmed": {"confirmed": True},
    "session_started": {"session": True, "confirmed": True},
    "lying_withdrawn": {"presence": "contact", "confirmed": None},
    "got_up": {"presence": "contact", "confirmed": None, "lopsided": False},
    "session_ended": {"session": False},
    "lopsided_started": {"lopsided": True},
    "lopsided_ended": {"lopsided": False},
    "blind_started": {"presence": "blind", "confirmed": None},
    "blind_ended": {"presence": None, "confirmed": None},
}
"""The change of the mat's state by each event. Returned readings do not yet show whether somebody is there."""


def past_state(events: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The state that these events lead to, and the sensors that had failed."""
    state: dict[str, Any] = {"presence": None, "confirmed": None, "session": False, "lopsided": False, "failed": {}}
    for event in events:
        kind = str(event.get("event_type"))
        state |= {key: value for key, value in FOLDS.get(kind, {}).items() if key in state}
        if kind == "lying_started" and state["session"]:
            state["confirmed"] = True  # back after a lift
        if kind == "sensor_failed":
            state["failed"][event.get("sensor")] = event.get("text", "")
        elif kind == "sensor_recovered":
            state["failed"].pop(event.get("sensor"), None)
    return state


def past_sentences(past: Past) -> list[str]:
    """State, its reason, the session, sensors left out, the last transitions and what came next."""
    if not past.events:
        return [f"Nothing is stored up to {past.at}, so nothing is known of that moment."]
    state = past_state(past.events)
    sure = {True: ", confirmed", False: ", not confirmed yet"}.get(state["confirmed"], "")
    reason = next((str(each.get("text", "")) for each in reversed(past.events) if each.get("event_type") in FOLDS), "")
    state_words = (
        f"the mat said {state['presence']}{sure}" if state["presence"] else "the history does not say whether anybody was there"
    )
    lines = [f"At {past.at} {state_words}. {reason}".rstrip()]
    if state["lopsided"]:
        lines.append("The weight was lopsided.")
    lines.append(_past_session(past))
    lines += [f"Sensor {name} had failed: {text}" for name, text in state["failed"].items()]
    lines.append("Last events:")
    lines += [_event_line(event) for event in past.events[-LAST_EVENTS:]]
    if past.following is not None:
        lines += ["Next event:", _event_line(past.following)]
    return lines


def past_document(past: Past) -> dict[str, Any]:
    """The explanation as JSON."""
    return {
        "at": past.at,
        "sentences": past_sentences(past),
        "state": past_state(past.events),
        "session": past.session,
        "events": list(past.events[-LAST_EVENTS:]),
        "following": past.following,
    }


def _past_session(past: Past) -> str:
    session = past.session
    if session is None:
        return "No session is stored around it."
    figures = [
        f"{name} {round(session[key])}"
        for key, name in (("load", "mean load %"), ("lateral", "lateral"), ("head_foot", "head-foot"))
        if session.get(key) is not None
    ]
    means = f" Means: {', '.join(figures)}." if figures else ""
    when = "It lies inside" if past.inside else "The last session before it was"
    return (
        f"{when} {session['session_id']}, from {session['started_at']} to {session['ended_at']}: "
        f"{session['session_s'] / 60:.1f} min, {session['contact_s'] / 60:.1f} of them on the mat, "
        f"{session['lifts']} lift(s), ended by {session['end_reason']}.{means}"
    )


def _event_line(event: Mapping[str, Any]) -> str:
    edge = f", began {event['edge_at']}" if event.get("edge_at") else ""
    what = f"{event.get('event_type')} [{event.get('reason')}{edge}] {event.get('text', '')}"
    return f"  {event.get('at')}: {what}{numbers_of(event)}"


def numbers_of(numbers: Mapping[str, Any]) -> str:
    """The figures of an event, such as " (load 36.2)"; those of a recording's events, too."""
    words = [
        f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}"
        for key, value in numbers.items()
        if key not in BEFORE_CONTRACT_KEYS and value is not None
    ]
    return f" ({', '.join(words)})" if words else ""
