"""From messages to what is stored: tables, and whatever bytes there are."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.contract.events import EventType
from acumat.fleet.collect.messages import Message
from acumat.fleet.collect.personal import KEYS, PERSONAL
from acumat.fleet.collect.reading import MAX_BYTES, Response, read_message
from acumat.fleet.record.entries import EventEntry, Heard, SetAside

NOW = datetime(2026, 11, 30, 12, 0, 30, tzinfo=UTC)
EVENT = {
    "id": "0a0b0c0d-7",
    "event_type": "contact_started",
    "at": "2026-11-30T12:00:00.000Z",
    "edge_at": None,
    "late": False,
    "reason": "load_above",
    "text": "Something is on the mat.",
    "load": 7.5,
}


def deep(levels: int) -> list[Any]:
    made: list[Any] = []
    for _ in range(levels):
        made = [made]
    return made


def read(topic: str, payload: bytes | dict[str, Any], **more: Any) -> list[Any]:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return list(read_message("acumat", Message(topic, data, **more), NOW))


def test_an_event_is_stored_as_published() -> None:
    event, heard = read("acumat/mat1/event", EVENT)
    assert (event.mat_id, event.incarnation, event.number, event.id) == ("mat1", "0a0b0c0d", 7, "0a0b0c0d-7")
    assert event.at == datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert json.loads(event.document) == EVENT
    assert heard == Heard("mat1", alive=True)


@pytest.mark.parametrize(
    ("change", "more"),
    [
        ({"late": True}, {}),
        ({"at": "2026-11-30T11:58:00Z"}, {}),
        ({"at": "1970-01-01T00:00:00Z"}, {}),
        ({"at": "2038-01-01T00:00:00Z"}, {}),
        ({}, {"age_s": 61.0}),
        ({}, {"retained": True}),
    ],
)
def test_an_event_from_before_does_not_show_that_the_mat_lives(change: dict[str, Any], more: dict[str, Any]) -> None:
    _, heard = read("acumat/mat1/event", EVENT | change, **more)
    assert heard == Heard("mat1", alive=False)


@pytest.mark.parametrize("event_type", sorted(EventType))
def test_no_event_carries_what_is_personal(event_type: str) -> None:
    personal = dict.fromkeys(PERSONAL, "Anna") | {"extra": {"who": "Anna"}, "list": ["Anna"]}
    event, _ = read("acumat/mat1/event", EVENT | {"event_type": event_type} | personal)
    assert "Anna" not in event.document
    withheld = event_type in ("check_in", "redness", "symptom_stop", "guidance_changed", "programme_step")
    assert event.event_type == json.loads(event.document)["event_type"] == ("withheld" if withheld else event_type)
    assert ("text" not in json.loads(event.document)) is withheld


@pytest.mark.parametrize(
    ("leaf", "payload", "found"),
    [
        ("availability", b"online", Heard("mat1", alive=True, availability="online")),
        ("availability", b"offline", Heard("mat1", alive=False, availability="offline")),
        ("availability", b"", Heard("mat1", alive=False)),
        ("state", b"", Heard("mat1", alive=True)),
        ("state", b'{"presence":"lying","who":"Anna"}', Heard("mat1", True, documents={"state": {"presence": "lying"}})),
        (
            "health",
            b'{"health":"ok","bus":{"code":"ok"}}',
            Heard("mat1", True, None, {"health": {"health": "ok", "bus": {"code": "ok"}}}),
        ),
        ("update", b'{"installed":"0.3.0"}', Heard("mat1", True, None, {"update": {"installed": "0.3.0"}})),
    ],
)
def test_what_else_a_mat_publishes(leaf: str, payload: bytes, found: Heard) -> None:
    assert read(f"acumat/mat1/{leaf}", payload) == [found]


def test_what_a_broker_retains_is_no_sign_of_life() -> None:
    assert read("acumat/mat1/availability", b"online", retained=True) == [Heard("mat1", False, "online")]


def test_an_answer() -> None:
    assert read("acumat/mat1/response", {"name": "events"}) == [Heard("mat1", True), Response("mat1", {"name": "events"})]


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("other/mat1/event", EVENT, "foreign_topic"),
        ("acumat/mat1/other", EVENT, "foreign_topic"),
        ("acumat/mat1", EVENT, "foreign_topic"),
        ("acumat/Mat 1/event", EVENT, "foreign_topic"),
        ("acumat/mat1/event/x", EVENT, "foreign_topic"),
        ("acumat//event", EVENT, "foreign_topic"),
        ("acumat/mat1/event", b"", "not_json"),
        ("acumat/mat1/event", b"[" * 100_000, "too_large"),
        ("acumat/mat1/event", b"[" * 60_000, "not_json"),
        ("acumat/mat1/event", b"[]", "wrong_type"),
        ("acumat/mat1/event", b"\xff", "not_utf8"),
        ("acumat/mat1/event", EVENT | {"a": deep(500)}, "not_json"),
        ("acumat/mat1/health", b'{"a":' * 500 + b"{}" + b"}" * 500, "not_json"),
        ("acumat/mat1/event", b'{"id": NaN}', "not_json"),
        ("acumat/mat1/event", b'{"id": "\\ud800"}', "not_json"),
        ("acumat/mat1/event", EVENT | {"id": "0a0b0c0d-0"}, "wrong_type"),
        ("acumat/mat1/event", EVENT | {"id": 7}, "wrong_type"),
        ("acumat/mat1/event", EVENT | {"id": "0A0B0C0D-1"}, "wrong_type"),
        ("acumat/mat1/event", EVENT | {"id": "0a0b0c0d-\N{ARABIC-INDIC DIGIT ONE}"}, "wrong_type"),
        ("acumat/mat1/event", EVENT | {"event_type": None}, "wrong_type"),
        ("acumat/mat1/event", EVENT | {"event_type": "a b"}, "wrong_type"),
        ("acumat/mat1/event", EVENT | {"at": "yesterday"}, "wrong_type"),
        ("acumat/mat1/event", EVENT | {"at": "2026-11-30T12:00:00"}, "wrong_type"),
        ("acumat/mat1/event", EVENT | {"at": "0001-01-01T00:00:00+14:00"}, "wrong_type"),
        ("acumat/mat1/event", EVENT | {"at": "0001-01-02T00:00:00Z"}, "wrong_type"),
        ("acumat/mat1/event", EVENT | {"at": "9999-12-31T23:00:00Z"}, "wrong_type"),
        ("acumat/mat1/event", EVENT | {"text": "a\0b"}, "nul"),
        ("acumat/mat1/event", EVENT | {"a\0b": 1}, "nul"),
        ("acumat/mat1/availability", b"perhaps", "wrong_type"),
        ("acumat/mat1/state", b"{", "not_json"),
    ],
)
def test_what_is_set_aside(topic: str, payload: bytes | dict[str, Any], reason: str) -> None:
    aside = next(each for each in read(topic, payload) if isinstance(each, SetAside))
    assert aside.reason == reason
    assert aside.detail


def test_a_backslash_before_u0000_is_no_nul() -> None:
    assert not [each for each in read("acumat/mat1/event", EVENT | {"text": "a\\u0000"}) if isinstance(each, SetAside)]


@pytest.mark.parametrize("payload", [EVENT | {"text": "a\0b"}, EVENT | {"at": 7}, EVENT | {"text": "x" * MAX_BYTES}])
def test_a_bad_event_with_an_id_is_not_asked_for_again(payload: dict[str, Any]) -> None:
    aside, event = read("acumat/mat1/event", payload)
    assert isinstance(aside, SetAside)
    assert event == EventEntry("mat1", "0a0b0c0d", 7)


@given(st.sampled_from(["event", "availability", "response", "picture", *KEYS]), st.binary(max_size=200))
def test_any_bytes_are_read_or_set_aside(leaf: str, payload: bytes) -> None:
    assert read(f"acumat/mat1/{leaf}", payload)


plain = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20)
values = plain | st.lists(plain, max_size=3) | st.dictionaries(st.text(max_size=5), plain, max_size=3)


@given(st.dictionaries(st.sampled_from([*EVENT, *PERSONAL]), values))
def test_any_document_is_read_or_set_aside(document: dict[str, Any]) -> None:
    assert read("acumat/mat1/event", EVENT | document)
