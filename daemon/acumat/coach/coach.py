"""The coach's interface: reports of detection, requests and the time go in; new state, events and steps come out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from acumat.coach.deadlines import come_due
from acumat.coach.exposure import follow_exposure, sound_alarm
from acumat.coach.moment import Moment
from acumat.coach.pacer import follow_pacer
from acumat.coach.people import notice_body, shorten, who
from acumat.coach.requests import HANDLERS
from acumat.coach.rules import Rules
from acumat.coach.sessions import follow_session, give_cue
from acumat.coach.state import CoachState, Update
from acumat.contract.commands import CommandName, Refusal
from acumat.contract.events import Event
from acumat.contract.state import JsonScalar, MatState


def follow(
    state: CoachState,
    events: Sequence[Event],
    mat: MatState,
    now: Moment,
    rules: Rules,
    *,
    calendar: bool = True,
    guest: bool = False,
    looked: bool = True,
    settled_us: tuple[float, ...] | None = None,
) -> Update:
    """One frame that is reported. A `guest` is not guided: only the cap holds.

    Without `calendar` only the session is handled; the rest may wait for a later frame, for less than 1 s. `looked`: this run
    has looked at the mat for long enough, so a mat that is blind now will stay so. `settled_us` is the settled load
    on each sensor in microsiemens before gains, None where it is not known of each.
    """
    update = Update(state, now, rules)
    known = None if state.guide is None else state.guide.session_id
    if calendar or (mat.session_id is not None and mat.session_id != known):
        come_due(update)
    follow_exposure(update, events, mat)
    if events or mat.session_id is not None or update.state.guide is not None:
        follow_session(update, events, mat, guest=guest)
    sound_alarm(update, mat, looked=looked)
    give_cue(update, mat)
    follow_pacer(update, mat)
    notice_body(update, mat, settled_us)
    shorten(update)
    return update


def ask(
    state: CoachState, name: CommandName, arguments: Mapping[str, JsonScalar], mat: MatState, now: Moment, rules: Rules
) -> tuple[Update, str | Refusal]:
    """Handle a request or a report, at the present time. A refused one changes nothing."""
    update = Update(state, now, rules)
    come_due(update)
    return update, HANDLERS[name](update, mat, **arguments)


def name_person(state: CoachState, person: int, mat: MatState, now: Moment, rules: Rules) -> tuple[Update, str | Refusal]:
    """Set who lies there, or who comes next. A refused request changes nothing."""
    update = Update(state, now, rules)
    come_due(update)
    return update, who(update, mat, person=person)
