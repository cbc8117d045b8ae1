"""Deletes data of the routine on request. The safety state stays: symptoms, rest, and the time on the mat."""

from __future__ import annotations

from dataclasses import replace

from acumat.coach.guidance_gate import report_guidance
from acumat.coach.journal import UNKNOWN, Journal, Kind, Standing
from acumat.coach.persons import with_people
from acumat.coach.programme import Programme
from acumat.coach.replay import replayed
from acumat.coach.rules import Rules
from acumat.coach.safety import answerless
from acumat.coach.screening import OneByOne
from acumat.coach.state import CoachState, Update


def forget(update: Update) -> None:
    """Delete everything about people except for the safety state: symptoms, rest, and the time on the mat."""
    update.state = with_people(update.state, (), update.rules)
    update.change(
        programme=Programme(), last=None, counted=None, pause_weeks=0, question=None, note=None, lain=None, asked=OneByOne()
    )
    update.state = replace(update.state, safety=answerless(update.state.safety))
    report_guidance(update)


def without_before(state: CoachState, wall_s: float, rules: Rules) -> CoachState:
    """The state without the sessions that began before this Unix time.

    Each programme stays at its level, and the time of the last session stays, since a pause is a step back.
    """
    return replace(
        state.with_standing(_nameless(state.standing, wall_s)),
        others={person: _nameless(each, wall_s) for person, each in state.others.items()},
        journals={person: _later(each, person, wall_s, rules) for person, each in state.journals.items()},
    )


def _nameless(standing: Standing, wall_s: float) -> Standing:
    last, ended = standing.last, standing.cool_down
    return replace(
        standing,
        last=replace(last, session_id="") if last is not None and last.ended.wall_s < wall_s else last,
        lain=standing.lain if ended is not None and ended.wall_s >= wall_s else None,
    )


def _later(journal: Journal, person: int, wall_s: float, rules: Rules) -> Journal:
    begins = (index for index, each in enumerate(journal.entries) if each.kind is Kind.BEGIN and each.at.wall_s >= wall_s)
    first = next(begins, len(journal.entries))
    base = journal.base if person == UNKNOWN else replayed(journal.base, journal.entries[:first], rules)[0]
    entries = journal.entries[first:]
    left = {each.session_id for each in entries}
    bodies = tuple(each for each in journal.bodies if each.session_id in left)
    return Journal(_nameless(base, wall_s), entries, bodies)
