"""What keeps a person safe: questions, symptoms, cool-down, rest. And the nonsense that changes nothing."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from acumat.coach.document import routine_document
from acumat.coach.guidance_gate import WHY
from acumat.coach.moment import Stamp
from acumat.coach.rules import COOL_DOWN_S, Rules
from acumat.coach.screening import QUESTIONS, Answer, Screening
from acumat.coach.serialisation import from_text, to_text
from acumat.contract.commands import CommandName, Refusal
from acumat.contract.events import EventType
from acumat.contract.state import MatState, Presence
from tests.coach.world import START_S, World

HOUR_S, DAY_S = 3600.0, 86_400.0


def guided(world: World) -> bool:
    """Whether somebody who lies down now is guided."""
    starts = len(world.events(EventType.CUE_START))
    world.lie_down()
    world.stay(2)
    world.get_up()
    return len(world.events(EventType.CUE_START)) > starts


def test_until_the_questions_are_answered_the_mat_only_measures() -> None:
    world = World()
    assert not guided(world)
    assert world.state.why == "unanswered"
    world.screened()
    assert guided(world)


@pytest.mark.parametrize("name", list(QUESTIONS))
@pytest.mark.parametrize("answer", ["yes", "unknown"])
def test_any_yes_and_any_unknown_keeps_guidance_off_until_advice_was_taken(name: str, answer: str) -> None:
    world = World().screened(**{name: answer})
    assert not guided(world)
    assert world.state.why == "advice"
    world.ask(CommandName.ADVICE)
    assert guided(world)


def test_after_half_a_year_it_is_asked_again_and_old_advice_holds_no_longer() -> None:
    world = World().screened(heart="yes")
    world.ask(CommandName.ADVICE)
    world.wait(180 * DAY_S - 3600)
    assert guided(world)
    world.wait(2 * HOUR_S)
    assert not guided(world)
    assert world.state.why == "ask_again"
    assert isinstance(world.ask(CommandName.ADVICE), Refusal)
    world.screened(heart="yes")
    assert world.state.why == "advice"


def test_answers_are_in_nothing_that_is_reported_or_shown() -> None:
    world = World().screened(pregnancy="yes", heart="unknown")
    world.session(3)
    said = " ".join(f"{each.event.text} {each.event.reason} {dict(each.event.numbers)}" for each in world.reported)
    shown = str(routine_document(world.state, world.mat, world.now(), world.rules))
    for word in ("pregnan", "heart", "blood", "wounds"):
        assert word not in said.lower()
        assert word not in shown.lower()
    assert '"pregnancy":"yes"' in to_text(world.state), "it is kept where it belongs"


def test_a_symptom_ends_the_guidance_starts_anew_and_rests_for_a_day() -> None:
    world = World().screened()
    world.state = replace(world.state, programme=replace(world.state.programme, minutes=20, credited=9, comfortable=1))
    world.ask(CommandName.PROGRAMME_SET, clothing="skin")
    world.lie_down()
    world.stay(300)
    stopped_s = world.t_s
    assert "rest" in str(world.ask(CommandName.SYMPTOM))
    (stop,) = world.events(EventType.SYMPTOM_STOP)
    assert stop.t_s - stopped_s <= 1.0
    world.stay(2400)
    assert not world.events(EventType.CUE_END, EventType.CUE_CAP), "the alarm would only frighten"
    world.get_up()
    programme = world.state.programme
    assert (programme.minutes, programme.clothing, programme.credited) == (10, "shirt", 0)
    world.wait(stopped_s + DAY_S - world.t_s - 60)
    assert not guided(world)
    world.wait(stopped_s + DAY_S - world.t_s + 1)
    assert guided(world)


def test_why_nobody_is_guided_comes_first_and_once() -> None:
    world = World()

    def said() -> str:
        document = routine_document(world.state, world.mat, world.now(), world.rules)
        return f"{document['text']} {document['next_step_text']}"

    world.frame()
    assert said().startswith(WHY["unanswered"])
    world.screened()
    assert said().startswith("Guidance is on. Next: 10 minutes")
    world.lie_down()
    world.stay(400.0)
    world.ask(CommandName.SYMPTOM)
    world.stay(10.0)
    assert said().startswith("Please get up slowly, roll to the side first, and rest. " + WHY["symptom"])
    assert said().count(WHY["symptom"]) == 1
    world.get_up()
    assert said().startswith(WHY["symptom"] + " Redness should fade within about an hour. Next: ")
    assert said().count(WHY["symptom"]) == 1
    world.wait(3700.0)
    assert said().startswith(WHY["symptom"] + " Has the redness faded? Next: ")
    assert said().count(WHY["symptom"]) == 1


def test_a_symptom_leads_nobody_up() -> None:
    world = World().screened()
    world.state = replace(world.state, programme=replace(world.state.programme, minutes=6))
    world.lie_down()
    world.stay(100)
    world.ask(CommandName.SYMPTOM)
    assert world.planned_min == 6


@pytest.mark.parametrize(("days", "asks"), [(1.1, True), (13.9, True), (14.1, False)])
def test_twice_within_a_fortnight_a_professional_is_to_be_asked(days: float, asks: bool) -> None:
    world = World().screened()
    for _ in range(2):
        world.lie_down()
        world.stay(90)
        world.ask(CommandName.SYMPTOM)
        world.get_up()
        world.wait(days * DAY_S - 110)
    assert guided(world) is not asks
    if asks:
        assert world.state.why == "professional"
        world.ask(CommandName.ADVICE)
        assert guided(world)


def suffer(world: World) -> None:
    """One session that ends with a symptom."""
    world.lie_down()
    world.stay(90)
    world.ask(CommandName.SYMPTOM)
    world.get_up()


def test_no_later_symptom_takes_back_that_a_professional_is_to_be_asked() -> None:
    world = World().screened()
    suffer(world)
    world.wait(2 * DAY_S)
    suffer(world)
    world.wait(15 * DAY_S)  # the third one stands alone in its fortnight
    suffer(world)
    world.wait(2 * DAY_S)
    assert not guided(world)
    assert world.state.why == "professional"


def test_a_symptom_under_a_clock_that_nobody_had_set_holds_a_day_from_when_the_date_is_known() -> None:
    world = World().screened()
    world.known, world.off_s = False, -3 * DAY_S
    world.frame()
    suffer(world)
    world.known, world.off_s = True, 0.0
    world.restart(reboot=True)
    assert not guided(world)
    world.wait(DAY_S - 60)
    assert not guided(world)
    world.wait(DAY_S)
    assert guided(world)


def test_a_symptom_days_after_another_one_is_a_new_one_though_no_session_has_begun_yet() -> None:
    world = World().screened()
    suffer(world)
    world.wait(3 * DAY_S)
    world.mat = MatState(presence=Presence.LYING, confirmed=False)
    world.frame()
    assert "already" not in str(world.ask(CommandName.SYMPTOM))
    assert len(world.state.safety.stops) == 2
    assert world.state.why == "symptom"
    assert world.state.safety.professional


def test_a_question_that_was_never_put_is_unanswered_whatever_was_answered_before() -> None:
    world = World()
    some = dict.fromkeys(list(QUESTIONS)[1:], Answer.NO)
    asked = Screening(some, Stamp.at(world.now()))
    assert asked.concern(world.now()) == "unanswered"
    assert replace(asked, answers=dict.fromkeys(QUESTIONS, Answer.NO)).concern(world.now()) is None


def test_a_symptom_may_be_reported_up_to_an_hour_afterwards_and_counts_once() -> None:
    world = World().screened()
    world.session(10.1)
    world.wait(1800)
    assert not isinstance(world.ask(CommandName.SYMPTOM), Refusal)
    assert "already" in str(world.ask(CommandName.SYMPTOM))
    assert len(world.state.safety.stops) == 1
    world.wait(3 * HOUR_S)
    assert isinstance(world.ask(CommandName.SYMPTOM), Refusal)
    world.wait(DAY_S)
    assert world.state.programme.credited == 0, "a session that did not end well earns nothing"


@pytest.mark.parametrize(
    ("restart", "jump_s"),
    [
        *itertools.product(("none", "daemon", "machine"), (0.0, 3600.0, -7200.0, 4e8)),
        ("none", -START_S),  # over a reboot nobody could tell without the date
        ("daemon", -START_S),
    ],
)
def test_the_cool_down_lasts_an_hour_whatever_the_clock_on_the_wall_does(restart: str, jump_s: float) -> None:
    world = World().screened()
    end_s = world.session(10.1)
    world.wait(1000)
    world.off_s += jump_s
    world.frame()
    if restart != "none":
        world.restart(reboot=restart == "machine")
    world.wait(3000, near_s=(end_s + COOL_DOWN_S,))
    (ended,) = world.events(EventType.COOL_DOWN_ENDED)
    assert ended.t_s - end_s == pytest.approx(COOL_DOWN_S, abs=1.0)
    assert world.state.question is not None


def test_a_machine_that_does_not_know_the_date_waits_rather_than_guesses() -> None:
    world = World().screened()
    end_s = world.session(10.1)
    world.off_s = -START_S
    world.restart(reboot=True)
    world.wait(2 * HOUR_S)
    assert not world.events(EventType.COOL_DOWN_ENDED)
    world.off_s = 0.0
    world.frame()
    (ended,) = world.events(EventType.COOL_DOWN_ENDED)
    assert ended.t_s == pytest.approx(end_s + 20 + 2 * HOUR_S, abs=1.0)


@pytest.mark.parametrize("off_s", [-START_S, -START_S + 3600.0, -3 * DAY_S])
def test_no_reboot_with_a_wrong_clock_shortens_the_day_after_a_symptom(off_s: float) -> None:
    world = World().screened()
    world.lie_down()
    world.stay(90)
    world.ask(CommandName.SYMPTOM)
    world.get_up()
    world.off_s = off_s
    world.restart(reboot=True)
    world.wait(3 * HOUR_S)
    assert not guided(world)
    world.off_s = 0.0
    world.wait(DAY_S - 4 * HOUR_S)
    assert not guided(world)
    world.wait(DAY_S)
    assert guided(world)


def test_a_clock_set_to_the_future_and_back_locks_nobody_out() -> None:
    world = World().screened()
    world.off_s = 20 * 365 * DAY_S
    world.frame()
    world.lie_down()
    world.stay(90)
    world.ask(CommandName.SYMPTOM)
    world.get_up()
    world.restart(reboot=True)
    world.off_s = 0.0
    world.frame()
    assert not guided(world)
    world.wait(DAY_S + 60)
    assert guided(world)


def test_still_red_brings_a_day_of_rest_from_four_to_four() -> None:
    world = World().screened()  # 20:00
    world.session(10.1)
    world.wait(4000)
    assert "rest" in str(world.ask(CommandName.REDNESS, answer="still_red"))
    assert not guided(world)
    world.wait(31.5 * HOUR_S - world.t_s)  # 03:30 of the night after the rest day
    assert not guided(world)
    world.wait(32 * HOUR_S + 5 - world.t_s)
    assert guided(world)


def test_a_day_of_rest_holds_while_the_date_is_not_known() -> None:
    world = World().screened()
    world.session(10.1)
    world.wait(4000)
    world.ask(CommandName.REDNESS, answer="still_red")
    world.off_s = -START_S
    world.restart(reboot=True)
    world.wait(3 * DAY_S)
    assert not guided(world)
    world.off_s = 0.0
    assert guided(world)


@pytest.mark.parametrize("off_s", [-START_S, -3 * DAY_S])
def test_a_day_of_rest_reported_before_the_date_is_known_is_the_next_whole_one(off_s: float) -> None:
    """A Pi without a battery clock begins where it was switched off, until somebody sets it."""
    world = World().screened()
    world.known, world.off_s = False, off_s
    world.session(10.1)
    world.wait(4000)
    world.ask(CommandName.REDNESS, answer="still_red")
    assert routine_document(world.state, world.mat, world.now(), world.rules)["rest_day"] is None
    world.known, world.off_s = True, 0.0
    assert not guided(world)
    world.wait(31.5 * HOUR_S - world.t_s)
    assert not guided(world)
    world.wait(32 * HOUR_S + 5 - world.t_s)
    assert guided(world)


def test_a_session_after_which_the_skin_is_still_red_calls_for_no_more() -> None:
    world = World().screened()
    world.state = replace(world.state, programme=replace(world.state.programme, minutes=16, credited=9, comfortable=1))
    world.session(16.1)
    world.wait(4000)
    world.ask(CommandName.REDNESS, answer="still_red")
    assert (world.planned_min, world.state.programme.comfortable) == (16, 0)


def test_a_new_session_ends_the_cool_down_and_drops_the_question() -> None:
    world = World().screened()
    world.session(10.1)
    world.wait(4000)
    assert world.state.question is not None
    world.lie_down()
    world.stay(650)
    world.get_up()
    world.lie_down()
    world.stay(5)
    assert isinstance(world.ask(CommandName.REDNESS, answer="faded"), Refusal)
    assert [each.event.reason for each in world.events(EventType.COOL_DOWN_ENDED)] == ["over", "next_session"]


def test_the_question_is_put_once_and_may_be_left_alone() -> None:
    world = World().screened()
    world.session(10.1)
    world.wait(13 * HOUR_S)
    assert world.state.question is None
    assert len(world.events(EventType.COOL_DOWN_ENDED)) == 1
    assert world.state.safety.rest_day is None


def test_a_press_answers_that_the_redness_has_faded() -> None:
    world = World().screened()
    world.session(10.1)
    world.wait(4000)
    assert world.ask(CommandName.PRESS) == "Good to hear."
    assert [each.event.reason for each in world.events(EventType.REDNESS)] == ["faded"]
    assert world.state.programme.credited == 1
    assert isinstance(world.ask(CommandName.PRESS), Refusal)


NONSENSE: list[tuple[CommandName, dict[str, Any], str]] = [
    (CommandName.STOP, {}, "nobody_there"),
    (CommandName.SYMPTOM, {}, "nobody_there"),
    (CommandName.PRESS, {}, "nothing_to_stop"),
    (CommandName.REDNESS, {"answer": "faded"}, "not_asked"),
    (CommandName.REDNESS, {"answer": "purple"}, "bad_value"),
    (CommandName.REDNESS, {}, "bad_value"),
    (CommandName.ADVICE, {}, "not_asked"),
    (CommandName.SCREEN, {}, "incomplete"),
    (CommandName.SCREEN, dict.fromkeys(list(QUESTIONS)[1:], "no"), "incomplete"),
    (CommandName.SCREEN, {**dict.fromkeys(QUESTIONS, "no"), "heart": "maybe"}, "bad_value"),
    (CommandName.SCREEN, {**dict.fromkeys(QUESTIONS, "no"), "heart": False}, "bad_value"),
    (CommandName.CHECK_IN, {}, "bad_value"),
    (CommandName.CHECK_IN, {"calm": 0}, "bad_value"),
    (CommandName.CHECK_IN, {"calm": 6}, "bad_value"),
    (CommandName.CHECK_IN, {"discomfort": 11}, "bad_value"),
    (CommandName.CHECK_IN, {"discomfort": -1}, "bad_value"),
    (CommandName.CHECK_IN, {"discomfort": 3.5}, "bad_value"),
    (CommandName.CHECK_IN, {"discomfort": True}, "bad_value"),
    (CommandName.CHECK_IN, {"discomfort": "much"}, "bad_value"),
    (CommandName.CHECK_IN, {"calm": 3, "when": "during"}, "bad_value"),
    (CommandName.CHECK_IN, {"calm": 3, "when": "after"}, "no_session"),
    (CommandName.PROGRAMME_SET, {}, "bad_value"),
    (CommandName.PROGRAMME_SET, {"minutes": 0}, "bad_value"),
    (CommandName.PROGRAMME_SET, {"minutes": -5}, "bad_value"),
    (CommandName.PROGRAMME_SET, {"minutes": 31}, "bad_value"),
    (CommandName.PROGRAMME_SET, {"minutes": "ten"}, "bad_value"),
    (CommandName.PROGRAMME_SET, {"minutes": True}, "bad_value"),
    (CommandName.PROGRAMME_SET, {"clothing": "armour"}, "bad_value"),
    (CommandName.PROGRAMME_SET, {"clothing": "skin"}, "too_early"),
    (CommandName.PROGRAMME_SET, {"minutes": 8, "clothing": "skin"}, "too_early"),
]


@pytest.mark.parametrize(("name", "arguments", "reason"), NONSENSE)
@pytest.mark.parametrize("off_s", [0.0, -START_S])
def test_nonsense_gets_a_clear_answer_and_changes_nothing(
    name: CommandName, arguments: dict[str, Any], reason: str, off_s: float
) -> None:
    world = World().screened()
    world.off_s = off_s
    world.frame()
    before, reported = world.state, len(world.reported)
    answer = world.ask(name, **arguments)
    assert isinstance(answer, Refusal)
    assert answer.reason == reason
    assert answer.text.endswith(".")
    assert world.state == before
    assert len(world.reported) == reported


def test_redness_is_not_asked_before_the_cool_down_is_over() -> None:
    world = World().screened()
    world.session(10.1)
    before = world.state
    answer = world.ask(CommandName.REDNESS, answer="still_red")
    assert isinstance(answer, Refusal)
    assert "when the cool-down is over" in answer.text
    assert world.state == before


def test_an_unguided_session_cannot_be_stopped() -> None:
    world = World()
    world.lie_down()
    world.stay(30)
    answer = world.ask(CommandName.STOP)
    assert isinstance(answer, Refusal)
    assert answer.reason == "not_guided"


def test_a_hold_before_the_session_has_begun_counts_as_well() -> None:
    world = World().screened()
    world.mat = MatState(presence=Presence.LYING, confirmed=False)
    assert not isinstance(world.ask(CommandName.SYMPTOM), Refusal)
    assert not guided(world)


def test_a_symptom_reported_again_once_the_session_is_found_is_still_the_same_one() -> None:
    world = World().screened()
    world.lie_down()
    found = world.mat
    world.t_s += 5.0
    world.mat = MatState(presence=Presence.LYING, confirmed=False)
    world.frame()
    world.ask(CommandName.SYMPTOM)
    world.t_s += 10.0
    world.mat = replace(found, session_s=15.0)
    world.frame()
    assert "noted already" in str(world.ask(CommandName.SYMPTOM))
    assert len(world.events(EventType.SYMPTOM_STOP)) == 1
    assert not world.state.safety.professional


def test_everything_that_is_stored_comes_back_as_it_was() -> None:
    world = World(Rules(goal="morning")).screened(skin="unknown")
    world.ask(CommandName.ADVICE)
    world.session(10.1)
    world.wait(4000)
    world.ask(CommandName.REDNESS, answer="still_red")
    world.lie_down()
    world.stay(90)
    world.ask(CommandName.SYMPTOM)
    assert from_text(to_text(world.state)) == world.state.stored


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 99}', '{"version": 1}', '{"version": 1, "programme": 7}', "null"]
)
def test_a_document_that_cannot_be_read_is_reported_as_such(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_text(text)
