"""Several people on one mat: each has a programme and answers, and what protects is weakened by naming nobody."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acumat.coach.forgetting import without_before
from acumat.coach.guidance_gate import why_off
from acumat.coach.journal import UNKNOWN, Kind
from acumat.coach.journal_text import journals_from, journals_text
from acumat.coach.moment import Stamp
from acumat.coach.people import ENTRIES_MOST
from acumat.coach.persons import with_people
from acumat.coach.programme import Programme
from acumat.coach.serialisation import from_text, to_text
from acumat.coach.state import CoachState, Update
from acumat.contract.commands import CommandName, Refusal
from acumat.contract.events import EventType
from tests.coach.household import Household
from tests.coach.world import QUICK, World

HOUR_S, DAY_S = 3600.0, 86_400.0
BODIES = {1: (80.0, 60.0, 90.0, 70.0), 2: (40.0, 35.0, 60.0, 30.0)}


def home(**values: Any) -> Household:
    return Household(**values).moved_in()


def lie(world: World, minutes: float) -> str:
    session_id = world.lie_down()
    world.stay(60.0 * minutes)
    world.get_up()
    return session_id


# as a replay would give


@dataclass(frozen=True)
class Evening:
    """A session that really was: whose, how long after the one before, which part of the plan, what was said, and when."""

    who: int
    gap_h: float
    part: float
    said: str
    then: str


EVENINGS = st.builds(
    Evening,
    st.sampled_from((1, 2)),
    st.sampled_from((2.0, 9.0, 24.0, 30.0, 200.0)),
    st.sampled_from((0.05, 0.5, 1.02, 1.02, 1.02)),
    st.sampled_from(("before", "within", "later", "later")),
    st.sampled_from(("", "", "faded", "still_red", "discomfort", "symptom", "stop")),
)


class Alone:
    """The same evenings of one person alone, as the one owner: what the programme does by the rules that everybody knows."""

    def __init__(self) -> None:
        self.world = World().screened()

    def until(self, t_s: float) -> None:
        if t_s > self.world.t_s:
            self.world.wait(t_s - self.world.t_s)

    def plan(self, minutes: int | None) -> None:
        guide = self.world.state.guide
        assert guide is not None
        self.world.state = replace(self.world.state, guide=replace(guide, planned_min=minutes))


def live(house: Household, alone: dict[int, Alone], evenings: list[Evening]) -> list[tuple[str, int]]:
    """What happens in the house happens to each of them alone as well. Gives sessions of which nobody has said whose."""
    open_: list[tuple[str, int]] = []
    for evening in evenings:
        house.wait(evening.gap_h * HOUR_S)
        one = alone[evening.who]
        one.until(house.t_s)
        if evening.said == "before":
            house.name(evening.who)
        session_id = house.lie_down()
        one.world.lie_down()
        for world in (house, one.world):
            world.stay(4.0)
        if evening.said == "within":
            house.name(evening.who)
        guide = house.state.guide
        assert guide is not None
        one.plan(guide.planned_min)
        lies_s = 60.0 * evening.part * (guide.planned_min or 10)
        for world in (house, one.world):
            world.stay(max(4.0, lies_s - 4.0))
            if evening.then in ("symptom", "stop"):
                world.ask(CommandName(evening.then))
            world.get_up()
        if evening.said == "later":
            open_.append((session_id, evening.who))
        if guide.planned_min is not None and evening.part >= 0.5:  # else it is about an earlier session
            afterwards(house, one, evening.then)
    return open_


def afterwards(house: Household, one: Alone, then: str) -> None:
    if then == "discomfort":
        answers = [world.ask(CommandName.CHECK_IN, when="after", discomfort=6) for world in (house, one.world)]
        assert isinstance(answers[0], Refusal) is isinstance(answers[1], Refusal)
    if then in ("faded", "still_red"):
        for world in (house, one.world):
            world.wait(1.2 * HOUR_S)
        if not isinstance(house.ask(CommandName.REDNESS, answer=then), Refusal):
            one.world.ask(CommandName.REDNESS, answer=then)


@settings(max_examples=60, deadline=None, phases=QUICK)
@given(st.lists(EVENINGS, min_size=2, max_size=9), st.integers(0, 99))
def test_programmes_are_in_the_end_what_each_would_have_had_alone(evenings: list[Evening], seed: int) -> None:
    house, alone = home(), {1: Alone(), 2: Alone()}
    open_ = live(house, alone, evenings)
    random.Random(seed).shuffle(open_)
    for session_id, who in open_:
        assert house.assign(session_id, who)
    house.wait(1.0)
    for who, one in alone.items():
        one.until(house.t_s)
        house.name(who)
        house.frame()
        found, wanted = house.state.programme, one.world.state.programme
        assert found == wanted, who


def test_a_session_of_the_wrong_person_is_put_right_later() -> None:
    house, alone = home(), {1: Alone(), 2: Alone()}
    live(house, alone, [Evening(1, 24, 1.02, "before", "") for _ in range(4)])
    house.name(2)
    wrong = lie(house, 10.2)
    one = alone[1]
    one.until(house.t_s - 10.2 * 60 - 20)
    one.world.lie_down()
    one.world.stay(4.0)
    one.plan(10)
    one.world.stay(60 * 10.2 - 4)
    one.world.get_up()
    house.wait(DAY_S)
    one.until(house.t_s)
    assert house.assign(wrong, 1)
    house.frame()
    assert house.programme(2) == Programme()
    assert house.programme(1) == one.world.state.programme


def test_a_long_journal_begins_later_and_gives_the_same() -> None:
    house, alone = home(), {1: Alone(), 2: Alone()}
    live(house, alone, [Evening(1, 24, 1.02, "before", "faded") for _ in range(ENTRIES_MOST // 2)])
    assert len(house.state.journals[1].entries) <= ENTRIES_MOST
    open_ = live(house, alone, [Evening(1, 24, 1.02, "later", "")])
    house.wait(DAY_S)
    alone[1].until(house.t_s)
    assert house.assign(*open_[0])
    house.name(1)
    house.frame()
    assert house.state.programme == alone[1].world.state.programme
    assert not house.assign("w-s1", 2), "its entries are in the base by now"


# nobody's programme


def test_a_session_of_somebody_unknown_steps_nobody_s_programme() -> None:
    house = home()
    before = [house.programme(person) for person in (1, 2)]
    for _ in range(12):
        house.wait(DAY_S)
        lie(house, house.planned_min + 0.1)
    house.ask(CommandName.CHECK_IN, discomfort=9)
    house.lie_down()
    house.stay(120.0)
    assert house.ask(CommandName.SYMPTOM)
    house.get_up()
    assert [house.programme(person) for person in (1, 2)] == before
    assert house.steps == []
    assert not house.events(EventType.PROGRAMME_STEP)


def test_somebody_unknown_has_the_shortest_plan_of_all_and_only_where_everybody_would_be_guided() -> None:
    house = home()
    for person, minutes in ((1, 20), (2, 12)):
        house.name(person)
        house.state = replace(house.state, programme=Programme(minutes=minutes, credited=9))
    house.name(UNKNOWN)
    assert house.planned_min == 12
    house.count = 3
    house.state = with_people(house.state, (1, 2, 3), house.rules)
    assert why_off(house.state, house.now(), house.rules) == "unanswered"
    house.lie_down()
    house.stay(30.0)
    guide = house.state.guide
    assert guide is not None
    assert guide.planned_min is None


def test_what_is_about_a_person_is_refused_until_somebody_says_who() -> None:
    house = home()
    for name, arguments in (
        (CommandName.PROGRAMME_SET, {"minutes": 8}),
        (CommandName.PROGRAMME_RESET, {}),
        (CommandName.ADVICE, {}),
    ):
        answer = house.ask(name, **arguments)
        assert isinstance(answer, Refusal)
        assert answer.reason == "who"
    assert not isinstance(house.ask(CommandName.PROGRAMME_SET, cap=30), Refusal), "the cap is the mat's"
    house.name(1)
    assert not isinstance(house.ask(CommandName.PROGRAMME_SET, minutes=8), Refusal)
    assert house.programme(1).chosen == 8
    assert house.programme(2).chosen is None


def test_who_is_named_is_who_lies_there_for_one_session_that_begins_within_an_hour() -> None:
    house = home()
    house.name(1)
    house.wait(0.9 * HOUR_S)
    house.lie_down()
    house.stay(10.0)
    assert house.state.person == 1
    house.stay(590.0)
    house.get_up()
    assert house.state.person == 1, "what follows is about them"
    house.wait(2 * HOUR_S)
    house.lie_down()
    house.stay(10.0)
    assert house.state.person == UNKNOWN
    house.get_up()
    house.name(2)
    house.wait(1.1 * HOUR_S)
    house.lie_down()
    house.stay(10.0)
    assert house.state.person == UNKNOWN


# safety


@pytest.mark.parametrize("to", [2, UNKNOWN])
def test_cap_and_alarm_come_at_their_time_whoever_is_named_meanwhile(to: int) -> None:
    house = home()
    house.name(1)
    began_s = house.t_s
    house.lie_down()
    for _ in range(20):
        house.stay(61.0)
        house.name(to if house.state.person == 1 else 1)
    house.stay(2700.0 - (house.t_s - began_s))
    alarms = house.events(EventType.CUE_CAP)
    assert len(alarms) == 1
    assert alarms[0].t_s - began_s == pytest.approx(2400.0, abs=5.0)
    exposure = house.state.safety.exposure
    assert exposure is not None
    assert exposure.alarmed
    house.ask(CommandName.STOP)
    house.name(2)
    assert house.state.safety.exposure is not None
    assert house.state.safety.exposure.quiet


def test_after_a_symptom_nobody_is_guided_for_a_day() -> None:
    house = home()
    house.name(1)
    house.lie_down()
    house.stay(200.0)
    house.ask(CommandName.SYMPTOM)
    house.get_up()
    for person in (1, 2, UNKNOWN):
        house.name(person)
        assert why_off(house.state, house.now(), house.rules) == "symptom"
    house.count = 1
    house.state = with_people(house.state, (2,), house.rules)
    house.name(2)
    assert why_off(house.state, house.now(), house.rules) == "symptom", "also once that person is gone"
    house.wait(DAY_S + 60)
    assert why_off(house.state, house.now(), house.rules) is None


def test_two_symptoms_within_a_fortnight_of_one_person_call_for_a_professional_and_those_of_two_do_not() -> None:
    house = home()
    for person in (1, 2, 1):
        house.wait(2 * DAY_S)
        house.name(person)
        house.lie_down()
        house.stay(100.0)
        house.ask(CommandName.SYMPTOM)
        house.get_up()
    house.wait(2 * DAY_S)
    whys = {}
    for person in (1, 2, UNKNOWN):
        house.name(person)
        whys[person] = why_off(house.state, house.now(), house.rules)
    assert whys == {1: "professional", 2: None, UNKNOWN: "professional"}


def test_a_symptom_of_somebody_unknown_counts_for_whose_session_it_was() -> None:
    house = home()
    for _ in range(2):
        house.wait(2 * DAY_S)
        session_id = house.lie_down()
        house.stay(100.0)
        house.ask(CommandName.SYMPTOM)
        house.get_up()
        house.assign(session_id, 2)
    house.wait(2 * DAY_S)
    house.name(2)
    assert why_off(house.state, house.now(), house.rules) == "professional"
    house.name(1)
    assert why_off(house.state, house.now(), house.rules) is None


def test_a_symptom_before_the_session_is_found_is_not_of_who_lay_there_last() -> None:
    house = home()
    house.name(1)
    lie(house, 10.2)
    house.wait(2 * HOUR_S)
    before = house.programme(1)
    house.mat = replace(house.mat, presence=house.mat.presence.LYING)
    house.frame()
    house.ask(CommandName.SYMPTOM)
    assert house.programme(1) == before
    assert house.state.person == UNKNOWN


def test_red_skin_rests_the_one_whose_it_is_and_somebody_unknown() -> None:
    house = home()
    house.name(1)
    lie(house, 10.2)
    house.wait(1.2 * HOUR_S)
    house.ask(CommandName.REDNESS, answer="still_red")
    whys = {}
    for person in (1, 2, UNKNOWN):
        house.name(person)
        whys[person] = why_off(house.state, house.now(), house.rules)
    assert whys == {1: "rest_day", 2: None, UNKNOWN: "rest_day"}


def test_who_turns_out_to_be_somebody_not_to_be_guided_is_not_guided_on() -> None:
    house = Household().moved_in(screened=False)
    house.name(1)
    house.screened()
    house.lie_down()
    house.stay(30.0)
    house.name(2)
    guide = house.state.guide
    assert guide is not None
    assert not guide.guided
    assert house.events(EventType.GUIDANCE_STOPPED)[-1].event.reason == "another"


def test_a_plan_that_is_half_over_never_becomes_longer() -> None:
    house = home()
    house.name(2)
    house.state = replace(house.state, programme=Programme(minutes=20, credited=9))
    house.name(1)
    house.lie_down()
    house.stay(10.0)
    house.name(2)
    assert house.state.guide is not None
    assert house.state.guide.planned_min == 20
    house.name(1)
    assert house.state.guide.planned_min == 10
    house.stay(330.0)
    house.name(2)
    assert house.state.guide.planned_min == 10


# guesses


def taught(house: Household) -> Household:
    draw = random.Random(1)
    for _ in range(8):
        for person, us in BODIES.items():
            house.wait(DAY_S)
            house.us = tuple(each * draw.gauss(1.0, 0.02) for each in us)
            house.name(person)
            lie(house, 5)
    return house


def test_who_is_like_one_person_alone_is_guessed_and_steps_no_programme() -> None:
    house = taught(home())
    before, steps = house.programme(1), len(house.steps)
    house.wait(DAY_S)
    house.us = BODIES[1]
    session_id = house.lie_down()
    house.stay(170.0)
    assert house.state.guess is None
    house.stay(20.0)
    assert [house.state.person, house.state.guess] == [UNKNOWN, 1]
    house.stay(500.0)
    house.get_up()
    assert house.programme(1) == before
    assert len(house.steps) == steps
    house.assign(session_id, 1)
    assert any(entry.session_id == session_id and entry.kind is Kind.END for entry in house.state.journals[1].entries)
    assert house.state.journals[1].bodies[-1].session_id == session_id


def test_somebody_else_is_not_guessed_and_the_mat_asks_once_who_that_was() -> None:
    house = taught(home())
    for us, asked in (((60.0, 90.0, 20.0, 20.0), True), (BODIES[2], False)):
        house.wait(DAY_S)
        house.us = us
        session_id = house.lie_down()
        house.stay(300.0)
        assert (house.state.guess is None) is asked
        house.get_up()
        found = [each.event for each in house.reported if session_id in each.event.text]
        assert [event.event_type for event in found] == [EventType.COOL_DOWN_STARTED] * asked


# people come and go


def test_the_first_person_takes_over_from_the_owner_and_the_last_one_leaves_it_to_them() -> None:
    world = World().screened()
    for _ in range(4):
        world.wait(DAY_S)
        world.session(world.planned_min + 0.1)
    world.wait(DAY_S)
    owner = world.state
    state = with_people(owner, (4,), world.rules)
    assert state.person == 4
    assert state.standing == owner.standing
    assert with_people(state, (4,), world.rules) == state
    back = with_people(state, (), world.rules)
    assert replace(back, safety=replace(back.safety, revision=owner.safety.revision)) == owner


def test_whoever_goes_leaves_nothing_of_programme_answers_and_journal() -> None:
    house = home()
    house.name(1)
    lie(house, 10.2)
    state = with_people(house.state, (2,), house.rules)
    assert {1} & {*state.others, *state.safety.others, *state.journals, state.person} == set()
    assert '"1":' not in to_text(state) + journals_text(state.journals)


def test_without_people_nothing_says_that_there_could_be() -> None:
    text = to_text(World().screened().state)
    assert not any(f'"{word}"' in text for word in ("person", "others", "named", "guess", "journals"))


def test_stored_and_read_again_nothing_has_changed() -> None:
    house = taught(home())
    house.lie_down()
    house.stay(200.0)
    now = house.now()
    update = Update(house.state, now, house.rules)
    text, journals = to_text(update.state), journals_text(update.state.journals)
    assert replace(from_text(text, now.boot), journals=journals_from(journals)) == update.state.stored
    for damaged in (
        "",
        "{}",
        journals[:-9],
        journals.replace('"begin"', '"began"', 1),
        journals.replace('"version":1', '"version":9'),
    ):
        with pytest.raises(ValueError, match=r"damaged|knows"):
            journals_from(damaged)


def test_a_restart_in_the_middle_changes_nothing_of_whose_session_it_is() -> None:
    house = home()
    house.name(2)
    session_id = house.lie_down()
    house.stay(120.0)
    house.restart()
    house.stay(500.0)
    house.get_up()
    assert house.state.person == 2
    assert [each.kind for each in house.state.journals[2].entries if each.session_id == session_id] == [Kind.BEGIN, Kind.END]
    assert isinstance(house.state, CoachState)


def test_what_is_forgotten_before_a_moment_is_in_no_programme_which_stays_where_it_stands() -> None:
    family = home(us=BODIES[1])
    for person in (1, 2, 1, UNKNOWN, 2):
        family.name(person)
        lie(family, 10.5)
        family.wait(DAY_S)
    family.name(1)
    at_s, kept = family.now().wall_s, lie(family, 10.5)
    before = family.state
    after = without_before(before, at_s, family.rules)
    assert after.programme == before.programme
    assert {person: each.programme for person, each in after.others.items()} == {
        person: each.programme for person, each in before.others.items()
    }
    assert after.counted == before.counted
    assert after.safety == before.safety
    assert [each.session_id for each in after.journals[1].bodies] == [kept]
    words = [f'"{session_id}"' for session_id in _sessions(before)]
    text = to_text(after, Stamp.at(family.now())) + journals_text(after.journals)
    assert [word for word in words if word in text] == [f'"{kept}"']
    later = without_before(before, at_s + DAY_S, family.rules)
    assert not [word for word in words if word in to_text(later, Stamp.at(family.now())) + journals_text(later.journals)]
    assert from_text(to_text(later, Stamp.at(family.now())), family.now().boot).programme == before.programme
    assert journals_from(journals_text(later.journals)) == later.journals


def _sessions(state: CoachState) -> set[str]:
    return {each.session_id for journal in state.journals.values() for each in journal.entries if each.session_id}
