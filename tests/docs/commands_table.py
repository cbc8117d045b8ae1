"""What the documents say of commands: their schema, and the table in docs/mqtt.md. The table of commands is the source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from acumat.commands.arguments import Argument, Choice, Flag, Number, Text, may_be_null
from acumat.commands.parser import MAX_CORRELATION_CHARS, MAX_SHOWN_CHARS
from acumat.commands.spec import Answered, CommandSpec
from acumat.commands.table import COMMANDS

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = DOCS / "schemas" / "command.schema.json"
ORIGINS = {"mqtt": "MQTT", "control": "socket", "panel": "button"}
ANSWERED = {Answered.AT_ONCE: "at once", Answered.WHEN_READ: "once read", Answered.WHEN_STORED: "once stored"}
CORRELATION = {
    "type": ["string", "null"],
    "maxLength": MAX_CORRELATION_CHARS,
    "description": "Comes back in the answer.",
}


def schema() -> dict[str, Any]:
    """The JSON Schema of every command's payload."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:acumat:mqtt:1:command",
        "title": "acumat/<mat>/command/<name>",
        "description": "The JSON payload of a command. The topic's last level says which form in $defs holds. "
        f"Plain words work as well: {_plain_words()}. Retained messages are ignored.",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in COMMANDS],
        "$defs": {name.value: _form(spec) for name, spec in COMMANDS.items()},
    }


def table() -> str:
    """The table of commands in Markdown."""
    head = ["| command | plain word | JSON keys | what it does | from | answered |", "|---|---|---|---|---|---|"]
    return "\n".join([*head, *(_row(spec) for spec in COMMANDS.values())])


def _form(spec: CommandSpec) -> dict[str, Any]:
    return {
        "type": "object",
        "description": " ".join([spec.help, *_notes(spec)]),
        "required": [argument.key for argument in spec.arguments if argument.required],
        "properties": {**{argument.key: value_form(argument) for argument in spec.arguments}, "correlation": CORRELATION},
        "additionalProperties": False,
    }


def value_form(argument: Argument) -> dict[str, Any]:
    """The schema of one argument."""
    null = may_be_null(argument)
    form: dict[str, Any]
    match argument:
        case Flag():
            form = {"type": "boolean"}
        case Choice():
            form = {"enum": [*argument.choices, *([None] if null else [])]}
        case Number():
            kind = "integer" if argument.whole else "number"
            form = {"type": [kind, "null"] if null else kind}
            form |= {} if argument.clamped else {"minimum": argument.least, "maximum": argument.most}
        case Text():
            form = {"type": ["string", "null"] if null else "string", "minLength": 1, "maxLength": MAX_SHOWN_CHARS}
    clamped = f" Clamped to {argument.least} to {argument.most}." if isinstance(argument, Number) and argument.clamped else ""
    default = {} if argument.default is None else {"default": argument.default}
    return {**form, **default, "description": argument.help + clamped}


def _notes(spec: CommandSpec) -> list[str]:
    notes = []
    if spec.at_least_one:
        notes.append(f"At least one of {_listed(spec.at_least_one, 'and')} is needed.")
    if spec.allowed_by:
        notes.append(f"Refused over MQTT unless the configuration has {spec.allowed_by}.")
    elif "mqtt" not in spec.origins:
        notes.append(f"Taken over the control socket alone. {spec.local_only}")
    return notes


def _row(spec: CommandSpec) -> str:
    origins = ", ".join(ORIGINS[origin] for origin in spec.origins) + (", MQTT if configured" if spec.allowed_by else "")
    words = "" if _is_incomplete_alone(spec) else ", ".join(f"`{word}`" for word in spec.words if word)
    return f"| `{spec.name}` | {words} | {_keys(spec)} | {spec.help} | {origins} | {ANSWERED[spec.answered]} |"


def _is_incomplete_alone(spec: CommandSpec) -> bool:
    """Whether the plain word would be refused, since an argument is needed."""
    return "" in spec.words and (bool(spec.at_least_one) or any(argument.required for argument in spec.arguments))


def _keys(spec: CommandSpec) -> str:
    """Each key with what it takes; keys that take the same are listed together."""
    by_range: dict[str, list[str]] = {}
    for argument in spec.arguments:
        by_range.setdefault(_range(argument), []).append(f"`{argument.key}`")
    return "; ".join(f"{', '.join(keys)}: {taken}" for taken, keys in by_range.items())


def _range(argument: Argument) -> str:
    match argument:
        case Flag():
            return "`true` or `false`"
        case Choice():
            return _listed([f"`{word}`" for word in argument.choices], "or")
        case Number():
            return f"{argument.least} to {argument.most}"
        case Text():
            return "text"


def _plain_words() -> str:
    by_words: dict[str, list[str]] = {}
    for spec in COMMANDS.values():
        if "" not in spec.words:
            by_words.setdefault(_listed(list(spec.words), "and"), []).append(spec.name)
    settings = [f"{words} for {_listed(names, 'and')}" for words, names in by_words.items()]
    return "; ".join([*settings, "PRESS or nothing for the others"])


def _listed(words: list[str] | tuple[str, ...], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def write() -> None:
    """The schema; `make docs` writes the table."""
    SCHEMA.write_text(json.dumps(schema(), indent=2) + "\n", encoding="utf-8")
