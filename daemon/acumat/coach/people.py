"""Who lies there, named or guessed: assigns a session to a person and works programmes out anew, as if it had been known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from acumat.coach.cues import GuidedSession
from acumat.coach.guidance_gate import WHY, report_guidance
from acumat.coach.journal import UNKNOWN, Body, Journal, Kind, Standing
from acumat.coach.moment import Stamp
from acumat.coach.persons import about
from acumat.coach.programme import Step
from acumat.coach.replay import replayed
from acumat.coach.rules import Rules
from acumat.coach.safety import PersonSafety
from acumat.coach.sessions import is_fresh
from acumat.coach.state import CoachState, Update
from acumat.contract.commands import Refusal
from acumat.contract.events import EventType
from acumat.contract.state import MatState, Presence
from acumat.insight.likely_person import likely_person

GUESS_AFTER_S = 180.0
"""Seconds of contact after which the settled load is taken: then creep of foam and sensors is the same in every session."""
ENTRIES_MOST = 60
"""Entries of one journal: three weeks of a session a day. Older ones are part of its base, and are not worked out anew."""
NO_PEOPLE = Refusal("no_people", "No people are set up: one owner and guests use this mat. acumat people add NAME begins.")
A_GUEST = Refusal("guest", "A guest lies there. When they have got up, acumat history assign says whose session it was.")
ASSIGNED = "A session was assigned, and the programme is worked out anew: {} minutes."


def who(update: Update, mat: MatState, *, person: int) -> str | Refusal:
    """Set who lies there, or who comes next."""
    guide = update.state.guide
    if update.state.person is None:
        return NO_PEOPLE
    if guide is not None and guide.guest:
        return A_GUEST
    if guide is None:
        named = person != UNKNOWN
        update.state = about(update.state, person, update.rules)
        update.change(named=Stamp.at(update.now), chosen=named)
        report_guidance(update)
        return "That is who comes next, within an hour." if named else "Nobody is named for what comes next."
    if person == update.state.person:
        return "That is noted already."
    _hand_over(update, guide, mat, person)
    return "This session is theirs." if person != UNKNOWN else "Nobody is named for this session."


def _hand_over(update: Update, guide: GuidedSession, mat: MatState, person: int) -> None:
    """The person on the mat is now known. Cap, alarm and a stop stay; a plan that is half over never becomes longer."""
    _move(update, guide.session_id, person)
    update.state = about(update.state, person, update.rules)
    update.change(guess=None)
    report_guidance(update)
    update.change(guide=_replanned(update, replace(guide, credits=_earns(update, guide.session_id)), mat))


def _earns(update: Update, session_id: str) -> bool:
    journal = update.state.journals.get(update.state.person or UNKNOWN, Journal())
    _, begun = replayed(journal.base, journal.entries, update.rules)
    return begun is not None and begun.session_id == session_id and begun.credits


def _replanned(update: Update, guide: GuidedSession, mat: MatState) -> GuidedSession:
    """The session with the plan of the person who lies there."""
    exposure, own_min, why = update.state.safety.exposure, update.state.programme.planned_min(update.rules), update.state.why
    planned_min = guide.planned_min
    if guide.guided and why is not None:
        text = f"{WHY[why]} The guidance ends here. Please get up slowly when you like."
        update.emit(EventType.GUIDANCE_STOPPED, "another", text, session_id=guide.session_id)
        planned_min = None
    elif guide.guided:
        begun = guide.cue in (None, EventType.CUE_START)
        planned_min = own_min if begun else min(own_min, planned_min or own_min)
    elif why is None and not guide.stopped and exposure is not None and is_fresh(update, exposure):
        planned_min = own_min if mat.presence is Presence.LYING else None
        if planned_min is not None:
            update.change_safety(exposure=replace(exposure, guided=True))
    if planned_min != guide.planned_min:
        _rewrite_begin(update, guide.session_id, planned_min or 0)
    return replace(guide, planned_min=planned_min)


def _rewrite_begin(update: Update, session_id: str, planned_min: int) -> None:
    person = update.state.person or UNKNOWN
    journal = update.state.journals.get(person, Journal())
    entries = tuple(
        replace(each, minutes=planned_min) if each.kind is Kind.BEGIN and each.session_id == session_id else each
        for each in journal.entries
    )
    update.change(journals={**update.state.journals, person: replace(journal, entries=entries)})


def assign(update: Update, session_id: str, person: int) -> bool:
    """Assign a finished session to a person. False if it is too long ago to work programmes out anew."""
    owner = _owner(update.state.journals, session_id)
    if update.state.person is None or owner is None:
        return False
    if owner != person:
        _suffer(update, session_id, owner, person)
        _move(update, session_id, person)
        if update.state.person == owner and update.state.lain == session_id:  # its cool-down and answers are about them
            open_ = update.state.standing
            update.state = about(update.state, person, update.rules)
            update.change(cool_down=open_.cool_down, question=open_.question, lain=session_id, note=open_.note)
            _close_open(update, owner)
    report_guidance(update)
    return True


def _close_open(update: Update, owner: int) -> None:
    standing = update.state.others.get(owner, Standing())
    closed = replace(standing, cool_down=None, question=None, lain=None)
    update.change(others={**update.state.others, owner: closed})


def _owner(journals: Mapping[int, Journal], session_id: str) -> int | None:
    return next((person for person, each in journals.items() if each.of(session_id) != Journal()), None)


def _move(update: Update, session_id: str, person: int) -> None:
    """Move the session to this person's journal, and work both programmes out anew."""
    journals = update.state.journals
    owner = _owner(journals, session_id)
    if owner is None or owner == person:
        return
    of = journals[owner].of(session_id)
    theirs = journals.get(person, Journal(_standing(update.state, person)))
    update.change(
        journals={
            **journals,
            owner: journals[owner].without(session_id),
            person: theirs.noted(*of.entries).with_bodies(*of.bodies),
        }
    )
    for each in (owner, person):
        _work_out(update, each)


