"""What a person sees at a glance: one piece of advice, when the session began and when it is planned to end."""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class Advice(StrEnum):
    """What to do next, in one word; the sentence of each is in the catalogue of words."""

    STARTING = "starting"
    ALARM = "alarm"
    RISE = "rise"
    CALIBRATING = "calibrating"
    PAUSED = "paused"
    BLIND = "blind"
    OVER_TIME = "over_time"
    SHIFT_LEFT = "shift_left"
    SHIFT_RIGHT = "shift_right"
    BREATHE = "breathe"
    MEASURING = "measuring"
    REDNESS = "redness"
    FADING = "fading"
    SYMPTOM = "symptom"
    PROFESSIONAL = "professional"
    UNANSWERED = "unanswered"
    ASK_AGAIN = "ask_again"
    ASK_PROFESSIONAL = "ask_professional"
    REST_DAY = "rest_day"
    HISTORY = "history"
    CALIBRATE = "calibrate"
    DONE_TODAY = "done_today"
    READY = "ready"
    LIE_DOWN = "lie_down"


NOW_KEYS: tuple[str, ...] = ("advice", "text", "started_at", "ends_at")


def now_document(advice: Advice, text: str, *, started_at: str | None, ends_at: str | None) -> dict[str, Any]:
    """Every key of NOW_KEYS. The times are those of the session under way; None without one, or while the date is not known."""
    return dict(zip(NOW_KEYS, (advice, text, started_at, ends_at), strict=True))
