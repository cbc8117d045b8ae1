"""The table of commands: each can be run as it stands there, has its help, and a slip of the pen gets the right word."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest

from acumat.cli import exit_codes
from acumat.cli.main import COMMANDS, main
from acumat.cli.table import Argument, Command, OneOf

EACH = pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.name)


def arguments_of(command: Command) -> list[Argument]:
    return [one for each in command.arguments for one in (each.arguments if isinstance(each, OneOf) else (each,))]


def destination(argument: Argument) -> str:
    return str(argument.options.get("dest", argument.names[0].lstrip("-").replace("-", "_")))


@EACH
def test_a_command_names_a_function_that_takes_its_arguments(command: Command) -> None:
    if command.name in ("collect", "fleet"):
        for library in ("nats", "psycopg"):
            pytest.importorskip(library, reason="needs the extra fleet, which make setup brings")
    module, _, name = command.function.partition(":")
    signature = inspect.signature(getattr(import_module(f"acumat.cli.{module}"), name))
    given = {destination(each): None for each in arguments_of(command)}
    signature.bind(**given, **command.fixed)


@EACH
def test_a_command_and_each_of_its_arguments_have_a_help_sentence(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.description.endswith(".")
    assert len(command.summary) <= 62
    assert all(each.options["help"] for each in arguments_of(command))
    with pytest.raises(SystemExit) as ended:
        main([command.name, "--help"])
    assert ended.value.code == 0
    assert " ".join(command.description.split()) in " ".join(capsys.readouterr().out.split())


def test_the_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in COMMANDS)
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["stauts"], "no command 'stauts'; did you mean \"status\"?"),
        (["xyzzy"], "no command 'xyzzy'; acumat --help lists all"),
        (["status", "--jsn"], "status does not take '--jsn'; did you mean \"--json\"?"),
        (["stop", "now"], "stop does not take 'now'; acumat stop --help shows what it takes"),
        (["screen", "--none", "--advice-taken"], "not allowed with"),
        (["mode", "lying"], "invalid choice"),
        (["replay"], "required"),
    ],
)
def test_wrong_use_is_named_with_the_nearest_right_word(argv: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == exit_codes.USAGE
    assert says in capsys.readouterr().err


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == exit_codes.USAGE
    assert "acumat COMMAND --help" in capsys.readouterr().out


def test_every_exit_code_has_its_meaning() -> None:
    codes = {value for name, value in vars(exit_codes).items() if name.isupper() and isinstance(value, int)}
    assert codes == set(exit_codes.MEANINGS)
