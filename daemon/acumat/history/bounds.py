"""How much is stored, and what is deleted first. The outbox reports its losses, the history does not; totals never fall."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

PRUNE_EVERY = 256
"""Events between two checks of the size of the history."""
DROP_SHARE = 0.05
"""Share of the outbox that is dropped at once, so that a full one does not write a gap with each event."""
FULL_SHARE = 0.8
"""Above this share of the file's size limit the oldest events are deleted, however few they are."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits in rows and bytes. The limit of the file leaves twice the room that the others need."""

    outbox_rows: int = 10_000
    outbox_bytes: int = 8 << 20
    events: int = 50_000
    sessions: int = 20_000
    file_bytes: int = 64 << 20


def prune(db: sqlite3.Connection, bounds: Bounds) -> None:
    """Delete the oldest events and sessions beyond the bounds. Events in the outbox stay, and so do check-ins.

    Deleted sessions are added to the sums that totals start from.
    """
    last_seq = db.execute("SELECT last_seq FROM install").fetchone()[0]
    _delete_events(db, last_seq - bounds.events)
    page_bytes, pages, free = (
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count", "freelist_count")
    )
    if (pages - free) * page_bytes > FULL_SHARE * bounds.file_bytes:
        first_seq = db.execute("SELECT MIN(seq) FROM event").fetchone()[0] or 0
        _delete_events(db, first_seq + (last_seq - first_seq) // 5)
    sessions = db.execute("SELECT COUNT(*) FROM session").fetchone()[0]
    if sessions > bounds.sessions:
        oldest = "SELECT number FROM session ORDER BY number LIMIT ?"
        count = sessions - bounds.sessions + bounds.sessions // 20
        db.execute(
            f"""UPDATE install SET (pruned_sessions, pruned_contact_s) = (SELECT pruned_sessions + COUNT(*),
                pruned_contact_s + TOTAL(contact_s) FROM session WHERE NOT guest AND number IN ({oldest}))""",  # noqa: S608
            (count,),
        )
        db.execute(f"DELETE FROM minute WHERE session IN ({oldest})", (count,))  # noqa: S608
        db.execute(f"DELETE FROM session WHERE number IN ({oldest})", (count,))  # noqa: S608


def _delete_events(db: sqlite3.Connection, up_to_seq: int) -> None:
    db.execute("DELETE FROM event WHERE seq <= ? AND seq NOT IN (SELECT seq FROM outbox)", (up_to_seq,))
