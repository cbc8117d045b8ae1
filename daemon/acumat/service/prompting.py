"""Decides which question is open.

Each is asked once, shown while it may be asked, and their number after a session is limited.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

from acumat.insight.prompts import LastSession, Prompt, Situation, due_prompt
from acumat.stored import UnreadableError, read_as

log = logging.getLogger(__name__)

DOCUMENT = "prompts"

TEXTS: dict[Prompt, str] = {
    Prompt.WEEKLY_LOOK: "How was your week? Four short answers, each of which you may leave out: acumat weekly-look.",
    Prompt.SLEEP: "How did you sleep? From 1 (badly) to 5 (well): acumat note --sleep N.",
    Prompt.ALERTNESS: "How alert are you? From 1 (not at all) to 5 (very): acumat note --alertness N.",
}


@dataclass(frozen=True, slots=True)
class _Stored:
    """The stored form: the last session and the questions since then, and the day of the last weekly look."""

    session_id: str = ""
    day: str = ""
    ended: str = ""
    asked: tuple[str, ...] = ()
    open: str = ""
    weekly: str = ""


class Prompting:
    """`save` gets the text to store at each change. All times are wall-clock times."""

    def __init__(self, save: Callable[[str], object]) -> None:
        self._save = save
        self._weekly_put: date | None = None
        self._open: Prompt | None = None
        self.session: LastSession | None = None
        self.session_id: str | None = None
        self.question: Prompt | None = None
        """The open question."""

    def restore(self, text: str | None) -> None:
        """Restore what an earlier run has stored; a text that cannot be read counts as none."""
        if text is None or self.session is not None:
            return
        try:
            stored = read_as(_Stored, text)
            weekly = date.fromisoformat(stored.weekly) if stored.weekly else None
            asked = tuple(map(Prompt, stored.asked))
            session = (
                LastSession(date.fromisoformat(stored.day), datetime.fromisoformat(stored.ended), asked) if stored.day else None
            )
            opened = Prompt(stored.open) if stored.open else None
        except (UnreadableError, ValueError) as exc:
            log.error("which question was open is not known any more (%s)", type(exc).__name__)
            return
        self._weekly_put, self._open, self.session, self.session_id = weekly, opened, session, stored.session_id or None

    def on_session(self, session_id: str | None, day: date, ended: datetime) -> None:
        """A session of this person is over. A question that was open before it is closed."""
        self.session, self.session_id, self._open, self.question = LastSession(day, ended), session_id, None, None
        self._store()

    def on_redness(self) -> None:
        """The routine has asked its own question, which counts with the others."""
        if self.session is not None and Prompt.REDNESS not in self.session.asked:
            self.session = replace(self.session, asked=(*self.session.asked, Prompt.REDNESS))
            self._store()

    def look(self, situation: Situation) -> None:
        """The question to ask in this situation; its session and weekly look are filled in here."""
        session = self.session
        if session is None:
            return
        weekly = max((day for day in (situation.weekly_day, self._weekly_put) if day is not None), default=None)
        if self._open is None:
            self._put(due_prompt(replace(situation, session=session, weekly_day=weekly)), situation.day)
        self.question = self._open if self._may_be_asked(situation) else None

    def close(self, prompt: Prompt | None = None) -> bool:
        """The open question (or this one, if it is open) is answered or skipped. Returns whether there was one."""
        found = self._open is not None and prompt in (None, self._open) and (prompt is not None or self.question is not None)
        if found:
            self._open = self.question = None
            self._store()
        return found

    def forget(self) -> None:
        """Forget everything about the person."""
        self._weekly_put = self._open = self.session = self.session_id = self.question = None

    def forget_before(self, moment: datetime) -> None:
        """Forget everything before this moment; the history has deleted what was stored of it."""
        if self.session is not None and self.session.ended < moment:
            self.session = self.session_id = self._open = self.question = None
        if self._weekly_put is not None and self._weekly_put < moment.date():
            self._weekly_put = None
        if self.session is not None:
            self._store()

    def take_over(self, other: Prompting) -> None:
        """A session that counted as somebody else's was this person's, unless they had a later one."""
        session = other.session
        if session is not None and (self.session is None or self.session.ended < session.ended):
            self.session, self.session_id, self._open, self.question = session, other.session_id, other._open, None
            self._store()
        other.session = other.session_id = other._open = other.question = None
        other._store()

    def _put(self, prompt: Prompt | None, day: date) -> None:
        if prompt is None or self.session is None:
            return
        self._open = prompt
        self._weekly_put = day if prompt is Prompt.WEEKLY_LOOK else self._weekly_put
        self.session = replace(self.session, asked=(*self.session.asked, prompt))
        self._store()

    def _may_be_asked(self, situation: Situation) -> bool:
        """Whether the open question may be asked in this situation; at night it waits for the morning."""
        session = self.session
        if session is None or self._open is None:
            return False
        before = replace(session, asked=tuple(each for each in session.asked if each is not self._open))
        weekly_day = None if self._open is Prompt.WEEKLY_LOOK else situation.day
        return due_prompt(replace(situation, session=before, weekly_day=weekly_day)) is self._open

    def _store(self) -> None:
        session = self.session
        stored = _Stored(
            self.session_id or "",
            "" if session is None else session.day.isoformat(),
            "" if session is None else session.ended.isoformat(),
            () if session is None else tuple(each.value for each in session.asked),
            "" if self._open is None else self._open.value,
            "" if self._weekly_put is None else self._weekly_put.isoformat(),
        )
        self._save(json.dumps(asdict(stored)))
