"""TOML that a person wrote, read within bounds: whole numbers of 64 bits, lines and nesting of a sane size.

What comes out is safe to compute with and to walk through. tomllib itself has no such bounds: its numbers have any size, a
number of 5,000 digits or a thousand brackets end it with errors of other types, and a line of dotted keys costs it
quadratic time.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acumat_hw.errors import InputError
from acumat_hw.text_file import read_text, shown_path, shown_text
from acumat_hw.toml_lines import Path as Loc
from acumat_hw.toml_lines import line_of, locate

MAX_LINE = 4000
"""Characters. Python reads whole numbers of up to 4,300 digits."""
MAX_DEPTH = 16
MAX_WHOLE = 2**63
BARE_VALUE = re.compile(r"[^=#]*=\s*[A-Za-z0-9]")
"""A line such as host = 192.168.1.5."""


@dataclass(frozen=True, slots=True)
class TomlDocument:
    """The values of a TOML text; `shown` names it in messages."""

    shown: str
    data: dict[str, Any]
    text: str

    def lines(self) -> dict[Loc, int]:
        """The line of every key."""
        return locate(self.text)


def read_toml(path: Path) -> TomlDocument:
    """The TOML file at a path. Raises InputError with file, line where known, and fix."""
    return parse_toml(read_text(path), shown_path(path))


def parse_toml(text: str, shown: str) -> TomlDocument:
    """A TOML text. Raises InputError, as `read_toml`."""
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > MAX_LINE:
            raise InputError(f"{shown}:{number}: the line has more than {MAX_LINE} characters; divide or correct it")
    try:
        document = TomlDocument(shown, tomllib.loads(text), text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(_syntax_problem(shown, str(error), text)) from error
    except (RecursionError, ValueError) as error:  # ValueError: more digits than this Python is set to read
        raise InputError(f"{shown}: brackets or numbers in it are too long; correct them") from error
    problems = _bounds_problems(document)
    if problems:
        raise InputError("\n".join(problems))
    return document


def key_text(loc: Loc) -> str:
    """A path as people write it, such as `sensors[2].channel`, counting from 1."""
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{shown_text(part)}" for part in loc)
    return text.removeprefix(".")


def _bounds_problems(document: TomlDocument) -> list[str]:
    found: list[tuple[Loc, str]] = []
    pending: list[tuple[Loc, object]] = [((), document.data)]
    while pending:
        loc, value = pending.pop()
        if len(loc) > MAX_DEPTH:
            return [f"{document.shown}: {key_text(loc[:2])}: is nested more than {MAX_DEPTH} deep; correct it"]
        if isinstance(value, dict):
            pending += [((*loc, key), each) for key, each in value.items()]
        elif isinstance(value, list):
            pending += [((*loc, index), each) for index, each in enumerate(value)]
        elif isinstance(value, int) and not -MAX_WHOLE <= value < MAX_WHOLE:
            found.append((loc, "the number is too large; TOML's whole numbers have 64 bits"))
    if not found:
        return []
    lines = document.lines()
    return [f"{document.shown}:{line_of(lines, loc)}: {key_text(loc)}: {what}" for loc, what in reversed(found)]


def _syntax_problem(shown: str, message: str, text: str) -> str:
    found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", message)
    line = int(found[1]) if found and found[1] else text.count("\n") + 1
    bare = BARE_VALUE.match(text.split("\n")[line - 1])
    hint = "; text belongs in quotes" if bare and message.startswith(("Expected newline", "Invalid value")) else ""
    return f"{shown}:{line}: not valid TOML: {re.sub(r' [(]at .*', '', message)}{hint}"
