"""The inventory in the record: what the fleet's page and the views know of a mat beyond what it says itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from psycopg import Connection, errors
from psycopg.types.json import Jsonb


@dataclass(frozen=True, slots=True)
class NotedMat:
    """A mat of the inventory; `revoked` is a day, or empty."""

    mat_id: str
    site: str
    label: str
    timezone: str
    layout: str
    revoked: str


def unknown_zones(connection: Connection, zones: Iterable[str]) -> list[str]:
    """Those that the database cannot count days in: its machine may have older zones than ours.

    One such zone would fail the views for all mats.
    """
    return [zone for zone in sorted({*zones} - {""}) if not _knows(connection, zone)]


def _knows(connection: Connection, zone: str) -> bool:
    try:
        connection.execute("SELECT now() AT TIME ZONE %s", (zone,))
    except errors.InvalidParameterValue:
        return False
    return True


def note_mats(connection: Connection, mats: Sequence[NotedMat]) -> None:
    """Write the inventory into the record; a mat that is not in it stays as it is."""
    rows = [
        (each.mat_id, each.site, each.label, each.timezone or "UTC", each.revoked or None, Jsonb({"layout": each.layout}))
        for each in mats
    ]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            """INSERT INTO acumat.mat AS m (mat_id, site, label, timezone, revoked_at, inventory)
               VALUES (%s, %s, %s, %s, %s, %s)
               ON CONFLICT (mat_id) DO UPDATE SET site = excluded.site, label = excluded.label,
                   timezone = excluded.timezone, revoked_at = excluded.revoked_at,
                   inventory = m.inventory || excluded.inventory""",
            rows,
        )
