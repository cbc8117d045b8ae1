"""The rhythm of 28 days: gentle, bounded, frozen while away, and right about programme days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acumat.coach.moment import programme_day
from acumat.insight.rhythm import SPAN_DAYS, WEIGHTS, Away, rhythm

START = date(2026, 1, 1)
YEAR = 365
MISSED_MOST = 8.0
"""Points that one missed day may cost."""


def day(number: int) -> date:
    return START + timedelta(days=number)


def days(*numbers: int) -> set[date]:
    return {day(number) for number in numbers}


years = st.sets(st.integers(0, YEAR - 1))
absences = st.lists(st.tuples(st.integers(0, YEAR), st.integers(0, 60)), max_size=4).map(
    lambda spans: [Away(day(first), day(first + length)) for first, length in spans]
)


def test_daily_is_a_hundred_after_28_days_and_not_before() -> None:
    for count in range(1, 60):
        points = rhythm(days(*range(count)), day(count - 1)).points
        assert points == pytest.approx(100.0) if count >= SPAN_DAYS else points < 100.0


@pytest.mark.parametrize(
    ("done", "today", "points"),
    [
        ((), 5, 0.0),
        ((0,), 0, WEIGHTS[0]),
        ((0,), 1, WEIGHTS[0]),  # today is not missed before it is over
        ((0,), 2, WEIGHTS[1]),
        ((0, 2), 2, WEIGHTS[0] + WEIGHTS[2]),
        ((0,), SPAN_DAYS + 1, 0.0),
    ],
)
def test_points_by_hand(done: tuple[int, ...], today: int, points: float) -> None:
    assert rhythm(days(*done), day(today)).points == pytest.approx(points)


def test_the_newest_day_weighs_twice_as_much_as_one_13_days_older() -> None:
    assert WEIGHTS[0] == pytest.approx(2.0 * WEIGHTS[13])
    assert sum(WEIGHTS) == pytest.approx(100.0)
    assert pytest.approx(6.7, abs=0.05) == WEIGHTS[0]


@settings(max_examples=30, deadline=None)
@given(years, absences)
def test_over_a_year_no_day_costs_more_than_eight_points(done: set[int], away: list[Away]) -> None:
    points = [rhythm(days(*done), day(number), away).points for number in range(YEAR + 40)]
    assert all(0.0 <= each <= 100.0 + 1e-9 for each in points)
    assert all(before - after <= MISSED_MOST for before, after in pairwise(points))


@given(years, st.integers(0, YEAR))
def test_one_day_missed_instead_of_done_costs_at_most_eight_points(done: set[int], missed: int) -> None:
    other = rhythm(days(*done - {missed}) | days(0), day(YEAR)).points
    assert 0.0 <= rhythm(days(*done | {missed}) | days(0), day(YEAR)).points - other <= MISSED_MOST


@settings(max_examples=30, deadline=None)
@given(years, st.integers(1, YEAR), st.integers(1, 90))
def test_away_freezes_the_rhythm_whatever_its_length(done: set[int], first: int, length: int) -> None:
    past = days(*(number for number in done if number < first))
    away = [Away(day(first), day(first + length))]
    before = rhythm(past, day(first), away)
    assert all(rhythm(past, day(first + gone), away) == before for gone in range(length + 1))
    assert rhythm(past, day(first + length + 1), away).points <= before.points


def test_a_session_while_away_counts() -> None:
    away = [Away(day(10), day(20))]
    assert rhythm(days(9, 12), day(15), away).done_days == 2


def test_a_night_session_belongs_to_the_day_before() -> None:
    late = datetime(2026, 1, 2, 1, 30, tzinfo=UTC)
    assert rhythm({programme_day(late, time(4, 0))}, START).done_days == 1


def test_the_rhythm_in_words() -> None:
    assert rhythm(days(*range(19)), day(18)).text == (
        "You lay on the mat on 19 of the last 28 days; with recent days weighing more that is 82 of 100."
    )
