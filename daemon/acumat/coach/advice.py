"""What to do next, in one word: the first advice that applies, the most urgent first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from acumat.contract.now import Advice
from acumat.contract.state import MatState, Presence

SYMPTOM_HOLDS = ("symptom", "professional")
"""With one of these as the reason, who still lies there has just reported a symptom, or has lain down in spite of one."""
ON_THE_MAT = ("alarm", "guided", "over_time", "measuring")
"""Situations of the routine in which somebody lies there."""
OFF: Mapping[str, Advice] = {
    "symptom": Advice.SYMPTOM,
    "professional": Advice.PROFESSIONAL,
    "unanswered": Advice.UNANSWERED,
    "ask_again": Advice.ASK_AGAIN,
    "advice": Advice.ASK_PROFESSIONAL,
    "rest_day": Advice.REST_DAY,
    "history": Advice.HISTORY,
}
"""The advice for each reason why guidance is off."""


def advise(
    mat: MatState, routine: Mapping[str, Any] | None, *, calibrated: bool, calibrating: bool, paused: bool, alarming: bool
) -> Advice:
    """The present advice. `routine` is the routine's document, None if it is switched off."""
    if alarming:
        return Advice.ALARM
    if calibrating:
        return Advice.CALIBRATING
    if paused:
        return Advice.PAUSED
    if mat.presence is Presence.BLIND:
        return Advice.STARTING if mat.reason == "starting" else Advice.BLIND
    if mat.presence is Presence.LYING:
        return _lying(mat, routine)
    return _nobody(routine, calibrated=calibrated)


def _lying(mat: MatState, routine: Mapping[str, Any] | None) -> Advice:
    situation = None if routine is None else routine["situation"]
    if routine is not None and situation in ON_THE_MAT and routine["guidance_reason"] in SYMPTOM_HOLDS:
        return Advice.RISE
    if situation == "over_time":
        return Advice.OVER_TIME
    if mat.lopsided and mat.lateral is not None:
        # on the back, the mat's right is under the person's left
        return Advice.SHIFT_RIGHT if mat.lateral > 0 else Advice.SHIFT_LEFT
    return Advice.BREATHE if situation == "guided" else Advice.MEASURING


def _nobody(routine: Mapping[str, Any] | None, *, calibrated: bool) -> Advice:
    if routine is None:
        return Advice.LIE_DOWN if calibrated else Advice.CALIBRATE
    if routine["question"] is not None:
        return Advice.REDNESS
    why = routine["guidance_reason"]
    if routine["cool_down_until"] is not None and why not in SYMPTOM_HOLDS:
        return Advice.FADING
    if why is not None:
        return OFF[why]
    if not calibrated:
        return Advice.CALIBRATE
    return Advice.DONE_TODAY if routine["done_today"] else Advice.READY
