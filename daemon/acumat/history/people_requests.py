"""Requests about the people of the mat: list, add, rename, remove, and assign a session."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping

from acumat.coach.journal import UNKNOWN
from acumat.contract.commands import CommandName
from acumat.history import listing
from acumat.history import people as names
from acumat.history.changes import RefusedError
from acumat.history.people import UNKNOWN_NAME
from acumat.history.questions import Answer, Question
from acumat.history.request_parts import not_during_a_session, number_of, people_in, write_along
from acumat.history.store import Store


def _assign(store: Store, question: Question, *, id: str, person: str) -> Answer:  # noqa: A002
    not_during_a_session(question.asked)
    number = UNKNOWN if person.casefold() == UNKNOWN_NAME else number_of(store, question, person)
    with store.transaction() as db:
        row = listing.session_named(db, id)
        if row is None:
            raise RefusedError("not_found", f"No session {id!r} is stored; acumat history list shows their ids.")
        session_id = row.record.session_id
        names.assign(db, session_id, number, question.asked.now_wall_s)
        write_along(db, question)
    new = question.along.session_id == session_id
    then = "the programmes are worked out anew" if new else "it is too long ago to change a programme"
    return Answer(f"The session {session_id} is assigned; {then}.", changed=True, assigned=(session_id, number))


def _list(store: Store, _question: Question) -> Answer:
    with store.reading() as db:
        people = names.people_documents(db)
    text = "The people of this mat follow." if people else "No people are set up: one owner and guests use this mat."
    return Answer(text, documents={"people": people})


def _add(store: Store, question: Question, *, name: str) -> Answer:
    with store.transaction() as db:
        people = names.people_of(db)
        if len(people) >= names.PEOPLE_MOST:
            raise RefusedError("too_many", f"At most {names.PEOPLE_MOST} people can be set up.")
        _well_named(name, people)
        names.add(db, name, question.asked.now_wall_s)
    first = " What is stored of the owner is theirs." if not people else ""
    text = f"{name.strip()} is added.{first} Before the mat guides them: acumat who {name.strip()!r}, then acumat screen."
    return Answer(text, people=people_in(store))


def _rename(store: Store, question: Question, *, name: str, to: str) -> Answer:
    number = number_of(store, question, name)
    with store.transaction() as db:
        _well_named(to, {other: each for other, each in names.people_of(db).items() if other != number})
        names.rename(db, number, to)
    return Answer(f"{name} is now called {to.strip()}.", people=people_in(store))


def _remove(store: Store, question: Question, *, name: str) -> Answer:
    not_during_a_session(question.asked)
    number = number_of(store, question, name)

    def goes(db: sqlite3.Connection) -> int:
        write_along(db, question)
        names.remove(db, number)
        return 0

    store.forget(goes)
    people = people_in(store)
    text = f"{name} is removed: programme and answers are gone, and the sessions stay as those of somebody unknown."
    if not people:
        text = f"{name} is removed, and was the last: programme and sessions are the one owner's again."
    return Answer(text, changed=True, people=people, traces=True)


def _well_named(name: str, people: dict[int, str]) -> None:
    wrong = names.wrong_name(name, people)
    if wrong:
        raise RefusedError("bad_value", wrong)


OF_PEOPLE: Mapping[CommandName, Callable[..., Answer]] = {
    CommandName.HISTORY_ASSIGN: _assign,
    CommandName.PEOPLE_LIST: _list,
    CommandName.PEOPLE_ADD: _add,
    CommandName.PEOPLE_RENAME: _rename,
    CommandName.PEOPLE_REMOVE: _remove,
}
