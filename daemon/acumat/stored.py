"""Reads stored documents with every type and size checked, however damaged they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from acumat import strict_json, typed_data
from acumat_hw import text_file
from acumat_hw.errors import InputError

SMALLEST, LARGEST = -1e10, 1e11
"""Numbers beyond are none of ours; Unix times within can all be written as dates."""

T = TypeVar("T")


class UnreadableError(ValueError):
    """The text is not as it was written. The message quotes nothing of it, since it may have answers about health."""


def read_json(text: str) -> Any:  # noqa: ANN401  what JSON holds
    """The value that a text stands for, its numbers finite and of moderate size. Raises UnreadableError, and nothing else."""
    try:
        return strict_json.read_json(text, least=SMALLEST, most=LARGEST)
    except strict_json.NotJsonError:
        raise UnreadableError("it is not JSON that acumat has written") from None


def read_object(text: str) -> dict[str, Any]:
    """As `read_json`, of an object."""
    value = read_json(text)
    if not isinstance(value, dict):
        raise UnreadableError("it is no object")
    return value


def read_as(kind: type[T], text: str) -> T:
    """The dataclass that a text describes, each field of its own type. Raises UnreadableError, and nothing else."""
    found, faults = typed_data.read(kind, read_object(text), ignore_unknown=True)
    if found is None:
        raise UnreadableError(f"{len(faults)} of its fields are not what they should be")
    return found


def read_file(kind: type[T], path: Path) -> T:
    """As `read_as`, of a file. What is no regular file is not waited for. Raises UnreadableError, and nothing else."""
    try:
        return read_as(kind, text_file.read_text(path))
    except InputError as exc:
        raise UnreadableError(str(exc)) from None
