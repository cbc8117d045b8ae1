"""The questions about health one at a time: each answer is of the open question, and nothing counts before the last one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acumat.coach.asking_health import ASKED_S, open_question
from acumat.coach.coach import ask
from acumat.coach.cues import GuidedSession
from acumat.coach.forgetting import forget
from acumat.coach.journal import UNKNOWN
from acumat.coach.moment import Moment, Stamp
from acumat.coach.rules import SCREENING_S, Rules
from acumat.coach.screening import ALL, QUESTIONS, Answer
from acumat.coach.serialisation import to_text
from acumat.coach.state import CoachState, Update
from acumat.contract.commands import CommandName, Refusal
from acumat.contract.events import EventType
from acumat.contract.state import JsonScalar, MatState

NAMES = tuple(QUESTIONS)


class Person:
    """Answers, and looks at what comes of it."""

    def __init__(self) -> None:
        self.state = CoachState()
        self.at_s = 1000.0
        self.texts: list[str] = []
        self.events: list[EventType] = []

    @property
    def now(self) -> Moment:
        return Moment(self.at_s, 1_790_000_000.0 + self.at_s, "boot", UTC)

    def ask(self, name: CommandName, **arguments: JsonScalar) -> str:
        """The reason of a refusal, or `done`."""
        update, answer = ask(self.state, name, arguments, MatState(), self.now, Rules())
        if isinstance(answer, Refusal):
            assert (update.state.safety, update.state.asked) == (self.state.safety, self.state.asked), (
                "what is refused has changed nothing"
            )
            self.texts.append(answer.text)
            return answer.reason
        self.state = update.state
        self.texts.append(answer)
        self.events += [event.event_type for event in update.events]
        return "done"

    def answer(self, question: str, answer: str = "no") -> str:
        return self.ask(CommandName.HEALTH_ANSWER, question=question, answer=answer)

    def seen(self) -> tuple[str | None, str | None]:
        """The open question, and why guidance waits."""
        return open_question(self.state, self.now), self.state.safety.screening.concern(self.now)


@pytest.fixture
def person() -> Person:
    return Person()


def test_who_says_no_to_all_of_it_is_done(person: Person) -> None:
    assert person.seen() == (ALL, "unanswered")
    assert person.answer(ALL) == "done"
    assert person.seen() == (None, None)
    assert person.state.safety.screening.answers == dict.fromkeys(QUESTIONS, Answer.NO)
    assert person.events[-1] is EventType.GUIDANCE_CHANGED


@pytest.mark.parametrize("first", ["yes", "unknown"])
def test_else_each_is_asked_and_nothing_is_stored_before_the_last(person: Person, first: str) -> None:
    person.answer(ALL, first)
    unanswered = to_text(person.state)
    assert person.state.stored.asked == CoachState().asked
    for name in NAMES:
        assert person.seen() == (name, "unanswered")
        assert to_text(person.state) == unanswered, "an answer that is not complete is in no document"
        assert person.answer(name) == "done"
    assert person.seen() == (None, None), "what was said to all of it at once is no answer to any of it"


@given(st.lists(st.sampled_from(tuple(Answer)), min_size=len(NAMES), max_size=len(NAMES)))
def test_the_answers_are_stored_as_given_and_no_sentence_tells_one(answers: list[Answer]) -> None:
    person, other = Person(), Person()
    for each in (person, other):
        each.answer(ALL, "yes")
    for name, answer in zip(NAMES, answers, strict=True):
        person.answer(name, answer)
        other.answer(name, "no")
    assert person.state.safety.screening.answers == dict(zip(NAMES, answers, strict=True))
    assert person.seen()[1] == (None if set(answers) == {Answer.NO} else "advice")
    assert person.texts == other.texts


def test_a_second_tap_answers_no_other_question(person: Person) -> None:
    person.answer(ALL, "yes")
    assert person.answer("wounds") == "done"
    assert person.answer("wounds") == "not_asked"
    assert person.seen()[0] == "bleeding"
    assert person.answer(ALL) == "not_asked", "nor does a late answer to all of it"


def test_answers_that_are_there_are_not_replaced(person: Person) -> None:
    person.answer(ALL)
    assert person.answer(ALL, "yes") == "not_asked"
    assert person.seen()[1] is None


def test_after_a_wrong_tap_it_begins_anew(person: Person) -> None:
    person.answer(ALL)
    assert person.ask(CommandName.HEALTH_AGAIN) == "done"
    assert person.seen() == (ALL, "unanswered")
    person.answer(ALL, "yes")
    person.answer("wounds", "yes")
    assert person.ask(CommandName.HEALTH_AGAIN) == "done"
    assert person.seen()[0] == ALL


def test_beginning_anew_lifts_no_caution(person: Person) -> None:
    person.answer(ALL, "yes")
    for name in NAMES:
        person.answer(name, "yes" if name == "pregnancy" else "no")
    assert person.ask(CommandName.HEALTH_AGAIN) == "advice"
    assert person.seen()[1] == "advice"
    assert person.answer("pregnancy") == "not_asked"
    suffered = Person()
    suffered.answer(ALL)
    suffered.state = replace(suffered.state, safety=replace(suffered.state.safety, professional=True))
    assert suffered.ask(CommandName.HEALTH_AGAIN) == "advice"


def test_after_half_a_year_it_is_asked_again(person: Person) -> None:
    person.answer(ALL)
    person.at_s += SCREENING_S + 1.0
    assert person.seen() == (ALL, "ask_again")
    person.answer(ALL)
    assert person.seen()[1] is None


def test_nobody_answers_for_somebody_else(person: Person) -> None:
    person.answer(ALL, "yes")
    person.answer("wounds", "yes")
    person.state = replace(person.state, person=2)
    assert person.seen()[0] == ALL, "what the one has answered is not the other's"
    person.state = replace(person.state, person=UNKNOWN)
    assert person.seen()[0] is None
    assert person.answer(ALL) == person.ask(CommandName.HEALTH_AGAIN) == "who"


def test_answers_that_were_left_incomplete_are_asked_for_anew(person: Person) -> None:
    person.answer(ALL, "yes")
    person.answer("wounds", "no")
    person.at_s += ASKED_S - 1.0
    assert person.seen()[0] == "bleeding"
    person.at_s += 1.0
    assert person.seen() == (ALL, "unanswered")
    assert person.answer("bleeding") == "not_asked"
    person.answer(ALL, "yes")
    assert person.seen()[0] == "wounds"


def test_a_guest_is_not_asked_and_answers_for_nobody(person: Person) -> None:
    person.state = replace(person.state, guide=GuidedSession("x-s1", Stamp.at(person.now), None, guest=True))
    assert person.seen() == (None, "unanswered")
    assert person.answer(ALL) == "not_asked"


def test_incomplete_answers_are_forgotten_with_all_the_rest(person: Person) -> None:
    person.answer(ALL, "yes")
    person.answer("wounds", "no")
    update = Update(person.state, person.now, Rules())
    forget(update)
    person.state = update.state
    assert person.seen() == (ALL, "unanswered")


def test_while_the_history_cannot_be_read_nothing_is_asked(person: Person) -> None:
    person.state = replace(person.state, readable=False)
    assert person.seen()[0] is None
    assert person.answer(ALL) == "not_asked"
