"""A programme worked out anew from a journal: the same rules at the same times, as if everything had been known then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC

from acumat.coach.cues import GuidedSession
from acumat.coach.deadlines import follow_programme
from acumat.coach.journal import DONE, FADED, Entry, Kind, Last, Standing
from acumat.coach.moment import Moment, Stamp
from acumat.coach.programme import Clothing, reset, with_clothing, with_minutes
from acumat.coach.rules import Rules
from acumat.coach.sessions import back, restart, settle, spaced
from acumat.coach.state import CoachState, Update


def replayed(
    base: Standing, entries: Sequence[Entry], rules: Rules, until: Moment | None = None
) -> tuple[Standing, GuidedSession | None]:
    """The programme after these entries, starting from `base`, and the session that has begun and not ended.

    `until` is the end of the calculation; None: the last entry. `rules` are the present ones. Cool-down and question are not
    worked out.
    """
    state = CoachState().with_standing(base)
    for entry in entries:
        at = entry.at
        update = Update(state, Moment(at.mono_s, at.wall_s, at.boot, UTC, clock_set=at.known), rules)
        follow_programme(update)
        REPLAY[entry.kind](update, entry)
        state = update.state
    if until is not None:
        update = Update(state, until, rules)
        follow_programme(update)
        state = update.state
    return state.standing, state.guide


def _begin(update: Update, entry: Entry) -> None:
    settle(update, comfortable=None)
    credits_ = spaced(update)
    update.change(guide=GuidedSession(entry.session_id or "", entry.at, entry.minutes or None, credits=credits_))


def _back(update: Update, entry: Entry) -> None:
    back(update, entry.word, "")


def _end(update: Update, entry: Entry) -> None:
    guide = update.state.guide or GuidedSession("", entry.at, entry.minutes)
    if not entry.minutes:  # shorter than a session, or not guided
        update.change(guide=None)
        return
    ended: Stamp = entry.ended or entry.at
    spoilt = guide.backed or guide.symptom
    last = Last(entry.session_id or "", ended, entry.minutes, guide.credits, entry.word == DONE and not spoilt, spoilt)
    update.change(last=last, counted=ended if guide.credits else update.state.counted, pause_weeks=0, guide=None)


def _answer(update: Update, entry: Entry) -> None:
    settle(update, comfortable=entry.word == FADED)


def _symptom(update: Update, _entry: Entry) -> None:
    restart(update)


def _minutes(update: Update, entry: Entry) -> None:
    update.apply_step(with_minutes(update.state.programme, update.rules, entry.minutes))


def _clothing(update: Update, entry: Entry) -> None:
    update.apply_step(with_clothing(update.state.programme, Clothing(entry.word)))


def begin_anew(update: Update, _entry: Entry | None = None) -> None:
    """The programme as on the first day, because the person asked for it."""
    last = update.state.last
    update.change(last=None if last is None else replace(last, settled=True, backed=True))
    update.apply_step(reset(update.state.programme))


REPLAY: Mapping[Kind, Callable[[Update, Entry], None]] = {
    Kind.BEGIN: _begin,
    Kind.BACK: _back,
    Kind.END: _end,
    Kind.ANSWER: _answer,
    Kind.SYMPTOM: _symptom,
    Kind.MINUTES: _minutes,
    Kind.CLOTHING: _clothing,
    Kind.RESET: begin_anew,
}
