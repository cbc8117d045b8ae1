"""The people of the mat and what is known of each: who the present one is, and what changes when people come and go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from acumat.coach.journal import UNKNOWN
from acumat.history.people import document_of
from acumat.history.wellbeing import OFF, RHYTHM, Known
from acumat.service.prompting import DOCUMENT, Prompting

OF_EACH = (RHYTHM, DOCUMENT)
"""The documents that are restored here; each person has one of each."""
Save = Callable[[str, str | None], object]
"""Stores a document by its name."""


class OnePerson:
    """What is known of one person, and the questions to them. `person` None is the one owner."""

    def __init__(self, person: int | None, save: Save) -> None:
        self.person = person
        self.prompting = Prompting(lambda text: save(document_of(DOCUMENT, self.person), text))
        self.known = Known({})
        self.read = False
        """Whether the history has been read."""
        self.rhythm: bool | None = None
        """None: it is not known yet whether it is switched off, so it is not shown."""

    def restore(self, documents: Mapping[str, str]) -> None:
        """Restore what an earlier run has stored."""
        if self.rhythm is None:
            self.rhythm = documents.get(document_of(RHYTHM, self.person)) != OFF
        self.prompting.restore(documents.get(document_of(DOCUMENT, self.person)))

    def forget(self) -> None:
        """All that was stored of them is deleted."""
        self.prompting.forget()
        self.known, self.rhythm = Known({}), True


class Household:
    """All people of whom something is known. `now` is the present one: the one owner, a person, or somebody unknown."""

    def __init__(self, save: Save) -> None:
        self._save = save
        self._of: dict[int | None, OnePerson] = {}
        self._people: frozenset[int] = frozenset()
        self._documents: dict[str, str] | None = None
        """What the history had at the start about people who have not been here since; None until it is read."""
        self.now = self._one(None)

    def start(self, documents: Mapping[str, str], people: Collection[int]) -> None:
        """Restore, before anything is known, what an earlier run has stored of these people."""
        if people:
            self._people = frozenset(people)
            self.now = self._one(UNKNOWN)
        self._restore(documents)

    def restore_late(self, documents: Mapping[str, str], people: Collection[int]) -> None:
        """The same after the start: everything known since then belongs to the first person."""
        if people:
            self.on_people(people)
        self._restore(documents)

    def about(self, person: int | None) -> None:
        """Make this person the present one."""
        self.now = self._one(person)

    def on_people(self, people: Collection[int]) -> None:
        """The people have changed.

        The first person takes over from the one owner; when the last one is removed, one owner takes over.
        """
        before, self._people = self._people, frozenset(people)
        if people and not before:
            self._move(None, min(people))
        elif before and not people:
            self._move(max(before), None)
            self._of.pop(UNKNOWN, None)
        for gone in before - self._people:
            self._of.pop(gone, None)
            self._drop_documents(gone)
        if self.now not in self._of.values():
            self.now = self._one(UNKNOWN if people else None)

    def on_assigned(self, session_id: str, person: int) -> None:
        """The last session of somebody unknown is this person's: later answers about it belong to it."""
        for each in list(self._of.values()):
            if each.person != person and each.prompting.session_id == session_id:
                self._one(person).prompting.take_over(each.prompting)

    def forget(self) -> None:
        """All that was stored of people is deleted."""
        self._documents = {}
        for each in self._of.values():
            each.forget()

    def forget_before(self, moment: datetime) -> None:
        """All that was stored of people before this time of the wall clock is deleted, and which questions were asked."""
        for number in self._people or (None,):
            self._drop(DOCUMENT, number)
        self._drop(DOCUMENT, UNKNOWN)
        for each in self._of.values():
            each.prompting.forget_before(moment)

    def _one(self, person: int | None) -> OnePerson:
        found = self._of.get(person)
        if found is None:
            found = self._of[person] = OnePerson(person, self._save)
            if self._documents is not None:
                found.restore(self._documents)
        return found

    def _restore(self, documents: Mapping[str, str]) -> None:
        self._documents = {name: text for name, text in documents.items() if name.partition("-")[0] in OF_EACH}
        for each in self._of.values():
            each.restore(self._documents)

    def _move(self, before: int | None, after: int | None) -> None:
        """The history has stored the same under the new number."""
        moved = self._one(before)
        del self._of[before]
        moved.person = after
        self._of[after] = moved
        self._drop_documents(before)

    def _drop_documents(self, person: int | None) -> None:
        """The number may be given to another person later."""
        for name in OF_EACH:
            self._drop(name, person)

    def _drop(self, name: str, person: int | None) -> None:
        if self._documents is not None:
            self._documents.pop(document_of(name, person), None)
