"""Requests and reports from people to the routine: each gets a sentence; one that makes no sense now changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from acumat.coach.asking_health import health_again, health_answer, store_answers
from acumat.coach.exposure import sounds
from acumat.coach.guidance_gate import report_guidance
from acumat.coach.journal import FADED, UNKNOWN, Kind
from acumat.coach.moment import Stamp, programme_day
from acumat.coach.persons import WHO, load, next_person
from acumat.coach.programme import Clothing, with_clothing, with_minutes
from acumat.coach.replay import begin_anew
from acumat.coach.rules import CHECK_IN_S, COOL_DOWN_S, DISCOMFORT_LIMIT
from acumat.coach.screening import QUESTIONS, Answer
from acumat.coach.sessions import back, restart, settle
from acumat.coach.state import CoachState, Update
from acumat.contract.commands import CommandName, Refusal
from acumat.contract.events import EventType
from acumat.contract.state import MatState, Presence

Handler = Callable[..., str | Refusal]
"""Takes the update under way, the mat and the command's arguments as keywords. Returns the sentence of the answer."""

UNDATED = date(9000, 1, 1)
"""A day of rest that is reported while the date is not known; once it is, this becomes the next whole day."""
SYMPTOM = "Please get up slowly, roll to the side first, and rest."
BACK_DISCOMFORT = "It was more than comfortable, so the programme goes back a little."


def press(update: Update, mat: MatState) -> str | Refusal:
    """The short press: it ends the guidance or the alarm; if a question is open, it answers that all is well."""
    guide = update.state.guide
    if sounds(update.state.safety.exposure, mat.presence) or (guide is not None and guide.guided):
        return stop(update, mat)
    if update.state.question is not None and (guide is None or not guide.guest):
        return redness(update, mat, answer="faded")
    return Refusal("nothing_to_stop", "Nobody is being guided and nothing is being asked, so a press changes nothing.")


def stop(update: Update, mat: MatState) -> str | Refusal:
    """The person wants to stop: no more cues. The rest of the session is still measured."""
    guide, sounding = update.state.guide, sounds(update.state.safety.exposure, mat.presence)
    if not sounding and (guide is None or not guide.guided):
        return _nothing_to_stop(mat, session=guide is not None)
    if sounding:  # a press during a lift does not end an alarm that is silent for it
        _silence(update, only_sounding=True)
    text = "The guidance has ended. Get up slowly when you like."
    if guide is None:
        update.emit(EventType.GUIDANCE_STOPPED, "asked", text)
        return text
    contact_s = guide.contact_s if mat.contact_s is None else mat.contact_s
    early = guide.guided and guide.early(contact_s)
    update.change(guide=replace(guide, stopped=True))
    exposure = update.state.safety.exposure
    update.change_safety(exposure=None if exposure is None else replace(exposure, stopped=True))
    update.emit(EventType.GUIDANCE_STOPPED, "asked", text, session_id=guide.session_id, contact_s=contact_s)
    if early:
        back(update, "stopped_early", "You stopped before the planned time, which is always right when it is enough.")
    return text


def _nothing_to_stop(mat: MatState, *, session: bool) -> Refusal:
    """Why a stop changes nothing, by the state of the mat."""
    if session:
        return Refusal("not_guided", "This session is not being guided; it is only measured.")
    if mat.presence is Presence.EMPTY:
        return Refusal("nobody_there", "Nobody lies on the mat, so there is nothing to stop.")
    seen = {
        Presence.LYING: "Somebody lies on the mat, but no guidance has begun",
        Presence.CONTACT: "Something touches the mat, but nobody is being guided",
    }.get(mat.presence, "The mat cannot tell whether somebody lies there, and nobody is being guided")
    return Refusal("not_guided", f"{seen}, so there is nothing to stop.")


def _silence(update: Update, *, only_sounding: bool) -> None:
    """End the alarm for the person on the mat."""
    exposure = update.state.safety.exposure
    if exposure is not None and (exposure.sounding or not only_sounding):
        update.change_safety(exposure=replace(exposure, quiet=True))


