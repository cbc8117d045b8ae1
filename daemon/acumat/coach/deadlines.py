"""Changes with time alone: the end of the cool-down, a credit, a pause, the end of a rest day."""

from __future__ import annotations

from datetime import timedelta

from acumat.coach.guidance_gate import report_guidance, resting
from acumat.coach.moment import Stamp, programme_day
from acumat.coach.persons import turn_away
from acumat.coach.programme import after_pause
from acumat.coach.rules import COOL_DOWN_S, PAUSE_S, QUESTION_S, SPACING_S
from acumat.coach.sessions import settle
from acumat.coach.state import Update
from acumat.contract.events import EventType

QUESTION = "Has the redness faded? One press means yes; acumat redness still-red gives the skin a day of rest."


def come_due(update: Update) -> None:
    """Everything that came due since the last update."""
    update.state = update.state.redated(update.now)
    turn_away(update)
    state, now = update.state, update.now
    if state.cool_down is not None and state.cool_down.over(COOL_DOWN_S, now):
        update.change(cool_down=None, question=Stamp.at(now))
        update.emit(EventType.COOL_DOWN_ENDED, "over", f"The cool-down is over. {QUESTION}", question="redness")
    elif state.question is not None and state.question.over(QUESTION_S, now):
        update.change(question=None)
    follow_programme(update)
    _rest(update)
    report_guidance(update)


def follow_programme(update: Update) -> None:
    """Effects of time on a programme: a session counts once no report against it came, and a pause is a step back."""
    last = update.state.last
    if update.state.guide is None and last is not None and not last.settled and last.ended.over(SPACING_S, update.now):
        settle(update, comfortable=True)
    _pause(update)


def _pause(update: Update) -> None:
    last, now = update.state.last, update.now
    age_s = None if last is None else last.ended.age_s(now)
    if age_s is None or update.state.guide is not None:
        return
    weeks = int(age_s // PAUSE_S)
    while update.state.pause_weeks < weeks:
        before = update.state.programme
        update.change(pause_weeks=update.state.pause_weeks + 1)
        update.apply_step(after_pause(update.state.programme, update.rules))
        if update.state.programme == before:  # it cannot step back any further, however many weeks there were
            update.change(pause_weeks=weeks)


def _rest(update: Update) -> None:
    rest_day, now, rules = update.state.safety.rest_day, update.now, update.rules
    if rest_day is None or not now.known:
        return
    latest = programme_day(now.local, rules.day_starts_at) + timedelta(days=1)
    if not resting(rest_day, now, rules):
        update.change_safety(rest_day=None)
    elif rest_day > latest:  # the clock has been set back, or for the first time
        update.change_safety(rest_day=latest)
