"""The machine's own time zone as a tzinfo, with summer time and with whatever TZ or /etc/localtime say."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, tzinfo


class MachineZone(tzinfo):
    """Asks the C library, as everything else on the machine does; the zone's name is nowhere needed."""

    def refresh(self) -> None:
        """Look whether the machine has been given another zone since: the C library does so only when it is told to."""
        time.tzset()

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        if dt is None:
            return None
        naive = dt.replace(tzinfo=None)
        return timedelta(seconds=naive.replace(tzinfo=UTC).timestamp() - naive.timestamp())

    def dst(self, dt: datetime | None) -> timedelta | None:
        return None if dt is None else timedelta(0)

    def tzname(self, dt: datetime | None) -> str | None:
        return None if dt is None else "local"

    def fromutc(self, dt: datetime) -> datetime:
        return datetime.fromtimestamp(dt.replace(tzinfo=UTC).timestamp()).replace(tzinfo=self)  # noqa: DTZ006  local is meant
