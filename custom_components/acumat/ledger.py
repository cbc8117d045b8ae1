"""The sessions of a mat as rows of hourly statistics. Pure: the same sessions give the same rows, in any order."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple, TypedDict

HOUR_S = 3600
LONGEST_S = 24 * HOUR_S
"""No session: a clock was set in between, or somebody else publishes there. Each of its hours would become a row."""
MOST = 5000
"""So many sessions stay correctable, about 14 years of one a day (400 kB). What the older ones sum to is kept."""


class Session(NamedTuple):
    """Seconds since 1970, and the minutes lain in between."""

    start_s: float
    end_s: float
    minutes: float


class Row(NamedTuple):
    """One hour: the minutes lain in it, and all minutes up to its end."""

    start_s: int
    minutes: float
    sum_min: float


class Stored(TypedDict):
    """As it is stored. `older_min` sums up what began before `since_s` and is not listed any more."""

    sessions: dict[str, Session]
    older_min: float
    since_s: float


class Ledger:
    """A session that comes again replaces itself; one without minutes is taken out."""

    def __init__(self, stored: Stored | None = None) -> None:
        self._sessions = {key: Session(*each) for key, each in stored["sessions"].items()} if stored else {}
        self._older_min, self._since_s = (stored["older_min"], stored["since_s"]) if stored else (0.0, 0.0)

    @property
    def stored(self) -> Stored:
        """What the constructor takes."""
        return {"sessions": dict(self._sessions), "older_min": self._older_min, "since_s": self._since_s}

    def put(self, session_id: str, session: Session) -> list[Row]:
        """The rows that change by it; none if it is known so, too old, or cannot be."""
        if not 0 <= session.end_s - session.start_s <= LONGEST_S or not 0 <= session.minutes <= LONGEST_S / 60:
            return []
        before = self._sessions.get(session_id, Session(session.start_s, session.end_s, 0.0))
        if before == session or session.start_s <= self._since_s:
            return []
        hours = self._by_hour().keys()
        if session.minutes > 0:
            self._sessions[session_id] = session
        else:
            self._sessions.pop(session_id, None)
        rows = self._rows(hours, _hour(min(before.start_s, session.start_s)))
        self._forget_oldest()
        return rows

    def _rows(self, hours_before: set[int], from_s: int) -> list[Row]:
        """From this hour on; an hour that has lost its session becomes 0."""
        by_hour, total = self._by_hour(), self._older_min
        rows = []
        for hour in sorted(by_hour.keys() | hours_before):
            total += by_hour.get(hour, 0.0)
            if hour >= from_s:
                rows.append(Row(hour, round(by_hour.get(hour, 0.0), 2), round(total, 2)))
        return rows

    def _by_hour(self) -> dict[int, float]:
        """Minutes of each hour; a session's are spread evenly over its time."""
        minutes: defaultdict[int, float] = defaultdict(float)
        for start_s, end_s, lain in self._sessions.values():
            for hour in range(_hour(start_s), _hour(max(start_s, end_s - 0.001)) + 1, HOUR_S):
                inside_s = min(end_s, hour + HOUR_S) - max(start_s, hour)
                minutes[hour] += lain * inside_s / (end_s - start_s) if end_s > start_s else lain
        return minutes

    def _forget_oldest(self) -> None:
        while len(self._sessions) > MOST:
            oldest = min(self._sessions, key=lambda key: self._sessions[key].start_s)
            session = self._sessions.pop(oldest)
            self._older_min += session.minutes
            self._since_s = session.start_s


def _hour(at_s: float) -> int:
    return int(at_s // HOUR_S) * HOUR_S
