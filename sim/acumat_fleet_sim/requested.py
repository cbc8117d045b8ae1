"""The command `events` on a simulated mat, answered as docs/mqtt.md says; every other command is refused."""

from __future__ import annotations

from typing import Any

from acumat.commands.events_table import PAGE_MOST
from acumat.contract.commands import Command, CommandName, Response
from acumat.contract.documents import response_document
from acumat_fleet_sim.mat import SimulatedMat, number_of

Document = dict[str, Any]


def answer(mat: SimulatedMat, command: Command) -> Document:
    """What the mat says; the events asked for wait to be sent again."""
    if command.name is not CommandName.EVENTS:
        return _refused(command, "busy", "This is a simulated mat of a fleet: it sends events again, and does nothing else.")
    ids = {key: str(value) for key, value in command.arguments.items() if value is not None}
    if "after" in ids and "from" in ids:
        return _refused(command, "bad_value", "Give after or from, not both.")
    if not all(_is_id(each) for each in ids.values()):
        return _refused(command, "bad_value", "An event's id looks like 1f2e3d4c-812.")
    if len({each.rpartition("-")[0] for each in ids.values()}) > 1:
        return _refused(command, "bad_value", "Both ids must have the same numbering.")
    if not ids:
        return _done(command, mat, [], [], more=False, numberings=_numberings(mat))
    numbering = next(iter(ids.values())).rpartition("-")[0]
    last_no = mat.last_number if numbering == mat.numbering else 0
    first = number_of(ids["after"]) + 1 if "after" in ids else number_of(ids["from"]) if "from" in ids else 1
    last = min(number_of(ids["to"]), last_no) if "to" in ids else last_no
    if numbering != mat.numbering:  # of a history that is not this mat's
        lost = [[first, number_of(ids["to"])]] if "to" in ids else []
        return _done(command, mat, [], lost, more=False)
    if mat.room_again <= 0:
        return _refused(command, "busy", "Events wait to be sent again already; ask when these have come.")
    kept = [number for number in range(first, last + 1) if number in mat.history]
    page = kept[: min(PAGE_MOST, mat.room_again)]
    more = len(page) < len(kept)
    mat.send_again(page)
    return _done(command, mat, page, _missing(mat, first, page[-1] if more else last), more=more)


def _missing(mat: SimulatedMat, first: int, last: int) -> list[list[int]]:
    """Of this range, what the history no longer has; it loses the oldest first."""
    oldest = next(iter(mat.history), last + 1)
    return [[first, min(last, oldest - 1)]] if first < oldest and first <= last else []


def _numberings(mat: SimulatedMat) -> list[Document]:
    if not mat.history:
        return []
    first, last = next(iter(mat.history)), mat.last_number
    return [{"numbering": mat.numbering, "first_no": first, "last_no": last, "count": len(mat.history)}]


def _done(command: Command, mat: SimulatedMat, page: list[int], missing: list[list[int]], **more: object) -> Document:
    return {
        **response_document(Response(command.name, True, "done", f"{len(page)} events come again.", command.correlation)),
        "numbering": mat.numbering,
        "last_no": mat.last_number,
        "count": len(page),
        "first_id": mat.event_id(page[0]) if page else None,
        "last_id": mat.event_id(page[-1]) if page else None,
        "missing": missing,
        **more,
    }


def _refused(command: Command, reason: str, text: str) -> Document:
    return response_document(Response(command.name, False, reason, text, command.correlation))


def _is_id(text: str) -> bool:
    numbering, _, number = text.rpartition("-")
    return len(numbering) == 8 and number.isascii() and number.isdigit() and len(number) <= 12
