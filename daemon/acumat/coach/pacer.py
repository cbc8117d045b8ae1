"""Decides when the breathing pacer leads: while somebody is guided, lies still and their breath is seen."""

from __future__ import annotations

from dataclasses import replace

from acumat.coach.cues import GuidedSession
from acumat.coach.pace import Pace, Pacer, slower_s
from acumat.coach.state import Update
from acumat.contract.events import EventType
from acumat.contract.state import MatState, Presence

FREE_S = 180.0
"""Seconds that somebody lies and breathes freely before they are led. A possible doze needs 90 s of such breath, and the mat
sees about half of a real person's."""
STILL_S = 30.0
"""Seconds of stillness with the breath in sight: a person who has moved settles first."""
STOPPED = {
    "moved": "The breathing pacer pauses, because you moved.",
    "breath_unseen": "The breathing pacer pauses, because the mat does not see your breath.",
    "over": "The breathing pacer ends.",
}
"""By reason."""


def follow_pacer(update: Update, mat: MatState) -> None:
    """Begin, pause or end it. The period is found once a session: who follows breathes slower, and is not slowed again."""
    pacer, guide = update.state.pacer, update.state.guide
    if pacer is not None and (guide is None or guide.session_id != pacer.session_id):
        _stop(update, pacer, "over")
        update.change(pacer=None)
    elif guide is not None and (pacer is not None or update.rules.pacer):
        _follow(update, pacer or Pacer(guide.session_id), guide, mat)


def _follow(update: Update, pacer: Pacer, guide: GuidedSession, mat: MatState) -> None:
    reason = _why_not(guide, mat)
    if reason is not None:
        _stop(update, pacer, reason)
    elif pacer.pace is None:
        _wait(update, pacer, mat)


def _stop(update: Update, pacer: Pacer, reason: str) -> None:
    """End the pacer."""
    if pacer.pace is not None:
        update.emit(EventType.PACER_STOPPED, reason, STOPPED[reason], session_id=pacer.session_id)
    if pacer.still_since_s is not None:
        update.change(pacer=replace(pacer, still_since_s=None, pace=None))


def _why_not(guide: GuidedSession, mat: MatState) -> str | None:
    """Why the pacer must not lead now; None if it may."""
    if not guide.guided or mat.session_id != guide.session_id or mat.contact_s is None or mat.contact_s >= guide.plan_s:
        return "over"
    if mat.presence is not Presence.LYING or not mat.still:
        return "moved"
    return "breath_unseen" if mat.breaths_per_min is None else None


def _wait(update: Update, pacer: Pacer, mat: MatState) -> None:
    """Lead a person who has been still for long enough, unless they may doze or breathe slowly already."""
    now_s = update.now.mono_s
    if pacer.still_since_s is None:
        update.change(pacer=replace(pacer, still_since_s=now_s))
        return
    if now_s - pacer.still_since_s < STILL_S or (mat.contact_s or 0.0) < FREE_S:
        return
    if mat.possible_doze or mat.breaths_per_min is None:
        return
    period_s = pacer.period_s or slower_s(mat.breaths_per_min)
    if period_s is None:
        return
    update.change(pacer=replace(pacer, period_s=period_s, pace=Pace(period_s, now_s)))
    per_min = 60.0 / period_s
    text = f"Breathe along if you like: {per_min:.1f} breaths a minute."
    update.emit(EventType.PACER_STARTED, "still", text, session_id=pacer.session_id, per_min=round(per_min, 2))
