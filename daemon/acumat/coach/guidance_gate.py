"""Whether guidance is on, and if not, why, in one word and in a sentence."""

from __future__ import annotations

from datetime import date

from acumat.coach.journal import UNKNOWN
from acumat.coach.moment import Moment, programme_day
from acumat.coach.rules import Rules
from acumat.coach.safety import PersonSafety, Safety
from acumat.coach.state import CoachState, Update, holds
from acumat.contract.events import EventType

WHY: dict[str, str] = {
    "symptom": "After a symptom the mat guides nobody for 24 hours. Please rest, and ask a professional if it does not pass.",
    "professional": "Twice within 14 days something did not feel right. Please ask a professional before you go on, and then "
    "say so with: acumat screen --advice-taken.",
    "unanswered": "Before the mat guides you, a few questions about your health want an answer: acumat screen. "
    "Until then it only measures.",
    "ask_again": "Half a year has passed: please answer the questions about your health once more with: acumat screen.",
    "advice": "Please ask a professional whether this mat is right for you, and then say so with: "
    "acumat screen --advice-taken. Until then it only measures.",
    "rest_day": "The skin has a day of rest. The mat measures, but guides nobody until that day is over.",
    "history": "What was stored of the routine cannot be read now, so the mat only measures.",
}
"""What each reason says."""
ON = "Guidance is on."


def why_off(state: CoachState, now: Moment, rules: Rules) -> str | None:
    """The word for which guidance is off; None if it is on. Somebody unknown is guided where anybody here would be."""
    if not state.readable:
        return "history"
    if holds(state, now) is not None:
        return "symptom"
    return beside_hold(state, now, rules)


def beside_hold(state: CoachState, now: Moment, rules: Rules) -> str | None:
    """The word for what keeps guidance off apart from the 24 hours after a symptom; None if nothing does."""
    if state.person != UNKNOWN:
        return _why(state.safety, now, rules)
    found = [_why(each, now, rules) for person, each in sorted(state.safety.others.items()) if person != UNKNOWN]
    mine = "professional" if state.safety.professional else "rest_day" if resting(state.safety.rest_day, now, rules) else None
    return next((why for why in (mine, *found) if why is not None), None)


def _why(safety: Safety | PersonSafety, now: Moment, rules: Rules) -> str | None:
    """The reason against guiding this person; None if there is none."""
    if safety.professional:
        return "professional"
    concern = safety.screening.concern(now)
    if concern is not None:
        return concern
    return "rest_day" if resting(safety.rest_day, now, rules) else None


def resting(rest_day: date | None, now: Moment, rules: Rules) -> bool:
    """Whether the rest day is not over. While the date is not known, it is not."""
    return rest_day is not None and (not now.known or programme_day(now.local, rules.day_starts_at) <= rest_day)


def report_guidance(update: Update) -> None:
    """Report when an event or the calendar has switched guidance on or off."""
    why = why_off(update.state, update.now, update.rules)
    if why == update.state.why:
        return
    update.change(why=why)
    update.emit(EventType.GUIDANCE_CHANGED, why or "on", ON if why is None else WHY[why], guidance=why is None)
