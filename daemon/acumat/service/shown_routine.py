"""The routine's document as it is shown. With several people it names the one whom the routine is about."""

from __future__ import annotations

from typing import Any

from acumat.coach.asking_health import open_question
from acumat.coach.document import routine_document
from acumat.coach.journal import UNKNOWN
from acumat.coach.moment import Moment
from acumat.coach.rules import Rules
from acumat.coach.state import CoachState
from acumat.contract.state import MatState
from acumat.service.people import GUEST, People


class ShownRoutine:
    """Makes the document anew when something of it may have changed."""

    def __init__(self, people: People, *, asks_health: bool) -> None:
        self._people = people
        self._asks_health = asks_health
        self._document: dict[str, Any] = {}
        self._of: tuple[object, ...] = ()

    def document(
        self, state: CoachState, mat: MatState, now: Moment, rules: Rules, *, alarming: bool, guest: bool
    ) -> dict[str, Any]:
        """What may be shown now; the same object as long as nothing has changed."""
        who = self._who(state, guest=guest)
        minute = None if mat.contact_s is None else int(mat.contact_s // 5.0)
        of = (state, alarming, minute, int(now.mono_s // 10.0), who)
        if of != self._of:
            named = {} if who is None else {"who": who}
            asked = {"health_question": open_question(state, now)} if self._asks_health else {}
            self._of, self._document = of, {**routine_document(state, mat, now, state.within(rules)), **named, **asked}
        return self._document

    def _who(self, state: CoachState, *, guest: bool) -> str | None:
        """Who lies there or comes next, as it is published; None where no people are set up."""
        if state.person is None:
            return None
        if guest:
            return self._people.label(GUEST)
        if state.guide is None and not state.chosen:
            return self._people.label(UNKNOWN)
        return self._people.label(whose_now(state)[0])


def whose_now(state: CoachState) -> tuple[int, bool]:
    """Who lies there, and whether that is a guess."""
    person = state.person or UNKNOWN
    return (person, False) if person != UNKNOWN or state.guess is None else (state.guess, True)
