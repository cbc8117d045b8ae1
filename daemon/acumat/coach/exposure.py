"""How long somebody has lain there, independent of sessions and daemons, and the alarm at the cap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from acumat.coach.cues import dozes_on
from acumat.coach.moment import Stamp
from acumat.coach.rules import GONE_S, MINUTE_S
from acumat.coach.safety import Exposure
from acumat.coach.state import Update
from acumat.contract.events import NOBODY_LIES, Event, EventType
from acumat.contract.state import MatState, Presence

FOUND_S = 0.1
"""If a session began this many seconds before its exposure, the exposure is moved back."""
ALARM = "Please get up now: the skin has had the mat long enough for today."


def follow_exposure(update: Update, events: Sequence[Event], mat: MatState) -> None:
    """Update the exposure. It begins with lying down and ends only when a running daemon has seen the mat empty for 20 s."""
    exposure = update.state.safety.exposure
    if exposure is not None and (looked := exposure.looked(update.now)) is not exposure:
        update.change_safety(exposure=looked)
        exposure = looked
    if exposure is not None and not exposure.confirmed and any(_nobody(event) for event in events):
        update.change_safety(exposure=None)
    elif exposure is not None and mat.presence in (Presence.EMPTY, Presence.CONTACT) and any(_up(event) for event in events):
        update.change_safety(exposure=replace(exposure, up=True))
    if mat.presence is Presence.LYING:
        _lies(update, events, mat)
    _watch(update, mat.presence)


def _nobody(event: Event) -> bool:
    return event.event_type is EventType.LYING_WITHDRAWN and event.reason in NOBODY_LIES


def _up(event: Event) -> bool:
    return event.event_type is EventType.SESSION_ENDED and event.reason == "got_up"


def _lies(update: Update, events: Sequence[Event], mat: MatState) -> None:
    now, exposure = update.now, update.state.safety.exposure
    edges_s = [event.edge_mono_s for event in events if event.event_type is EventType.LYING_STARTED]
    began_s = min([now.mono_s - (mat.session_s or 0.0), *[edge_s for edge_s in edges_s if edge_s is not None]])
    if exposure is None:
        exposure = Exposure(Stamp.at(now, began_s))
    elif exposure.since.boot == now.boot and began_s < exposure.since.mono_s - FOUND_S:
        exposure = replace(exposure, since=Stamp.at(now, began_s))  # found a moment after it began
    confirmed = exposure.confirmed or bool(mat.confirmed) or mat.session_id is not None
    if exposure.up or exposure.confirmed is not confirmed:
        exposure = replace(exposure, confirmed=confirmed, up=False)
    if exposure is not update.state.safety.exposure:
        update.change_safety(exposure=exposure)


def _watch(update: Update, presence: Presence) -> None:
    """Whether the mat was empty for so long that the person has surely been up."""
    if presence is not Presence.EMPTY:
        if update.state.empty is not None:
            update.change(empty=None)
        return
    if update.state.empty is None:
        update.change(empty=Stamp.at(update.now))
    elif update.state.empty.over(GONE_S, update.now) and (update.state.safety.exposure is not None or not update.state.emptied):
        update.change(emptied=True)
        update.change_safety(exposure=None)


def may_lie(exposure: Exposure, presence: Presence, *, looked: bool) -> bool:
    """Whether the alarm's person lies there or, on a blind mat, may lie there."""
    return presence is Presence.LYING or (presence is Presence.BLIND and looked and not exposure.up)


def sounds(exposure: Exposure | None, presence: Presence, *, looked: bool = True) -> bool:
    """Whether the alarm should sound now: after getting up, the mat may show a touch for minutes."""
    return exposure is not None and exposure.sounding and may_lie(exposure, presence, looked=looked)


def sound_alarm(update: Update, mat: MatState, *, looked: bool) -> None:
    """Begin the alarm at the cap, once: for a person who lies there, or who may lie on a mat that stays blind."""
    exposure, guide = update.state.safety.exposure, update.state.guide
    if exposure is None or exposure.alarmed or exposure.quiet or not may_lie(exposure, mat.presence, looked=looked):
        return
    seconds = exposure.seconds(update.now)
    dozing = guide is not None and mat.contact_s is not None and dozes_on(guide, mat.contact_s)
    if seconds < update.rules.cap_min * MINUTE_S and not dozing:
        return
    update.change_safety(exposure=replace(exposure, alarmed=True))
    contact_s = mat.contact_s if guide is None or mat.contact_s is not None else guide.contact_s
    if guide is not None:
        update.change(guide=replace(guide, cue=EventType.CUE_CAP, contact_s=contact_s or 0.0))
    update.emit(
        EventType.CUE_CAP,
        "possible_doze" if guide is not None and guide.guided and guide.doze_s is not None else "cap",
        ALARM,
        session_id=mat.session_id if guide is None else guide.session_id,
        planned_min=None if guide is None else guide.planned_min,
        contact_s=contact_s,
        session_s=seconds,
    )
