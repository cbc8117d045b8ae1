"""The outbox: events that the broker has not acknowledged yet. It is bounded, and its oldest rows go first."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from acumat.history.bounds import DROP_SHARE, Bounds
from acumat.history.columns import checked
from acumat.history.payload import is_late, marked_late

EVENT_COLUMNS = "seq, wall_s, mono_s, boot_id, payload, dated"


class Outbox:
    """Rows and bytes are counted once and then updated. Each method works in the transaction of its caller."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._size: tuple[int, int] | None = None

    def recount(self) -> None:
        """Another file was opened, or a transaction was rolled back: count the rows and bytes anew."""
        self._size = None

    def add(self, db: sqlite3.Connection, seq: int, payload: str) -> bool:
        """Add an event. Returns whether the outbox is now too large."""
        rows, size_bytes = self._counted(db)
        db.execute("INSERT INTO outbox VALUES (?)", (seq,))
        self._size = rows, size_bytes = rows + 1, size_bytes + len(payload.encode())
        return rows > self._bounds.outbox_rows or size_bytes > self._bounds.outbox_bytes

    def make_room(self, db: sqlite3.Connection) -> dict[str, Any]:
        """Remove the oldest events until a share of rows and of bytes is free. Returns the figures of their `gap`."""
        rows, size_bytes = self._counted(db)
        kept_rows, kept_bytes = (
            most - round(DROP_SHARE * most) for most in (self._bounds.outbox_rows, self._bounds.outbox_bytes)
        )
        numbers = drop_oldest(db, max(2, rows - kept_rows), size_bytes - kept_bytes)
        self.recount()
        return numbers

    def delete(self, db: sqlite3.Connection, seqs: Sequence[int]) -> None:
        """Remove acknowledged events; they stay in the history."""
        query = "SELECT LENGTH(CAST(payload AS BLOB)) FROM outbox JOIN event USING (seq) WHERE seq = ?"
        gone = [row[0] or 0 for seq in seqs for row in db.execute(query, (seq,)).fetchall()]
        db.executemany("DELETE FROM outbox WHERE seq = ?", [(seq,) for seq in seqs])
        if self._size is not None:
            rows, size_bytes = self._size
            self._size = rows - len(gone), size_bytes - sum(gone)

    def _counted(self, db: sqlite3.Connection) -> tuple[int, int]:
        query = "SELECT COUNT(*), TOTAL(LENGTH(CAST(payload AS BLOB))) FROM outbox JOIN event USING (seq)"
        if self._size is None:
            rows, size_bytes = db.execute(query).fetchone()
            self._size = int(rows), int(size_bytes)
        return self._size


def events_after(db: sqlite3.Connection, seq: int, limit: int, *, boot_id: str, now_mono_s: float) -> list[tuple[int, str]]:
    """Up to `limit` rows above `seq`, oldest first: (seq, payload). Raises DamagedRowError.

    `late` is set in an event of another boot, and in one decided more than LATE_S ago.
    """
    query = f"SELECT {EVENT_COLUMNS} FROM outbox JOIN event USING (seq) WHERE seq > ? ORDER BY seq LIMIT ?"  # noqa: S608
    rows = [checked("event", EVENT_COLUMNS.split(", "), row) for row in db.execute(query, (seq, limit)).fetchall()]
    return [
        (number, marked_late(payload) if boot != boot_id or is_late(mono_s, now_mono_s) else payload)
        for number, _, mono_s, boot, payload, _ in rows
    ]


def drop_oldest(db: sqlite3.Connection, rows: int, size_bytes: int) -> dict[str, Any]:
    """Remove the oldest `rows` from the outbox, and more until `size_bytes` are gone. Returns the figures of their `gap`.

    A dropped gap passes on its range and count, so that no loss is forgotten.
    """
    count = freed_bytes = dropped = last_seq = 0
    first_id = last_id = None
    passed_on: list[str] = []
    for seq, payload in db.execute("SELECT seq, payload FROM outbox JOIN event USING (seq) ORDER BY seq"):
        if dropped >= rows and freed_bytes >= size_bytes:
            break
        dropped, freed_bytes, last_seq = dropped + 1, freed_bytes + len(payload.encode()), seq
        try:
            document = json.loads(payload)
            gap = document.get("event_type") == "gap"
            count += document["count"] if gap else 1
            if gap and document.get("first_id"):
                passed_on.append(str(document["first_id"]))
            first_id = first_id or document["id"]
            last_id = document["id"]
        except (ValueError, KeyError, TypeError, AttributeError):  # a damaged row is lost all the same
            count += 1
    db.execute("DELETE FROM outbox WHERE seq <= ?", (last_seq,))
    return {"count": count, "first_id": _oldest(passed_on) or first_id, "last_id": last_id}


def _oldest(ids: Sequence[str]) -> str | None:
    """Of ids in about the order of their events: the lowest number of the first of their numberings."""
    return min((each for each in ids if each[:8] == ids[0][:8]), key=_number, default=None)


def _number(event_id: str) -> int:
    """The number in an event's id; 0 where it has none."""
    number = event_id.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0
