"""Days from the configured hour on: late sessions belong to the evening before.

In the machine's zone, with days of 23 and 25 h.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

DAY_MOST_S = 25 * 3600.0
"""The longest day: that on which the clocks go back."""


def day_start_wall_s(now_wall_s: float, starts_at: time) -> float:
    """Unix time at which the day of this moment began.

    Where the clocks go back over the boundary the day begins the first time; where they skip it, as much later as they skip.
    """
    day = day_of(now_wall_s, starts_at)
    return min(_start_s(day, starts_at), now_wall_s)


def day_of(wall_s: float, starts_at: time) -> date:
    """The day that this moment belongs to."""
    today = datetime.fromtimestamp(wall_s).date()  # noqa: DTZ006  naive is local, and timestamp() below follows summer time
    # compared as moments: in the hour that comes twice, local times are ambiguous
    return today if _start_s(today, starts_at) <= wall_s else today - timedelta(days=1)


def _start_s(day: date, starts_at: time) -> float:
    return datetime.combine(day, starts_at).timestamp()
