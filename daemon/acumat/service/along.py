"""The routine after a request about people, to be stored together with the change in the history."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from acumat.coach.forgetting import without_before
from acumat.coach.journal import Journal
from acumat.coach.journal_text import DOCUMENT as PEOPLE
from acumat.coach.journal_text import journals_from, journals_text
from acumat.coach.moment import Moment, Stamp
from acumat.coach.people import assign
from acumat.coach.persons import with_people
from acumat.coach.programme import Step
from acumat.coach.rules import Rules
from acumat.coach.serialisation import DOCUMENT, from_text, to_text
from acumat.coach.state import CoachState, Update
from acumat.history.questions import Along
from acumat.history.rows import StepRow

log = logging.getLogger(__name__)


def without_person(state: CoachState, people: Collection[int], person: int, now: Moment, rules: Rules) -> Along:
    """Somebody goes."""
    after = with_people(state, [each for each in people if each != person], state.within(rules))
    return Along(documents_of(after, now), person=person)


def forgotten_before(state: CoachState, wall_s: float, now: Moment, rules: Rules) -> Along:
    """Everything before this Unix time is forgotten."""
    return Along(documents_of(without_before(state, wall_s, state.within(rules)), now))


def with_assigned(state: CoachState, session: str, person: int, now: Moment, rules: Rules) -> Along:
    """A session, given by its id or its number, is assigned to a person."""
    known = {each.session_id for journal in state.journals.values() for each in journal.entries}
    found = [each for each in known if each is not None and session in (each, each.rpartition("-s")[2])]
    update = Update(state, now, rules)
    if not found or not assign(update, found[0], person):
        return Along(person=person)
    return Along(documents_of(update.state, now), step_rows(update.steps, now, update.rules), person, found[0])


def documents_of(state: CoachState, now: Moment, journals: Mapping[int, Journal] | None = None) -> dict[str, str | None]:
    """The state as it is stored, and everybody's journals, unless they are these."""
    documents: dict[str, str | None] = {DOCUMENT: to_text(state, Stamp.at(now))}
    if state.journals != journals:
        documents[PEOPLE] = journals_text(state.journals) if state.journals else None
    return documents


def step_rows(steps: Sequence[Step], now: Moment, rules: Rules) -> tuple[StepRow, ...]:
    """Steps of programmes as they are stored."""
    return tuple(
        StepRow(
            now.wall_s,
            now.mono_s,
            step.reason,
            step.text,
            step.before.planned_min(rules),
            step.after.planned_min(rules),
            step.before.clothing.value,
            step.after.clothing.value,
            step.person,
        )
        for step in steps
    )


def read_state(documents: Mapping[str, str], boot: str) -> CoachState:
    """The stored state; a document that cannot be read counts as none, which asks everything again and guides nobody."""
    text = documents.get(DOCUMENT)
    if text is None:
        return CoachState()
    try:
        state = from_text(text, boot)
    except ValueError as exc:
        log.error("what was stored of the routine cannot be used (%s): it begins anew", exc)
        return CoachState()
    return state if state.person is None else replace(state, journals=_journals(documents.get(PEOPLE)))


def _journals(text: str | None) -> dict[int, Journal]:
    """If they cannot be read, programmes continue from their present level."""
    if text is None:
        return {}
    try:
        return journals_from(text)
    except ValueError as exc:
        log.error("what was stored of people's sessions cannot be used (%s): they begin anew", exc)
        return {}
