"""The only reader of JSON from outside the process: requests, and stored documents that may be damaged."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

MAX_INT_DIGITS = 15
"""Integers of so many digits are exact as float as well, so that no later arithmetic can overflow."""
LARGEST = float(10**MAX_INT_DIGITS - 1)
MAX_DEPTH = 32
"""Of lists and objects in one another; those of acumat are a few deep. What Python and PostgreSQL bear is more, but depends
on their versions and on who walks through it: since Python 3.12 the parser goes deeper than a function that calls itself."""

TOO_DEEP = "The JSON is nested too deeply."


class NotJsonError(ValueError):
    """The text is not JSON that can be read; the message is a sentence that quotes nothing of it."""


def read_json(text: str, *, least: float = -LARGEST, most: float = LARGEST) -> Any:  # noqa: ANN401  what JSON holds
    """The value of the text: numbers from `least` to `most`, keys unique, text that can be sent on, at most MAX_DEPTH deep.

    Raises NotJsonError, and nothing else.
    """

    def bounded(digits: str) -> float:
        value = float(digits)
        if not least <= value <= most:
            raise NotJsonError("A number is too large.")
        return value

    def whole(digits: str) -> int:
        if len(digits.lstrip("-")) > MAX_INT_DIGITS:
            raise NotJsonError(f"A number has more than {MAX_INT_DIGITS} digits.")
        return int(bounded(digits))

    try:
        value = json.loads(
            text, parse_int=whole, parse_float=bounded, parse_constant=_constant, object_pairs_hook=_without_repeats
        )
        text.encode("utf-8")
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # an escaped half of a surrogate pair cannot be sent
    except NotJsonError:
        raise
    except UnicodeEncodeError:
        raise NotJsonError("The JSON holds half a character (a lone surrogate).") from None
    except RecursionError:
        raise NotJsonError(TOO_DEEP) from None
    except ValueError:
        raise NotJsonError("The text is not JSON.") from None
    if _is_deep(value):
        raise NotJsonError(TOO_DEEP)
    return value


def _is_deep(value: object) -> bool:
    """Level by level, so that it bears any depth itself."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [inner for outer in level if isinstance(outer, dict | list) for inner in _within(outer)]
        if not level:
            return False
    return True


def _within(outer: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return outer.values() if isinstance(outer, dict) else outer


def _constant(_name: str) -> float:
    raise NotJsonError("NaN and Infinity are no JSON numbers.")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJsonError("A key stands twice in one object.")
    return found