def symptom(update: Update, mat: MatState) -> str | Refusal:
    """Something does not feel right: stop, begin again from the start, and rest for a day."""
    state, now = update.state, update.now
    guide, stops = state.guide, state.safety.stops
    if not somebody_there(state, mat) and state.cool_down is None and mat.presence is Presence.EMPTY:
        text = "Nobody lies on the mat, and nobody did within the last hour. If you feel unwell, please ask for help."
        return Refusal("nobody_there", text)
    noted = guide.symptom if guide is not None else bool(stops) and not stops[-1].over(COOL_DOWN_S, now)
    _silence(update, only_sounding=noted)
    if noted:
        return f"This is noted already. {SYMPTOM}"
    session_id = None if guide is None else guide.session_id
    if guide is not None and guide.guest:  # the programme is about somebody else
        update.change(guide=replace(guide, symptom=True))
        update.emit(EventType.SYMPTOM_STOP, "asked", SYMPTOM, session_id=session_id, guest=True)
        return SYMPTOM
    here = next_person(state, now)
    if guide is None and here is not None and mat.presence is Presence.LYING:
        load(update, here)  # somebody lies there whose session has not begun yet
    update.change(safety=update.state.safety.suffered(Stamp.at(now), now))
    update.emit(EventType.SYMPTOM_STOP, "asked", SYMPTOM, session_id=session_id)
    begin_again(update)
    return SYMPTOM


def somebody_there(state: CoachState, mat: MatState) -> bool:
    """Whether somebody lies there, or has only just got up, or may lie there on a mat that cannot tell."""
    seen = mat.presence is Presence.LYING or mat.session_id is not None or state.guide is not None
    return seen or (state.safety.exposure is not None and mat.presence is not Presence.EMPTY)


def begin_again(update: Update) -> None:
    """Effects of a symptom on the session and the programme."""
    guide = update.state.guide
    update.note(Kind.SYMPTOM, update.state.lain if guide is None else guide.session_id)
    update.change(question=None)
    restart(update)
    report_guidance(update)


def screen(update: Update, _mat: MatState, **words: str) -> str | Refusal:
    """All answers at once."""
    if update.state.person == UNKNOWN:
        return WHO
    answers = {name: Answer(words[name]) for name in QUESTIONS}
    store_answers(update, answers)
    if all(answer is Answer.NO for answer in answers.values()):
        return "Thank you. Nothing here speaks against guidance. You will be asked again in half a year."
    return (
        "Thank you. Please ask a professional whether this mat is right for you, and then say so with: "
        "acumat screen --advice-taken. Until then it measures and does not guide."
    )


def advice(update: Update, _mat: MatState) -> str | Refusal:
    """The person has asked a professional."""
    if update.state.person == UNKNOWN and not update.state.safety.professional:
        return WHO
    safety = update.state.safety
    concern = safety.screening.concern(update.now)
    if not safety.professional and concern in ("unanswered", "ask_again"):
        return Refusal("unanswered", "Please answer the questions first: acumat screen.")
    if not safety.professional and concern is None:
        return Refusal("not_asked", "No advice is being waited for, so nothing changes.")
    update.change_safety(professional=False, screening=replace(safety.screening, advice=True))
    report_guidance(update)
    return "Thank you. The mat does not wait for advice any more."


def check_in(
    update: Update, _mat: MatState, *, when: str | None = None, calm: int | None = None, discomfort: int | None = None
) -> str | Refusal:
    """How the person feels: calm 1 to 5, discomfort 0 to 10, before or after a session."""
    guide, last, now = update.state.guide, update.state.last, update.now
    if guide is not None and guide.guest:
        return Refusal("guest", "A guest lies there. Please say how you feel when they have got up.")
    recent = guide is not None or update.state.cool_down is not None
    recent = recent or (last is not None and last.ended.age_s(now) is not None and not last.ended.over(CHECK_IN_S, now))
    if when == "after" and not recent:
        return Refusal("no_session", "There was no session within the last 12 hours that this could be about.")
    when = when or ("after" if recent else "before")
    text = "Thank you, that is noted."
    session_id = guide.session_id if guide is not None else update.state.lain if when == "after" else None
    update.emit(EventType.CHECK_IN, when, text, calm=calm, discomfort=discomfort, session_id=session_id)
    if when == "after" and discomfort is not None and discomfort >= DISCOMFORT_LIMIT:
        back(update, "discomfort", BACK_DISCOMFORT)
        return f"{text} {BACK_DISCOMFORT}"
    return text


