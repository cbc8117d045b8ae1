"""What is wrong with a file that a person wrote: every problem at once, each with its line and the nearest allowed word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from acumat_hw.text_file import shown_text
from acumat_hw.toml_file import key_text
from acumat_hw.toml_lines import Path as Loc
from acumat_hw.toml_lines import line_of

MAX_PROBLEMS = 100
"""More than this of one file are counted, not listed."""


def problem_lines(shown: str, problems: Iterable[tuple[Loc, str]], lines: Mapping[Loc, int] | None) -> list[str]:
    """`shown:line: key: what is wrong`, in the order of the file, each problem once; without `lines` in the order found."""
    placed = {(line_of(lines, loc) if lines is not None else 0, key_text(loc), text): None for loc, text in problems}
    listed = sorted(placed) if lines is not None else list(placed)
    more = len(listed) - MAX_PROBLEMS
    found = [
        ": ".join(part for part in (f"{shown}:{line}" if line else shown, key, text) if part)
        for line, key, text in listed[:MAX_PROBLEMS]
    ]
    return [*found, f"{shown}: {more} more problems are not listed; correct these first"] if more > 0 else found


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "..."?` with the nearest of the known words, or nothing."""
    import difflib  # noqa: PLC0415  wanted only once something is wrong

    words = list(known)
    turned = [each for each in words if sorted(each) == sorted(word.lower())]  # 2x4 means 4x2 rather than 4x4
    near = turned or difflib.get_close_matches(word.lower(), words, n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""


def shown_value(value: object) -> str:
    """A value as TOML writes it, short enough for a message."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{shown_text(value)}"'
    if isinstance(value, int | float):
        return f"{value}"
    return "a table" if isinstance(value, dict) else "a list" if isinstance(value, list) else "this"
