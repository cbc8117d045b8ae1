"""How much is kept, and what goes first: the outbox loses its oldest with a word, history in silence, totals never."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

PRUNE_EVERY = 256
"""Events between two looks at how large the history has become."""
DROP_SHARE = 0.05
"""Of the outbox's bound this much goes at once, so that a full one does not write a gap with each event."""
FULL_SHARE = 0.8
"""Above this share of the file's bound the oldest events go, whatever their number."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Rows and bytes at most. The file's own bound leaves twice the room that the others need."""

    outbox_rows: int = 10_000
    outbox_bytes: int = 8 << 20
    events: int = 50_000
    sessions: int = 20_000
    file_bytes: int = 64 << 20


def outbox_size(db: sqlite3.Connection) -> tuple[int, int]:
    """Rows that wait, and bytes of their payloads."""
    query = "SELECT COUNT(*), TOTAL(LENGTH(CAST(payload AS BLOB))) FROM outbox JOIN event USING (seq)"
    rows, size_bytes = db.execute(query).fetchone()
    return int(rows), int(size_bytes)


def drop_oldest(db: sqlite3.Connection, rows: int, size_bytes: int) -> dict[str, Any]:
    """Take the oldest `rows` out of the outbox, or more until `size_bytes` are gone; what a gap says of them.

    A gap among them hands its own range and count on, so that no loss is forgotten.
    """
    query = "SELECT seq, payload FROM outbox JOIN event USING (seq) ORDER BY seq"
    count = freed_bytes = dropped = last_seq = 0
    first_id = last_id = None
    for seq, payload in db.execute(query):
        if dropped >= rows and freed_bytes >= size_bytes:
            break
        dropped, freed_bytes, last_seq = dropped + 1, freed_bytes + len(payload.encode()), seq
        try:
            document = json.loads(payload)
            gap = document.get("event_type") == "gap"
            count += document["count"] if gap else 1
            first_id = document.get("first_id") if gap else first_id or document["id"]
            last_id = document["id"]
        except (ValueError, KeyError, TypeError, AttributeError):  # a damaged row is lost all the same
            count += 1
    db.execute("DELETE FROM outbox WHERE seq <= ?", (last_seq,))
    return {"count": count, "first_id": first_id, "last_id": last_id}


def prune(db: sqlite3.Connection, bounds: Bounds) -> None:
    """Let the oldest events and sessions go that are beyond the bounds. What still waits for the broker stays.

    Sessions that go are added to the sums that totals start from.
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
        db.execute(f"DELETE FROM session WHERE number IN ({oldest})", (count,))  # noqa: S608


def _delete_events(db: sqlite3.Connection, up_to_seq: int) -> None:
    db.execute("DELETE FROM event WHERE seq <= ? AND seq NOT IN (SELECT seq FROM outbox)", (up_to_seq,))
