"""Sets of numbers as ranges, against plain sets."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from acumat.fleet.record.numbers import joined, multirange, ranges_of, within

numbers = st.frozensets(st.integers(1, 40))


def flat(ranges: tuple[tuple[int, int], ...]) -> list[int]:
    return [each for first, last in ranges for each in range(first, last + 1)]


@given(numbers)
def test_ranges_hold_the_numbers_in_order_and_none_touches_another(given_numbers: frozenset[int]) -> None:
    found = ranges_of(given_numbers)
    assert flat(found) == sorted(given_numbers)
    assert all(low[1] + 1 < high[0] for low, high in pairwise(found))


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40))))
def test_ranges_in_any_order_are_joined(pairs: list[tuple[int, int]]) -> None:
    assert flat(joined(pairs)) == sorted({each for first, last in pairs for each in range(first, last + 1)})


@given(numbers, st.integers(1, 40), st.integers(1, 40))
def test_what_lies_within(all_numbers: frozenset[int], first: int, last: int) -> None:
    assert flat(within(ranges_of(all_numbers), first, last)) == sorted(each for each in all_numbers if first <= each <= last)


def test_the_text_of_a_multirange() -> None:
    assert multirange(()) == "{}"
    assert multirange(((1, 3), (7, 7))) == "{[1,3],[7,7]}"
