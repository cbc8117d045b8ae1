"""No sentence of the routine's document speaks against another key of it, whatever a person's days have brought."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acumat.coach.document import routine_document
from acumat.coach.guidance_gate import WHY
from acumat.coach.requests import SYMPTOM
from acumat.coach.rules import Rules
from acumat.coach.state import CoachState
from acumat.contract.commands import CommandName, Refusal
from acumat.contract.state import MatState, Presence
from tests.coach.world import START_S, World

ZONES = ("Europe/Berlin", "America/New_York", "Pacific/Auckland")


def document(world: World) -> dict[str, Any]:
    return routine_document(world.state, world.mat, world.now(), world.state.within(world.rules))


def promised(world: World, text: str) -> date | None:
    """The earliest day that a sentence lets people come, by the routine's day; None if it promises none."""
    now = world.now()
    today = (now.local - timedelta(hours=4)).date()
    if "the day after tomorrow" in text:
        return today + timedelta(days=2)
    hour = re.search(r"from (\w+day) (\d\d):\d\d on", text)
    if hour:
        days = [now.local.date() + timedelta(days=ahead) for ahead in range(7)]
        (day,) = [day for day in days if f"{day:%A}" == hour[1]]
        return day - timedelta(days=int(hour[2]) < 4)
    if "tomorrow" in text:
        return today + timedelta(days=1)
    return None if "once" in text else today


def check(world: World) -> None:
    found = document(world)
    text, upcoming = found["text"], found["next_step_text"]
    said = f"{text} {upcoming}"
    anytime = "whenever it suits you" in said or "today" in upcoming.partition("Next:")[2]
    day = promised(world, upcoming.partition("Next:")[2])
    if found["rest_day"] is not None and day is not None and world.now().known:
        assert day > date.fromisoformat(found["rest_day"]), said
    if found["guidance_from"] is not None:
        assert "whenever it suits you" not in said, said
        starts = datetime.fromisoformat(found["guidance_from"]).astimezone(world.zone)
        if day is not None:
            assert day >= (starts - timedelta(hours=4)).date(), said
        hour = re.search(r"day (\d\d:\d\d) on", upcoming)
        if hour and found["guidance_reason"] == "symptom" and found["rest_day"] is None:
            assert hour[1] in (f"{starts:%H:%M}", f"{starts + timedelta(minutes=1):%H:%M}"), said
    if found["done_today"]:
        assert not anytime, said
    if not found["guidance"]:
        assert "whenever it suits you" not in said, said
        assert WHY[found["guidance_reason"]] in said
        assert "Guidance is on" not in said
    else:
        assert not [why for why in WHY.values() if why in said], said
    if not world.now().known:
        assert "tomorrow" not in upcoming, "the date is not known"


