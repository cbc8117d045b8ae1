"""The state of a mat of the fleet, from its data in the record. Pure.

A mat counts as there if it was heard lately, never by a last will alone: when a node of a cluster dies, its wills are never
sent, and `online` stays for ever. A will that does arrive counts at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from acumat.contract.state import HealthState, Presence

SILENT_AFTER = timedelta(minutes=45)
"""The collector asks each mat every ten minutes (audit.every_s), and the mat answers: four answers have not come."""
COLLECTOR_LATE = timedelta(minutes=2)
"""A collector that works notes that in the record every 5 s."""


class Standing(StrEnum):
    """The states of a mat, those that need a look first."""

    SILENT = "silent"
    BLIND = "blind"
    DEGRADED = "degraded"
    NEW = "new"
    LYING = "lying"
    PAUSED = "paused"
    FREE = "free"
    REVOKED = "revoked"


PROBLEMS = (Standing.SILENT, Standing.BLIND, Standing.DEGRADED)
ORDER = {standing: number for number, standing in enumerate(Standing)}


@dataclass(frozen=True, slots=True)
class Mat:
    """The data of a mat in the record. None: not known. `sessions` are those of the last day, `missing` counts events."""

    mat_id: str
    site: str | None = None
    label: str | None = None
    added_at: datetime | None = None
    revoked_at: datetime | None = None
    seen_at: datetime | None = None
    availability: str | None = None
    presence: str | None = None
    health: str | None = None
    reason: str | None = None
    version: str | None = None
    layout: str | None = None
    calibrated_at: datetime | None = None
    sessions: int = 0
    missing: int = 0


def standing(mat: Mat, now: datetime) -> Standing:
    """The state of the mat at `now`, by the database's clock."""
    if mat.revoked_at is not None:
        return Standing.REVOKED
    if mat.seen_at is None:
        return Standing.NEW
    if mat.availability == "offline" or now - mat.seen_at > SILENT_AFTER:
        return Standing.SILENT
    return _by_its_word(mat)


def _by_its_word(mat: Mat) -> Standing:
    if mat.health == HealthState.BLIND:
        return Standing.BLIND
    if mat.health == HealthState.DEGRADED:
        return Standing.DEGRADED
    if mat.presence == Presence.BLIND:
        return Standing.PAUSED if mat.reason == "paused" else Standing.BLIND
    return Standing.LYING if mat.presence == Presence.LYING else Standing.FREE


def needs_a_look(mat: Mat, now: datetime) -> bool:
    """Whether somebody should look after the mat or its missing events."""
    found = standing(mat, now)
    return found in PROBLEMS or (mat.missing > 0 and found is not Standing.REVOKED)


def first_to_last(mats: list[Mat], now: datetime) -> list[Mat]:
    """Problems first, and of each kind the one that was heard least lately; then all others by site and name."""

    def place(mat: Mat) -> tuple[object, ...]:
        found = standing(mat, now)
        if found in PROBLEMS:
            return (0, ORDER[found], mat.seen_at, (), (), mat.mat_id)
        if needs_a_look(mat, now):
            return (1, 0, now, (), (), mat.mat_id)
        return (
            3 if found is Standing.REVOKED else 2,
            0,
            now,
            _counted(mat.site),
            _counted(mat.label or mat.mat_id),
            mat.mat_id,
        )

    return sorted(mats, key=place)


def collector_is_late(committed_at: datetime | None, now: datetime) -> bool:
    """Whether no collector works, which is then to be checked before any mat."""
    return committed_at is None or now - committed_at > COLLECTOR_LATE


@lru_cache(maxsize=20_000)  # the same names come with every look
def _counted(name: str | None) -> tuple[tuple[int, int, str], ...]:
    """A name as people order it: Room 2 before Room 10."""
    parts = re.findall(r"[0-9]{1,18}|[^0-9]+", (name or "").casefold())
    return tuple((0, int(each), "") if each[0] in "0123456789" else (1, 0, each) for each in parts)
