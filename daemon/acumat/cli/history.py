"""`acumat history`: lists, corrects, exports and deletes stored sessions and answers.

A running daemon does it; without one the command does the same with the stored file.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from acumat.cli import exit_codes
from acumat.cli.history_alone import answer_alone
from acumat.cli.history_table import OPTIONS_OF
from acumat.cli.history_words import lines_of
from acumat.cli.output_file import free_place, write_whole
from acumat.cli.streams import opened, passing
from acumat.cli.table import a_file_or_stream
from acumat.cli.talk import ORDER_S
from acumat.config import Config, find_config, load_config
from acumat.contract.commands import CommandName
from acumat.control import FILE_ANSWER_S, DaemonNotRunningError, ask
from acumat.history.export import HEADS
from acumat_hw.errors import InputError

WAY_S = 5.0
"""Seconds for a request and its answer to travel."""
IMPORT_MOST_BYTES = 64 << 20
"""No history is larger than this."""


def history(
    config_path: Path | None,
    action: str,
    what: str | None,
    who: str | None = None,
    *,
    as_json: bool,
    **options: Any,  # noqa: ANN401
) -> int:
    """Carry out one action. `what` is its session, check-in or file, `who` the person of a session."""
    given = {name: value for name, value in options.items() if value is not None and value is not False}
    if action == "assign" and what is not None and who is not None:
        given["person"] = who
    elif who is not None or action == "assign":
        raise InputError("history assign takes a session's id or number, and whose it was")
    _check_use(action, what, given)
    config = load_config(find_config(config_path), secrets=False)
    if action == "export":
        return _export(config, what or "", given)
    if action == "import":
        with opened(a_file_or_stream(what or "")) as file:
            if file.seek(0, 2) > IMPORT_MOST_BYTES:
                raise InputError(f"{what}: is larger than any history; check that it is the right file")
            return _print(_ask(config, action, {}, file), action, as_json=as_json)
    if action == "forget" and not given.pop("yes", False):
        print("acumat: deleted data cannot be restored; repeat it with --yes to do it", file=sys.stderr)
        return exit_codes.USAGE
    return _print(_ask(config, action, _arguments(action, what, given)), action, as_json=as_json)


def _check_use(action: str, what: str | None, given: Mapping[str, Any]) -> None:
    named, allowed = OPTIONS_OF[action]
    if bool(named) != (what is not None):
        raise InputError(f"history {action} takes {named}" if named else f"history {action} takes no {what!r}")
    for name in given:
        if name not in allowed:
            raise InputError(f"history {action} does not take --{name}; acumat history --help shows what it takes")


def _arguments(action: str, what: str | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments under the names of the commands' table."""
    arguments = {("everything" if name == "all" else name): value for name, value in given.items()}
    for name in ("at", "before"):
        if name in arguments:
            arguments[name] = _moment(name, arguments[name])
    if "guest" in arguments:
        arguments["guest"] = arguments["guest"] == "yes"
    return arguments if action in ("list", "add", "forget", "helped") else {"id": what, **arguments}


def _moment(name: str, at: str) -> str:
    """The time in RFC 3339; local unless it names a zone."""
    try:
        return datetime.fromisoformat(at.strip()).astimezone().isoformat()
    except (ValueError, OverflowError) as error:
        raise InputError(f"--{name} {at!r}: give a date and a time, such as '2026-11-24 22:31'") from error


def _ask(config: Config, action: str, arguments: Mapping[str, Any], file: BinaryIO | None = None) -> dict[str, Any]:
    return answer_of(config, CommandName(f"history_{action}"), arguments, file)


def answer_of(config: Config, name: CommandName, arguments: Mapping[str, Any], file: BinaryIO | None = None) -> dict[str, Any]:
    """The answer of the daemon, or without one of the history itself."""
    try:
        patience_s = ORDER_S if file is None else FILE_ANSWER_S + WAY_S
        return ask(config.daemon.control_socket, {"command": name, **arguments}, patience_s, file)
    except DaemonNotRunningError:
        return answer_alone(config, name, arguments, file)


def _export(config: Config, target: str, given: Mapping[str, Any]) -> int:
    """Write an export.

    It goes into a temporary file first: the daemon must be able to write it, and half an export must not replace an earlier
    one.
    """
    path = None if target == "-" else free_place(Path(target), config, "export", HEADS)
    with passing(lambda file: _ask(config, "export", given, file)) as (file, answer):
        if answer.get("ok"):
            if path is None:
                shutil.copyfileobj(file, sys.stdout.buffer)
            else:
                write_whole(path, file)
    print(answer.get("text", ""), file=sys.stderr if path is None or not answer.get("ok") else sys.stdout)
    return exit_codes.OK if answer.get("ok") else exit_codes.REFUSED


def _print(answer: Mapping[str, Any], action: str, *, as_json: bool) -> int:
    if not answer.get("ok"):
        print(answer.get("text", ""), file=sys.stderr)
        return exit_codes.REFUSED
    show: Callable[[Mapping[str, Any]], list[str]] = lines_of(action)
    print(json.dumps(answer, indent=2, ensure_ascii=False) if as_json else "\n".join(show(answer)))
    if answer.get("damaged"):
        print(f"acumat: {answer['damaged']} sessions are damaged and left out", file=sys.stderr)
        return exit_codes.DATA
    return exit_codes.OK
