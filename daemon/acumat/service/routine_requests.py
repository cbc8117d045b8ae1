"""Requests to the routine, and to the programme with its steps from the history."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from acumat.coach.journal import UNKNOWN
from acumat.coach.requests import HANDLERS
from acumat.contract.commands import CommandName, Refusal, Response
from acumat.contract.documents import response_document, step_document
from acumat.contract.state import JsonScalar
from acumat.history.writer import Writer
from acumat.service.answers import Answers
from acumat.service.inbox import StepsRead
from acumat.service.people import GUEST
from acumat.service.request import UNREAD, Handler, Request, done, history_away, refused
from acumat.service.routine import Routine

STEPS_SHOWN = 100
ROUTINE_OFF = Refusal("routine_off", "The routine is switched off in the configuration ([routine] enabled).")


class RoutineRequests:
    """What belongs to the routine. Where it is switched off, `routine` is None and each request is refused.

    `name_guest` is called with whether a guest lies there or comes next, for one session.
    """

    def __init__(
        self,
        routine: Routine | None,
        writer: Writer,
        answers: Answers,
        *,
        enqueue: Callable[[StepsRead], object],
        name_guest: Callable[[bool], object],
    ) -> None:
        self._routine = routine
        self._writer = writer
        self._answers = answers
        self._enqueue = enqueue
        self._name_guest = name_guest

    @property
    def handlers(self) -> Mapping[CommandName, Handler]:
        """The handlers by command name. A press is only the routine's if it means something to it."""
        names = [name for name in HANDLERS if name is not CommandName.PRESS]
        return {**dict.fromkeys(names, self._ask), CommandName.PROGRAMME: self.programme, CommandName.WHO: self.who}

    @property
    def somebody_there(self) -> bool:
        """Whether a hold of the button is about a person and not about the empty mat."""
        return self._routine is not None and self._routine.somebody_there

    @property
    def may_be_occupied(self) -> bool:
        """Whether somebody may lie on the mat while the cap counts for them and the mat cannot tell."""
        return self._routine is not None and self._routine.may_be_occupied

    @property
    def safety_revision(self) -> int:
        """A number that changes with everything stored in the safety file."""
        return 0 if self._routine is None else self._routine.safety_revision

    def press(self, request: Request) -> Response | None:
        """The answer to a short press; None if the press means nothing to the routine."""
        return None if self._routine is None else self._routine.ask(request.command)

    def programme(self, request: Request) -> Response | None:
        """The programme, once its steps are read; without a history it has none."""
        command = request.command
        if self._routine is None:
            return refused(command, ROUTINE_OFF)
        if history_away(self._writer):
            self.on_steps_read(StepsRead(command, request.answer, []))
            return None
        once = self._answers.promise(response_document(refused(command, UNREAD)), request.answer)
        person = self._routine.person
        self._writer.programme_steps(STEPS_SHOWN, lambda steps: self._enqueue(StepsRead(command, once, steps)), person)
        return None

    def who(self, request: Request, *, who: str) -> Response | None:
        """Set who lies there or comes next. The routine is not about guests."""
        if self._routine is None:
            return refused(request.command, ROUTINE_OFF)
        people, command = self._routine.people, request.command
        number = people.number(who) if people.several else UNKNOWN
        if isinstance(number, Refusal):
            return refused(command, number)
        if number == GUEST:
            self._name_guest(True)
            return done(command, "A guest lies there or comes next: that session enters no total and teaches nothing.")
        response = self._routine.name_person(command, number)
        if response.ok:
            self._name_guest(False)
        return response

    def on_steps_read(self, message: StepsRead) -> None:
        """The history has read the steps of the programme: answer with them."""
        document = response_document(done(message.command, "The programme and its steps follow."))
        routine = {} if self._routine is None else self._routine.document()
        message.answer({**document, "routine": routine, "steps": [step_document(step) for step in message.steps]})

    def _ask(self, request: Request, **_arguments: JsonScalar) -> Response | None:
        if self._routine is None:
            return refused(request.command, ROUTINE_OFF)
        return self._routine.ask(request.command)
