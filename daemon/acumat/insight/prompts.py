"""Decides which question may be asked now: few, each once, each can be skipped, and never at a bad time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

WEEK = timedelta(days=7)
NEXT_DAY = timedelta(days=1)
NOON = time(12, 0)
"""A question about the night or about a morning session is asked until noon."""
EVENING = time(18, 0)
"""A session that ends from here on belongs to the night."""
QUIET = time(21, 30)
"""From here on until the next programme day begins nobody is asked anything."""
MOST_A_SESSION = 2
"""Beeps in diary studies are answered less than half of the time (44.5 %): ask little. The question about redness counts."""


class Prompt(StrEnum):
    """The questions: four taps once a week, how the night was, how alert somebody is.

    The question about redness is the routine's own.
    """

    WEEKLY_LOOK = "weekly_look"
    SLEEP = "sleep"
    ALERTNESS = "alertness"
    REDNESS = "redness"


@dataclass(frozen=True, slots=True)
class LastSession:
    """The person's last session: its programme day, its end by the clock on the wall, and the questions since."""

    day: date
    ended: datetime
    asked: tuple[Prompt, ...] = ()

    @property
    def of_night(self) -> bool:
        return self.ended.time() >= EVENING or self.ended.date() > self.day

    @property
    def of_morning(self) -> bool:
        return not self.of_night and self.ended.time() < NOON


@dataclass(frozen=True, slots=True)
class Situation:
    """Now: the programme day, the clock on the wall, and what forbids a question. `weekly_day`: the last weekly look's."""

    day: date
    now: datetime
    session: LastSession | None = None
    weekly_day: date | None = None
    away: bool = False
    resting: bool = False
    cooling_down: bool = False
    lying: bool = False


def due_prompt(situation: Situation) -> Prompt | None:
    """The question to ask now, or None. Each belongs to the last session, from its cool-down to the next noon.

    The weekly look comes before the others: it asks about sleep, too, and there is room for two questions a session only.
    """
    session = situation.session
    if session is None or situation.away or situation.resting or situation.cooling_down or situation.lying:
        return None
    today, next_morning = situation.day == session.day, situation.day == session.day + NEXT_DAY
    clock = situation.now.time()
    late = clock >= QUIET or situation.now.date() > situation.day
    if late or not (today or (next_morning and clock < NOON)) or len(session.asked) >= MOST_A_SESSION:
        return None
    if Prompt.WEEKLY_LOOK in session.asked:
        return None
    # far ahead of today it was dated by a clock that was wrong
    if situation.weekly_day is None or abs(situation.day - situation.weekly_day) >= WEEK:
        return Prompt.WEEKLY_LOOK
    if next_morning and session.of_night:
        return _once(Prompt.SLEEP, session)
    if today and session.of_morning and clock < NOON:
        return _once(Prompt.ALERTNESS, session)
    return None


def _once(prompt: Prompt, session: LastSession) -> Prompt | None:
    return None if prompt in session.asked else prompt
