"""The contract of everything that is said over MQTT, written down a second time, from the document and not from the code.

What the published schemas say as well is checked by them; the rest stands here.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tests.broker import Received

SCHEMAS = Path(__file__).parent.parent / "docs" / "schemas"

STATE: dict[str, Any] = {
    "presence": {"empty", "contact", "lying", "blind"},
    "confirmed": bool,
    "phase": {"contact", "sharp", "settling", "settled", "leaving"},
    "load": (0, 2000),
    "reference": {"default", "learnt"},
    "lateral": (-100, 100),
    "head_foot": (-100, 100),
    "lopsided": bool,
    "shares": dict,
    "evenness": (0, 1),
    "cop_mm": list,
    "still": bool,
    "restlessness": (0, 100),
    "breaths_per_min": (3, 40),
    "breath_quality": (0, 1),
    "breath_evenness": (0, 10),
    "possible_doze": bool,
    "mode": {"back", "neck", "legs", "sitting", "standing", "unknown"},
    "session_id": str,
    "session_s": (0, 1e6),
    "contact_s": (0, 1e6),
    "health": {"ok", "degraded", "blind"},
    "reason": str,
    "reason_text": str,
}
NEVER_NULL = {"presence", "mode", "health", "reason", "reason_text"}
EVENTS = set(
    """contact_started contact_ended lying_started lying_confirmed lying_withdrawn got_up session_started session_ended
    posture_shift lopsided_started lopsided_ended dropped settled possible_doze shoulders_relaxed
    guest_found
    sensor_failed sensor_recovered blind_started
    blind_ended tare_done calibration_done calibration_failed recalibration_advised gap
    cue_start cue_half cue_last_minute cue_end cue_louder cue_cap pacer_started pacer_stopped
    guidance_stopped guidance_changed symptom_stop
    cool_down_started cool_down_ended redness check_in programme_step""".split()
)
EVENT_KEYS = {"id", "event_type", "at", "edge_at", "late", "reason", "text"}
SESSION_KEYS = {
    "session_id", "started_at", "ended_at", "session_s", "contact_s", "lifts", "end_reason", "recovered", "guest", "load",
    "lateral", "head_foot", "evenness", "profile", "totals",
}  # fmt: skip
ROUTINE: dict[str, Any] = {
    "situation": {"ready", "waiting", "guided", "over_time", "alarm", "measuring", "cool_down", "question"},
    "text": str,
    "guidance": bool,
    "guidance_reason": {
        "symptom", "professional", "unanswered", "ask_again", "advice", "rest_day", "history",
    },
    "guidance_from": str,
    "rest_day": str,
    "planned_min": (5, 30),
    "remaining_min": (0, 30),
    "cue": {"cue_start", "cue_half", "cue_last_minute", "cue_end", "cue_louder", "cue_cap"},
    "stage": {"first", "building", "steady"},
    "level_min": (5, 30),
    "clothing": {"shirt", "skin"},
    "clothing_offer": {"skin"},
    "goal": {"morning", "night"},
    "cap_min": (20, 60),
    "person_cap_min": (5, 30),
    "done_today": bool,
    "cool_down_until": str,
    "question": {"redness"},
    "last_note": str,
    "next_step_text": str,
}  # fmt: skip
ROUTINE_NULL = {
    "guidance_reason", "guidance_from", "rest_day", "remaining_min", "cue", "clothing_offer", "done_today", "cool_down_until",
    "question", "last_note",
}  # fmt: skip
WELLBEING_KEYS = [
    "question", "question_text", "slept", "alertness", "away_until", "calm_before", "calm_after", "discomfort_before",
    "discomfort_after", "rhythm", "rhythm_days", "rhythm_text", "helped", "helped_text", "trend", "trend_text", "weekly_at",
    "stiffness", "ease", "headaches", "sleep",
]  # fmt: skip
PRIVATE = ("wounds", "bleeding", "circulation", "sensation", "pregnan", "anticoagul", "corticoid", "spine", "heart disease")
"""Words of the questions about health: no answer to them is for a broker."""
PASSING = {"event", "response"}


def check(received: Received, base: str) -> None:
    """One message of ours against the contract; others' messages are none of its business."""
    leaf = received.topic.removeprefix(f"{base}/")
    if leaf == "availability":
        assert received.payload in ("online", "offline"), received
    elif leaf == "wellbeing" and not received.payload:
        pass  # nothing is shared, and what an earlier run may have left is taken off the broker
    elif leaf in CHECKS:
        document = strict(received.payload)
        SCHEMA[leaf].validate(document)
        CHECKS[leaf](document)
    elif leaf == "picture":
        assert received.data.startswith(b"\x89PNG"), received.data[:8]
        assert received.data.endswith(b"IEND\xaeB\x60\x82")
    elif not leaf.startswith("command/"):
        raise AssertionError(f"nothing is said on {received.topic}")
    assert not (leaf in PASSING and received.retained), f"{received.topic} must never be retained"


