"""How regularly somebody lies on the mat: the last 28 days, the recent ones weighing more. It forgives and can be frozen."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import NamedTuple

SPAN_DAYS = 28
HALF_LIFE_DAYS = 13.0
"""A day's weight halves in so many days, as in habit trackers that weaken a habit instead of counting a run of days. Over 28
days the newest day then weighs 6.7 of 100, which is all that a missed one can cost."""
ONE_DAY = timedelta(days=1)

_RAW = [0.5 ** (age / HALF_LIFE_DAYS) for age in range(SPAN_DAYS)]
WEIGHTS = tuple(100.0 * each / sum(_RAW) for each in _RAW)
"""Points of 100 by the age of a day, newest first."""


class Away(NamedTuple):
    """Days on which nothing is expected: from `first` until the day before `back`."""

    first: date
    back: date

    def covers(self, day: date) -> bool:
        return self.first <= day < self.back


class Rhythm(NamedTuple):
    """Points of 100, and on how many of the last 28 days that count there was a session."""

    points: float
    done_days: int

    @property
    def text(self) -> str:
        return (
            f"You lay on the mat on {self.done_days} of the last {SPAN_DAYS} days; with recent days weighing more that is "
            f"{self.points:.0f} of 100."
        )


def rhythm(done: Collection[date], today: date, away: Collection[Away] = ()) -> Rhythm:
    """The rhythm on a programme day. `done` are the days with a session.

    Days away neither count nor age, except those with a session all the same. Today counts once it has a session: before that
    it is not missed.
    """
    first = min(done, default=today)
    points, done_days = 0.0, 0
    for weight, day in zip(WEIGHTS, _counted(done, today, first, away), strict=False):
        if day in done:
            points += weight
            done_days += 1
    return Rhythm(points, done_days)


def _counted(done: Collection[date], today: date, first: date, away: Collection[Away]) -> Iterator[date]:
    """The days that count, newest first."""
    day = today if today in done else today - ONE_DAY
    while day >= first:
        if day in done or not any(each.covers(day) for each in away):
            yield day
        day -= ONE_DAY
