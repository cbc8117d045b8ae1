"""Sets of event numbers as ascending ranges, and PostgreSQL's text of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

Ranges = tuple[tuple[int, int], ...]
"""First and last number of each range, both included, in ascending order; no two touch."""


def ranges_of(numbers: Iterable[int]) -> Ranges:
    """The ranges that single numbers make."""
    return joined((each, each) for each in numbers)


def joined(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Ranges in any order, put in order and together; one that is empty is left out."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(each for each in ranges if each[0] <= each[1]):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def within(ranges: Ranges, first: int, last: int) -> Ranges:
    """What of the ranges lies from `first` to `last`."""
    return joined((max(first, low), min(last, high)) for low, high in ranges)


def multirange(ranges: Ranges) -> str:
    """As PostgreSQL reads an int8multirange."""
    return "{" + ",".join(f"[{first},{last}]" for first, last in ranges) + "}"
