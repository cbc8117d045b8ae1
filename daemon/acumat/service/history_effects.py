"""Effects of history requests on the routine and on what is known of people: before they are stored, and after."""

from __future__ import annotations

from typing import Protocol

from acumat.contract.commands import Command, CommandName
from acumat.history.questions import Along, Answer
from acumat.service.feelings import Feelings
from acumat.service.null_routine import NullRoutine
from acumat.service.people import GUEST
from acumat.service.routine import Routine


class Sums(Protocol):
    """Keeps sums of the history."""

    def read_again(self) -> None: ...


def along_with(routine: Routine | None, command: Command) -> Along:
    """The routine after a request about the history."""
    arguments = command.arguments
    who = arguments.get("name" if command.name is CommandName.PEOPLE_REMOVE else "person")
    before = arguments.get("before")
    if routine is not None and isinstance(before, str):
        return _forgotten_before(routine, before)
    person = routine.people.number(str(who)) if routine is not None and who is not None else None
    if routine is None or not isinstance(person, int) or person == GUEST:
        return Along()
    if command.name is CommandName.HISTORY_ASSIGN:
        return routine.with_assigned(str(arguments["id"]), person)
    if command.name in (CommandName.PEOPLE_REMOVE, CommandName.HISTORY_FORGET):
        return routine.without_person(person)
    return Along(person=person)


def _forgotten_before(routine: Routine, before: str) -> Along:
    """Imported on demand: a daemon that is never asked saves the memory of the export formats."""
    from acumat.history.forms import no_moment, wall_s  # noqa: PLC0415

    return Along() if no_moment(before) else routine.forgotten_before(wall_s(before))


def on_changed(sums: Sums, routine: Routine | NullRoutine, feelings: Feelings, found: Answer) -> None:
    """Somebody has changed or deleted something in the history, or changed its people."""
    if found.changed:
        sums.read_again()
    if found.forgot:
        feelings.forget()
        routine.forget()
    if found.forgot_before is not None:
        feelings.forget_before(found.forgot_before)
        routine.forget_before(found.forgot_before)
    if found.people is not None:
        feelings.on_people(found.people)
        routine.on_people(found.people)
    if found.assigned is not None:
        feelings.on_assigned(*found.assigned)
        routine.on_assigned(*found.assigned)
    if found.changed:
        feelings.read_again()
