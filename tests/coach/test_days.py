"""Which day a moment belongs to, in many zones and over their clock changes; and the zone that the machine itself uses."""

from __future__ import annotations

import time as clock
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from acumat.coach.document import routine_document
from acumat.coach.moment import Moment, is_morning, programme_day
from acumat.coach.rules import Rules
from acumat.contract.commands import CommandName
from acumat.service.machine_zone import MachineZone
from tests.coach.world import QUICK, World

FOUR = time(4, 0)
ZONES = (
    "UTC", "Europe/Berlin", "Europe/Lisbon", "America/New_York", "America/St_Johns", "America/Sao_Paulo", "Africa/Cairo",
    "Asia/Kolkata", "Asia/Tehran", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Kiritimati",
)  # fmt: skip
YEARS_S = st.floats(1_735_689_600, 2_500_000_000, allow_nan=False)
CHANGES_S = st.sampled_from(
    [datetime(y, m, d, tzinfo=UTC).timestamp() for y in range(2025, 2036) for m, d in ((3, 29), (10, 25))]
)
NEAR_CHANGES_S = st.builds(lambda at_s, off_s: at_s + off_s, CHANGES_S, st.floats(-9 * 86_400, 9 * 86_400))


@settings(max_examples=1000, phases=QUICK)
@given(YEARS_S | NEAR_CHANGES_S, st.sampled_from(ZONES))
def test_every_moment_lies_between_its_days_four_oclock_and_the_next(wall_s: float, name: str) -> None:
    zone = ZoneInfo(name)
    day = programme_day(Moment(0.0, wall_s, "b", zone).local, FOUR)

    def four(of: date) -> float:
        return datetime(of.year, of.month, of.day, 4, tzinfo=zone).timestamp()

    assert four(day) <= wall_s < four(day + timedelta(days=1))


@settings(max_examples=1000, phases=QUICK)
@given(NEAR_CHANGES_S, st.floats(0.0, 7200.0), st.sampled_from(ZONES), st.times())
@example(datetime(2026, 10, 25, 0, 35, tzinfo=UTC).timestamp(), 1800.0, "Europe/Berlin", time(2, 30))
def test_a_day_never_comes_back_whenever_it_begins(wall_s: float, later_s: float, name: str, starts_at: time) -> None:
    first, second = (
        programme_day(Moment(0.0, at_s, "b", ZoneInfo(name)).local, starts_at) for at_s in (wall_s, wall_s + later_s)
    )
    assert first <= second <= first + timedelta(days=1)


def test_a_day_of_rest_that_is_given_in_the_hour_that_comes_twice_is_a_whole_day() -> None:
    world = World(Rules(day_starts_at=time(2, 30)))
    world.t_s = datetime(2026, 10, 24, 23, 0, tzinfo=UTC).timestamp() - world.now().wall_s
    world.screened()
    world.session(10.1)
    world.wait(datetime(2026, 10, 25, 0, 40, tzinfo=UTC).timestamp() - world.now().wall_s)  # 02:40 for the first time
    world.ask(CommandName.REDNESS, answer="still_red")
    ends_s = datetime(2026, 10, 27, 1, 30, tzinfo=UTC).timestamp()
    world.wait(ends_s - world.now().wall_s - 600)
    assert world.state.why == "rest_day"
    world.wait(1200)
    assert world.state.why is None


@settings(max_examples=200, phases=QUICK)
@given(NEAR_CHANGES_S, st.sampled_from(ZONES), st.floats(0.0, 60 * 3600.0))
def test_a_session_is_done_today_until_four_oclock_by_the_clock_on_the_wall(wall_s: float, name: str, later_s: float) -> None:
    world = World(zone=ZoneInfo(name))
    world.t_s = wall_s - world.now().wall_s
    world.screened()
    end_s = world.session(10.1)
    end_wall_s = world.now().wall_s - (world.t_s - end_s)
    world.t_s += later_s
    world.frame()
    done = routine_document(world.state, world.mat, world.now(), world.rules)["done_today"]
    shown = [datetime.fromtimestamp(at_s, world.zone).replace(tzinfo=None) for at_s in (end_wall_s, world.now().wall_s)]
    ended, now = ((each - timedelta(hours=4)).date() for each in shown)
    assert done is (ended == now)


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"])
def test_the_machines_zone_is_the_one_that_tz_names(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", name)
    clock.tzset()
    try:
        start_s = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
        for hour in range(366 * 24):
            wall_s = start_s + 3600.0 * hour
            ours, theirs = datetime.fromtimestamp(wall_s, MachineZone()), datetime.fromtimestamp(wall_s, ZoneInfo(name))
            assert ours.replace(tzinfo=None) == theirs.replace(tzinfo=None)
            assert (ours.utcoffset(), ours.timestamp()) == (theirs.utcoffset(), wall_s)
    finally:
        monkeypatch.undo()
        clock.tzset()


@pytest.mark.parametrize(
    ("at", "morning"),
    [("03:59", False), ("04:00", True), ("11:59", True), ("12:00", False), ("23:00", False), ("00:30", False)],
)
def test_the_morning_is_from_the_days_start_to_noon(at: str, morning: bool) -> None:
    assert is_morning(datetime.fromisoformat(f"2026-05-01T{at}+00:00"), FOUR) is morning


@pytest.mark.parametrize(("goal", "words"), [("morning", "tomorrow in the morning"), ("night", "tomorrow in the evening")])
def test_the_goal_chooses_the_words_for_the_next_session(goal: str, words: str) -> None:
    world = World(Rules(goal="morning" if goal == "morning" else "night")).screened()
    if goal == "morning":
        world.t_s += 14 * 3600.0  # 10:00
        world.frame()
    world.session(10.1)
    assert words in routine_document(world.state, world.mat, world.now(), world.rules)["next_step_text"]


def test_while_the_date_is_not_known_today_is_not_known() -> None:
    world = World().screened()
    world.session(10.1)
    world.off_s = -world.now().wall_s + 100.0
    world.frame()
    document = routine_document(world.state, world.mat, world.now(), world.rules)
    assert document["done_today"] is None