def _work_out(update: Update, person: int) -> None:
    if person == UNKNOWN:
        return
    journal, before = update.state.journals[person], _standing(update.state, person)
    found, _ = replayed(journal.base, journal.entries, update.rules, update.now)
    after = replace(before, programme=found.programme, last=found.last, counted=found.counted, pause_weeks=found.pause_weeks)
    if update.state.person == person:
        update.state = update.state.with_standing(after)
    else:
        update.change(others={**update.state.others, person: after})
    planned_min = after.programme.planned_min(update.rules)
    if (planned_min, after.programme.clothing) != (before.programme.planned_min(update.rules), before.programme.clothing):
        text = ASSIGNED.format(planned_min)
        update.steps.append(Step("assigned", text, before.programme, after.programme, person))


def _standing(state: CoachState, person: int) -> Standing:
    return state.standing if state.person == person else state.others.get(person, Standing())


def _suffer(update: Update, session_id: str, owner: int, person: int) -> None:
    """A symptom or red skin of that session becomes this person's as well; restrictions for others stay."""
    of = update.state.journals[owner].of(session_id)
    if person == UNKNOWN:
        return
    here = update.state.person or UNKNOWN
    rest_day = (update.state.safety.mine if here == owner else update.state.safety.others.get(owner, PersonSafety())).rest_day
    update.state = about(update.state, person, update.rules)
    for entry in of.entries:
        if entry.kind is Kind.SYMPTOM:
            update.change(safety=update.state.safety.suffered(entry.at, update.now))
        elif entry.kind is Kind.ANSWER and entry.word != "faded" and rest_day is not None:
            update.change_safety(rest_day=max(rest_day, update.state.safety.rest_day or rest_day))
    update.state = about(update.state, here, update.rules)


def notice_body(update: Update, mat: MatState, settled_us: tuple[float, ...] | None) -> None:
    """Three minutes into a session, store its settled load; if the person is unknown, make a guess from it."""
    state, guide = update.state, update.state.guide
    if state.person is None or guide is None or guide.guest or settled_us is None or (mat.contact_s or 0.0) < GUESS_AFTER_S:
        return
    journal = state.journals.get(state.person, Journal(state.standing))
    if any(body.session_id == guide.session_id for body in journal.bodies[-1:]):
        return
    journals = {**state.journals, state.person: journal.with_bodies(Body(guide.session_id, settled_us))}
    guess = likely_person(settled_us, _known(state)) if state.person == UNKNOWN else None
    update.change(journals=journals, guess=guess)


def _known(state: CoachState) -> dict[int, list[tuple[float, ...]]]:
    """Settled loads of named sessions, of all people, since anybody may lie there."""
    people = [person for person in state.others if person != UNKNOWN]
    return {person: [body.us for body in state.journals.get(person, Journal()).bodies] for person in people}


def shorten(update: Update) -> None:
    """Shorten a long journal, to begin at a later session."""
    for person, journal in update.state.journals.items():
        if len(journal.entries) > ENTRIES_MOST:
            shorter = _shortened(journal, person, update.rules)
            update.change(journals={**update.state.journals, person: shorter})


def _shortened(journal: Journal, person: int, rules: Rules) -> Journal:
    half = len(journal.entries) // 2
    begins = [index for index, each in enumerate(journal.entries) if each.kind is Kind.BEGIN and index >= half]
    first = begins[0] if begins else half
    base = journal.base if person == UNKNOWN else replayed(journal.base, journal.entries[:first], rules)[0]
    return replace(journal, base=base, entries=journal.entries[first:])
