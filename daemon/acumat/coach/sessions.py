"""A session from lying down to the end of its cool-down, hands free: cues, credit, and unusual ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from acumat.coach.cues import GuidedSession, due
from acumat.coach.guidance_gate import report_guidance
from acumat.coach.journal import DONE, UNKNOWN, Kind, Last
from acumat.coach.moment import Stamp
from acumat.coach.persons import begin, end
from acumat.coach.programme import Clothing, counted, fresh_start, stepped_back
from acumat.coach.rules import CHECK_IN_S, COOL_DOWN_S, FRESH_S, MISSING_S, SHORT_S, SPACING_S
from acumat.coach.safety import Exposure
from acumat.coach.state import Update
from acumat.contract.events import Event, EventType
from acumat.contract.state import MatState, Presence

DROP_S = 10.0
"""A drop so long before the session's first moment still belongs to it: it is reported before anybody is confirmed."""
SECOND = "This is a second session within 8 hours: it is guided all the same and earns no step up."
NOT_SEEN = "not_seen"
INTERRUPTED = "interrupted"
"""Reasons of the end of a session that was under way when the daemon stopped and was not found again in time."""
DROPPED = "You came down rather quickly. Lowering yourself slowly, with the elbows first, feels softer to many people."
EARLY = "You ended before the planned time, which is always right when it is enough."
UNSEEN: dict[str, tuple[str, str]] = {
    "lost_signal": (
        "sensors_lost",
        "The sensors cannot be read any more, so the guidance ends here. Please get up slowly when you like.",
    ),
    "paused": ("paused", "Measuring was paused, so the guidance ends here. Please get up slowly when you like."),
    NOT_SEEN: (
        "not_seen",
        "Nobody watched the mat for a while, so the guidance ends here. Please get up slowly when you like.",
    ),
}
"""Why a session ended for the mat while somebody may still lie there: reason and sentence of the last cue."""
AGAIN = (
    "The mat was not seen empty for 20 s since you last lay on it, so this session is measured and not guided. "
    "The alarm comes at its time."
)
WHO_WAS = " Who was that? Say so, if you like, with: acumat history assign {} NAME."
"""The one question about a session of somebody unknown, for whom the mat has no guess."""
GUEST = "A guest lies there, so the guidance ends here. Please get up slowly when you like."


def follow_session(update: Update, events: Sequence[Event], mat: MatState, *, guest: bool) -> None:
    """Handle detection's reports of this frame, and give the cues that are due."""
    for event in events:
        if update.state.guide is not None:
            _on_event(update, update.state.guide, event, mat)
        elif event.event_type is EventType.DROPPED:
            update.change(drop=Stamp.at(update.now))
    if update.state.guide is not None:
        _miss(update, update.state.guide, mat)
    guide, exposure = update.state.guide, update.state.safety.exposure
    if mat.session_id is None or mat.session_s is None:
        return
    if guide is None and exposure is not None and mat.presence is Presence.LYING:
        _begin(update, mat.session_id, mat.session_s, exposure, guest=guest)
    elif guide is not None and guest and not guide.guest:
        _hand_over(update, guide)


def _miss(update: Update, guide: GuidedSession, mat: MatState) -> None:
    """The daemon was away: the session continues under its id, or another one begins, or its end was not seen."""
    missing, gone = update.state.missing, update.state.safety.exposure is None
    if mat.session_id == guide.session_id:
        if missing is not None:
            update.change(missing=None)
    elif mat.session_id is not None or gone or (missing is not None and missing.over(MISSING_S, update.now)):
        _close(update, guide, guide.contact_s, reason=NOT_SEEN)
    elif missing is None:
        update.change(missing=Stamp.at(update.now))


def _begin(update: Update, session_id: str, session_s: float, exposure: Exposure, *, guest: bool) -> None:
    """Somebody lies there: everything that waited after the session before is over, unless this is another person."""
    started = Stamp.at(update.now, update.now.mono_s - session_s)
    if guest:
        update.change(guide=GuidedSession(session_id, started, None, guest=True), drop=None)
        return
    begin(update)
    settle(update, comfortable=None)
    if update.state.cool_down is not None:
        update.emit(EventType.COOL_DOWN_ENDED, "next_session", "A new session has begun, so the cool-down ends.")
    update.change(cool_down=None, question=None)
    report_guidance(update)
    fresh = is_fresh(update, exposure)
    planned = update.state.programme.planned_min(update.rules) if update.state.why is None and fresh else None
    credits_ = spaced(update)
    update.note(Kind.BEGIN, session_id, minutes=planned or 0)
    drop = update.state.drop
    dropped = drop is not None and (drop.age_s(update.now) or 0.0) <= session_s + DROP_S
    note = AGAIN if not fresh else None if credits_ or planned is None else SECOND
    guide = GuidedSession(
        session_id, started, planned, credits=credits_, dropped=dropped, symptom=_symptom_since(update, started)
    )
    update.change(guide=guide, drop=None, note=note)
    if planned is not None:
        update.change_safety(exposure=replace(exposure, guided=True))


