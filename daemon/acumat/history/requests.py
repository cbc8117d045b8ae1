"""Answers requests about the history, in the same way for the daemon and for the command line without one."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Mapping
from datetime import date
from typing import BinaryIO

from acumat.coach.journal import UNKNOWN
from acumat.contract.commands import CommandName
from acumat.contract.documents import rfc3339
from acumat.history import changes, forgetting, importing, listing, past
from acumat.history.changes import Change, RefusedError
from acumat.history.columns import DamagedRowError
from acumat.history.days import day_of
from acumat.history.explained import Past, past_document
from acumat.history.export import export
from acumat.history.forgetting import NotWipedError
from acumat.history.forms import no_moment, wall_s
from acumat.history.helped import sentences
from acumat.history.import_file import RefusedImportError
from acumat.history.people import document_of
from acumat.history.people_requests import OF_PEOPLE
from acumat.history.questions import Answer, Question
from acumat.history.request_parts import not_during_a_session, number_of, people_in, write_along
from acumat.history.schema import StoreUnavailableError, UnwritableError
from acumat.history.store import Store
from acumat.history.wellbeing import OFF, RHYTHM

log = logging.getLogger(__name__)

SESSION = "session"
NO_FILE = "This request needs a file with it, as acumat history sends it."


def answer(store: Store, question: Question) -> Answer:
    """Carry out a request, in one transaction. Raises no error for any content of the history or failure of the disk."""
    try:
        return HANDLERS[question.name](store, question, **question.arguments)
    except RefusedError as exc:
        return Answer(str(exc), ok=False, reason=exc.reason)
    except RefusedImportError as exc:
        return Answer(str(exc), ok=False, reason="bad_file")
    except StoreUnavailableError as exc:
        return Answer(f"{exc}. Nothing has changed.", ok=False, reason="history")
    except (DamagedRowError, UnwritableError):
        return Answer("A value cannot be stored or read. Nothing has changed.", ok=False, reason="bad_value")


def wiped(store: Store, found: Answer) -> Answer:
    """The answer once no traces of deleted rows are left; called after everything known about them has been replaced."""
    try:
        store.wipe()
    except NotWipedError as exc:
        return Answer(f"{exc}.", ok=False, reason="history")
    return Answer(found.text, documents=found.documents)


def _list(store: Store, question: Question, *, last: int, by: str, person: str | None, day: str | None) -> Answer:
    whose = None if person is None else number_of(store, question, person)
    asked, only = question.asked, None if day is None else _day(day)
    if only is not None and by != SESSION:
        raise RefusedError("bad_value", "Give a day with its sessions, not with sums.")
    with store.reading() as db:
        if by == SESSION:
            found = listing.last_sessions(db, last, asked.starts_at, whose, only)
        else:
            found = listing.sums(db, by, last, asked.starts_at, whose)
    text = f"{found.damaged} sessions are damaged and left out." if found.damaged else "The stored entries follow."
    now = {"today": day_of(asked.now_wall_s, asked.starts_at).isoformat(), "zone": asked.zone}
    return Answer(text, documents={f"{by}s": found.documents, "damaged": found.damaged, **now})


def _show(store: Store, _question: Question, *, id: str) -> Answer:  # noqa: A002  its name in the contract
    with store.reading() as db:
        row = listing.session_named(db, id)
        if row is None:
            raise RefusedError("not_found", f"No session {id!r} is stored; acumat history list shows their ids.")
        shown = {**listing.shown_session(db, row), "events": past.events_of(db, row)}
        return Answer("The stored entries follow.", documents=shown)


def _add(
    store: Store,
    question: Question,
    *,
    at: str,
    id: str | None,  # noqa: A002
    minutes: float | None,
    guest: bool | None,
    moment: str | None,
    calm: int | None,
    discomfort: int | None,
) -> Answer:
    change = Change(_moment(at), minutes, guest, moment, calm, discomfort)
    if change.of_session == change.of_check_in or (change.of_session and (minutes is None or id is not None)):
        text = "Please give either the minutes of a session, or calm and discomfort of a check-in."
        raise RefusedError("bad_value", text)
    with store.transaction() as db:
        if change.of_session:
            name = changes.add_session(db, change, question.asked)
            return Answer(f"The session is added as {name}.", documents={"id": name}, changed=True)
        name = changes.add_check_in(db, change, question.asked, id)
        return Answer(f"The check-in is added as {name}.", documents={"id": name})


def _edit(
    store: Store,
    question: Question,
    *,
    id: str,  # noqa: A002
    at: str | None,
    minutes: float | None,
    guest: bool | None,
    moment: str | None,
    calm: int | None,
    discomfort: int | None,
) -> Answer:
    change = Change(None if at is None else _moment(at), minutes, guest, moment, calm, discomfort)
    with store.transaction() as db:
        return Answer(changes.edit(db, id, change, question.asked), changed=True)


def _delete(store: Store, question: Question, *, id: str) -> Answer:  # noqa: A002
    with store.transaction(takes_events=True) as db:
        return Answer(changes.delete(db, id, question.asked), changed=True)


def _export(store: Store, question: Question, *, format: str) -> Answer:  # noqa: A002
    file = _file(question)

    def write(data: bytes) -> None:
        try:
            file.write(data)
            file.flush()
        except (OSError, ValueError) as exc:  # ValueError: the client has closed it meanwhile
            why = getattr(exc, "strerror", None) or "it is closed, or not open for this"
            raise RefusedError("bad_file", f"The file cannot be written ({why}).") from exc

    with store.reading() as db:
        rows = export(db, format, write)
    return Answer(f"{rows} rows are exported.", documents={"rows": rows})


def _import(store: Store, question: Question) -> Answer:
    not_during_a_session(question.asked)
    file = _file(question)
    with store.transaction() as db:
        added, known = importing.take(db, file)
    text = f"{added} rows are imported; {known} were there already and stay as they are."
    return Answer(text, documents={"added": added, "known": known}, changed=True, people=people_in(store))


def _forget(store: Store, question: Question, *, everything: bool, before: str | None, person: str | None) -> Answer:
    if everything + (before is not None) + (person is not None) != 1:
        raise RefusedError("bad_value", "Please give exactly one of everything, before and person.")
    not_during_a_session(question.asked)
    at_s = None if before is None else _moment(before)
    if everything:
        gone, what = store.forget(forgetting.forget_all), "All that was stored of people"
    elif at_s is not None:
        at: float = at_s

        def earlier_goes(db: sqlite3.Connection) -> int:
            write_along(db, question)
            return forgetting.forget_before(db, at)

        gone, what = store.forget(earlier_goes), f"Everything before {rfc3339(at_s)}"
    else:
        number = number_of(store, question, person or "")

        def person_goes(db: sqlite3.Connection) -> int:
            write_along(db, question)
            return forgetting.forget_person(db, number)

        gone, what = store.forget(person_goes), f"All that was stored of {person}"
    sessions = "1 session" if gone == 1 else f"{gone} sessions"
    text = f"{what} is forgotten, {sessions} and every copy beside the history included."
    documents, people = {"sessions": gone}, people_in(store)
    return Answer(text, documents=documents, changed=True, forgot=everything, forgot_before=at_s, people=people, traces=True)


def _helped(store: Store, question: Question, *, person: str | None) -> Answer:
    people = people_in(store)
    if person is None and len(people) > 1:
        raise RefusedError("bad_value", "Several people use this mat: name one of them (--person NAME).")
    number = min(people, default=None) if person is None else number_of(store, question, person)
    if number == UNKNOWN:
        raise RefusedError("bad_value", "Somebody unknown may be several people, so nothing can be said of them together.")
    rhythm = store.document(document_of(RHYTHM, number)) != OFF
    return Answer("The findings from the answers follow.", documents=sentences(store, question.asked, number, rhythm=rhythm))


def _explain(store: Store, _question: Question, *, at: str) -> Answer:
    wall_s = _moment(at)
    with store.reading() as db:
        around, row = past.around(db, wall_s), past.session_around(db, wall_s)
    inside = row is not None and wall_s <= row.end_wall_s
    session = None if row is None else past.session_summary(row)
    try:
        found = past_document(Past(rfc3339(wall_s), around.before, around.following, session, inside))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as exc:
        raise RefusedError("bad_value", "What is stored around that moment is damaged; give another time.") from exc
    return Answer("The stored entries of that moment follow.", documents={**found, "damaged": around.damaged})


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
        listing.span_of(found)
        fits = found.isoformat() == text
    except (ValueError, OverflowError, OSError):
        fits = False
    if not fits:
        raise RefusedError("bad_value", f"{text!r} is no day, such as 2026-11-24.")
    return date.fromisoformat(text)


def _moment(at: str) -> float:
    wrong = no_moment(at)
    if wrong:
        raise RefusedError("bad_value", f"{at!r} {wrong}, with its zone.")
    return wall_s(at)


def _file(question: Question) -> BinaryIO:
    if question.file is None:
        raise RefusedError("bad_file", NO_FILE)
    return question.file


HANDLERS: Mapping[CommandName, Callable[..., Answer]] = {
    CommandName.HISTORY_LIST: _list,
    CommandName.HISTORY_SHOW: _show,
    CommandName.HISTORY_ADD: _add,
    CommandName.HISTORY_EDIT: _edit,
    CommandName.HISTORY_DELETE: _delete,
    CommandName.HISTORY_EXPORT: _export,
    CommandName.HISTORY_IMPORT: _import,
    CommandName.HISTORY_FORGET: _forget,
    CommandName.HISTORY_HELPED: _helped,
    CommandName.HISTORY_EXPLAIN: _explain,
    **OF_PEOPLE,
}
