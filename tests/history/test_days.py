"""When a day begins, over both nights on which the clocks change, in zones of either hemisphere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

import pytest

from acumat.history.days import day_start_wall_s

FOUR = time_of_day(4, 0)


@pytest.fixture
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZoneInfo]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield ZoneInfo(request.param)
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("zone", "now", "start"),
    [
        ("Europe/Berlin", "2026-11-24 03:59", "2026-11-23 04:00"),
        ("Europe/Berlin", "2026-11-24 04:00", "2026-11-24 04:00"),
        ("Europe/Berlin", "2026-11-24 23:30", "2026-11-24 04:00"),
        ("Europe/Berlin", "2026-03-29 03:30", "2026-03-28 04:00"),  # the night without the hour from two to three
        ("Europe/Berlin", "2026-03-29 12:00", "2026-03-29 04:00"),
        ("Europe/Berlin", "2026-10-25 02:30", "2026-10-24 04:00"),  # the night with that hour twice
        ("America/New_York", "2026-11-01 01:30", "2026-10-31 04:00"),
        ("Australia/Lord_Howe", "2026-10-04 12:00", "2026-10-04 04:00"),  # half an hour of summer time
        ("UTC", "1970-01-02 00:10", "1970-01-01 04:00"),
    ],
    indirect=["zone"],
)
def test_a_day_begins_at_four_by_the_clock_on_the_wall(zone: ZoneInfo, now: str, start: str) -> None:
    def unix(text: str) -> float:
        return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()

    assert day_start_wall_s(unix(now), FOUR) == unix(start)


@pytest.mark.parametrize(("zone", "hours"), [("Europe/Berlin", 25), ("America/New_York", 24), ("UTC", 24)], indirect=["zone"])
def test_the_day_of_the_clock_change_is_as_long_as_it_is(zone: ZoneInfo, hours: int) -> None:
    noon = [datetime(2026, 10, day, 12, tzinfo=zone).timestamp() for day in (24, 25)]
    first, second = (day_start_wall_s(moment, FOUR) for moment in noon)
    assert (second - first) / 3600 == hours


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"], indirect=True)
@pytest.mark.parametrize("starts_at", [time_of_day(1, 30), time_of_day(2, 15), time_of_day(2, 30), time_of_day(4, 0)])
def test_days_follow_each_other_without_a_step_back_through_both_nights_of_the_year(
    zone: ZoneInfo, starts_at: time_of_day
) -> None:
    for month, day in ((3, 28), (10, 24), (10, 3), (3, 7), (10, 31)):
        first = datetime(2026, month, day, tzinfo=zone).timestamp()
        starts = [day_start_wall_s(first + 300 * step, starts_at) for step in range(12 * 72)]
        assert starts == sorted(starts)
        assert all(start <= first + 300 * step for step, start in enumerate(starts))
        assert len(set(starts)) == 4
        assert all(22.9 <= (b - a) / 3600 <= 25.1 for a, b in zip(sorted(set(starts)), sorted(set(starts))[1:], strict=False))
