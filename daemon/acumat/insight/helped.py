"""Did it help? The paired comparison of single sessions, and the trend over weeks, in words of association.

Both describe the person's own answers, never a cause. "No clear change yet" is the usual finding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from acumat.insight.day_correlation import day_correlation, inflation
from acumat.insight.measures import CALM, Measure
from acumat.insight.rank_statistics import kendall, median, sen_slope, signed_rank_z

Z = 2.33
"""One look says "better" of one person in a hundred who has no change, and "worse" of another one."""
PAIRS_LEAST = 10
"""With fewer pairs even answers that all agree can hardly reach `Z`."""
PAIRS_MOST = 30
"""Number of last pairs: about a month of sessions, in which three of four changes of half a point are found."""
PAIR_LOOKS = (PAIRS_LEAST, 14, 20, PAIRS_MOST)
"""The pairs are looked at after so many of them, and then after every tenth one. With a look after each session, `Z` would say
something false within a year to 69 of 100 people who have no change; so it does to 5 (365 pairs, phi 0.3)."""
LATER_LOOKS = 10
REPLAYED_LOOKS = 12
"""Number of later looks that must confirm a finding: a false one has not pointed the same way in all of them."""

WEEK_DAYS = 7
FIRST_LOOK_WEEKS = 4
LOOK_WEEKS_MOST = 12
"""A look uses the answers of so many weeks at most: earlier ones say little about now."""
LIMITS_Z = {5: 3.5, 6: 2.36, 8: 2.6}
"""How clear a trend has to be at the looks up to so many weeks. Twelve looks together say something false to 5 of 100 people
whose days correlate by 0.5, and to fewer with less (`make accuracy`). Most of that is spent on the sixth week, the first that
finds a change of 2 points in most people; the looks before find hardly any."""
LATE_Z = 3.4
"""From week 9 on, every week is one more chance for a false finding, without an end."""
KEEP_Z = 2.0
"""What was said stands until the answers no longer lean that way, so that it does not come and go from week to week."""
ANSWERS_LEAST = 12
"""About three answers a week at the first look; fewer are no series."""


class Change(StrEnum):
    """What the answers show."""

    TOO_EARLY = "too_early"
    NONE = "none"
    BETTER = "better"
    WORSE = "worse"


class Pair(NamedTuple):
    """One session's answers before and after it."""

    before: float
    after: float


