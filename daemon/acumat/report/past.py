"""The history as an export has it, read for the report: minutes summed up by session, everything else as it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from statistics import median
from typing import BinaryIO

from acumat.history.days import day_of
from acumat.history.forms import AwayForm, CheckInForm, PersonForm, SessionForm, StepForm, WeeklyForm, wall_s
from acumat.history.helped import STILL_PCT
from acumat.history.import_file import VALUES, Minutes, lines

MINUTE, STILL, BREATHS_PER_10_MIN = (VALUES.index(each) for each in ("minute", "still_pct", "breaths_per_10_min"))


@dataclass(frozen=True, slots=True)
class Course:
    """Of a session's minutes: the first one that was mostly still, and the median of breaths a minute; None where not known."""

    settling_min: int | None = None
    breath: float | None = None


@dataclass(slots=True)
class Past:
    """All of it, in the order of time. `courses` by the session's id."""

    starts_at: time
    people: list[PersonForm] = field(default_factory=list)
    sessions: list[SessionForm] = field(default_factory=list)
    check_ins: list[CheckInForm] = field(default_factory=list)
    weekly: list[WeeklyForm] = field(default_factory=list)
    away: list[AwayForm] = field(default_factory=list)
    steps: list[StepForm] = field(default_factory=list)
    courses: dict[str, Course] = field(default_factory=dict)

    def day(self, at: str) -> date:
        """The day, as the person lives it, to which this moment belongs."""
        return day_of(wall_s(at), self.starts_at)


def read_past(file: BinaryIO, starts_at: time) -> Past:
    """What a JSON export holds; days begin at `starts_at`. Raises RefusedImportError."""
    past = Past(starts_at)
    for _, row in lines(file):
        match row:
            case PersonForm():
                past.people.append(row)
            case SessionForm():
                past.sessions.append(row)
            case CheckInForm():
                past.check_ins.append(row)
            case WeeklyForm():
                past.weekly.append(row)
            case AwayForm():
                past.away.append(row)
            case StepForm():
                past.steps.append(row)
            case Minutes():
                past.courses[row.session_id] = course_of(row)
    return past


def course_of(minutes: Minutes) -> Course:
    """What the minutes of a session come to."""
    still = [row[MINUTE] or 0 for row in minutes.rows if (row[STILL] or 0) >= STILL_PCT]
    breaths = [breath for row in minutes.rows if (breath := row[BREATHS_PER_10_MIN]) is not None]
    return Course(min(still, default=None), median(breaths) / 10.0 if breaths else None)
