"""Commands: what passes, what is refused and why, and that nothing that can arrive raises."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from acumat.commands.parser import MAX_PAYLOAD_BYTES, parse_command, parse_request
from acumat.commands.table import COMMANDS
from acumat.contract.commands import Command, CommandName, Response
from acumat.contract.documents import encode, response_document
from acumat.contract.state import Mode

NAMES = st.one_of(st.sampled_from([str(name) for name in CommandName]), st.text())


def refused(name: str, payload: bytes) -> Response:
    answer = parse_command(name, payload)
    assert isinstance(answer, Response)
    assert not answer.ok
    return answer


BARE = [
    name
    for name, spec in COMMANDS.items()
    if "mqtt" in spec.origins and not any(each.required for each in spec.arguments) and not spec.at_least_one
]


@pytest.mark.parametrize("name", BARE)
@pytest.mark.parametrize("payload", [b"", b"PRESS", b"PRESS\n", b"{}", b' {"correlation": null} '])
def test_a_plain_payload_asks_for_the_command_as_it_is(name: CommandName, payload: bytes) -> None:
    defaults = {each.key: each.default for each in COMMANDS[name].arguments}
    assert parse_command(name, payload) == Command(name, correlation=None, origin="mqtt", arguments=defaults)


@pytest.mark.parametrize("payload", [b"neck", b'{"mode": "neck"}', b' {"mode": "neck", "correlation": "7"}'])
def test_a_mode_is_a_bare_word_or_a_value(payload: bytes) -> None:
    answer = parse_command("mode", payload)
    assert isinstance(answer, Command)
    assert answer.arguments == {"mode": Mode.NECK}


def test_auto_lets_the_mat_report() -> None:
    answer = parse_command("mode", b"auto")
    assert isinstance(answer, Command)
    assert answer.arguments == {"mode": "auto"}


@pytest.mark.parametrize("payload", [b"", b"PRESS", b"{}", b"unknown", b"head", b'{"mode": 3}', b'{"mode": "unknown"}'])
def test_a_mode_that_is_none_is_refused_with_the_list(payload: bytes) -> None:
    assert "back" in refused("mode", payload).text


def test_an_object_carries_the_keys_of_its_command() -> None:
    answer = parse_command("calibrate", b'{"turned": true, "correlation": "kitchen \xc3\xa4 7"}')
    assert answer == Command(CommandName.CALIBRATE, correlation="kitchen ä 7", arguments={"turned": True})


def test_an_unknown_command_is_answered_with_the_known_ones() -> None:
    answer = refused("reboot", b"")
    assert (answer.name, answer.reason) == ("reboot", "unknown_command")
    assert all(name in answer.text for name in CommandName)


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"press", "neither PRESS nor JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[]", "not an object"),
        (b"1", "not an object"),
        (b"NaN", "no JSON numbers"),
        (b'{"turned": 1, "turned": 1}', "stands twice"),
        (b'{"turned": 1}', "turned must be true or false"),
        (b'{"turned": null}', "turned must be true or false"),
        (b'{"turned": true, "speed": 2}', "'speed' is not known; calibrate takes correlation and turned"),
        (b'{"correlation": 7}', "correlation must be"),
        (b'{"correlation": "a\\nb"}', "correlation must be"),
        (b'{"correlation": "\\ud800"}', "half a character"),
        (b'{"correlation": "%s"}' % (b"x" * 65), "at most 64"),
        (b"[" * MAX_PAYLOAD_BYTES, "neither PRESS nor JSON"),
        (b" " * (MAX_PAYLOAD_BYTES + 1), "at most 4096"),
    ],
)
def test_a_bad_payload_is_refused_in_a_sentence(payload: bytes, says: str) -> None:
    answer = refused("calibrate", payload)
    assert (answer.name, answer.reason) == ("calibrate", "bad_payload")
    assert says in answer.text


def test_turned_belongs_to_calibrate_alone() -> None:
    assert "tare takes correlation" in refused("tare", b'{"turned": false}').text


def test_the_routines_commands_carry_their_arguments_and_no_others() -> None:
    answer = parse_command("check_in", b'{"calm": 4, "discomfort": 2, "when": "after", "correlation": "c"}')
    assert answer == Command(CommandName.CHECK_IN, correlation="c", arguments={"calm": 4, "discomfort": 2, "when": "after"})
    assert (
        "programme_set takes correlation and minutes and clothing and cap"
        in refused("programme_set", b'{"goal": "night"}').text
    )


@pytest.mark.parametrize("value", [b"[1]", b"{}", b"1e14", b"1000000", b'"%s"' % (b"x" * 100), b'"a\\u0007"'])
def test_a_value_that_nobody_could_judge_is_refused(value: bytes) -> None:
    answer = refused("programme_set", b'{"minutes": %s}' % value)
    assert answer.reason == "bad_payload"
    assert "minutes must be a short text or a number below" in answer.text


@given(NAMES, st.dictionaries(st.text(), st.none() | st.integers() | st.floats() | st.text() | st.lists(st.integers())))
def test_an_object_of_the_socket_is_judged_as_the_same_one_over_mqtt(name: str, document: dict[str, Any]) -> None:
    document.pop("command", None)
    ours = parse_request({"command": name, **document})
    if isinstance(ours, Response):
        encode(response_document(ours)).encode("utf-8")
    theirs = parse_command(name, json.dumps(document).encode())
    if isinstance(theirs, Command):
        assert ours == replace(theirs, origin="control")


def test_a_refusal_echoes_the_correlation_so_that_the_asker_knows_it() -> None:
    assert refused("tare", b'{"correlation": "q1", "x": 1}').correlation == "q1"


def test_the_longest_payload_still_passes() -> None:
    assert isinstance(parse_command("tare", b"{}".ljust(MAX_PAYLOAD_BYTES)), Command)


@given(NAMES, st.binary(max_size=5000))
@example("\ud800", b"")
@example("tare", json.dumps({"\ud800" * 100: 1}).encode())
def test_no_bytes_raise_and_every_answer_can_be_sent(name: str, payload: bytes) -> None:
    check(name, payload)


@given(
    NAMES, st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.dictionaries(st.text(), inner))
)
def test_no_json_raises_and_every_answer_can_be_sent(name: str, document: object) -> None:
    check(name, json.dumps(document).encode())


@given(st.fixed_dictionaries({}, optional={"turned": st.booleans() | st.none(), "correlation": st.text() | st.none()}))
def test_what_is_accepted_keeps_what_was_asked(document: dict[str, object]) -> None:
    answer = parse_command("calibrate", json.dumps(document).encode())
    if isinstance(answer, Command):
        assert (answer.arguments["turned"], answer.correlation) == (document.get("turned", False), document.get("correlation"))


def check(name: str, payload: bytes) -> None:
    answer = parse_command(name, payload)
    if isinstance(answer, Command):
        assert answer.name == name
        return
    assert not answer.ok
    assert answer.reason in {"unknown_command", "bad_payload", "bad_value", "local_only"}
    assert len(answer.name) <= 700
    encode(response_document(answer)).encode("utf-8")
