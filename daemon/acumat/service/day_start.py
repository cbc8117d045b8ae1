"""When a person's day begins: late sessions belong to the evening before."""

from __future__ import annotations

from datetime import datetime, time, timedelta


def day_start_wall_s(now_wall_s: float, starts_at: time) -> float:
    """Unix time at which the day of this moment began, by the machine's own time zone (days of 23 and 25 h included).

    Where the clocks go back over the boundary the day begins the first time; where they skip it, as much later as they skip.
    """
    today = datetime.fromtimestamp(now_wall_s).date()  # noqa: DTZ006  naive is local, and timestamp() below follows summer time
    # compared as moments: local times of the hour that comes twice do not tell which of the two they are
    starts = (datetime.combine(today - timedelta(days=back), starts_at).timestamp() for back in (0, 1))
    return next((start_s for start_s in starts if start_s <= now_wall_s), now_wall_s)
