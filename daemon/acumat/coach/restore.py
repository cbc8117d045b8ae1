"""Joins the history's state and the safety file: the newer values count, and no symptom is lost."""

from __future__ import annotations

from dataclasses import replace

from acumat.coach.moment import Moment, Stamp
from acumat.coach.persons import about
from acumat.coach.requests import SYMPTOM, begin_again
from acumat.coach.rules import Rules
from acumat.coach.safety import STOPS_KEPT, Exposure, Safety
from acumat.coach.sessions import settle
from acumat.coach.state import CoachState, Update
from acumat.contract.events import EventType


def restored(stored: CoachState, since: CoachState, now: Moment, rules: Rules, *, reported: bool) -> Update:
    """`stored` is the history's state, `since` that of the safety file and of this run.

    A symptom that the history has missed changes the programme as the command would have done; it is `reported` if it was
    emitted already.
    """
    ours, theirs = since.safety, stored.safety
    if ours.revision >= theirs.revision and ours.person is not None:
        stored = about(stored, ours.person, rules) if stored.person is not None else replace(stored, person=ours.person)
    missed = tuple(stop for stop in ours.stops if not any(same_stop(stop, known) for known in theirs.all_stops))
    rested = ours.rest_day is not None and ours.rest_day != theirs.rest_day and ours.revision >= theirs.revision
    safety = ours if ours.revision >= theirs.revision else _newer(theirs, since, missed, now)
    guide = stored.guide or since.guide
    if guide is not None and safety.exposure is not None and safety.exposure.stopped:
        guide = replace(guide, stopped=True)
    state = replace(
        stored,
        safety=safety if safety.person == stored.person else safety.changed(person=stored.person),
        guide=guide,
        cool_down=since.cool_down or stored.cool_down,
        empty=since.empty,
        emptied=since.emptied,
        readable=True,
    )
    update = Update(state, now, rules)
    if missed:
        if not reported:
            update.emit(
                EventType.SYMPTOM_STOP, "asked", SYMPTOM, session_id=None if state.guide is None else state.guide.session_id
            )
        begin_again(update)
    if rested:  # the skin was still red, so the question has been answered
        update.change(question=None)
        settle(update, comfortable=False)
    return update


def _newer(theirs: Safety, since: CoachState, missed: tuple[Stamp, ...], now: Moment) -> Safety:
    ours = since.safety
    exposure = ours.exposure if since.emptied else earlier_exposure(ours.exposure, theirs.exposure, now)
    safety = theirs.changed(exposure=exposure)
    for stop in missed:
        safety = safety.suffered(stop, now)
    return replace(safety, stops=tuple(sorted(safety.stops, key=lambda stop: stop.wall_s))[-STOPS_KEPT:])


def earlier_exposure(one: Exposure | None, other: Exposure | None, now: Moment) -> Exposure | None:
    """Both are about the same stay: the longer one, with the knowledge of both."""
    if one is None or other is None:
        return one or other
    longer = one if one.seconds(now) >= other.seconds(now) else other
    flags = {
        name: getattr(one, name) or getattr(other, name) for name in ("confirmed", "guided", "alarmed", "quiet", "stopped")
    }
    return replace(longer, **flags)


def same_stop(one: Stamp, other: Stamp) -> bool:
    """Whether both are of one symptom."""
    return one.boot == other.boot and abs(one.mono_s - other.mono_s) < 1.0
