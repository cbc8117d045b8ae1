"""The problems of a configuration as lines for people: place, key, fault, allowed values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from acumat.typed_data import Fault
from acumat_hw.problems import did_you_mean
from acumat_hw.toml_file import key_text
from acumat_hw.toml_lines import Path as Loc
from acumat_hw.toml_lines import line_of

MAX_PROBLEMS = 100
"""More than this of one file are counted, not listed."""


def described(faults: Sequence[Fault]) -> list[tuple[Loc, str]]:
    """Each fault of the schema with its path in the file, and the probable correct word."""
    more = len(faults) - MAX_PROBLEMS
    rest: list[tuple[Loc, str]] = [((), f"{more} more problems are not listed; correct these first")] if more > 0 else []
    return [*[(each.path, each.text + did_you_mean(each.word, each.known)) for each in faults[:MAX_PROBLEMS]], *rest]


def problem_lines(file: str, problems: Iterable[tuple[Loc, str]], lines: Mapping[Loc, int]) -> list[str]:
    """`file:line: key: what is wrong`, in the order of the file, each fault once."""
    placed = {(line_of(lines, loc), key_text(loc), text): None for loc, text in problems}
    return [f"{file}:{line}: {key}: {text}" if key else f"{file}:{line}: {text}" for line, key, text in sorted(placed)]