def strict(payload: str) -> Any:
    def no_constant(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(payload, parse_constant=no_constant)


def state(document: dict[str, Any]) -> None:
    assert list(document) == list(STATE)
    for key, allowed in STATE.items():
        value = document[key]
        if value is None:
            assert key not in NEVER_NULL, key
        elif isinstance(allowed, set):
            assert value in allowed, (key, value)
        elif isinstance(allowed, tuple):
            assert not isinstance(value, bool), (key, value)
            assert allowed[0] <= value <= allowed[1], (key, value)
        else:
            assert isinstance(value, allowed), (key, value)
    if document["presence"] == "blind":
        assert document["load"] is None
    if document["presence"] != "lying":
        known = [
            key for key in ("confirmed", "lateral", "head_foot", "shares", "evenness", "cop_mm") if document[key] is not None
        ]
        assert not known, known
    if document["shares"] is not None:
        assert all(0 <= share <= 100 for share in document["shares"].values())


def event(document: dict[str, Any]) -> None:
    assert set(document) >= EVENT_KEYS
    assert document["event_type"] in EVENTS
    assert re.fullmatch(r"[0-9a-f]{8}-\d+", document["id"])
    moment(document["at"])
    if document["edge_at"] is not None:
        assert moment(document["edge_at"]) <= moment(document["at"])
    assert isinstance(document["late"], bool)
    assert re.fullmatch(r"[a-z_]+", document["reason"])
    assert document["text"].strip()


def session(document: dict[str, Any]) -> None:
    assert set(document) == SESSION_KEYS
    assert set(document["totals"]) == {"sessions_total", "minutes_total", "sessions_today", "minutes_today"}
    assert set(document["profile"]) == {"size", "spikes", "foam", "cover", "surface", "body_part", "pillow"}
    if document["session_id"] is None:
        assert document["ended_at"] is None
        return
    assert re.fullmatch(r"[0-9a-f]{8}-s\d+", document["session_id"])
    length_s = (moment(document["ended_at"]) - moment(document["started_at"])).total_seconds()
    assert abs(length_s - document["session_s"]) < 0.2
    assert 0 <= document["contact_s"] <= document["session_s"] + 0.1


def health(document: dict[str, Any]) -> None:
    assert document["health"] in ("ok", "degraded", "blind")
    parts = {name: each for name, each in document.items() if name not in ("health", "sensors")}
    assert {"bus", "store", "broker", "calibration"} <= set(parts)
    for each in (*document["sensors"].values(), *parts.values()):
        assert set(each) == {"code", "text"}
        assert each["code"] == "ok" or each["text"], each


def routine(document: dict[str, Any]) -> None:
    # who is there only where people are set up, the other one where it may be answered over MQTT
    assert [key for key in document if key not in ("who", "health_question")] == list(ROUTINE)
    for key, allowed in ROUTINE.items():
        value = document[key]
        if value is None:
            assert key in ROUTINE_NULL, key
        elif isinstance(allowed, set):
            assert value in allowed, (key, value)
        elif isinstance(allowed, tuple):
            assert type(value) is int, (key, value)
            assert allowed[0] <= value <= allowed[1], (key, value)
        else:
            assert isinstance(value, allowed), (key, value)
    assert document["guidance"] is (document["guidance_reason"] is None)
    assert document["planned_min"] <= document["level_min"] <= document["person_cap_min"]
    assert document["planned_min"] < document["cap_min"]
    for key in ("guidance_from", "cool_down_until"):
        if document[key] is not None:
            moment(document[key])
    assert document["rest_day"] is None or re.fullmatch(r"\d{4}-\d\d-\d\d", document["rest_day"])
    assert len(document["next_step_text"]) <= 400
    assert not [word for word in PRIVATE if word in json.dumps(document).lower()]


def response(document: dict[str, Any]) -> None:
    assert set(document) >= {"name", "ok", "reason", "text", "correlation"}
    assert isinstance(document["ok"], bool)
    assert document["text"].strip()


def moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    assert found.tzinfo is not None, text
    return found


def settings(document: dict[str, Any]) -> None:
    assert list(document) == ["paused", "paused_until", "guest", "sensitivity"]
    if document["paused"]:
        moment(document["paused_until"])


def wellbeing(document: dict[str, Any]) -> None:
    assert list(document) == WELLBEING_KEYS
    assert (document["question"] is None) is (document["question_text"] is None)
    assert not [word for word in PRIVATE if word in json.dumps(document).lower()]


def now(document: dict[str, Any]) -> None:
    assert list(document) == ["advice", "text", "started_at", "ends_at"]
    assert document["text"].strip()
    for key in ("started_at", "ends_at"):
        if document[key] is not None:
            moment(document[key])
    assert not [word for word in PRIVATE if word in json.dumps(document).lower()]


def update(document: dict[str, Any]) -> None:
    assert list(document) == ["installed_version", "latest_version", "text"]


CHECKS = {
    "state": state,
    "now": now,
    "event": event,
    "session": session,
    "health": health,
    "settings": settings,
    "update": update,
    "routine": routine,
    "wellbeing": wellbeing,
    "response": response,
}
SCHEMA = {
    name: Draft202012Validator(
        json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")),
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    for name in (*CHECKS, "command", "feed")
}