class Rating(NamedTuple):
    """One answer of a day. `day` counts whole programme days from any origin."""

    day: int
    value: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What `n` answers or pairs show, and the sentence for it. `z` is above 0 where they lean to better.

    `better` and `worse` count the pairs that are so, `weeks` are those that a trend was looked for in.
    """

    change: Change
    n: int
    z: float
    text: str
    better: int = 0
    worse: int = 0
    weeks: int = 0


def paired_answer(pairs: Sequence[Pair], measure: Measure = CALM) -> Finding:
    """After against before in the same sessions, the newest pair last: Wilcoxon's signed ranks, from the tenth pair on.

    `pairs` are all of them, or the last `pairs_wanted` ones: the looks are counted from the first.
    """
    all_steps = [measure.signed(pair.after - pair.before) for pair in pairs]
    steps = all_steps[-PAIRS_MOST:]
    n, z = len(steps), signed_rank_z(steps)
    better, worse = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
    if n < PAIRS_LEAST:
        missing = PAIRS_LEAST - n
        sessions = "one more session" if missing == 1 else f"{missing} more sessions"
        return Finding(
            Change.TOO_EARLY, n, z, f"After {sessions} with an answer before and after, a pattern can show.", better, worse
        )
    counted = (
        f"in {better} of your last {n} sessions you were {measure.better} afterwards than before, in {worse} {measure.worse}"
    )
    change = _after_look(_said_of_pairs(all_steps), z, math.inf)  # what was said, if the answers still lean that way
    if change is Change.NONE:
        return Finding(change, n, z, f"No clear change yet: {counted}. That is the most common finding.", better, worse)
    return Finding(change, n, z, f"{counted[0].upper()}{counted[1:]}.", better, worse)


def pairs_wanted(count: int) -> int:
    """Of so many pairs that there are, how many of the last ones `paired_answer` needs."""
    return min(count, PAIRS_MOST + LATER_LOOKS * REPLAYED_LOOKS + count % LATER_LOOKS)


def _said_of_pairs(steps: Sequence[float]) -> Change:
    """What the last look has said: the first ones each by themselves, the later ones more strictly."""
    said = Change.NONE
    for count in (*PAIR_LOOKS, *range(PAIRS_MOST + LATER_LOOKS, len(steps) + 1, LATER_LOOKS)):
        if count <= len(steps):
            z = signed_rank_z(steps[max(0, count - PAIRS_MOST) : count])
            said = _after_look(Change.NONE, z, Z) if count <= PAIRS_MOST else _after_look(said, z, LATE_Z)
    return said


def weekly_trend(ratings: Sequence[Rating], today: int, measure: Measure = CALM) -> Finding:
    """What the last weekly look has found in one answer a day, in ascending days.

    Looks come every seven days from day 28 on after the first answer, over the answers before that day, twelve weeks at most:
    Kendall's S with its variance inflated for days that resemble each other.
    """
    weeks = (today - ratings[0].day) // WEEK_DAYS if ratings else 0
    if weeks < FIRST_LOOK_WEEKS:
        text = f"A trend is looked for once there are {FIRST_LOOK_WEEKS} weeks of answers."
        return Finding(Change.TOO_EARLY, len(ratings), 0.0, text)
    change, z, seen = Change.NONE, 0.0, ratings
    for week in range(max(FIRST_LOOK_WEEKS, weeks - LOOK_WEEKS_MOST + 1), weeks + 1):
        seen = _seen(ratings, ratings[0].day + week * WEEK_DAYS)
        z = _trend_z(seen, measure)
        change = _after_look(change, z, _limit(week))
    span = min(weeks, LOOK_WEEKS_MOST)
    return Finding(change, len(seen), z, _trend_text(change, measure, len(seen), span), weeks=span)


def trend_line(ratings: Sequence[Rating], today: int) -> tuple[float, float] | None:
    """Slope a day and value at day 0 of the line to draw through the last twelve weeks; it decides nothing. None: too few."""
    seen = _seen(ratings, today)
    days, values = [each.day for each in seen], [each.value for each in seen]
    slope = sen_slope(days, values)
    if slope is None:
        return None
    return slope, median(value - slope * day for day, value in zip(days, values, strict=True))


def _seen(ratings: Sequence[Rating], day: int) -> list[Rating]:
    """The answers that a look on this day sees."""
    return [each for each in ratings if day - LOOK_WEEKS_MOST * WEEK_DAYS <= each.day < day]


def _trend_z(ratings: Sequence[Rating], measure: Measure) -> float:
    if len(ratings) < ANSWERS_LEAST:
        return 0.0
    days, values = [each.day for each in ratings], [measure.signed(each.value) for each in ratings]
    answered = len(days) / (days[-1] - days[0] + 1)
    return kendall(days, values).z(inflation(day_correlation(days, values), answered))


def _limit(week: int) -> float:
    """How clear a trend has to be at the look after so many weeks."""
    return next((limit for last, limit in LIMITS_Z.items() if week <= last), LATE_Z)


def _after_look(said: Change, z: float, limit: float) -> Change:
    if z >= (KEEP_Z if said is Change.BETTER else limit):
        return Change.BETTER
    if -z >= (KEEP_Z if said is Change.WORSE else limit):
        return Change.WORSE
    return Change.NONE


def _trend_text(change: Change, measure: Measure, n: int, weeks: int) -> str:
    if change is Change.NONE:
        return (
            f"No clear change yet in your answers about {measure.about}: over {weeks} weeks {n} of them go up and down. "
            "That is the most common finding."
        )
    word = measure.better if change is Change.BETTER else measure.worse
    return (
        f"Over {weeks} weeks your answers about {measure.about} have moved towards {word} ({n} answers). "
        "Much else changes in such a time, so this does not say why."
    )