def redness(update: Update, _mat: MatState, *, answer: str) -> str | Refusal:
    """The answer to the one question after the cool-down."""
    if update.state.question is None:
        when = (
            "It is asked when the cool-down is over." if update.state.cool_down is not None else "It is asked after a session."
        )
        return Refusal("not_asked", f"The question about redness is not open now. {when}")
    update.change(question=None)
    update.note(Kind.ANSWER, update.state.lain, word=answer)
    if answer == FADED:
        text = "Good to hear."
        update.emit(EventType.REDNESS, "faded", text)
        settle(update, comfortable=True)
        return text
    settle(update, comfortable=False)
    text = "Then the skin has a day of rest. If it is still red tomorrow, please ask a professional."
    next_day = programme_day(update.now.local, update.rules.day_starts_at) + timedelta(days=1)
    update.change_safety(rest_day=next_day if update.now.known else UNDATED)
    update.emit(EventType.REDNESS, "still_red", text)
    report_guidance(update)
    return text


def programme_set(
    update: Update, _mat: MatState, *, minutes: float | None = None, clothing: str | None = None, cap: float | None = None
) -> str | Refusal:
    """Fewer minutes, other clothing, or an earlier cap, which is the mat's."""
    if update.state.person == UNKNOWN and (minutes is not None or clothing is not None):
        return WHO
    programme = update.state.programme
    if clothing == Clothing.SKIN and programme.clothing is Clothing.SHIRT and programme.offer is None:
        return Refusal("too_early", "The first sessions are with a shirt. After three of them bare skin is offered.")
    level, latest_min = programme.level_min(update.rules), update.configured.cap_min
    if minutes is not None and round(minutes) > level:
        text = f"The programme stands at {level} minutes and goes up by itself. Fewer are always possible, more are not."
        return Refusal("above_level", text)
    if cap is not None and round(cap) > latest_min:
        return Refusal("above_latest", f"The configuration allows no later alarm than after {latest_min} minutes.")
    texts: list[str] = []
    if minutes is not None:
        update.note(Kind.MINUTES, minutes=round(minutes))
        update.apply_step(with_minutes(programme, update.rules, round(minutes)))
        texts.append(f"The next session has {update.state.programme.planned_min(update.rules)} minutes.")
    if cap is not None:
        texts.append(_set_cap(update, round(cap)))
    if clothing is not None:
        update.note(Kind.CLOTHING, word=clothing)
        update.apply_step(with_clothing(update.state.programme, Clothing(clothing)))
        texts.append("With a shirt, then." if clothing == Clothing.SHIRT else "On bare skin, then; a shirt is always as good.")
    return " ".join(texts)


def _set_cap(update: Update, wanted_min: int) -> str:
    """The configured cap is the latest there can be; asking for that one ends the choice."""
    update.change_safety(cap_min=wanted_min if wanted_min < update.configured.cap_min else None)
    return f"The alarm comes after {update.rules.cap_min} minutes."


def programme_reset(update: Update, _mat: MatState) -> str | Refusal:
    """The programme as on the first day. What keeps a person safe stays: answers, symptoms, rest."""
    if update.state.person == UNKNOWN:
        return WHO
    update.note(Kind.RESET)
    begin_anew(update)
    return "The programme is as on the first day. Your answers and any pause after a symptom stay as they are."


HANDLERS: dict[CommandName, Handler] = {
    CommandName.PRESS: press,
    CommandName.STOP: stop,
    CommandName.SYMPTOM: symptom,
    CommandName.SCREEN: screen,
    CommandName.HEALTH_ANSWER: health_answer,
    CommandName.HEALTH_AGAIN: health_again,
    CommandName.ADVICE: advice,
    CommandName.CHECK_IN: check_in,
    CommandName.REDNESS: redness,
    CommandName.PROGRAMME_SET: programme_set,
    CommandName.PROGRAMME_RESET: programme_reset,
}
"""The commands that are the routine's own; a hold is a symptom or a tare, which the service decides."""
