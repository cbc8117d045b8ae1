"""The command `events` on a simulated mat, with the daemon's own range and answer; every other command is refused."""

from __future__ import annotations

from typing import Any

from acumat.commands.events_table import PAGE_MOST
from acumat.contract.commands import Command, CommandName, Refusal, Response
from acumat.contract.documents import response_document
from acumat.history.kept_events import EventRange, Kept, Numbering, range_of
from acumat.history.repeats import Again
from acumat.service.events_again import again_answer
from acumat_fleet_sim.mat import SimulatedMat

REFUSAL = Refusal("not_simulated", "This is a simulated mat of a fleet: it sends events again, and does nothing else.")


def answer(mat: SimulatedMat, command: Command) -> dict[str, Any]:
    """What the mat says; the events asked for wait to be sent again."""
    asked: EventRange | Refusal | None = REFUSAL
    if command.name is CommandName.EVENTS:
        given = {key: None if value is None else str(value) for key, value in command.arguments.items()}
        asked = range_of(given)
    if isinstance(asked, Refusal):
        return response_document(Response(command.name, False, asked.reason, asked.text, command.correlation))
    said = again_answer(_again(mat, asked))
    return {
        **response_document(Response(command.name, said.ok, said.reason, said.text, command.correlation)),
        **(said.documents or {}),
    }


def _again(mat: SimulatedMat, asked: EventRange | None) -> Again:
    if asked is None:
        first = next(iter(mat.history), 0)
        listed = (Numbering(mat.numbering, first, mat.last_number, len(mat.history)),) if mat.history else ()
        return Again(None, mat.numbering, mat.last_number, numberings=listed)
    return Again(asked, mat.numbering, mat.last_number, _kept(mat, asked))


def _kept(mat: SimulatedMat, asked: EventRange) -> Kept:
    if asked.numbering != mat.numbering:  # of a history that is not this mat's
        lost = ((asked.first, asked.last),) if asked.last is not None and asked.first <= asked.last else ()
        return Kept((), lost, more=False)
    last = mat.last_number if asked.last is None else min(asked.last, mat.last_number)
    stored = [number for number in range(asked.first, last + 1) if number in mat.history]
    page = stored[: max(0, min(PAGE_MOST, mat.room_again))]
    mat.send_again(page)
    more = len(page) < len(stored)
    end = last if not more else page[-1] if page else asked.first - 1
    oldest = next(iter(mat.history), last + 1)
    missing = ((asked.first, min(end, oldest - 1)),) if asked.first < oldest and asked.first <= end else ()
    return Kept(tuple(page), missing, more)
