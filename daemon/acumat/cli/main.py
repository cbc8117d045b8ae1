"""Reads the command line and runs one command, which imports only what it needs."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from acumat import __version__
from acumat.cli import exit_codes
from acumat.cli.backup_table import BACKUP
from acumat.cli.feelings_table import FEELINGS
from acumat.cli.fleet_table import FLEET
from acumat.cli.help_format import Help, RawHelp
from acumat.cli.history_table import HISTORY, REPORT
from acumat.cli.people_table import PEOPLE
from acumat.cli.refusals import refused_by_system
from acumat.cli.requests import DAEMON, ROUTINE
from acumat.cli.table import LOOK_BACK, SETUP, SIMULATED, Argument, Command, OneOf
from acumat_hw.errors import AcumatError, InputError
from acumat_hw.problems import did_you_mean

GROUPS: dict[str, tuple[Command, ...]] = {
    "Set up and run": (*SETUP, *BACKUP),
    "Ask the running daemon": DAEMON,
    "The routine, in the running daemon": ROUTINE,
    "How you feel, in the running daemon": FEELINGS,
    "Look back": (*LOOK_BACK, HISTORY, PEOPLE, REPORT),
    "Many mats": (FLEET,),
    "Without hardware": SIMULATED,
}
COMMANDS = {command.name: command for group in GROUPS.values() for command in group}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns its exit code (see exit_codes)."""
    command, arguments = _read(sys.argv[1:] if argv is None else argv)
    try:
        code = int(_function(command)(**command.fixed, **arguments))
        print(end="", flush=True)  # a reader that is gone, or a full disk, shows here
        return code
    except InputError as error:
        _say(f"acumat: {error}")
        return exit_codes.DATA
    except BrokenPipeError:  # the reader of our output has closed it, as `head` does
        return exit_codes.OK
    except AcumatError as error:
        _say(f"acumat: {error}")
        return exit_codes.UNAVAILABLE
    except OSError as error:
        _say(f"acumat: {refused_by_system(error)}")
        return exit_codes.UNAVAILABLE
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED
    except Exception as error:  # noqa: BLE001  the last one there is
        return _internal_error(error)
    finally:
        _drop_unwritable()


def _function(command: Command) -> Any:  # noqa: ANN401  each takes arguments of its own
    module, _, name = command.function.partition(":")
    return getattr(import_module(f"acumat.cli.{module}"), name)


def _internal_error(error: Exception) -> int:
    """A sentence without the error's text, which may quote private data."""
    if os.environ.get("ACUMAT_DEBUG"):
        traceback.print_exception(error)
    elif os.environ.get("JOURNAL_STREAM"):  # the service's log gets the places
        traceback.print_tb(error.__traceback__)
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
    _say(f"acumat: internal error ({where}); set ACUMAT_DEBUG=1 to see all of it, and report it")
    return exit_codes.SOFTWARE


def _drop_unwritable() -> None:
    """Close the streams that take no more: Python would try them again at its end, and exit with 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # ValueError: it is closed already
            with suppress(OSError):
                stream.close()


def _say(problem: str) -> None:
    """On standard error, unless that can take no more: the exit code says it as well."""
    with suppress(OSError):
        print(problem, file=sys.stderr)


def _read(argv: Sequence[str]) -> tuple[Command, dict[str, Any]]:
    """The command and its arguments. A mistyped word ends here with the nearest right one."""
    first = next((word for word in argv if not word.startswith("-")), None)
    # one command alone is parsed sooner, and leaves the daemon a smaller heap
    parser = _parser([COMMANDS[first]] if first in COMMANDS else COMMANDS.values())
    if not argv:
        parser.print_help()
        parser.exit(exit_codes.USAGE)
    if first is not None and first not in COMMANDS:
        parser.error(f"no command {first!r}{did_you_mean(first, COMMANDS) or '; acumat --help lists all'}")
    given, unknown = parser.parse_known_args(argv)
    arguments = vars(given)
    command = COMMANDS[arguments.pop("acumat_command")]
    if unknown:
        known = [name for each in _flat(command) for name in each.names if name.startswith("--")]
        usage = f"acumat {command.name} --help shows what it takes"
        parser.error(f"{command.name} does not take {unknown[0]!r}{did_you_mean(unknown[0], known) or f'; {usage}'}")
    return command, arguments


def _parser(parsed: Iterable[Command]) -> argparse.ArgumentParser:
    """Lists all commands and parses these. argparse ends the process itself for --help, --version and wrong use."""
    listed = [
        "\n".join([f"{title}:", *(f"  {command.name:<13} {command.summary}" for command in group)])
        for title, group in GROUPS.items()
    ]
    parser = argparse.ArgumentParser(
        prog="acumat",
        description="The smart acupressure mat.",
        epilog="\n\n".join([*listed, "acumat COMMAND --help explains one of them."]),
        formatter_class=RawHelp,
    )
    parser.add_argument("--version", action="version", version=f"acumat {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="acumat_command", help="one of those below")
    for command in parsed:
        _add(commands.add_parser(command.name, description=command.description, formatter_class=Help), command.arguments)
    return parser


def _add(parser: Any, arguments: Sequence[Argument | OneOf]) -> None:  # noqa: ANN401  argparse gives groups no public name
    for each in arguments:
        if isinstance(each, OneOf):
            _add(parser.add_mutually_exclusive_group(), each.arguments)
        else:
            parser.add_argument(*each.names, **each.options)


def _flat(command: Command) -> list[Argument]:
    return [one for each in command.arguments for one in (each.arguments if isinstance(each, OneOf) else (each,))]


if __name__ == "__main__":
    sys.exit(main())
