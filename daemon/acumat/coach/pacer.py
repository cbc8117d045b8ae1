"""When the breathing pacer leads: somebody is guided, lies still and breathes in sight; and what ends it."""

from __future__ import annotations

from dataclasses import replace

from acumat.coach.cues import GuidedSession
from acumat.coach.pace import Pace, Pacer, slower_s
from acumat.coach.state import Update
from acumat.contract.events import EventType
from acumat.contract.state import MatState, Presence

FREE_S = 120.0
"""So long somebody breathes by themselves before they are led. A possible doze is found beside 90 s of such breath."""
AGAIN_S = 30.0
"""So long they have been still again after a pause: who has moved finds their place first."""
STOPPED = {
    "moved": "The breathing pacer pauses, because you moved.",
    "breath_unseen": "The breathing pacer pauses, because the mat does not see your breath.",
    "over": "The breathing pacer ends.",
}
"""By reason."""


def follow_pacer(update: Update, mat: MatState) -> None:
    """Begin, pause or end it. The period is found once a session: who follows breathes slower, and is not slowed again."""
    pacer, guide = update.state.pacer, update.state.guide
    if pacer is None and (guide is None or not update.rules.pacer):
        return
    reason = _why_not(guide, mat)
    if pacer is not None and pacer.pace is not None:
        if reason is not None:
            update.emit(EventType.PACER_STOPPED, reason, STOPPED[reason], session_id=pacer.session_id)
            update.change(pacer=replace(pacer, still_since_s=None, pace=None))
    elif guide is None or (pacer is not None and pacer.session_id != guide.session_id):
        update.change(pacer=None)
    elif reason is None:
        _wait(update, pacer or Pacer(guide.session_id), mat)
    elif pacer is not None and pacer.still_since_s is not None:
        update.change(pacer=replace(pacer, still_since_s=None))


def _why_not(guide: GuidedSession | None, mat: MatState) -> str | None:
    """Why nobody is led now; None if somebody may be."""
    if guide is None or not guide.guided or mat.session_id != guide.session_id:
        return "over"
    if mat.contact_s is None or mat.contact_s >= guide.plan_s:
        return "over"
    if mat.presence is not Presence.LYING or not mat.still:
        return "moved"
    return "breath_unseen" if mat.breaths_per_min is None else None


def _wait(update: Update, pacer: Pacer, mat: MatState) -> None:
    """Lead them once they have been still for long enough; not into a possible doze, and not if they breathe slowly already."""
    now_s = update.now.mono_s
    if pacer.still_since_s is None:
        update.change(pacer=replace(pacer, still_since_s=now_s))
        return
    wait_s = FREE_S if pacer.period_s is None else AGAIN_S
    if now_s - pacer.still_since_s < wait_s or mat.possible_doze or mat.breaths_per_min is None:
        return
    period_s = pacer.period_s or slower_s(mat.breaths_per_min)
    if period_s is None:
        return
    update.change(pacer=replace(pacer, period_s=period_s, pace=Pace(period_s, now_s)))
    per_min = 60.0 / period_s
    text = f"Breathe along if you like: {per_min:.1f} breaths a minute."
    update.emit(EventType.PACER_STARTED, "still", text, session_id=pacer.session_id, per_min=round(per_min, 2))
