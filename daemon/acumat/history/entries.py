"""One record on its way into the history: events with their ids and their outbox, a session, documents, steps."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace
from typing import Any

from acumat.contract.documents import encode, gap_document, rfc3339
from acumat.history.bounds import DROP_SHARE, PRUNE_EVERY, Bounds, drop_oldest, outbox_size, prune
from acumat.history.columns import DamagedRowError, checked
from acumat.history.rows import SESSION_COLUMNS, STEP_COLUMNS, SessionRow, StepRow, session_values

log = logging.getLogger(__name__)

EVENT_COLUMNS = "seq, wall_s, mono_s, boot_id, payload, dated"
COUNTERS = ("last_seq", "last_event_no", "last_session_no")

EventEntry = tuple[float, float, Mapping[str, Any]]
"""Wall time, monotonic time and document of an event; an `id` in the document is replaced by the stored one."""

_SESSION_NUMBER = re.compile(r"-s(\d{1,12})$")


class UnwritableError(ValueError):
    """The store is sound, and this entry can never be written."""


class EntryBatch:
    """Works in a transaction that is open. `waiting` are rows and bytes in the outbox."""

    def __init__(
        self, db: sqlite3.Connection, install: str, boot_id: str, bounds: Bounds, waiting: tuple[int, int] | None
    ) -> None:
        self._db = db
        self._install = install
        self._boot_id = boot_id
        self._bounds = bounds
        row = db.execute(f"SELECT {', '.join(COUNTERS)} FROM install").fetchone()  # noqa: S608
        self._seq, self._number, self._session_no = checked("install", COUNTERS, row)
        self._first_seq = self._seq
        self.waiting = waiting or outbox_size(db)

    def add_events(
        self, events: Sequence[EventEntry], *, dated: bool, ids: Mapping[int, str], arrived: frozenset[int]
    ) -> list[int]:
        """The events, and a gap where others had to make room for them; their numbers."""
        seqs: list[int] = []
        entries = list(events)
        while len(seqs) < len(entries):
            index = len(seqs)
            wall_s, mono_s, document = entries[index]
            self._seq += 1
            if index not in ids:
                self._number += 1
            event_id = ids.get(index) or f"{self._install}-{self._number}"
            payload = encode({"id": event_id, **{k: v for k, v in document.items() if k != "id"}})
            self._insert("event", EVENT_COLUMNS, (self._seq, wall_s, mono_s, self._boot_id, payload, dated))
            self._session_no = max(self._session_no, _session_number(document))
            seqs.append(self._seq)
            if index not in arrived and self._wait(payload):
                entries.append((wall_s, mono_s, self._make_room(wall_s)))
        return seqs

    def add_session(self, session: SessionRow) -> None:
        """A finished session; one that is known already is replaced."""
        session = self._numbered(session)
        self._insert("session", SESSION_COLUMNS, session_values(session, self._boot_id))
        self._session_no = max(self._session_no, session.number)

    def add_steps(self, steps: Sequence[StepRow]) -> None:
        """Steps of the programme."""
        for step in steps:
            self._insert("programme_step", f"{STEP_COLUMNS}, boot_id", (*astuple(step), self._boot_id))

    def finish(self) -> None:
        """The numbers that were given, and now and then a look at how large the history has become."""
        self._db.execute(
            "UPDATE install SET last_seq = ?, last_event_no = ?, last_session_no = ?",
            (self._seq, self._number, self._session_no),
        )
        if self._seq // PRUNE_EVERY != self._first_seq // PRUNE_EVERY:
            prune(self._db, self._bounds)

    def _insert(self, table: str, columns: str, values: tuple[object, ...]) -> None:
        """What is written is what may be read. Raises UnwritableError."""
        try:
            checked(table, columns.split(", "), values)
        except DamagedRowError:
            raise UnwritableError(f"an entry for the table {table} holds what cannot be stored") from None
        marks = ", ".join("?" * len(values))
        self._db.execute(f"INSERT OR {_CONFLICT[table]} INTO {table} ({columns}) VALUES ({marks})", values)  # noqa: S608

    def _wait(self, payload: str) -> bool:
        """The newest event waits for the broker; whether that is too much."""
        self._db.execute("INSERT INTO outbox VALUES (?)", (self._seq,))
        rows, size_bytes = self.waiting
        self.waiting = rows, size_bytes = rows + 1, size_bytes + len(payload.encode())
        return rows > self._bounds.outbox_rows or size_bytes > self._bounds.outbox_bytes

    def _make_room(self, wall_s: float) -> Mapping[str, Any]:
        bounds = self._bounds
        gap = drop_oldest(self._db, max(2, round(DROP_SHARE * bounds.outbox_rows)), round(DROP_SHARE * bounds.outbox_bytes))
        self.waiting = outbox_size(self._db)
        text = f"The broker was away for so long that {gap['count']} events had to go; they stay in the history of the mat."
        log.warning("the outbox is full: %d events will not be published", gap["count"])
        return gap_document(rfc3339(wall_s), "outbox_full", text, gap)

    def _numbered(self, session: SessionRow) -> SessionRow:
        """The session under a number of its own: one begun while the store was away may carry the number of another."""
        known = self._db.execute("SELECT number FROM session WHERE session_id = ?", (session.record.session_id,)).fetchone()
        if known is not None:
            return replace(session, number=known[0])
        taken = self._db.execute("SELECT 1 FROM session WHERE number = ?", (session.number,)).fetchone()
        last = self._db.execute("SELECT COALESCE(MAX(number), 0) FROM session").fetchone()
        return replace(session, number=checked("session", ("number",), last)[0] + 1) if taken else session


_CONFLICT = {"event": "ABORT", "session": "REPLACE", "programme_step": "ABORT"}


def _session_number(document: Mapping[str, Any]) -> int:
    """The number in an event's session id: a session cut short before its record must not lend its id to the next."""
    found = _SESSION_NUMBER.search(str(document.get("session_id", "")))
    return int(found[1]) if found else 0