happenings = st.lists(
    st.sampled_from(["session", "short", "symptom", "late symptom", "still_red", "faded", "lost clock", "clock", "restart"]),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(
    happenings,
    st.sampled_from([0.2, 3.0, 7.5, 8.2, 11.0, 20.0, 30.0]),
    st.sampled_from(ZONES),
    st.sampled_from(["morning", "night"]),
)
def test_no_sentence_speaks_against_another_key(story: list[str], gap_h: float, zone: str, goal: str) -> None:
    world = World(Rules(goal="morning" if goal == "morning" else "night"), ZoneInfo(zone)).screened()
    for happens in story:
        if happens in ("session", "short"):
            world.session(10.1 if happens == "session" else 4.0)
        elif happens == "symptom":
            world.lie_down()
            world.stay(90)
            world.ask(CommandName.SYMPTOM)
            check(world)
            world.get_up()
        elif happens in ("still_red", "faded"):
            world.wait(4000)
            world.ask(CommandName.REDNESS, answer=happens)
        elif happens == "late symptom":
            world.ask(CommandName.SYMPTOM)
        elif happens == "restart":
            world.restart(reboot=True)
        else:
            world.off_s = -START_S if happens == "lost clock" else 0.0
        world.frame()
        check(world)
        for _ in range(4):
            world.wait(gap_h * 900.0)
            check(world)


def test_the_day_after_a_symptom_and_a_day_of_rest_are_never_offered() -> None:
    world = World(Rules(goal="morning")).screened()  # Monday, 20:00
    world.session(10.1)
    world.wait(4000)
    world.ask(CommandName.REDNESS, answer="still_red")
    assert "the day after tomorrow in the morning." in document(world)["next_step_text"]
    world.lie_down()
    world.stay(90)
    world.ask(CommandName.SYMPTOM)
    world.get_up()
    assert "whenever" not in document(world)["next_step_text"]


def test_no_hour_is_promised_where_advice_is_wanted_after_it() -> None:
    world = World().screened()
    for wait_s in (7 * 86_400.0, 60.0):
        world.lie_down()
        world.stay(90)
        world.ask(CommandName.SYMPTOM)
        world.get_up()
        world.wait(wait_s)
    found = document(world)
    assert (found["guidance_reason"], world.state.safety.professional) == ("symptom", True)
    assert "once guidance is on" in found["next_step_text"]


@pytest.mark.parametrize("goal", ["morning", "night"])
def test_after_a_session_of_today_nobody_is_asked_to_a_second_one(goal: str) -> None:
    world = World(Rules(goal="morning" if goal == "morning" else "night")).screened()
    for hour in range(0, 24, 3):
        world.t_s = hour * 3600.0 + 86_400.0 * (1 + hour)
        world.frame()
        world.session(10.1)
        found = document(world)
        assert found["done_today"] is True
        assert found["next_step_text"].partition("Next:")[2].count("tomorrow in the") == 1, found["next_step_text"]


def test_in_mid_session_a_symptom_leaves_its_advice_to_be_read() -> None:
    world = World().screened()
    world.lie_down()
    world.stay(300)
    world.ask(CommandName.SYMPTOM)
    world.frame()
    assert document(world)["text"] == SYMPTOM


def test_a_second_session_is_not_reported_to_count_for_nothing() -> None:
    world = World().screened()
    world.session(10.1)
    world.wait(3600)
    world.lie_down()
    world.stay(120)
    note = document(world)["last_note"]
    assert "step up" in note
    assert "does not count" not in note
    world.get_up()
    assert world.planned_min == 8, "a step back counts"


@pytest.mark.parametrize(
    ("mat", "words"),
    [
        (MatState(presence=Presence.LYING, confirmed=False), "Somebody lies on the mat, but no guidance has begun"),
        (MatState(presence=Presence.LYING, confirmed=True), "Somebody lies on the mat, but no guidance has begun"),
        (MatState(presence=Presence.CONTACT), "Something touches the mat"),
        (MatState(presence=Presence.BLIND), "cannot tell whether somebody lies there"),
        (MatState(presence=Presence.EMPTY), "Nobody lies on the mat"),
    ],
)
def test_a_refused_stop_says_what_the_mat_says(mat: MatState, words: str) -> None:
    world = World().screened()
    world.mat = mat
    world.frame()
    answer = world.ask(CommandName.STOP)
    assert isinstance(answer, Refusal)
    assert words in answer.text
    assert (answer.reason == "nobody_there") is (mat.presence is Presence.EMPTY)


@pytest.mark.parametrize("presence", [Presence.LYING, Presence.CONTACT, Presence.BLIND])
def test_a_symptom_is_taken_unless_the_mat_is_surely_empty(presence: Presence) -> None:
    world = World().screened()
    world.mat = MatState(presence=presence)
    world.frame()
    assert not isinstance(world.ask(CommandName.SYMPTOM), Refusal)
    assert world.state.why == "symptom"


def test_how_long_somebody_lay_is_reported_to_the_tenth_and_the_same_everywhere() -> None:
    world = World().screened()
    world.lie_down()
    world.stay(63)
    world.get_up()
    (reported,) = [each.event.text for each in world.reported if each.event.event_type == "cool_down_started"]
    assert reported.startswith("You lay for 1.1 minutes.")


def test_what_is_not_stored_is_not_reported_of() -> None:
    """While the history cannot be read nothing is promised of a programme that is not known."""
    world = World().screened()
    world.state = replace(world.state, readable=False)
    world.frame()
    found = document(world)
    assert found["guidance_reason"] == "history"
    assert "once guidance is on" in found["next_step_text"]


def test_before_the_first_frame_of_a_run_guidance_is_shown_as_it_is() -> None:
    """What was told last was another run's word, and a daemon that reads no mat has told nothing."""
    world = World().screened()
    world.lie_down()
    world.stay(90)
    world.ask(CommandName.SYMPTOM)
    world.state = replace(world.state, why=None, guide=None)
    found = document(world)
    assert (found["guidance"], found["guidance_reason"], found["situation"]) == (False, "symptom", "waiting")
    check(world)
    world.state = CoachState(safety=world.state.safety, readable=False)
    found = document(world)
    assert (found["guidance"], found["guidance_reason"]) == (False, "history")
    check(world)
