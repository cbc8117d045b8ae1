"""What people ask of the history, answered in one form, whether the daemon does it or the command line beside it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import BinaryIO

from acumat.contract.commands import CommandName
from acumat.contract.documents import rfc3339
from acumat.history import changes, forgetting, importing, listing
from acumat.history.changes import Change, RefusedError
from acumat.history.columns import DamagedRowError
from acumat.history.export import export
from acumat.history.forgetting import NotWipedError
from acumat.history.forms import no_moment, wall_s
from acumat.history.helped import sentences
from acumat.history.import_file import RefusedImportError
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


def _list(store: Store, question: Question, *, last: int, by: str) -> Answer:
    with store.reading() as db:
        sums = by != SESSION
        found = listing.sums(db, by, last, question.asked.starts_at) if sums else listing.last_sessions(db, last)
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
    return Answer(text, documents={"added": added, "known": known}, changed=True)


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
        number = _person(store, person or "")
        gone, what = store.forget(lambda db: forgetting.forget_person(db, number)), f"What was stored of {person}"
    text = f"{what} is forgotten, {gone} sessions and every copy beside the history included."
    return Answer(text, documents={"sessions": gone}, changed=True, forgot=everything)


def _helped(store: Store, question: Question) -> Answer:
    rhythm = store.document(RHYTHM) != OFF
    return Answer("What your answers show follows.", documents=sentences(store, question.asked, None, rhythm=rhythm))


def _person(store: Store, name: str) -> int:
    with store.reading() as db:
        number = forgetting.person_called(db, name)
    if number is None:
        raise RefusedError("not_found", f"Nobody is called {name!r}.")
    return number


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
    CommandName.HISTORY_HELPED: _helped,
}
