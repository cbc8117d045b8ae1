"""The machine's own time zone as a tzinfo, with summer time, from TZ or /etc/localtime."""

from __future__ import annotations

import os
import re
import time
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

LOCALTIME = Path("/etc/localtime")
NAME = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")
NAME_CHARS = 64


def zone_name(localtime: Path = LOCALTIME) -> str:
    """The name of the machine's zone, such as Europe/Berlin, from TZ or the link /etc/localtime; empty if it has none."""
    name = os.environ.get("TZ", "").removeprefix(":")
    if not name:
        try:
            name = str(localtime.readlink()).rpartition("zoneinfo/")[2]
        except OSError:
            return ""
    return name if NAME.fullmatch(name) and len(name) <= NAME_CHARS else ""


def refresh_zone() -> None:
    """Apply a new zone of the machine everywhere in this process: the C library looks for it only when asked."""
    time.tzset()


class MachineZone(tzinfo):
    """Asks the C library, as everything else on the machine does."""

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
