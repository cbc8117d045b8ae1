"""Values of a stored document, checked one by one: a damaged text gives a ValueError that quotes nothing of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DAMAGED = (KeyError, TypeError, AttributeError, ValueError, OverflowError, RecursionError)
"""Errors that reading a damaged document may raise."""


def mapping(value: object) -> Mapping[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004  the document is wrong, and no argument
    return value


def number(value: object, least: float, most: float) -> float:
    """A number within bounds; a boolean is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ValueError("not a number within its bounds")
    return value


def whole(value: object, least: int, most: int) -> int:
    """A whole number within bounds."""
    if type(value) is not int or not least <= value <= most:
        raise ValueError("not a whole number within its bounds")
    return value


def flag(value: object) -> bool:
    """True or false and nothing else."""
    if not isinstance(value, bool):
        raise ValueError("not true or false")  # noqa: TRY004  as above
    return value


def text(value: object, longest: int = 500) -> str:
    """A text of bounded length."""
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError("not a text within its bounds")
    return value
