"""The questions about health before guidance. Answers that are given on this machine never leave it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from acumat.coach.moment import Moment, Stamp
from acumat.coach.rules import SCREENING_S

ALL = "all"
"""The question about everything at once. It comes first if the questions are asked one at a time."""


class Answer(StrEnum):
    """The possible answers. "Unknown" is treated as yes until a professional was asked."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"


QUESTIONS: dict[str, str] = {
    "wounds": "Do you have open wounds, broken skin or a skin infection where the mat would touch you?",
    "bleeding": "Do you have a bleeding or clotting disorder?",
    "circulation": "Do you have severe circulation problems?",
    "sensation": "Is your sense of touch, pain or warmth reduced, as it may be with diabetes or nerve damage?",
    "skin": "Is your skin very sensitive, or do you bruise easily?",
    "pregnancy": "Are you pregnant?",
    "condition": "Do you have any other medical condition that a doctor should know about first?",
    "anticoagulants": "Do you take medicine that thins the blood?",
    "corticoids": "Do you take corticoids, as tablets, injections or on the skin where the mat would touch you?",
    "spine": "Have you had spinal surgery in recent times?",
    "heart": "Do you have high blood pressure or a heart disease?",
}
"""By the name under which each is answered."""


@dataclass(frozen=True, slots=True)
class Screening:
    """The answers, when they were given, and whether the person has taken advice since."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    answered: Stamp | None = None
    advice: bool = False

    @property
    def complete(self) -> bool:
        return self.answered is not None and self.answers.keys() >= QUESTIONS.keys()

    def concern(self, now: Moment) -> str | None:
        """Why guidance waits, in one word; None if it does not. While the date is not known, answers count as fresh."""
        if not self.complete or self.answered is None:
            return "unanswered"
        if self.answered.over(SCREENING_S, now):
            return "ask_again"
        if not self.advice and any(answer is not Answer.NO for answer in self.answers.values()):
            return "advice"
        return None


@dataclass(frozen=True, slots=True)
class OneByOne:
    """Answers of a person who is asked one question at a time. They count when all are there, and are not stored before."""

    person: int | None = None
    answers: Mapping[str, Answer] = field(default_factory=dict)
    each: bool = False
    """Each question is asked separately, since the one about everything was not answered with no."""
    began: Stamp | None = None
    """When the first answer was given."""

    @property
    def question(self) -> str | None:
        """The name of the next question; None when all are answered."""
        if not self.each and not self.answers:
            return ALL
        return next((name for name in QUESTIONS if name not in self.answers), None)

    def with_answer(self, answer: Answer, at: Stamp) -> OneByOne:
        """The same with the answer to `question`. A no to everything at once answers all of them."""
        question = self.question
        if question is None:
            return self
        if question == ALL:
            nothing = dict.fromkeys(QUESTIONS, answer) if answer is Answer.NO else {}
            return OneByOne(self.person, nothing, each=True, began=at)
        return replace(self, answers={**self.answers, question: answer})
