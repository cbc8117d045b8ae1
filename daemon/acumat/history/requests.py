"""What people ask of the history, answered in one form, whether the daemon does it or the command line beside it."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Mapping
from typing import BinaryIO

from acumat.coach.journal import UNKNOWN
from acumat.contract.commands import CommandName
from acumat.contract.documents import rfc3339
from acumat.history import changes, forgetting, importing, listing
from acumat.history import people as names
from acumat.history.changes import Change, RefusedError
from acumat.history.columns import DamagedRowError
from acumat.history.entries import put_document, put_steps
from acumat.history.export import export
from acumat.history.forgetting import NotWipedError
from acumat.history.forms import no_moment, wall_s
from acumat.history.helped import sentences
from acumat.history.import_file import RefusedImportError
from acumat.history.people import UNKNOWN_NAME, document_of
from acumat.history.questions import Answer, Asked, Question
from acumat.history.schema import StoreUnavailableError, UnwritableError
from acumat.history.store import Store
from acumat.history.wellbeing import OFF, RHYTHM

log = logging.getLogger(__name__)

SESSION = "session"
BUSY = "A session is under way, and this would hold up what is reported of it. Ask again when it has ended."
NO_FILE = "This needs a file that comes with the request, as acumat history sends it."


def answer(store: Store, question: Question) -> Answer:
    """Do what is asked, in one transaction. Raises for nothing that a history can hold or a disk can do."""
    try:
        return HANDLERS[question.name](store, question, **question.arguments)
    except RefusedError as exc:
        return Answer(str(exc), ok=False, reason=exc.reason)
    except RefusedImportError as exc:
        return Answer(str(exc), ok=False, reason="bad_file")
    except NotWipedError as exc:
        return Answer(f"{exc}.", ok=False, reason="history", changed=True)
    except StoreUnavailableError as exc:
        return Answer(f"{exc}. Nothing has changed.", ok=False, reason="history")
    except (DamagedRowError, UnwritableError):
        return Answer("A value cannot be stored or read. Nothing has changed.", ok=False, reason="bad_value")


def _list(store: Store, question: Question, *, last: int, by: str, person: str | None) -> Answer:
    whose = None if person is None else _number(store, question, person)
    with store.reading() as db:
        sums = by != SESSION
        found = listing.sums(db, by, last, question.asked.starts_at, whose) if sums else listing.last_sessions(db, last, whose)
    text = f"{found.damaged} sessions are damaged and left out." if found.damaged else "What is stored follows."
    return Answer(text, documents={f"{by}s": found.documents, "damaged": found.damaged})


def _show(store: Store, _question: Question, *, id: str) -> Answer:  # noqa: A002  its name in the contract
    with store.reading() as db:
        row = listing.session_named(db, id)
        if row is None:
            raise RefusedError("not_found", f"No session {id!r} is stored; acumat history list shows their ids.")
        return Answer("What is stored follows.", documents=listing.shown_session(db, row))


def _add(
    store: Store,
    question: Question,
    *,
    at: str,
    minutes: float | None,
    guest: bool | None,
    moment: str | None,
    calm: int | None,
    discomfort: int | None,
) -> Answer:
    change = Change(_moment(at), minutes, guest, moment, calm, discomfort)
    if change.of_session == change.of_check_in or (change.of_session and minutes is None):
        text = "Please give either the minutes of a session, or calm and discomfort of a check-in."
        raise RefusedError("bad_value", text)
    with store.transaction() as db:
        if change.of_session:
            name = changes.add_session(db, change, question.asked)
            return Answer(f"The session is added as {name}.", documents={"id": name}, changed=True)
        name = changes.add_check_in(db, change, question.asked)
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
    with store.transaction() as db:
        return Answer(changes.delete(db, id, question.asked), changed=True)


def _export(store: Store, question: Question, *, format: str) -> Answer:  # noqa: A002
    file = _file(question)

    def write(data: bytes) -> None:
        try:
            file.write(data)
            file.flush()
        except (OSError, ValueError) as exc:  # ValueError: who asked has closed it meanwhile
            why = exc.strerror if isinstance(exc, OSError) else "it is closed"
            raise RefusedError("bad_file", f"The file cannot be written ({why}).") from exc

    with store.reading() as db:
        rows = export(db, format, write)
    return Answer(f"{rows} rows are exported.", documents={"rows": rows})


def _import(store: Store, question: Question) -> Answer:
    _not_during_a_session(question.asked)
    file = _file(question)
    with store.transaction() as db:
        added, known = importing.take(db, file)
    text = f"{added} rows are imported; {known} were there already and stay as they are."
    return Answer(text, documents={"added": added, "known": known}, changed=True, people=_people(store))


def _forget(store: Store, question: Question, *, everything: bool, before: str | None, person: str | None) -> Answer:
    if everything + (before is not None) + (person is not None) != 1:
        raise RefusedError("bad_value", "Please give one of everything, before and person.")
    _not_during_a_session(question.asked)
    if everything:
        gone, what = store.forget(forgetting.forget_all), "All that was stored of people"
    elif before is not None:
        at_s = _moment(before)
        gone, what = store.forget(lambda db: forgetting.forget_before(db, at_s)), f"What was before {rfc3339(at_s)}"
    else:
        number = _number(store, question, person or "")

        def person_goes(db: sqlite3.Connection) -> int:
            _write_along(db, question)
            return forgetting.forget_person(db, number)

        gone, what = store.forget(person_goes), f"What was stored of {person}"
    text = f"{what} is forgotten, {gone} sessions and every copy beside the history included."
    return Answer(text, documents={"sessions": gone}, changed=True, forgot=everything, people=_people(store))


def _helped(store: Store, question: Question, *, person: str | None) -> Answer:
    people = _people(store)
    if person is None and len(people) > 1:
        raise RefusedError("bad_value", "Several people use this mat: name one of them (--person NAME).")
    number = min(people, default=None) if person is None else _number(store, question, person)
    rhythm = store.document(document_of(RHYTHM, number)) != OFF
    return Answer("What the answers show follows.", documents=sentences(store, question.asked, number, rhythm=rhythm))


def _assign(store: Store, question: Question, *, id: str, person: str) -> Answer:  # noqa: A002
    _not_during_a_session(question.asked)
    number = UNKNOWN if person.casefold() == UNKNOWN_NAME else _number(store, question, person)
    with store.transaction() as db:
        row = listing.session_named(db, id)
        if row is None:
            raise RefusedError("not_found", f"No session {id!r} is stored; acumat history list shows their ids.")
        session_id = row.record.session_id
        names.assign(db, session_id, number, question.asked.now_wall_s)
        _write_along(db, question)
    new = question.along.session_id == session_id
    then = "the programmes are worked out anew" if new else "it is too long ago to change a programme"
    return Answer(f"The session {session_id} is assigned; {then}.", changed=True, assigned=(session_id, number))


def _people_list(store: Store, _question: Question) -> Answer:
    with store.reading() as db:
        people = names.people_documents(db)
    text = "The people of this mat follow." if people else "No people are set up: one owner and guests use this mat."
    return Answer(text, documents={"people": people})


def _people_add(store: Store, question: Question, *, name: str) -> Answer:
    with store.transaction() as db:
        people = names.people_of(db)
        if len(people) >= names.PEOPLE_MOST:
            raise RefusedError("too_many", f"At most {names.PEOPLE_MOST} people can be set up.")
        _well_named(name, people)
        names.add(db, name, question.asked.now_wall_s)
    first = " What is stored of the owner is theirs." if not people else ""
    text = f"{name.strip()} is added.{first} Before the mat guides them: acumat who {name.strip()!r}, then acumat screen."
    return Answer(text, people=_people(store))


def _people_rename(store: Store, question: Question, *, name: str, to: str) -> Answer:
    number = _number(store, question, name)
    with store.transaction() as db:
        _well_named(to, {other: each for other, each in names.people_of(db).items() if other != number})
        names.rename(db, number, to)
    return Answer(f"{name} is called {to.strip()} now.", people=_people(store))


def _people_remove(store: Store, question: Question, *, name: str) -> Answer:
    _not_during_a_session(question.asked)
    number = _number(store, question, name)

    def goes(db: sqlite3.Connection) -> int:
        _write_along(db, question)
        names.remove(db, number)
        return 0

    store.forget(goes)
    people = _people(store)
    text = f"{name} is removed: programme and answers are gone, and the sessions stay as those of somebody unknown."
    if not people:
        text = f"{name} is removed, and was the last: programme and sessions are the one owner's again."
    return Answer(text, changed=True, people=people)


def _well_named(name: str, people: dict[int, str]) -> None:
    wrong = names.wrong_name(name, people)
    if wrong:
        raise RefusedError("bad_value", wrong)


def _people(store: Store) -> dict[int, str]:
    with store.reading() as db:
        return names.people_of(db)


def _number(store: Store, question: Question, name: str) -> int:
    """The number of whom the request is about: as the daemon knows them, or by their name."""
    found = [number for number, each in _people(store).items() if each.casefold() == name.strip().casefold()]
    if name.strip().casefold() == UNKNOWN_NAME:
        return UNKNOWN
    if not found and question.along.person is None:
        raise RefusedError("not_found", f"Nobody is called {name!r}; acumat people list shows the names.")
    return found[0] if found else question.along.person or UNKNOWN


def _write_along(db: sqlite3.Connection, question: Question) -> None:
    """What the routine becomes by it: the same transaction holds all of it."""
    for name, text in question.along.documents.items():
        put_document(db, name, text)
    put_steps(db, question.along.steps)


def _moment(at: str) -> float:
    wrong = no_moment(at)
    if wrong:
        raise RefusedError("bad_value", f"{at!r} {wrong}, with its zone.")
    return wall_s(at)


def _file(question: Question) -> BinaryIO:
    if question.file is None:
        raise RefusedError("bad_file", NO_FILE)
    return question.file


def _not_during_a_session(asked: Asked) -> None:
    if asked.under_way is not None:
        raise RefusedError("under_way", BUSY)


HANDLERS: Mapping[CommandName, Callable[..., Answer]] = {
    CommandName.HISTORY_LIST: _list,
    CommandName.HISTORY_SHOW: _show,
    CommandName.HISTORY_ADD: _add,
    CommandName.HISTORY_EDIT: _edit,
    CommandName.HISTORY_DELETE: _delete,
    CommandName.HISTORY_EXPORT: _export,
    CommandName.HISTORY_IMPORT: _import,
    CommandName.HISTORY_FORGET: _forget,
    CommandName.HISTORY_ASSIGN: _assign,
    CommandName.PEOPLE_LIST: _people_list,
    CommandName.PEOPLE_ADD: _people_add,
    CommandName.PEOPLE_RENAME: _people_rename,
    CommandName.PEOPLE_REMOVE: _people_remove,
    CommandName.HISTORY_HELPED: _helped,
}
