"""The form of exports and imports: one dataclass a table, each value checked.

Times are RFC 3339 in UTC with milliseconds, each with the name of the machine's zone. People have names here, since their
numbers mean nothing elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from acumat.contract.sessions import Profile
from acumat.history.checkins import ANSWERS
from acumat.typed_data import Rule

TEXT_CHARS = 64
SESSION_MOST_S = 7 * 86400.0
"""No session is longer than this."""
SLACK_S = 1.0
"""Contact and span are measured by two clocks, and rounded."""
FIRST_S, LAST_S = 0.0, 4e9
"""Moments from 1970 to 2096: a clock that was not set shows the first, and none of ours can show a later one."""


def wall_s(at: str) -> float:
    """Unix time of an RFC 3339 text with its zone. Raises ValueError."""
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None:
        raise ValueError("no zone")
    return moment.timestamp()


def no_moment(at: str) -> str:
    """The fault of a text that should be a moment; empty if there is none."""
    try:
        fits = at.isascii() and "T" in at and FIRST_S <= wall_s(at) <= LAST_S
    except (ValueError, OverflowError):
        fits = False
    return "" if fits else "is no time of a session, such as 2026-11-24T22:31:05.000Z"


def _matches(pattern: str, what: str) -> Rule:
    return Rule(lambda text: "" if re.fullmatch(pattern, text) else f"is no {what}")


def _within(least: float, most: float) -> Rule:
    return Rule(lambda number: "" if least <= number <= most else f"is not from {least:g} to {most:g}")


def _is_text(text: str) -> str:
    return "" if text.isprintable() and 0 < len(text) <= TEXT_CHARS else f"is no text of 1 to {TEXT_CHARS} characters"


def _no_day(text: str) -> str:
    try:
        fits = date.fromisoformat(text).isoformat() == text
    except ValueError:
        fits = False
    return "" if fits else "is no day, such as 2026-12-24"


At = Annotated[str, Rule(no_moment)]
Id = Annotated[str, _matches(r"[0-9a-z]{1,16}-s\d{1,12}", "session's id")]
Zone = Annotated[str, _matches(r"[A-Za-z0-9_+/-]{0,64}", "time zone")]
Text = Annotated[str, Rule(_is_text)]
Count = Annotated[int, _within(0, 1e6)]
Load = Annotated[float, _within(-1000, 100_000)]
Balance = Annotated[float, _within(-100, 100)]
Share = Annotated[float, _within(0, 1)]
Calm = Annotated[int, _within(1, 5)]
Strength = Annotated[int, _within(0, 10)]
Day = Annotated[str, Rule(_no_day)]
Source = Literal["mat", "added"]


@dataclass(frozen=True, slots=True)
class PersonForm:
    """A person of the mat."""

    name: Text
    since: At


@dataclass(frozen=True, slots=True)
class SessionForm:
    """A finished session.

    `clock_known` is false if the clock had not been set, `guessed` is true if the person is a guess of the mat.
    """

    session_id: Id
    started_at: At
    ended_at: At
    zone: Zone
    clock_known: bool
    contact_s: Annotated[float, _within(0, SESSION_MOST_S)]
    lifts: Count
    end_reason: Text
    load: Load | None
    lateral: Balance | None
    head_foot: Balance | None
    evenness: Share | None
    recovered: bool
    guest: bool
    person: Text | None
    source: Source
    edited_at: At | None
    profile: Profile
    guessed: bool = False

    def fault(self) -> str:
        """A contradiction between values of the session; empty if there is none."""
        span_s = wall_s(self.ended_at) - wall_s(self.started_at)
        if not 0 <= span_s <= SESSION_MOST_S:
            return f"ended_at is not within {SESSION_MOST_S / 86400:g} days after started_at"
        return "contact_s is longer than the session" if self.contact_s > span_s + SLACK_S else ""


@dataclass(frozen=True, slots=True)
class CheckInForm:
    """How somebody felt before or after a session, or the next morning."""

    at: At
    zone: Zone
    clock_known: bool
    moment: Literal["before", "after", "morning"]
    session_id: Id | None
    calm: Calm | None
    discomfort: Strength | None
    person: Text | None
    source: Source
    edited_at: At | None
    alertness: Calm | None
    sleep: Calm | None
    warm: bool | None
    heavy: bool | None
    tingling: bool | None
    red: bool | None
    tight: bool | None

    def fault(self) -> str:
        """A contradiction between values of the check-in; empty if there is none."""
        felt = (getattr(self, name) for name in ANSWERS)
        return "it holds no answer" if all(each is None for each in felt) else ""


@dataclass(frozen=True, slots=True)
class WeeklyForm:
    """The answers of a week."""

    at: At
    zone: Zone
    stiffness: Calm | None
    ease: Calm | None
    headaches: Calm | None
    sleep: Calm | None
    person: Text | None
    source: Source
    edited_at: At | None


@dataclass(frozen=True, slots=True)
class AwayForm:
    """Days away: from `first` until the day before `back`."""

    first: Day
    back: Day
    person: Text | None

    def fault(self) -> str:
        """A contradiction between values of the span; empty if there is none."""
        return "back is not after first" if self.back <= self.first else ""


@dataclass(frozen=True, slots=True)
class StepForm:
    """A step of the programme."""

    at: At
    reason: Text
    text: Annotated[str, Rule(lambda text: "" if len(text) <= 1000 else "is too long")]
    from_min: Count
    to_min: Count
    from_clothing: Text
    to_clothing: Text
    person: Text | None = None
