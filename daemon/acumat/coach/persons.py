"""The person whom the routine is about, if several people use the mat: one of them, or somebody unknown.

The state has one person's programme and answers at a time, with those of the others beside them. Cap, time on the mat, alarm
and the pause after a symptom belong to the mat and stay, whoever is named.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from acumat.coach.journal import UNKNOWN, Journal, Standing
from acumat.coach.moment import Moment, Stamp
from acumat.coach.programme import Clothing, Programme
from acumat.coach.rules import CHECK_IN_S, COOL_DOWN_S, HOUR_S, QUESTION_S, Rules
from acumat.coach.safety import STOPS_KEPT, PersonSafety
from acumat.coach.state import CoachState, Update
from acumat.contract.commands import Refusal

NAMED_S = HOUR_S
"""A person who is named before a session lies there if it begins within this time, as with a check-in before it."""
WHO = Refusal("who", "Several people use this mat. Please say first who this is about: acumat who NAME.")
OPEN_S = COOL_DOWN_S + QUESTION_S
"""Seconds after a session until its questions are closed."""


def about(state: CoachState, person: int, rules: Rules) -> CoachState:
    """The state with the routine about this person.

    For somebody unknown it has the shortest plan of all, with clothing that suits all.
    """
    if state.person in (None, person):
        return state
    now_other: int = state.person or UNKNOWN
    others = {**state.others, now_other: state.standing}
    standing = others.pop(person, Standing())
    if person == UNKNOWN:
        standing = replace(standing, programme=_shortest(others, rules))
    safeties = {**state.safety.others, now_other: state.safety.mine}
    safety = state.safety.about(person, safeties.pop(person, PersonSafety()), safeties)
    return replace(state.with_standing(standing), person=person, others=others, safety=safety)


def load(update: Update, person: int) -> None:
    """Turn to this person. Open questions about a session long ago are closed."""
    update.state = about(update.state, person, update.rules)
    cool_down = update.state.cool_down
    if cool_down is not None and cool_down.over(OPEN_S, update.now):
        update.change(cool_down=None)


def next_person(state: CoachState, now: Moment) -> int | None:
    """The person of a session that begins now; None if no people are set up."""
    if state.person is None:
        return None
    return state.person if state.chosen and state.named is not None and not state.named.over(NAMED_S, now) else UNKNOWN


def begin(update: Update) -> None:
    """A session begins: of the person who was named for it, or of somebody unknown."""
    person = next_person(update.state, update.now)
    if person is not None:
        load(update, person)
        update.change(chosen=False, guess=None)


def end(update: Update) -> None:
    """A session ends: what follows is about the same person, but not the next session."""
    if update.state.person is not None:
        update.change(named=Stamp.at(update.now))


def turn_away(update: Update) -> None:
    """Half a day after a session, or after a person was named, the routine is about somebody unknown."""
    state, now = update.state, update.now
    if state.person is None or state.guide is not None:
        return
    if state.chosen and next_person(state, now) == UNKNOWN:
        update.change(chosen=False)
    if state.person != UNKNOWN and (state.named is None or state.named.over(CHECK_IN_S, now)):
        load(update, UNKNOWN)


def with_people(state: CoachState, people: Collection[int], rules: Rules) -> CoachState:
    """The state for these people, of whom the first was the one owner.

    Removed people are forgotten; after the last one, the one owner continues from there.
    """
    numbers = sorted(people)
    if state.person is None and numbers:
        state = replace(
            state,
            person=numbers[0],
            safety=state.safety.changed(person=numbers[0]),
            journals={numbers[0]: Journal(state.standing)},
        )
    if state.person is None:
        return state
    gone = {state.person, *state.others, *state.safety.others, *state.journals} - {UNKNOWN, *numbers}
    if not numbers:
        return _one_owner(state, gone, rules)
    if state.person in gone:
        state = about(state, UNKNOWN, rules)
    return _with_everybody(_without(state, gone), numbers)


def _with_everybody(state: CoachState, numbers: list[int]) -> CoachState:
    """A new person is asked everything before the mat guides them or somebody unknown."""
    fresh = [person for person in numbers if person != state.person]
    others = {**{person: Standing() for person in fresh if person not in state.others}, **state.others}
    safeties = {**{person: PersonSafety() for person in fresh if person not in state.safety.others}, **state.safety.others}
    if others == state.others and safeties == state.safety.others:
        return state
    return replace(state, others=others, safety=state.safety.changed(others=safeties))


def _one_owner(state: CoachState, gone: set[int], rules: Rules) -> CoachState:
    """Retain the symptoms of all people."""
    state = about(state, max(gone, default=UNKNOWN), rules)
    safety, others = state.safety, state.safety.others.values()
    stops = tuple(sorted(safety.all_stops, key=lambda stop: stop.wall_s))[-STOPS_KEPT:]
    days = [day for day in (safety.rest_day, *(each.rest_day for each in others)) if day is not None]
    professional = safety.professional or any(each.professional for each in others)
    safety = safety.changed(person=None, others={}, stops=stops, professional=professional, rest_day=max(days, default=None))
    return replace(state, person=None, others={}, journals={}, named=None, chosen=False, guess=None, safety=safety)


def _without(state: CoachState, gone: set[int]) -> CoachState:
    """A recent symptom of a removed person still prevents guidance."""
    if not gone:
        return state
    stops = tuple(stop for person in gone for stop in state.safety.others.get(person, PersonSafety()).stops)
    safeties = {person: each for person, each in state.safety.others.items() if person not in gone}
    safety = state.safety
    if stops and state.person != UNKNOWN:
        unknown = safeties.get(UNKNOWN, PersonSafety())
        safeties[UNKNOWN] = replace(unknown, stops=_newest(unknown.stops, stops))
    elif stops:
        safety = safety.changed(stops=_newest(safety.stops, stops))
    return replace(
        state,
        others={person: each for person, each in state.others.items() if person not in gone},
        journals={person: each for person, each in state.journals.items() if person not in gone},
        guess=None if state.guess in gone else state.guess,
        safety=safety.changed(others=safeties),
    )


def _newest(stops: tuple[Stamp, ...], more: tuple[Stamp, ...]) -> tuple[Stamp, ...]:
    return tuple(sorted((*stops, *more), key=lambda stop: stop.wall_s))[-STOPS_KEPT:]


def _shortest(standings: Mapping[int, Standing], rules: Rules) -> Programme:
    programmes = [each.programme for person, each in standings.items() if person != UNKNOWN]
    if not programmes:
        return Programme()
    shirt = any(each.clothing is Clothing.SHIRT for each in programmes)
    return Programme(
        minutes=min(each.planned_min(rules) for each in programmes), clothing=Clothing.SHIRT if shirt else Clothing.SKIN
    )