def is_fresh(update: Update, exposure: Exposure) -> bool:
    """Whether a plan may begin for the person on the mat."""
    return not exposure.guided and not exposure.alarmed and exposure.seconds(update.now) <= FRESH_S


def spaced(update: Update) -> bool:
    """Whether a session that begins now may earn a step."""
    return update.state.counted is None or update.state.counted.over(SPACING_S, update.now)


def _symptom_since(update: Update, started: Stamp) -> bool:
    """Whether a symptom has been reported since then: one from before the session was found belongs to it."""
    stops = update.state.safety.all_stops
    return any(stop.boot == started.boot and stop.mono_s >= started.mono_s for stop in stops)


def _hand_over(update: Update, guide: GuidedSession) -> None:
    """The person on the mat is now known to be a guest."""
    if guide.guided:
        update.emit(EventType.GUIDANCE_STOPPED, "guest", GUEST, session_id=guide.session_id)
    update.change(guide=replace(guide, guest=True, planned_min=None))


def _on_event(update: Update, guide: GuidedSession, event: Event, mat: MatState) -> None:
    if event.event_type is EventType.POSSIBLE_DOZE and guide.doze_s is None:
        update.change(guide=replace(guide, doze_s=guide.contact_s if mat.contact_s is None else mat.contact_s))
    elif event.event_type is EventType.DROPPED:
        update.change(guide=replace(guide, dropped=True))
    elif event.event_type is EventType.SESSION_ENDED and event.numbers.get("session_id") == guide.session_id:
        known_s = event.numbers.get("contact_s")
        contact_s = float(known_s) if isinstance(known_s, float | int) else guide.contact_s
        unseen = event.reason == INTERRUPTED and mat.presence is Presence.BLIND  # they may lie there still
        _close(update, guide, contact_s, reason=NOT_SEEN if unseen else event.reason, edge_s=event.edge_mono_s)


def give_cue(update: Update, mat: MatState) -> None:
    """The cue of the plan that is due by the seconds of contact, if this is the session that is being guided."""
    guide, contact_s, exposure = update.state.guide, mat.contact_s, update.state.safety.exposure
    if guide is None or contact_s is None or mat.session_id != guide.session_id or (exposure and exposure.alarmed):
        return
    cue = due(guide, contact_s)
    if cue is None:
        return
    update.change(guide=replace(guide, cue=cue, contact_s=contact_s))
    reason, text = _cue_text(update, guide, cue)
    update.emit(
        cue,
        reason,
        text,
        session_id=guide.session_id,
        planned_min=guide.planned_min,
        contact_s=contact_s,
        session_s=mat.session_s,
    )


def _cue_text(update: Update, guide: GuidedSession, cue: EventType) -> tuple[str, str]:
    dozing = guide.doze_s is not None
    worn = "with a shirt" if update.state.programme.clothing is Clothing.SHIRT else "on bare skin"
    if cue is EventType.CUE_START:
        second = "" if guide.credits else f" {SECOND}"
        start = f"{guide.planned_min} minutes {worn}. Breathe slowly and evenly, and let the shoulders sink.{second}"
        return "lying", start
    return {
        EventType.CUE_HALF: ("half", "Half of the time is over."),
        EventType.CUE_LAST_MINUTE: ("last_minute", "One more minute."),
        EventType.CUE_END: ("planned", "The planned time is over. Roll to the side and get up slowly."),
        EventType.CUE_LOUDER: (
            "possible_doze" if dozing else "still_there",
            "The planned time is over, and you may have dozed off: please get up slowly."
            if dozing
            else "The planned time has been over for a while: please get up slowly.",
        ),
    }[cue]


