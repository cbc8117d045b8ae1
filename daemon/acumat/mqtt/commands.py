"""What came in on a command topic, judged: a command for the service loop, or the refusal that goes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from acumat.coach.screening import QUESTIONS
from acumat.contract.commands import Command, CommandName, Response
from acumat.mqtt.settings import SETTING_KEYS, SETTING_WORDS, SettingError, from_word, setting_of
from acumat.strict_json import NotJsonError, read_json

MAX_PAYLOAD_BYTES = 4096
MAX_CORRELATION_CHARS = 64
MAX_SHOWN_CHARS = 64
MAX_NUMBER = 1e6
"""No argument of any command is as large as this, whatever its unit."""
PLAIN = ("", "PRESS")
"""Payloads that ask for the command as it is; the second is what a button in Home Assistant sends."""

KEYS: dict[CommandName, tuple[str, ...]] = {
    CommandName.CALIBRATE: ("correlation", "turned"),
    CommandName.SCREEN: ("correlation", *QUESTIONS),
    CommandName.CHECK_IN: ("correlation", "when", "calm", "discomfort"),
    CommandName.REDNESS: ("correlation", "answer"),
    CommandName.PROGRAMME_SET: ("correlation", "minutes", "clothing", "cap"),
    **SETTING_KEYS,
}
"""The keys that a command may carry; the others know `correlation` alone."""
COMMON_KEYS = ("correlation",)


def parse_command(name: str, payload: bytes) -> Command | Response:
    """The command `name` with its payload, or why it is refused. Raises for nothing that can arrive."""
    command = _known(name)
    if isinstance(command, Response):
        return command
    if len(payload) > MAX_PAYLOAD_BYTES:
        return _bad(command, f"The payload is too long; at most {MAX_PAYLOAD_BYTES} bytes are read.")
    try:
        text = payload.decode("utf-8").strip()
    except UnicodeDecodeError:
        return _bad(command, "The payload is not UTF-8 text.")
    if command in SETTING_KEYS and (word := from_word(command, text)) is not None:
        return Command(command, arguments=word)
    if text in PLAIN and command not in SETTING_KEYS:
        return Command(command)
    try:
        document = read_json(text)
    except NotJsonError as problem:
        words = " nor ".join(SETTING_WORDS.get(command, ("PRESS",)))
        return _bad(command, f"The payload is neither {words} nor JSON that can be read. {problem}")
    if not isinstance(document, dict):
        return _bad(command, "The payload is JSON, but not an object.")
    return _from_object(command, document)


def parse_request(request: Mapping[str, Any]) -> Command | Response:
    """The command in an object of the control socket, or why it is refused. Raises for nothing that JSON can hold."""
    arguments = dict(request)
    command = _known(str(arguments.pop("command", "")))
    return command if isinstance(command, Response) else _from_object(command, arguments)


def _known(name: str) -> CommandName | Response:
    if name in tuple(CommandName):
        return CommandName(name)
    return _refusal(name, "unknown_command", f"There is no command {_shown(name)}; known are {', '.join(CommandName)}.")


def _from_object(command: CommandName, document: dict[str, Any]) -> Command | Response:
    correlation = document.get("correlation")
    if correlation is not None and not _is_correlation(correlation):
        return _bad(command, f"correlation must be a text of at most {MAX_CORRELATION_CHARS} printable characters.")
    allowed = KEYS.get(command, COMMON_KEYS)
    unknown = next((key for key in document if key not in allowed), None)
    if unknown is not None:
        return _bad(command, f"The key {_shown(unknown)} is not known; {command} takes {' and '.join(allowed)}.", correlation)
    turned = document.get("turned", False)
    if not isinstance(turned, bool):
        return _bad(command, "turned must be true or false.", correlation)
    arguments = {key: value for key, value in document.items() if key in allowed and key not in ("correlation", "turned")}
    if command in SETTING_KEYS:
        try:
            arguments = setting_of(command, arguments)
        except SettingError as problem:
            return _bad(command, str(problem), correlation)
    wrong = next((key for key, value in arguments.items() if not _is_scalar(value)), None)
    if wrong is not None:
        return _bad(command, f"{wrong} must be a short text or a number below {MAX_NUMBER:.0f}.", correlation)
    return Command(command, turned=turned, correlation=correlation, arguments=arguments)


def _is_scalar(value: object) -> bool:
    """Whether this is one value that can be judged: no list, no object, no number beyond counting."""
    if isinstance(value, str):
        return len(value) <= MAX_SHOWN_CHARS and value.isprintable()
    return value is None or (isinstance(value, int | float) and abs(value) < MAX_NUMBER)  # NaN fails too


def _is_correlation(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_CORRELATION_CHARS and value.isprintable()


def _bad(command: CommandName, text: str, correlation: str | None = None) -> Response:
    return _refusal(command.value, "bad_payload", text, correlation)


def _refusal(name: str, reason: str, text: str, correlation: str | None = None) -> Response:
    shown = name if name.isprintable() and len(name) <= MAX_SHOWN_CHARS else _shown(name)
    return Response(shown, ok=False, reason=reason, text=text, correlation=correlation)


def _shown(text: str) -> str:
    """Somebody else's text made fit for an answer: short, quoted, nothing unprintable (lone surrogates cannot be sent)."""
    return repr(text if len(text) <= MAX_SHOWN_CHARS else text[:MAX_SHOWN_CHARS] + "…")
