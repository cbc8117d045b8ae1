"""The questions about health, asked one at a time: which is open, and what an answer does."""

from __future__ import annotations

from collections.abc import Mapping

from acumat.coach.guidance_gate import report_guidance
from acumat.coach.journal import UNKNOWN
from acumat.coach.moment import Moment, Stamp
from acumat.coach.persons import WHO
from acumat.coach.rules import HOUR_S
from acumat.coach.screening import Answer, OneByOne, Screening
from acumat.coach.state import CoachState, Update
from acumat.contract.commands import Refusal
from acumat.contract.state import MatState

OPEN = ("unanswered", "ask_again")
"""The gaps in a screening for which the questions are asked."""
ASKED_S = HOUR_S
"""The questions begin anew after this: a later answer may be another person's, and the first answers may be out of date."""
NOTHING_OPEN = Refusal("not_asked", "No question about health is open now, so nothing changes.")
ANOTHER = Refusal("not_asked", "Another question about health is open now. Please read it, and answer that one.")
WAITS = Refusal(
    "advice", "These answers wait for a professional's advice. They are given anew on the mat's page, or with acumat screen."
)


def open_question(state: CoachState, now: Moment) -> str | None:
    """The name of the open question; None if there is none."""
    guest = state.guide is not None and state.guide.guest
    if guest or not state.readable or state.person == UNKNOWN or state.safety.screening.concern(now) not in OPEN:
        return None
    return _so_far(state, now).question


def store_answers(update: Update, answers: Mapping[str, Answer]) -> None:
    """Take all answers at once. They are stored in the safety state and reported to nobody."""
    update.change(asked=OneByOne())
    update.change_safety(screening=Screening(answers, Stamp.at(update.now)))
    report_guidance(update)


def health_answer(update: Update, _mat: MatState, *, question: str, answer: str) -> str | Refusal:
    """Take one answer. No sentence reveals it: sentences go to the broker."""
    if update.state.person == UNKNOWN:
        return WHO
    asked = open_question(update.state, update.now)
    if asked != question:  # such as a second tap, when the next question is open already
        return NOTHING_OPEN if asked is None else ANOTHER
    so_far = _so_far(update.state, update.now).with_answer(Answer(answer), Stamp.at(update.now))
    if so_far.question is not None:
        update.change(asked=so_far)
        return "Thank you. Please go on with the next question."
    store_answers(update, so_far.answers)
    return "Thank you, that was the last question about your health."


def health_again(update: Update, _mat: MatState) -> str | Refusal:
    """Begin again with the first question, as after a wrong tap. Answers that wait for advice stay."""
    state = update.state
    if state.person == UNKNOWN:
        return WHO
    if state.safety.professional or state.safety.screening.concern(update.now) == "advice":
        return WAITS
    update.change(asked=OneByOne())
    update.change_safety(screening=Screening())
    report_guidance(update)
    return "The questions about your health begin anew."


def _so_far(state: CoachState, now: Moment) -> OneByOne:
    """The present person's answers since the questions began."""
    asked = state.asked
    over = asked.began is not None and asked.began.over(ASKED_S, now)
    return OneByOne(state.person) if over or asked.person != state.person else asked
