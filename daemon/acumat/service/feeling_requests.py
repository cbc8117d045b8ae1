"""Requests about how somebody feels: the weekly look, notes of the body, days away, the rhythm, and the cover."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any

from acumat.coach.rules import CHECK_IN_S
from acumat.contract.commands import CommandName, Refusal, Response
from acumat.contract.wellbeing import BODY_NOTES
from acumat.history.checkins import AFTER, MORNING
from acumat.history.days import day_start_wall_s
from acumat.insight.prompts import LastSession, Prompt
from acumat.insight.tags import ADVICE
from acumat.service.feelings import Feelings
from acumat.service.request import Handler, Request, done, refused
from acumat_hw.clock import Clock

THANKS = "Thank you, that is noted."
AWAY_MOST = timedelta(days=366)
NO_DATE = Refusal(
    "no_date", "The machine does not know the date yet, so that this cannot be placed. Ask again when its clock is set."
)
NO_SESSION = Refusal("no_session", "There was no session within the last 12 hours that this could be about.")
NO_NIGHT = Refusal("no_session", "There was no session on the day before that the night could be about.")
NOBODY = Refusal("nobody", "Say first who you are: acumat who NAME. This is stored for one person.")
NOT_OPEN = Refusal("not_asked", "No question is open now.")
NOT_AWAY = Refusal("not_away", "You are not away, so nothing changes.")
NO_DAY = Refusal(
    "bad_value", "until must be a day within the next year, such as 2026-12-24; back says that you are here again."
)


class FeelingRequests:
    """Answers at once; the history's thread stores the data."""

    def __init__(self, feelings: Feelings, clock: Clock, *, day_starts_at: time) -> None:
        self.feelings = feelings
        self._clock = clock
        self._day_starts_at = day_starts_at

    @property
    def handlers(self) -> Mapping[CommandName, Handler]:
        """The handlers by command name."""
        return {
            CommandName.WEEKLY_LOOK: self.weekly_look,
            CommandName.NOTE: self.note,
            CommandName.SKIP: self.skip,
            CommandName.AWAY: self.away,
            CommandName.RHYTHM: self.rhythm,
            CommandName.WASHED: self.washed,
        }

    def document(self) -> dict[str, Any]:
        """All that is known; it stays on the machine."""
        return self.feelings.document()

    def weekly_look(
        self, request: Request, *, stiffness: int | None, ease: int | None, headaches: int | None, sleep: int | None
    ) -> Response:
        """Answers of this week. Earlier answers of the same day stay."""
        refusal = self._not_placed()
        if refusal is not None:
            return refused(request.command, refusal)
        since_s = day_start_wall_s(self._clock.wall(), self._day_starts_at)
        answers = {"stiffness": stiffness, "ease": ease, "headaches": headaches, "sleep": sleep}
        self.feelings.prompting.close(Prompt.WEEKLY_LOOK)
        self.feelings.answer_week(since_s, answers)
        return done(request.command, THANKS)

    def note(
        self,
        request: Request,
        *,
        warm: bool | None,
        heavy: bool | None,
        tingling: bool | None,
        red: bool | None,
        tight: bool | None,
        alertness: int | None,
        sleep: int | None,
    ) -> Response:
        """How the body felt after the last session, and how the night was."""
        notes = dict(zip(BODY_NOTES, (warm, heavy, tingling, red, tight), strict=True))
        of_session = alertness is not None or any(each is not None for each in notes.values())
        refusal = self._not_now(of_session=of_session, of_night=sleep is not None)
        if refusal is not None:
            return refused(request.command, refusal)
        rows = [self.feelings.check_in(AFTER, alertness=alertness, **notes)] if of_session else []
        if sleep is not None:
            rows.append(self.feelings.check_in(MORNING, sleep=sleep))
            self.feelings.prompting.close(Prompt.SLEEP)
        if alertness is not None:
            self.feelings.prompting.close(Prompt.ALERTNESS)
        self.feelings.save(*rows)
        return done(request.command, " ".join([THANKS, *(ADVICE[tag] for tag in ADVICE if notes[tag.value])]))

    def skip(self, request: Request) -> Response:
        """Close the open question."""
        if not self.feelings.prompting.close():
            return refused(request.command, NOT_OPEN)
        self.feelings.read_again()
        return done(request.command, "The question is closed.")

    def away(self, request: Request, *, until: str | None, back: bool | None) -> Response:
        """The person is away from today on: until they are back, nothing is asked and the rhythm waits."""
        refusal = self._not_placed()
        if refusal is not None:
            return refused(request.command, refusal)
        today = self.feelings.today
        if back and until is None:
            if self.feelings.away_until is None:
                return refused(request.command, NOT_AWAY)
            self.feelings.set_away(today)
            return done(request.command, "Welcome back.")
        day = None if until is None or back else _day(until)
        if day is None or not today < day <= today + AWAY_MOST:
            return refused(request.command, NO_DAY)
        self.feelings.set_away(day)
        return done(
            request.command, f"You are away until {day.isoformat()}: before that day nothing is asked, and the rhythm waits."
        )

    def rhythm(self, request: Request, *, on: bool) -> Response:
        """Shown, or nowhere."""
        if not self.feelings.anybody:
            return refused(request.command, NOBODY)
        self.feelings.set_rhythm(on=on)
        return done(request.command, "The rhythm is shown." if on else "The rhythm is shown nowhere any more.")

    def washed(self, request: Request) -> Response:
        """Count the hours on the cover anew from now on."""
        if not self.feelings.date_known:
            return refused(request.command, NO_DATE)
        self.feelings.on_washed()
        return done(request.command, "The hours on the cover count from now on.")

    def _not_placed(self) -> Refusal | None:
        """Why nobody's days can be written down now."""
        if not self.feelings.anybody:
            return NOBODY
        return None if self.feelings.date_known else NO_DATE

    def _not_now(self, *, of_session: bool, of_night: bool) -> Refusal | None:
        session = self.feelings.prompting.session
        if not self.feelings.date_known:
            return NO_DATE
        if of_session and (session is None or self._age_s(session) > CHECK_IN_S):
            return NO_SESSION
        yesterday = self.feelings.today - timedelta(days=1)
        return NO_NIGHT if of_night and (session is None or session.day != yesterday) else None

    def _age_s(self, session: LastSession) -> float:
        return self._clock.wall() - session.ended.timestamp()  # the clock on the wall itself may have been put forward


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
