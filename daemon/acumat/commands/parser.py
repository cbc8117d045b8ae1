"""A request from outside, checked by the table: a command whose arguments are in range, or the refusal that goes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from io import BufferedRandom, BufferedReader
from typing import Any

from acumat.commands.arguments import ArgumentError, may_be_null
from acumat.commands.spec import CommandSpec
from acumat.commands.table import COMMANDS
from acumat.contract.commands import Command, CommandName, Origin, Refusal, Response
from acumat.contract.state import JsonScalar
from acumat.strict_json import NotJsonError, read_json

MAX_PAYLOAD_BYTES = 4096
MAX_CORRELATION_CHARS = 64
MAX_SHOWN_CHARS = 64
MAX_NUMBER = 1e6
"""No argument of any command is as large as this, whatever its unit."""


def parse_command(name: str, payload: bytes) -> Command | Response:
    """The command `name` of an MQTT topic with its payload, or why it is refused. Raises for nothing that can arrive."""
    spec = _known(name)
    if isinstance(spec, Response):
        return spec
    if len(payload) > MAX_PAYLOAD_BYTES:
        return _bad(spec, f"The payload is too long; at most {MAX_PAYLOAD_BYTES} bytes are read.")
    try:
        text = payload.decode("utf-8").strip()
    except UnicodeDecodeError:
        return _bad(spec, "The payload is not UTF-8 text.")
    if text in spec.words:
        return _from_object(spec, spec.words[text], "mqtt")
    try:
        document = read_json(text)
    except NotJsonError as problem:
        words = " nor ".join(word for word in spec.words if word)
        return _bad(spec, f"The payload is neither {words} nor JSON that can be read. {problem}")
    if not isinstance(document, dict):
        return _bad(spec, "The payload is JSON, but not an object.")
    return _from_object(spec, document, "mqtt")


def parse_request(request: Mapping[str, Any]) -> Command | Response:
    """The command in an object of the control socket, or why it is refused. Raises for nothing that JSON can hold.

    An open file under the key `file`, which JSON cannot hold, is one that came with the request.
    """
    document = dict(request)
    spec = _known(str(document.pop("command", "")))
    file = document.pop("file") if isinstance(document.get("file"), BufferedRandom | BufferedReader) else None
    command = spec if isinstance(spec, Response) else _from_object(spec, document, "control")
    return command if isinstance(command, Response) else replace(command, file=file)


def _known(name: str) -> CommandSpec | Response:
    if name in tuple(CommandName):
        return COMMANDS[CommandName(name)]
    return _refusal(name, "unknown_command", f"There is no command {_shown(name)}; known are {', '.join(CommandName)}.")


def _from_object(spec: CommandSpec, document: Mapping[str, Any], origin: Origin) -> Command | Response:
    correlation = document.get("correlation")
    if correlation is not None and not _is_correlation(correlation):
        return _bad(spec, f"correlation must be a text of at most {MAX_CORRELATION_CHARS} printable characters.")
    given = {key: value for key, value in document.items() if key != "correlation"}
    problem = _misfit(spec, given)
    if problem:
        return _bad(spec, problem, correlation)
    if not spec.taken_from(origin, configured=True):  # the service knows the configuration
        return _refusal(spec.name, "local_only", spec.local_only, correlation)
    arguments = _checked(spec, given)
    if isinstance(arguments, Refusal):
        return _refusal(spec.name, arguments.reason, arguments.text, correlation)
    return Command(spec.name, correlation=correlation, origin=origin, arguments=arguments)


def _misfit(spec: CommandSpec, given: Mapping[str, Any]) -> str:
    """What makes the object one that nobody could read as this command; empty if nothing does."""
    keys = [argument.key for argument in spec.arguments]
    unknown = next((key for key in given if key not in keys), None)
    if unknown is not None:
        return f"The key {_shown(unknown)} is not known; {spec.name} takes {' and '.join(('correlation', *keys))}."
    wrong = next((key for key, value in given.items() if not _is_scalar(value)), None)
    if wrong is not None and spec.wrong_value != "bad_payload":  # else the argument says itself what it takes
        return f"{wrong} must be a short text or a number below {MAX_NUMBER:.0f}."
    return ""


def _checked(spec: CommandSpec, given: Mapping[str, Any]) -> dict[str, JsonScalar] | Refusal:
    """Every argument of the command, in range; one that is not given has its default."""
    values = {argument.key: given.get(argument.key, argument.default) for argument in spec.arguments}
    missing = [argument.key for argument in spec.arguments if argument.required and values[argument.key] is None]
    none_of = bool(spec.at_least_one) and all(values[key] is None for key in spec.at_least_one)
    if spec.incomplete is not None and (missing or none_of):
        return Refusal(spec.incomplete.reason, spec.incomplete.text.format(missing=", ".join(missing)))
    try:
        return {
            argument.key: None
            if values[argument.key] is None and may_be_null(argument)
            else argument.check(values[argument.key])
            for argument in spec.arguments
        }
    except ArgumentError as problem:
        return Refusal(spec.wrong_value, str(problem))


def _is_scalar(value: object) -> bool:
    """Whether this is one value that can be checked: no list, no object, no number beyond counting."""
    if isinstance(value, str):
        return len(value) <= MAX_SHOWN_CHARS and value.isprintable()
    return value is None or (isinstance(value, int | float) and abs(value) < MAX_NUMBER)  # NaN fails too


def _is_correlation(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_CORRELATION_CHARS and value.isprintable()


def _bad(spec: CommandSpec, text: str, correlation: str | None = None) -> Response:
    return _refusal(spec.name.value, "bad_payload", text, correlation)


def _refusal(name: str, reason: str, text: str, correlation: str | None = None) -> Response:
    shown = name if name.isprintable() and len(name) <= MAX_SHOWN_CHARS else _shown(name)
    return Response(shown, ok=False, reason=reason, text=text, correlation=correlation)


def _shown(text: str) -> str:
    """Somebody else's text made fit for an answer: short, quoted, nothing unprintable (lone surrogates cannot be sent)."""
    return repr(text if len(text) <= MAX_SHOWN_CHARS else text[:MAX_SHOWN_CHARS] + "…")
