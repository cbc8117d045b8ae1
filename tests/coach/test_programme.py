"""The programme: what a session earns, what steps back, what the person may choose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from acumat.coach.programme import Programme
from acumat.coach.rules import Rules
from acumat.contract.commands import CommandName, Refusal
from acumat.contract.events import EventType
from tests.coach.world import World

DAY_S = 86_400.0


def days(world: World, count: int, minutes: float | None = None, **check_in: Any) -> list[int]:
    """So many evenings; gives the minutes planned for each."""
    planned = []
    for _ in range(count):
        started_s = world.t_s
        planned.append(world.planned_min)
        world.session(world.planned_min + 0.1 if minutes is None else minutes)
        if check_in:
            world.ask(CommandName.CHECK_IN, **check_in)
        world.wait(started_s + DAY_S - world.t_s)
    return planned


def at(world: World, minutes: int, **values: Any) -> World:
    """Somebody who has come so far already."""
    world.state = replace(world.state, programme=Programme(minutes=minutes, credited=20, **values))
    return world


def test_three_sessions_at_ten_minutes_then_two_more_every_other_time_up_to_the_cap() -> None:
    assert days(World().screened(), 25) == [
        10, 10, 10, 12, 12, 14, 14, 16, 16, 18, 18, 20, 20, 22, 22, 24, 24, 26, 26, 28, 28, 30, 30, 30, 30,
    ]  # fmt: skip


@pytest.mark.parametrize(("rules", "most"), [(Rules(person_cap_min=13), 13), (Rules(cap_min=20), 15), (Rules(cap_min=60), 30)])
def test_no_plan_goes_above_the_persons_cap_or_near_the_hard_one(rules: Rules, most: int) -> None:
    assert max(days(World(rules).screened(), 26)) == most


def test_a_cap_below_the_start_holds_from_the_first_day() -> None:
    assert days(World(Rules(person_cap_min=6)).screened(), 5) == [6] * 5


@pytest.mark.parametrize(("discomfort", "then"), [(3, 16), (4, 14), (10, 14)])
def test_discomfort_of_four_or_more_steps_back(discomfort: int, then: int) -> None:
    world = at(World().screened(), 16)
    assert days(world, 1, discomfort=discomfort) == [16]
    assert world.planned_min == then


def test_a_session_steps_back_once_however_often_discomfort_is_reported() -> None:
    world = at(World().screened(), 16)
    world.session(4)
    world.ask(CommandName.CHECK_IN, discomfort=9)
    world.ask(CommandName.CHECK_IN, discomfort=9)
    assert world.planned_min == 14


def test_discomfort_reported_after_the_step_up_takes_it_back_and_one_more() -> None:
    world = at(World().screened(), 16, comfortable=1)
    world.session(16.1)
    world.wait(9 * 3600)
    assert world.planned_min == 18
    world.ask(CommandName.CHECK_IN, discomfort=5)
    assert world.planned_min == 14


@pytest.mark.parametrize(("chosen", "then"), [(16, 14), (8, 6), (6, 5), (5, 5)])
def test_a_step_back_starts_at_fewer_minutes_chosen_since_the_session(chosen: int, then: int) -> None:
    world = at(World().screened(), 16)
    world.session(16.1)
    world.ask(CommandName.PROGRAMME_SET, minutes=chosen)
    world.ask(CommandName.CHECK_IN, discomfort=6)
    assert world.state.programme.minutes == then
    assert world.planned_min == then


def test_a_week_that_is_over_in_mid_session_takes_nothing_from_the_session_under_way() -> None:
    world = at(World().screened(), 16)
    end_s = world.session(16.1)
    world.wait(end_s + 7 * DAY_S - 300.0 - world.t_s)
    world.lie_down()
    world.stay(900.0)
    assert not world.events(EventType.PROGRAMME_STEP)
    world.get_up()


def test_discomfort_in_a_session_without_guidance_takes_nothing_back_from_one_of_days_ago() -> None:
    world = at(World().screened(), 16)
    days(world, 1)
    world.wait(DAY_S)
    world.screened(heart="yes")
    world.lie_down()
    world.stay(120)
    assert world.ask(CommandName.CHECK_IN, discomfort=9) is not None
    assert not world.events(EventType.PROGRAMME_STEP)
    assert world.state.programme.minutes == 16


def test_discomfort_felt_before_a_session_is_noted_and_changes_no_programme() -> None:
    world = at(World().screened(), 16)
    assert world.ask(CommandName.CHECK_IN, discomfort=8) == "Thank you, that is noted."
    assert world.planned_min == 16
    (event,) = world.events(EventType.CHECK_IN)
    assert (event.event.reason, event.event.numbers["discomfort"], event.event.numbers["calm"]) == ("before", 8, None)


def test_a_check_in_names_the_session_that_it_is_about() -> None:
    world = World().screened()
    world.ask(CommandName.CHECK_IN, calm=2)
    world.lie_down()
    world.stay(60)
    world.ask(CommandName.CHECK_IN, calm=2, when="before")
    here = world.mat.session_id
    world.stay(600)
    world.get_up()
    world.restart()
    world.ask(CommandName.CHECK_IN, calm=4)
    world.ask(CommandName.CHECK_IN, calm=3, when="before")
    named = [each.event.numbers["session_id"] for each in world.events(EventType.CHECK_IN)]
    assert here is not None
    assert named == [None, here, here, None]


@pytest.mark.parametrize(("minutes", "then"), [(1.5, 14), (14.9, 14), (15.1, 16), (30, 16)])
def test_an_early_end_steps_back_and_overtime_earns_nothing(minutes: float, then: int) -> None:
    world = at(World().screened(), 16)
    days(world, 1, minutes)
    assert world.planned_min == then
    days(world, 1)
    assert world.planned_min <= then + 2


def test_a_stop_before_the_last_minute_steps_back_even_if_the_person_stays() -> None:
    world = at(World().screened(), 16)
    world.lie_down()
    world.stay(300)
    world.ask(CommandName.STOP)
    assert world.planned_min == 14
    world.stay(900)
    world.get_up()
    world.wait(DAY_S)
    assert world.planned_min == 14
    assert world.state.programme.credited == 20


@pytest.mark.parametrize(("gap_days", "then"), [(6.9, 20), (7.1, 18), (14.1, 16), (60, 10), (400, 10)])
def test_a_pause_of_over_a_week_steps_back_but_not_below_the_start(gap_days: float, then: int) -> None:
    world = at(World().screened(), 20)
    end_s = world.session(20.1)
    world.wait(end_s + gap_days * DAY_S - world.t_s)
    assert world.planned_min == then


def test_a_daemon_that_was_away_in_the_pause_finds_out_before_it_plans() -> None:
    world = at(World().screened(), 20)
    world.session(20.1)
    world.t_s += 15 * DAY_S
    world.restart(reboot=True)
    world.lie_down()
    world.stay(5)
    assert world.state.guide is not None
    assert world.state.guide.planned_min == 16


def test_no_step_goes_below_five_minutes() -> None:
    world = World().screened()
    for _ in range(6):
        days(world, 1, 2.0)
    assert world.planned_min == 5
    before = len(world.events(EventType.PROGRAMME_STEP))
    days(world, 1, 2.0)
    assert len(world.events(EventType.PROGRAMME_STEP)) == before


def test_fewer_minutes_are_always_possible_and_call_for_no_more() -> None:
    world = at(World().screened(), 16)
    assert world.ask(CommandName.PROGRAMME_SET, minutes=8) == "The next session has 8 minutes."
    assert days(world, 5) == [8] * 5
    for minutes, cap in ((25, None), (17, 30)):
        refused = world.ask(CommandName.PROGRAMME_SET, minutes=minutes, **({} if cap is None else {"cap": cap}))
        assert isinstance(refused, Refusal)
        assert (refused.reason, "stands at 16" in refused.text) == ("above_level", True)
        assert world.planned_min == 8, "what is refused changes nothing"
    assert world.ask(CommandName.PROGRAMME_SET, minutes=16) == "The next session has 16 minutes."
    assert days(world, 1) == [16]


def test_the_cap_may_be_set_earlier_and_never_later_than_configured() -> None:
    world = at(World(Rules(cap_min=40)).screened(), 16)

    def caps_after() -> float:
        started_s, before = world.t_s, len(world.events(EventType.CUE_CAP))
        world.session(45)
        world.wait(DAY_S)
        return round((world.events(EventType.CUE_CAP)[before].t_s - started_s) / 60, 1)

    assert world.ask(CommandName.PROGRAMME_SET, cap=20.4) == "The alarm comes after 20 minutes."
    assert world.planned_min == 15, "no plan reaches the cap"
    world.restart()
    assert caps_after() == 20.0
    later = world.ask(CommandName.PROGRAMME_SET, cap=60, minutes=10)
    assert isinstance(later, Refusal)
    assert (later.reason, "no later alarm than after 40" in later.text) == ("above_latest", True)
    assert caps_after() == 20.0, "what is refused changes nothing"
    assert world.ask(CommandName.PROGRAMME_SET, cap=40) == "The alarm comes after 40 minutes."
    assert caps_after() == 40.0
    world.ask(CommandName.PROGRAMME_SET, cap=30)
    world.rules = Rules(cap_min=25)
    assert caps_after() == 25.0


@pytest.mark.parametrize("cap", [19, 61, True, "30", float("nan")])
def test_a_cap_that_makes_no_sense_is_refused(cap: object) -> None:
    world = World().screened()
    assert isinstance(world.ask(CommandName.PROGRAMME_SET, cap=cap), Refusal)
    assert world.state.safety.cap_min is None


def test_what_the_person_has_chosen_stays_their_limit() -> None:
    world = at(World().screened(), 16)
    world.ask(CommandName.PROGRAMME_SET, minutes=8)
    days(world, 1, discomfort=6)
    assert days(world, 8) == [6, 6, 8, 8, 8, 8, 8, 8]


def test_a_stop_and_discomfort_in_one_session_are_one_step() -> None:
    world = at(World().screened(), 16)
    world.lie_down()
    world.stay(300)
    world.ask(CommandName.STOP)
    world.ask(CommandName.CHECK_IN, discomfort=7)
    world.get_up()
    world.ask(CommandName.CHECK_IN, discomfort=7)
    assert world.planned_min == 14


def test_the_eight_hours_count_from_the_last_session_that_counted() -> None:
    world = at(World().screened(), 16)
    for gap_h in (5, 4, 30):
        world.session(16.1)
        world.wait(gap_h * 3600)
    assert world.state.programme.credited == 22, "the first and the third"


def test_a_step_back_starts_from_what_was_really_planned() -> None:
    world = at(World().screened(), 16)
    world.ask(CommandName.PROGRAMME_SET, minutes=8)
    days(world, 1, discomfort=6)
    assert world.planned_min == 6


def test_bare_skin_is_offered_after_three_sessions_and_the_minutes_wait_for_it() -> None:
    world = World().screened()
    days(world, 2)
    assert isinstance(world.ask(CommandName.PROGRAMME_SET, clothing="skin"), Refusal)
    days(world, 1)
    assert days(world, 1) == [12]
    assert world.state.programme.offer == "skin"
    world.ask(CommandName.PROGRAMME_SET, clothing="skin")
    assert days(world, 3) == [12, 12, 14]
    world.ask(CommandName.PROGRAMME_SET, clothing="shirt")
    assert world.state.programme.clothing == "shirt"


def test_a_reset_begins_anew_and_keeps_what_keeps_safe() -> None:
    world = at(World().screened(), 24)
    world.lie_down()
    world.stay(100)
    world.ask(CommandName.SYMPTOM)
    world.get_up()
    world.ask(CommandName.PROGRAMME_RESET)
    assert world.state.programme == Programme()
    assert world.state.why == "symptom"
    assert world.state.safety.screening.complete


def test_a_reset_right_after_a_session_is_not_undone_by_it() -> None:
    world = at(World().screened(), 24)
    world.session(24.1)
    world.ask(CommandName.PROGRAMME_RESET)
    world.ask(CommandName.CHECK_IN, discomfort=7)
    world.wait(DAY_S)
    assert world.state.programme == Programme()


def test_every_step_says_from_what_to_what_and_why() -> None:
    world = at(World().screened(), 16)
    days(world, 1, 4.0)
    days(world, 2)
    steps = [each.event for each in world.events(EventType.PROGRAMME_STEP)]
    assert [(each.reason, each.numbers["from_min"], each.numbers["to_min"]) for each in steps] == [
        ("ended_early", 16, 14),
        ("comfortable", 14, 16),
    ]
