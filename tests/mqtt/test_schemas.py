"""The published schemas: what they must accept and what they must not, for those who build on them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from acumat.commands.parser import parse_command
from acumat.contract.commands import Command, CommandName, Response
from acumat.contract.documents import (
    event_document,
    health_document,
    no_session_document,
    response_document,
    session_document,
    state_document,
)
from acumat.contract.events import Event, EventType
from acumat.contract.sessions import Profile, SessionRecord, Totals
from acumat.contract.state import Condition, HealthState, JsonScalar, MatState, Mode, Phase, Presence
from acumat.contract.wellbeing import NOTHING_SHARED, shared_document
from tests.contract import SCHEMA, SCHEMAS


@pytest.mark.parametrize("name", sorted(path.name for path in SCHEMAS.glob("*.json")))
def test_each_is_a_schema_of_the_draft_that_it_names(name: str) -> None:
    schema = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


STATES = [
    MatState(),
    *(MatState(presence, mode=mode) for presence in Presence for mode in Mode),
    *(
        MatState(
            Presence.LYING, confirmed=True, phase=phase, load=97.0, lateral=-3.0, shares={"neck": 12.0}, cop_mm=(1.0, -2.0)
        )
        for phase in Phase
    ),
]


@pytest.mark.parametrize("state", STATES)
def test_every_state_that_there_can_be_is_accepted(state: MatState) -> None:
    SCHEMA["state"].validate(state_document(state))


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("presence", None),
        ("presence", "away"),
        ("load", "97"),
        ("load", 5.0),  # of a blind mat
        ("lateral", 101.0),
        ("cop_mm", [1.0]),
        ("shares", {"neck": "12"}),
        ("reason_text", ""),
    ],
)
def test_a_state_that_breaks_the_contract_is_not(change: str, value: object) -> None:
    assert list(SCHEMA["state"].iter_errors({**state_document(MatState()), change: value}))


def test_a_state_without_one_of_its_keys_is_not() -> None:
    document = state_document(MatState())
    for key in document:
        assert list(SCHEMA["state"].iter_errors({k: v for k, v in document.items() if k != key})), key


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("question", "sleep", "redness"),
        ("slept", 1, 0),
        ("discomfort_after", 0, 11),
        ("away_until", "2026-12-24", "tomorrow"),
        ("rhythm", 100, 101),
        ("helped", "too_early", "best"),
        ("weekly_at", "2026-12-24T10:00:00.000Z", 7),
        ("stiffness", 5, 6),
    ],
)
def test_what_is_shared_of_how_somebody_feels_is_in_its_range(key: str, good: object, bad: object) -> None:
    nothing = shared_document({}, NOTHING_SHARED)
    SCHEMA["wellbeing"].validate(nothing)
    SCHEMA["wellbeing"].validate({**nothing, key: good})
    assert list(SCHEMA["wellbeing"].iter_errors({**nothing, key: bad}))


@pytest.mark.parametrize("event_type", list(EventType))
def test_every_event_is_accepted_and_one_of_another_type_is_not(event_type: EventType) -> None:
    numbers: dict[str, JsonScalar] = {"load": 12.5, "session_id": "x-s1", "turned": False}
    event = Event(event_type, 10.0, "some_reason", "A sentence.", 9.0, numbers)
    document = {"id": "0a1b2c3d-17", **event_document(event, float)}
    SCHEMA["event"].validate(document)
    wrong: dict[str, object] = {"event_type": "sneezed", "id": "17", "late": None, "numbers": {}, "at": 12.0}
    for key, value in wrong.items():
        spoilt = {key: value}
        assert list(SCHEMA["event"].iter_errors({**document, **spoilt})), spoilt


def test_sessions_health_and_responses_are_accepted() -> None:
    record = SessionRecord("x-s1", 0.0, 60.0, 50.0, 1, "got_up", guest=True)
    SCHEMA["session"].validate(session_document(record, Profile(surface="bed"), float, Totals(1, 1.0, 1, 1.0)))
    SCHEMA["session"].validate(no_session_document(Profile(), Totals()))
    well, ill = Condition(), Condition("open", "Sensor a reads nothing: check its wire.")
    parts = {"bus": well, "store": ill, "broker": well, "calibration": well}
    SCHEMA["health"].validate(health_document(HealthState.DEGRADED, {"a": ill, "b": well}, parts))
    mute = health_document(HealthState.DEGRADED, {"a": Condition("open", "")}, parts)
    assert list(SCHEMA["health"].iter_errors(mute)), "whoever reads of a fault must read what to check"
    SCHEMA["response"].validate(response_document(Response("tare", ok=True, reason="done", text="Done.")))


COMMANDS: list[tuple[str, dict[str, Any], bool]] = [
    ("tare", {}, True),
    ("status", {"correlation": "me"}, True),
    ("calibrate", {"turned": True}, True),
    ("calibrate", {"turned": 1}, False),
    ("tare", {"turned": True}, False),
    ("tare", {"correlation": 7}, False),
    ("tare", {"correlation": "x" * 65}, False),
    ("pause", {"on": True}, True),
    ("pause", {"on": True, "minutes": 90.5}, True),
    ("pause", {"minutes": 90}, False),
    ("pause", {"on": "ON"}, False),
    ("guest", {"on": False, "correlation": None}, True),
    ("guest", {"on": False, "minutes": 3}, False),
    ("sensitivity", {"sensitivity": "high"}, True),
    ("stop", {}, True),
    ("symptom", {"kind": "pain"}, False),
    ("check_in", {"calm": 4, "discomfort": 0, "when": "after"}, True),
    ("check_in", {"calm": [4]}, False),
    ("redness", {"answer": "faded"}, True),
    ("programme_set", {"minutes": 12, "clothing": "shirt"}, True),
    ("programme_set", {"cap": 25}, True),
    ("programme_set", {"goal": "night"}, False),
    ("sensitivity", {"sensitivity": "huge"}, False),
]


@pytest.mark.parametrize(("name", "document", "good"), COMMANDS)
def test_the_schema_of_commands_and_the_daemon_judge_alike(name: str, document: dict[str, Any], good: bool) -> None:
    schema = json.loads((SCHEMAS / "command.schema.json").read_text(encoding="utf-8"))
    judged = not list(Draft202012Validator({**schema, "anyOf": [{"$ref": f"#/$defs/{name}"}]}).iter_errors(document))
    assert judged is good
    assert isinstance(parse_command(name, json.dumps(document).encode()), Command) is good


def test_there_is_a_schema_for_the_payload_of_every_setting_and_every_button() -> None:
    known = json.loads((SCHEMAS / "command.schema.json").read_text(encoding="utf-8"))["$defs"]
    assert set(known) == set(CommandName)
