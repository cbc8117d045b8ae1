"""The public document of the routine: every key is always there, and none of the person's answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from acumat.coach.exposure import sounds
from acumat.coach.guidance_gate import ON, WHY, beside_hold, why_off
from acumat.coach.moment import Moment, is_morning, programme_day
from acumat.coach.programme import Clothing
from acumat.coach.requests import SYMPTOM
from acumat.coach.rules import COOL_DOWN_S, HOLD_S, MINUTE_S, SPACING_S, Rules
from acumat.coach.state import CoachState, holds
from acumat.contract.events import EventType
from acumat.contract.state import MatState

OVER = (EventType.CUE_END, EventType.CUE_LOUDER, EventType.CUE_CAP)
"""After one of these the planned time is over."""
COARSE_MIN = 5
"""Above this the remaining time is shown in steps of so many minutes: each change is a row in somebody's database."""

ROUTINE_KEYS: tuple[str, ...] = (
    "situation", "text", "guidance", "guidance_reason", "guidance_from", "rest_day", "planned_min", "remaining_min", "cue",
    "stage", "level_min", "clothing", "clothing_offer", "goal", "cap_min", "person_cap_min", "done_today", "cool_down_until",
    "question", "last_note", "next_step_text",
)  # fmt: skip

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""An hour is shown with one: at one in the morning nobody agrees on what today is."""

SITUATIONS: tuple[str, ...] = ("ready", "waiting", "guided", "over_time", "alarm", "measuring", "cool_down", "question")
"""`waiting`: guidance is off and nobody is there; `measuring`: somebody lies there without guidance."""


def routine_document(state: CoachState, mat: MatState, now: Moment, rules: Rules) -> dict[str, Any]:
    """The routine's document, in the order of ROUTINE_KEYS. Guidance is shown as it is now, whether it was reported or not."""
    state = replace(state, why=why_off(state, now, rules))
    programme = state.programme
    stop = holds(state, now)
    return {
        "situation": situation(state, mat),
        "text": _text(state, mat),
        "guidance": state.why is None,
        "guidance_reason": state.why,
        "guidance_from": None if stop is None or not now.known else _wall(stop.wall_s + HOLD_S),
        "rest_day": None if state.safety.rest_day is None or not now.known else state.safety.rest_day.isoformat(),
        "planned_min": programme.planned_min(rules),
        "remaining_min": _remaining_min(state, mat),
        "cue": _cue(state, mat),
        "stage": programme.stage(rules).value,
        "level_min": programme.level_min(rules),
        "clothing": programme.clothing.value,
        "clothing_offer": None if programme.offer is None else programme.offer.value,
        "goal": rules.goal,
        "cap_min": rules.cap_min,
        "person_cap_min": rules.person_cap_min,
        "done_today": _done_today(state, now, rules),
        "cool_down_until": None if state.cool_down is None else _wall(state.cool_down.wall_s + COOL_DOWN_S),
        "question": None if state.question is None else "redness",
        "last_note": state.note,
        "next_step_text": _next(state, now, rules),
    }


def situation(state: CoachState, mat: MatState) -> str:
    """The situation of the routine, in one word."""
    guide = state.guide
    if sounds(state.safety.exposure, mat.presence):
        return "alarm"
    if guide is not None:
        if not guide.guided:
            return "measuring"
        return "over_time" if guide.cue is not None and guide.cue in OVER else "guided"
    if state.cool_down is not None:
        return "cool_down"
    if state.question is not None:
        return "question"
    return "ready" if state.why is None else "waiting"


def _cue(state: CoachState, mat: MatState) -> str | None:
    """The last cue given to the person on the mat."""
    if state.guide is not None and state.guide.cue is not None:
        return state.guide.cue.value
    return EventType.CUE_CAP.value if sounds(state.safety.exposure, mat.presence) else None


