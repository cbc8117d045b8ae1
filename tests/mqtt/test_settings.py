"""What may be set by command: plain words as switches send them, and JSON; what is clamped, and what is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.contract.commands import Command, Response
from acumat.mqtt.commands import parse_command


def asked(name: str, payload: object) -> dict[str, object]:
    text = payload if isinstance(payload, str) else json.dumps(payload)
    command = parse_command(name, text.encode())
    assert isinstance(command, Command), command
    return dict(command.arguments)


@pytest.mark.parametrize(
    ("name", "payload", "wanted"),
    [
        ("pause", "ON", {"on": True, "minutes": 720}),
        ("pause", "OFF", {"on": False, "minutes": 720}),
        ("pause", {"on": True, "minutes": 90}, {"on": True, "minutes": 90}),
        ("pause", {"on": True, "minutes": 0}, {"on": True, "minutes": 1}),
        ("pause", {"on": True, "minutes": 1e9}, {"on": True, "minutes": 1440}),
        ("pause", {"on": True, "minutes": 10**14}, {"on": True, "minutes": 1440}),
        ("pause", {"on": True, "minutes": -(10**14)}, {"on": True, "minutes": 1}),
        ("guest", "ON", {"on": True}),
        ("guest", {"on": False}, {"on": False}),
        ("sensitivity", "high", {"sensitivity": "high"}),
        ("sensitivity", {"sensitivity": "low", "correlation": "x"}, {"sensitivity": "low"}),
    ],
)
def test_a_word_or_an_object_sets_and_minutes_are_clamped(name: str, payload: object, wanted: dict[str, object]) -> None:
    assert asked(name, payload) == wanted


@pytest.mark.parametrize(
    ("name", "payload", "says"),
    [
        ("pause", "PRESS", "neither ON nor OFF nor JSON"),
        ("pause", "", "neither ON nor OFF nor JSON"),
        ("pause", "on", "neither ON nor OFF nor JSON"),
        ("pause", "{}", "on is true or false"),
        ("pause", '{"on": "ON"}', "on is true or false"),
        ("pause", '{"on": true, "minutes": "long"}', "minutes must be a number"),
        ("pause", '{"on": true, "minutes": true}', "minutes must be a number"),
        ("pause", '{"on": true, "minutes": NaN}', "no JSON numbers"),
        ("pause", f'{{"on": true, "minutes": {10**3000}}}', "more than 15 digits"),
        ("pause", '{"on": true, "hours": 1}', "'hours' is not known; pause takes correlation and on and minutes"),
        ("guest", '{"on": true, "minutes": 1}', "'minutes' is not known"),
        ("sensitivity", "HIGH", "neither low nor normal nor high nor JSON"),
        ("sensitivity", '{"sensitivity": ["low"]}', "one of low, normal, high"),
    ],
)
def test_anything_else_is_refused_with_what_can_be_set(name: str, payload: str, says: str) -> None:
    answer = parse_command(name, payload.encode())
    assert isinstance(answer, Response)
    assert (answer.ok, answer.reason) == (False, "bad_payload")
    assert says in answer.text


@given(
    st.sampled_from(["pause", "guest", "sensitivity"]),
    st.dictionaries(
        st.sampled_from(["on", "minutes", "sensitivity"]), st.none() | st.booleans() | st.floats() | st.just("low")
    ),
)
def test_no_object_raises_and_what_passes_is_in_range(name: str, document: dict[str, object]) -> None:
    answer = parse_command(name, json.dumps(document).encode())
    if isinstance(answer, Command) and name == "pause":
        minutes = answer.arguments["minutes"]
        assert isinstance(minutes, int | float)
        assert 1 <= minutes <= 1440
