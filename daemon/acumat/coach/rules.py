"""The numbers of the routine, each with its unit and its source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Literal

MINUTE_S = 60.0
HOUR_S = 3600.0
DAY_S = 86_400.0

START_MIN = 10
"""The first level, also after a symptom: the usual advice for beginners."""
LEAST_MIN = 5
"""A plan is never shorter: start, half and last minute would run into each other."""
STEP_MIN = 2
FIRST_SESSIONS = 3
"""Number of first sessions at that level, with a shirt."""
COMFORTABLE_SESSIONS = 2
"""So many comfortable sessions in a row before the next step up."""
DISCOMFORT_LIMIT = 4
"""Discomfort (0 to 10) from which the programme steps back."""
STUDIED_MIN = 30
"""Trials of a mat alone went up to 30 minutes a day (Saha 2016, n = 91). One with exercise had 60 (Frizziero 2021, n = 44) and
says little of the mat, so no plan goes there."""

SHORT_S = 60.0
"""Who gets up within the first minute has had no session: the first half minute is the sharpest (Olsson 2011, n = 32)."""
LAST_MINUTE_S = 60.0
EARLY_S = LAST_MINUTE_S
"""Who ends before the last minute has begun has ended early."""
LOUDER_AFTER_S = 120.0
DOZE_LOUDER_AFTER_S = 30.0
"""Who may be asleep misses a soft cue, so the louder one comes sooner."""
DOZE_CAP_AFTER_S = 300.0
"""Who may be asleep is woken this long after the plan or the doze, whichever is later, if the cap does not come before.
Skin under a device is at risk in a sleeper (blisters after 30 min of sleep under cups, JAMA Dermatology 2018)."""
CAP_RANGE_MIN = (20, 60)
"""The range of the cap, in the configuration and by command."""
CAP_ROOM_MIN = 5
"""No plan reaches the cap: soft end and louder cue come before the alarm."""

MISSING_S = 150.0
"""After a restart detection needs up to 120 s until it knows whether a session continues; then its end was not seen."""
FRESH_S = 240.0
"""A plan begins within so long of lying down: detection takes up to 180 s to find a person. Who has lain for longer when a
session begins lay there while nobody looked, and is not guided through a whole plan from then on."""

GONE_S = 20.0
"""So long the mat has to be seen empty before whoever lies there next has surely been up: a shorter lift is none for a session
either, and in the first moments after a pause nobody has been found yet."""
LONGEST_CAP_S = 3600.0
"""The latest cap there can be: how long somebody has lain beyond it changes nothing any more."""

SPACING_S = 8 * HOUR_S
"""A second session within this time earns nothing; about once a day is the advice."""
PAUSE_S = 7 * DAY_S
COOL_DOWN_S = HOUR_S
"""Redness is expected to fade within about an hour."""
QUESTION_S = 12 * HOUR_S
"""The question about redness is dropped unanswered after this."""
HOLD_S = DAY_S
"""No guidance for so long after a symptom."""
STOPS_WITHIN_S = 14 * DAY_S
STOPS_LIMIT = 2
SCREENING_S = 180 * DAY_S
CHECK_IN_S = 12 * HOUR_S
"""A report later than this is no longer about that session."""

CLOCK_KNOWN_S = 1_735_689_600.0
"""1 January 2025: a clock that shows less has not been set since power-up (a Pi has no battery for it)."""

Goal = Literal["morning", "night"]


@dataclass(frozen=True, slots=True)
class Rules:
    """What a person may set: caps in minutes, the goal, when a day begins (local time), whether a pacer leads the breath."""

    cap_min: int = 40
    person_cap_min: int = STUDIED_MIN
    goal: Goal = "night"
    day_starts_at: time = time(4, 0)
    pacer: bool = False

    @property
    def most_min(self) -> int:
        """The longest plan there can be."""
        return min(self.person_cap_min, self.cap_min - CAP_ROOM_MIN, STUDIED_MIN)