def _close(update: Update, guide: GuidedSession, contact_s: float, *, reason: str, edge_s: float | None = None) -> None:
    """The session is over: record what was really done, make a step back if one is due, and begin the cool-down."""
    exposure = update.state.safety.exposure
    if reason in UNSEEN and exposure is not None and exposure.guided and not exposure.alarmed:  # else nobody is there
        _report_unseen(update, guide, reason)
    update.change(guide=None, missing=None)
    if guide.guest:
        return
    end(update)
    if contact_s < SHORT_S or guide.planned_min is None:
        update.note(Kind.END, guide.session_id)
    if contact_s < SHORT_S:
        return
    ended = Stamp.at(update.now, edge_s if edge_s is not None and edge_s <= update.now.mono_s else None)
    update.change(lain=guide.session_id)
    if guide.planned_min is not None:
        _guided_end(update, guide, contact_s, ended, by_person=reason == "got_up")
    lain = f"You lay for {contact_s / 60:.1f} minutes." if reason != NOT_SEEN else "The end of the session was not seen."
    drop = f" {DROPPED}" if guide.dropped else ""
    who = WHO_WAS.format(guide.session_id) if update.state.person == UNKNOWN and update.state.guess is None else ""
    update.change(cool_down=ended, note=DROPPED if drop else update.state.note)
    update.emit(
        EventType.COOL_DOWN_STARTED,
        "session_ended",
        f"{lain} Redness should fade within about an hour.{drop}{who}",
        edge_s=ended.mono_s,
        session_id=guide.session_id,
        planned_min=guide.planned_min,
        contact_s=None if reason == NOT_SEEN else contact_s,
        cool_down_s=COOL_DOWN_S,
    )


def _report_unseen(update: Update, guide: GuidedSession, reason: str) -> None:
    """Give the last cue now: a person with closed eyes must not wait for one that cannot come.

    The alarm at the cap still comes.
    """
    if not guide.guided or guide.cue in (EventType.CUE_LOUDER, EventType.CUE_CAP):
        return
    cue = EventType.CUE_LOUDER if guide.cue is EventType.CUE_END else EventType.CUE_END
    update.emit(cue, *UNSEEN[reason], session_id=guide.session_id, planned_min=guide.planned_min)


def _guided_end(update: Update, guide: GuidedSession, contact_s: float, ended: Stamp, *, by_person: bool) -> None:
    done = guide.done(contact_s)
    planned_min = guide.planned_min or 0
    update.note(Kind.END, guide.session_id, minutes=planned_min, word=DONE if done else "", ended=ended)
    done = done and not guide.symptom and not guide.backed
    last = Last(guide.session_id, ended, planned_min, guide.credits, done, guide.backed or guide.symptom)
    update.change(last=last, counted=ended if guide.credits else update.state.counted, pause_weeks=0)
    if by_person and not guide.stopped and guide.early(contact_s):
        back(update, "ended_early", EARLY)


def back(update: Update, reason: str, why: str) -> None:
    """One step back for the session under way, or else for the last one; at most one for each session."""
    guide, last = update.state.guide, update.state.last
    if guide is not None and guide.planned_min is not None:
        if not guide.backed and not guide.symptom:
            update.note(Kind.BACK, guide.session_id, word=reason)
            update.change(guide=replace(guide, backed=True))
            update.apply_step(stepped_back(update.state.programme, update.rules, reason, why, from_min=guide.planned_min))
    elif last is not None and not last.backed and not last.ended.over(CHECK_IN_S, update.now):
        if update.state.person == UNKNOWN and last.session_id != update.state.lain:
            return  # that one may have been somebody else's
        update.note(Kind.BACK, last.session_id, word=reason)
        update.change(last=replace(last, backed=True))
        update.apply_step(stepped_back(update.state.programme, update.rules, reason, why, from_min=last.planned_min))


def restart(update: Update) -> None:
    """Effects of a symptom on the session and the programme."""
    settle(update, comfortable=False)
    guide, last = update.state.guide, update.state.last
    if guide is not None:
        update.change(guide=replace(guide, symptom=True, stopped=True))
    elif last is not None:
        update.change(last=replace(last, backed=True))
    update.apply_step(fresh_start(update.state.programme, update.rules, "symptom", "Something did not feel right."))


def settle(update: Update, *, comfortable: bool | None) -> None:
    """Count the last session once no more reports on it are expected. None: there was no report."""
    last = update.state.last
    if last is None or last.settled:
        return
    update.change(last=replace(last, settled=True))
    if last.credits and last.done:
        fine = False if last.backed else comfortable
        update.apply_step(counted(update.state.programme, update.rules, planned_min=last.planned_min, comfortable=fine))
