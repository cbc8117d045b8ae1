"""Shared parts of several requests: whom one is about, when it has to wait, and what is written with it."""

from __future__ import annotations

import sqlite3

from acumat.coach.journal import UNKNOWN
from acumat.history.changes import RefusedError
from acumat.history.entries import put_document, put_steps
from acumat.history.people import UNKNOWN_NAME, people_of
from acumat.history.questions import Asked, Question
from acumat.history.store import Store

BUSY = "A session is under way, and this would delay its reports. Try again when it has ended."


def people_in(store: Store) -> dict[int, str]:
    """Names of people by their numbers."""
    with store.reading() as db:
        return people_of(db)


def number_of(store: Store, question: Question, name: str) -> int:
    """The number of the person of the request: as the daemon knows them, or by their name.

    Raises RefusedError for an unknown name.
    """
    found = [number for number, each in people_in(store).items() if each.casefold() == name.strip().casefold()]
    if name.strip().casefold() == UNKNOWN_NAME:
        return UNKNOWN
    if not found and question.along.person is None:
        raise RefusedError("not_found", f"Nobody is called {name!r}; acumat people list shows the names.")
    return found[0] if found else question.along.person or UNKNOWN


def write_along(db: sqlite3.Connection, question: Question) -> None:
    """Write the routine after the request, in the same transaction."""
    for name, text in question.along.documents.items():
        put_document(db, name, text)
    put_steps(db, question.along.steps)


def not_during_a_session(asked: Asked) -> None:
    """Raises RefusedError while somebody lies there."""
    if asked.under_way is not None:
        raise RefusedError("under_way", BUSY)
