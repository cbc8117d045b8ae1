"""Axes: round ticks that hold all values, and days that know nothing of clocks."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.plots.scale import MOST_TICKS, day_ticks, linear

numbers = st.floats(-1e9, 1e9)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 31, ["0", "10", "20", "30", "40"]),
        (0, 10, ["0", "2", "4", "6", "8", "10"]),
        (1, 5, ["1", "2", "3", "4", "5"]),
        (0.6, 1.0, ["0.6", "0.7", "0.8", "0.9", "1.0"]),
        (-30, 30, ["-40", "-20", "0", "20", "40"]),
        (7, 7, ["6.4", "6.6", "6.8", "7.0", "7.2", "7.4", "7.6"]),
        (0.0, 0.05, ["0.00", "0.01", "0.02", "0.03", "0.04", "0.05"]),
        (0, 12575, ["0", "5000", "10000", "15000"]),
    ],
)
def test_ticks_are_those_that_one_would_draw(low: float, high: float, ticks: list[str]) -> None:
    scale = linear(low, high)
    assert [scale.words(each) for each in scale.ticks] == ticks


@given(numbers, numbers, st.integers(3, 12))
def test_ticks_hold_all_values_and_differ_in_their_words(one: float, other: float, most: int) -> None:
    scale = linear(one, other, most)
    low, high = min(one, other), max(one, other)
    slack = 1e-6 * max(1.0, high - low)
    assert scale.ticks[0] <= low + slack
    assert scale.ticks[-1] >= high - slack
    assert 2 <= len(scale.ticks) <= most + 2
    steps = [b - a for a, b in pairwise(scale.ticks)]
    assert min(steps) > 0
    assert max(steps) == pytest.approx(min(steps), rel=1e-3)
    shown = [scale.words(each) for each in scale.ticks]
    assert len(set(shown)) == len(shown)
    assert [float(each) for each in shown] == pytest.approx(list(scale.ticks), rel=1e-9, abs=1e-12)


@given(numbers, numbers, st.floats(0, 1))
def test_a_value_lies_between_the_ends(one: float, other: float, part: float) -> None:
    scale = linear(one, other)
    value = min(one, other) + part * abs(one - other)
    assert 99.9 <= scale.place(value, 100.0, 300.0) <= 300.1


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_has_no_axis(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        linear(0.0, bad)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 11, 24), date(2026, 11, 24), ["24 Nov"]),
        (date(2026, 11, 24), date(2026, 11, 28), ["24 Nov", "25 Nov", "26 Nov", "27 Nov", "28 Nov"]),
        (date(2026, 11, 2), date(2026, 11, 29), ["2 Nov", "9 Nov", "16 Nov", "23 Nov"]),
        (date(2026, 7, 15), date(2026, 11, 29), ["Aug 2026", "Sep 2026", "Oct 2026", "Nov 2026"]),
        (date(2025, 10, 6), date(2026, 11, 29), ["Jan 2026", "Apr 2026", "Jul 2026", "Oct 2026"]),
        (date(2016, 11, 30), date(2026, 11, 29), ["2018", "2020", "2022", "2024", "2026"]),
    ],
)
def test_days_are_named_as_far_apart_as_there_is_room(first: date, last: date, words: list[str]) -> None:
    assert [text for _, text in day_ticks(first, last)] == words


def test_weeks_begin_on_mondays_over_both_changes_of_the_clocks() -> None:
    for first, last in ((date(2026, 3, 10), date(2026, 4, 10)), (date(2026, 10, 10), date(2026, 11, 10))):
        days = [day for day, _ in day_ticks(first, last)]
        assert {day.weekday() for day in days} == {0}
        assert {(b - a).days for a, b in pairwise(days)} == {7}


@given(st.dates(), st.dates())
def test_there_is_a_tick_and_never_too_many(one: date, other: date) -> None:
    first, last = min(one, other), max(one, other)
    days = [day for day, _ in day_ticks(first, last)]
    assert 1 <= len(days) <= MOST_TICKS
    assert days == sorted(set(days))
    assert first <= days[0]
    assert days[-1] <= last
