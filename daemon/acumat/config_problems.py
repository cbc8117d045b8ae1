"""Turns what is wrong with a configuration into lines a person can act on: place, key, fault, what is allowed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from acumat.config_schema import PATTERN_WORDS, SECTIONS
from acumat_hw.text_file import shown_text
from acumat_hw.toml_file import key_text
from acumat_hw.toml_lines import Path as Loc
from acumat_hw.toml_lines import line_of

_TYPES = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "finite_number": "a finite number",
    "list_type": "a list of tables, each under [[sensors]]",
    "datetime_type": "a date with a time, such as 2026-11-24T18:00:00Z",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "dict_type": "a table",
}
_SECRET = {"password"}
MAX_PROBLEMS = 100
"""More than this of one file are counted, not listed."""
_KINDS = ("ads1x15", "simulated")


def schema_problems(error: ValidationError) -> list[tuple[Loc, str]]:
    """Each fault that the models found: the path of its key in the file, and a sentence."""
    found = error.errors(include_url=False)
    more = len(found) - MAX_PROBLEMS
    rest: list[tuple[Loc, str]] = [((), f"{more} more problems are not listed; correct these first")] if more > 0 else []
    return [*[_problem(each) for each in found[:MAX_PROBLEMS]], *rest]


def problem_lines(file: str, problems: Iterable[tuple[Loc, str]], lines: Mapping[Loc, int]) -> list[str]:
    """`file:line: key: what is wrong`, in the order of the file, each fault once."""
    placed = {(line_of(lines, loc), key_text(loc), text): None for loc, text in problems}
    return [f"{file}:{line}: {key}: {text}" if key else f"{file}:{line}: {text}" for line, key, text in sorted(placed)]


def _problem(error: ErrorDetails) -> tuple[Loc, str]:
    models = error["loc"]
    # the chosen kind of source stands in pydantic's path, but not in the file
    loc = models[:1] + models[2:] if models[:1] == ("source",) and models[1:2] and models[1] in _KINDS else models
    if error["type"] == "union_tag_invalid":
        return (*loc, "kind"), _not_possible(_kind_of(error["input"]), _KINDS)
    if error["type"] == "extra_forbidden":
        return loc, _unknown_key(models)
    return loc, _sentence(error, models)


def _sentence(error: ErrorDetails, models: Loc) -> str:
    kind, context = error["type"], error.get("ctx", {})
    shown = "the value" if _is_secret(models, error["input"]) else _shown(error["input"])
    if kind == "missing":
        return "is missing"
    if kind in _TYPES:
        return f"{shown} is not possible; allowed: {_TYPES[kind]}"
    if kind == "literal_error":
        return _not_possible(error["input"], re.findall(r"'([^']*)'|(\d+)", str(context["expected"])))
    if kind == "string_pattern_mismatch":
        return f"{shown} is not possible; allowed: {PATTERN_WORDS[context['pattern']]}"
    if kind in ("too_short", "too_long"):
        return "wrong number of sensors; allowed: 1 to 16"
    if kind == "string_too_long":
        return f"is longer than {context['max_length']} characters; shorten it"
    if kind == "string_too_short":
        return "is empty; allowed: at least one character, or leave the key out"
    if kind == "value_error":
        return f"{shown} {context['error']}"
    return f"{shown} is not possible; allowed: {_bounds(models) or error['msg']}"


def _is_secret(models: Loc, value: object) -> bool:
    # a broker's URL may hold its password
    return models[-1] in _SECRET or (models[-1] == "host" and "@" in str(value))


def _unknown_key(models: Loc) -> str:
    known = sorted(SECTIONS[tuple(part for part in models[:-1] if isinstance(part, str))].model_fields)
    return f"not a known key; allowed: {', '.join(known)}{_hint(str(models[-1]), known)}"


def _not_possible(value: object, expected: Iterable[str | tuple[str, ...]]) -> str:
    allowed = [each if isinstance(each, str) else next(filter(None, each)) for each in expected]
    listed = ", ".join(each if each.isdecimal() else f'"{each}"' for each in allowed)
    return f"{_shown(value)} is not possible; allowed: {listed}{_hint(str(value), allowed)}"


def _hint(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""


def _bounds(models: Loc) -> str:
    """The range of a number, from the limits written at its field."""
    model: type[BaseModel] = SECTIONS[tuple(part for part in models[:-1] if isinstance(part, str))]
    limits: dict[str, Any] = {}
    for each in model.model_fields[str(models[-1])].metadata:
        limits |= {name: getattr(each, name) for name in ("ge", "le") if hasattr(each, name)}
    if len(limits) == 2:
        return f"{limits['ge']} to {limits['le']}"
    return f"{limits['ge']} or more" if "ge" in limits else ""


def _kind_of(source: object) -> object:
    return source.get("kind") if isinstance(source, dict) else source


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{shown_text(value)}"'
    if isinstance(value, int | float):
        return f"{value}"
    return "a table" if isinstance(value, dict) else "a list" if isinstance(value, list) else "this"
