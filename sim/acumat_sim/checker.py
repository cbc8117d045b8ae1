"""Checks the tables of a scenario against the vocabulary and gathers every problem, so that a person reads them all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from acumat_hw.errors import InputError
from acumat_hw.problems import did_you_mean, problem_lines, shown_value
from acumat_hw.toml_file import TomlDocument
from acumat_hw.toml_lines import Path as Loc
from acumat_sim.vocabulary import Chip, Choice, Flag, Key, Number, Text

Table = Mapping[str, Any]


class Checker:
    """Gives values that are within the vocabulary, and notes where the table's own are not."""

    def __init__(self) -> None:
        self._problems: list[tuple[Loc, str]] = []

    def problem(self, loc: Loc, text: str) -> None:
        self._problems.append((loc, text))

    def raise_problems(self, name: str, file: TomlDocument | None) -> None:
        """Raises InputError with a line for each problem, if there are any: with its place in the file, if there is one."""
        if not self._problems:
            return
        lines = None if file is None else file.lines()
        raise InputError("\n".join(problem_lines(name if file is None else file.shown, self._problems, lines)))

    def table(self, loc: Loc, value: object, keys: Mapping[str, Key], others: Iterable[str] = ()) -> dict[str, Any]:
        """The values of a table's keys, defaults included; keys that are absent without a default are left out."""
        if not isinstance(value, dict):
            self.problem(loc, f"{shown_value(value)} is not possible; allowed: a table")
            return {}
        self._unknown(loc, value, [*keys, *others])
        found = {name: self.value((*loc, name), value.get(name), key) for name, key in keys.items()}
        return {name: each for name, each in found.items() if each is not None}

    def tables(self, loc: Loc, value: object, most: int) -> list[Table]:
        """A list of tables, such as all [[step]]; empty if it is anything else."""
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.problem(loc, f"{shown_value(value)} is not possible; allowed: a list of tables, each under [[{loc[-1]}]]")
            return []
        if len(value) > most:
            self.problem(loc, f"has {len(value)} tables; allowed: up to {most}")
            return []
        return value

    def value(self, loc: Loc, value: object, key: Key) -> Any:  # noqa: ANN401  what the key holds
        """A value if the key allows it, else its default; None where there is no default."""
        default = key.default if isinstance(key, Number | Choice | Flag) else None
        if value is None:
            if default is None and (isinstance(key, Choice) or (isinstance(key, Number) and not key.absent)):
                self.problem(loc, f"is missing; allowed: {_allowed(key)}")
            return default
        if _fits(value, key):
            return value
        hint = did_you_mean(str(value), key.options) if isinstance(key, Choice) else ""
        self.problem(loc, f"{shown_value(value)} is not possible; allowed: {_allowed(key)}{hint}")
        return default

    def _unknown(self, loc: Loc, table: Table, allowed: list[str]) -> None:
        for name in table:
            if name not in allowed:
                known = ", ".join(allowed)
                self.problem((*loc, name), f"not a known key here; allowed: {known}{did_you_mean(name, allowed)}")


def _fits(value: object, key: Key) -> bool:
    match key:
        case Number(low, high):
            return not isinstance(value, bool) and isinstance(value, int | float) and low <= value <= high
        case Choice(options):
            return isinstance(value, str) and value in options
        case Flag():
            return isinstance(value, bool)
        case Chip(options):
            return not isinstance(value, bool) and value in options
        case Text():
            return isinstance(value, str)


def _allowed(key: Key) -> str:
    match key:
        case Number(low, high):
            return f"a number from {low:g} to {high:g}"
        case Choice(options):
            return ", ".join(options)
        case Flag():
            return "true, false"
        case Chip(options):
            return ", ".join(f"0x{each:02x}" for each in options)
        case Text():
            return "text in quotes"