def _text(state: CoachState, mat: MatState) -> str:
    """The sentence: while nobody is there, first why guidance is off, then the situation."""
    if state.guide is not None and state.guide.symptom:
        return SYMPTOM
    progress = {
        "alarm": "Please get up slowly.",
        "guided": "Breathe slowly and evenly, and let the shoulders sink.",
        "over_time": "The planned time is over. Get up slowly.",
        "measuring": "The mat measures and does not guide.",
        "cool_down": "Redness should fade within about an hour.",
        "question": "Has the redness faded?",
    }.get(situation(state, mat))
    why = "" if state.why is None or state.guide is not None else WHY[state.why]
    return " ".join(each for each in (why, progress) if each) or ON


def _remaining_min(state: CoachState, mat: MatState) -> int | None:
    """Minutes to the planned end, rounded up: the last ones singly, before that in steps."""
    guide = state.guide
    if guide is None or not guide.guided or mat.contact_s is None:
        return None
    left = -int(-max(0.0, guide.plan_s - mat.contact_s) // MINUTE_S)
    return left if left <= COARSE_MIN else -(-left // COARSE_MIN) * COARSE_MIN


def _done_today(state: CoachState, now: Moment, rules: Rules) -> bool | None:
    """Whether a session of this day has been done; None while the date is not known."""
    if not now.known:
        return None
    if state.counted is None:
        return False
    ended = now.local_of(state.counted.wall_s)
    return programme_day(ended, rules.day_starts_at) == programme_day(now.local, rules.day_starts_at)


def _next(state: CoachState, now: Moment, rules: Rules) -> str:
    programme = state.programme
    worn = "with a shirt" if programme.clothing is Clothing.SHIRT else "on bare skin, or with a shirt"
    text = f"Next: {programme.planned_min(rules)} minutes {worn}, {_when(state, now, rules)}."
    if state.why is not None:
        return text if state.guide is None else f"{WHY[state.why]} {text}"  # otherwise the text says it already
    return f"{text} Bare skin is possible if you like; a shirt is as good." if programme.offer is not None else text


def _when(state: CoachState, now: Moment, rules: Rules) -> str:
    """The first possible time."""
    part = "in the morning" if rules.goal == "morning" else "in the evening"
    why = beside_hold(state, now, rules) if state.why == "symptom" else state.why
    if why not in (None, "rest_day"):
        return "once guidance is on"
    if not now.known:
        waits = {"symptom": "once those 24 hours are over", "rest_day": "once that day is over"}
        return f"{part}, or whenever it suits you" if state.why is None else waits[state.why]
    today = programme_day(now.local, rules.day_starts_at)
    day, hour = _earliest(state, now, rules, today)
    if hour is not None:
        return f"from {WEEKDAYS[hour.weekday()]} {hour:%H:%M} on"
    if day > today:
        return f"{_named(day, today)} {part}"
    in_time = (rules.goal == "morning") is is_morning(now.local, rules.day_starts_at)
    return "today, or whenever it suits you" if in_time else f"{part}, or whenever it suits you"


def _earliest(state: CoachState, now: Moment, rules: Rules, today: date) -> tuple[date, datetime | None]:
    """The first possible day, and the hour if it is possible only from that hour on."""
    rest_day, stop = state.safety.rest_day, holds(state, now)
    day = today + timedelta(days=1) if _done_today(state, now, rules) else today
    if rest_day is not None and rest_day >= today:
        day = max(day, rest_day + timedelta(days=1))
    waits_s = [now.wall_s] if stop is None else [now.wall_s, stop.wall_s + HOLD_S]
    if day == today and state.counted is not None and not state.counted.over(SPACING_S, now):
        waits_s.append(state.counted.wall_s + SPACING_S)
    hour = now.local_of(max(waits_s))
    hour += timedelta(seconds=59) if max(waits_s) > now.wall_s else timedelta()  # shown by the minute, and never too early
    bound = max(waits_s) > now.wall_s and programme_day(hour, rules.day_starts_at) >= day
    return (programme_day(hour, rules.day_starts_at), hour) if bound else (day, None)


def _named(day: date, today: date) -> str:
    return {0: "today", 1: "tomorrow", 2: "the day after tomorrow"}.get((day - today).days, f"on {day.isoformat()}")


def _wall(wall_s: float) -> str:
    return datetime.fromtimestamp(round(wall_s), UTC).isoformat().replace("+00:00", "Z")
