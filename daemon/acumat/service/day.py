"""When a person's day begins: late sessions belong to the evening before."""

from __future__ import annotations

from datetime import datetime, time, timedelta


def day_start_wall_s(now_wall_s: float, starts_at: time) -> float:
    """Unix time at which the day of this moment began, by the machine's own time zone (days of 23 and 25 h included)."""
    now = datetime.fromtimestamp(now_wall_s)  # noqa: DTZ006  naive is local, and timestamp() below follows summer time
    start = datetime.combine(now.date(), starts_at)
    if start > now:
        start -= timedelta(days=1)
    return start.timestamp()
