"""The table of commands: complete, consistent in itself, and the same to the published schema as to the parser."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from acumat.coach.screening import QUESTIONS, Answer
from acumat.commands.arguments import Argument, ArgumentError, Choice, Flag, Number, Text, may_be_null
from acumat.commands.parser import parse_command, parse_request
from acumat.commands.spec import CommandSpec
from acumat.commands.table import COMMANDS
from acumat.contract.commands import Command, CommandName
from acumat.detect.parameters import Parameters
from tests.docs.commands_table import schema

SPECS = [pytest.param(spec, id=spec.name) for spec in COMMANDS.values()]
FORMS = schema()["$defs"]


def test_every_command_has_an_entry_in_the_order_of_the_names() -> None:
    assert list(COMMANDS) == list(CommandName)


@pytest.mark.parametrize("spec", SPECS)
def test_each_entry_is_consistent(spec: CommandSpec) -> None:
    keys = [argument.key for argument in spec.arguments]
    assert len(set(keys)) == len(keys)
    assert not {"correlation", "command"} & set(keys)
    assert all(text.endswith((".", "?")) for text in [spec.help, *(argument.help for argument in spec.arguments)])
    assert set(spec.at_least_one) <= set(keys)
    assert bool(spec.incomplete) is bool(spec.at_least_one) or spec.name is CommandName.SCREEN
    assert bool(spec.local_only) is ("mqtt" not in spec.origins)
    for argument in spec.arguments:
        assert argument.default is None or argument.check(argument.default) == argument.default
        assert not (argument.required and argument.default is not None)


@pytest.mark.parametrize("spec", SPECS)
def test_a_plain_word_is_the_command_or_lacks_what_only_json_can_hold(spec: CommandSpec) -> None:
    for word, arguments in spec.words.items():
        read = parse_command(spec.name, word.encode())
        if isinstance(read, Command):
            assert arguments.items() <= read.arguments.items()
        else:
            assert spec.local_only or any(each.required for each in spec.arguments) or spec.at_least_one


def test_what_people_say_of_themselves_never_leaves_the_machine() -> None:
    closed = [spec.name for spec in COMMANDS.values() if not spec.taken_from("mqtt", configured=True)]
    personal = [name for name in CommandName if name.startswith(("history_", "people_"))]
    assert closed == [CommandName.WATCH, CommandName.SCREEN, *personal]
    for name in (CommandName.ADVICE, CommandName.HEALTH_ANSWER, CommandName.HEALTH_AGAIN):
        assert not COMMANDS[name].taken_from("mqtt", configured=False)
    pressed = [spec.name for spec in COMMANDS.values() if spec.taken_from("panel", configured=False)]
    assert pressed == [CommandName.PRESS, CommandName.HOLD]


def test_what_a_person_lying_there_asks_for_is_urgent() -> None:
    urgent = {spec.name for spec in COMMANDS.values() if spec.urgent}
    assert urgent == {CommandName.SYMPTOM, CommandName.STOP, CommandName.PRESS, CommandName.HOLD}


def test_each_sensitivity_is_one_that_detection_knows() -> None:
    choice = COMMANDS[CommandName.SENSITIVITY].argument("sensitivity")
    assert isinstance(choice, Choice)
    assert len({Parameters().with_sensitivity(word) for word in choice.choices}) == len(choice.choices) == 3


def test_every_question_is_an_argument() -> None:
    spec = COMMANDS[CommandName.SCREEN]
    assert {each.key: each.help for each in spec.arguments} == QUESTIONS
    assert all(isinstance(each, Choice) and each.choices == tuple(Answer) for each in spec.arguments)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 1500),
    st.floats(-3.0, 1500.0).filter(lambda value: not value.is_integer()),
    st.sampled_from(sorted({w for s in COMMANDS.values() for a in s.arguments if isinstance(a, Choice) for w in a.choices})),
    st.just([1]),
)


@st.composite
def requests(draw: st.DrawFn) -> tuple[CommandSpec, dict[str, Any]]:
    spec = draw(st.sampled_from(list(COMMANDS.values())))
    keys = [argument.key for argument in spec.arguments]
    document = draw(st.fixed_dictionaries({}, optional=dict.fromkeys([*keys, "other"], VALUES)))
    if spec.name is CommandName.SCREEN and draw(st.booleans()):
        document = {**dict.fromkeys(keys, "no"), **document}
    return spec, document


@given(requests())
def test_the_schema_and_the_parser_take_the_same_documents(request: tuple[CommandSpec, dict[str, Any]]) -> None:
    spec, document = request
    valid = Draft202012Validator(FORMS[spec.name]).is_valid(document)
    if spec.at_least_one and all(document.get(key) is None for key in spec.at_least_one):
        valid = False  # the schema says this in words
    assert isinstance(parse_request({"command": spec.name, **document}), Command) is valid


@given(requests())
def test_a_handler_gets_every_argument_in_range_and_nothing_else(request: tuple[CommandSpec, dict[str, Any]]) -> None:
    spec, document = request
    command = parse_request({"command": spec.name, **document})
    if not isinstance(command, Command):
        return
    assert list(command.arguments) == [argument.key for argument in spec.arguments]
    for argument in spec.arguments:
        value = command.arguments[argument.key]
        assert in_range(argument, value), (argument, value)


def in_range(argument: Argument, value: object) -> bool:
    """By the test's own rules."""
    if value is None:
        return may_be_null(argument)
    match argument:
        case Flag():
            return value is True or value is False
        case Choice():
            return value in argument.choices
        case Number():
            assert isinstance(value, int | float)
            return argument.least <= value <= argument.most and not (argument.whole and isinstance(value, float))
        case Text():
            return isinstance(value, str) and 0 < len(value) <= 64


@pytest.mark.parametrize("value", [True, None, "5", 4, 11, 10.5, float("nan"), float("inf"), -5])
def test_a_number_out_of_range_is_refused_with_the_range(value: object) -> None:
    number = Number(key="n", help="A number.", least=5, most=10)
    with pytest.raises(ArgumentError, match=r"^n must be a number from 5 to 10\.$"):
        number.check(value)


@pytest.mark.parametrize("value", [True, None, "5", float("nan")])
def test_not_even_a_clamped_number_is_anything_else(value: object) -> None:
    with pytest.raises(ArgumentError, match=r"^n must be a number\.$"):
        Number(key="n", help="A number.", least=5, most=10, clamped=True).check(value)


@pytest.mark.parametrize(("value", "inside"), [(4, 5), (-1e12, 5), (5, 5), (7.5, 7.5), (10, 10), (11, 10), (1e12, 10)])
def test_a_clamped_number_is_moved_into_the_range(value: float, inside: float) -> None:
    assert Number(key="n", help="A number.", least=5, most=10, clamped=True).check(value) == inside
