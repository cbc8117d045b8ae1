"""The history as an export has it, read for the report: minutes summed up by session, everything else as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time
from statistics import median
from typing import BinaryIO

from acumat.history.days import day_of
from acumat.history.forms import CheckInForm, PersonForm, SessionForm, StepForm, WeeklyForm, wall_s
from acumat.history.import_file import Minutes, lines
from acumat.history.minutes import MinuteRow, minute_row

STILL_LEAST = 0.9
"""A minute stays still from this share of it on: one restless epoch of 10 s leaves 0.83."""


@dataclass(frozen=True, slots=True)
class Course:
    """Of a session's minutes: the first one that stayed still, and the median of breaths a minute; None where not known."""

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
            case StepForm():
                past.steps.append(row)
            case Minutes():
                past.courses[row.session_id] = course_of([minute_row(row.session_id, (0, *each)) for each in row.rows])
    return past


def course_of(minutes: Sequence[MinuteRow]) -> Course:
    """What the minutes of a session come to."""
    still = [each.minute for each in minutes if each.still is not None and each.still >= STILL_LEAST]
    breaths = [each.breath for each in minutes if each.breath is not None]
    return Course(min(still, default=None), median(breaths) if breaths else None)
