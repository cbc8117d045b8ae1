"""Which month an event lies in, and which months are made ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.fleet.record.months import BEYOND, FIRST, due_months, month_after, month_of, name_of, named


@given(st.datetimes(timezones=st.just(UTC)))
def test_each_time_has_its_month_or_none(at: datetime) -> None:
    month = month_of(at)
    if month is None:
        assert at < FIRST or at >= BEYOND
    else:
        assert month <= at < month_after(month)
        assert named(name_of(month)) == month


def test_months_are_those_of_utc() -> None:
    assert month_of(datetime(2026, 12, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))) == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize("name", ["event_before", "event_beyond", "event", "event_2026_1", "event_of_mat"])
def test_other_tables_are_no_months(name: str) -> None:
    assert named(name) is None


def test_the_last_month_this_one_and_three_ahead() -> None:
    found = due_months(datetime(2026, 11, 30, 12, tzinfo=UTC))
    assert [name_of(each) for each in found] == [
        f"event_{month}" for month in "2026_10 2026_11 2026_12 2027_01 2027_02".split()
    ]


@pytest.mark.parametrize(("year", "count"), [(1970, 0), (2038, 0), (2020, 4)])
def test_a_clock_that_is_not_set_makes_no_months(year: int, count: int) -> None:
    assert len(due_months(datetime(year, 1, 1, tzinfo=UTC))) == count


def test_at_the_end_of_all_months_fewer_are_ahead() -> None:
    assert [name_of(each) for each in due_months(datetime(2037, 12, 1, tzinfo=UTC))] == ["event_2037_11", "event_2037_12"]
