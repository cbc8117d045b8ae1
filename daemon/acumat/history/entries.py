"""Writes one record into the history: events with their ids and their place in the outbox, a session, documents, steps."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

from acumat.contract.documents import gap_document, rfc3339
from acumat.history.bounds import PRUNE_EVERY, Bounds, prune
from acumat.history.checkins import CheckInRow, bind_check_in, put_check_in
from acumat.history.columns import DamagedRowError, checked
from acumat.history.minutes import MinuteRow, claim_minutes, put_minutes
from acumat.history.outbox import EVENT_COLUMNS, Outbox
from acumat.history.payload import event_payload
from acumat.history.rows import SESSION_COLUMNS, STEP_COLUMNS, SessionRow, StepRow, session_values
from acumat.history.schema import UnwritableError

log = logging.getLogger(__name__)

COUNTERS = ("last_seq", "last_event_no", "last_session_no")

EventEntry = tuple[float, float, Mapping[str, Any]]
"""Wall time, monotonic time and document of an event. The document has no `id`: the history adds it."""

_SESSION_NUMBER = re.compile(r"-s(\d{1,12})$")
_CONFLICT = {"event": "ABORT", "session": "REPLACE", "programme_step": "ABORT"}


@dataclass(slots=True, eq=False)
class DirectEvent:
    """An event that was published before it was stored: its id, and the state of its delivery."""

    key: int
    """The negative number for the broker's answer."""
    event_id: str
    in_flight: bool = False
    """Sent on the present connection and not acknowledged."""
    acknowledged: bool = False
    seq: int | None = None
    """Its number in the store, once it is there."""


class EntryBatch:
    """Works in an open transaction. Every new id begins with `install`."""

    def __init__(self, db: sqlite3.Connection, outbox: Outbox, bounds: Bounds, *, install: str, boot_id: str) -> None:
        self._db = db
        self._outbox = outbox
        self._bounds = bounds
        self._install = install
        self._boot_id = boot_id
        row = db.execute(f"SELECT {', '.join(COUNTERS)} FROM install").fetchone()  # noqa: S608
        self._seq: int
        self._event_no: int
        self._session_no: int
        self._seq, self._event_no, self._session_no = checked("install", COUNTERS, row)
        self._first_seq = self._seq

    def put_events(self, events: Sequence[EventEntry], *, dated: bool, direct: Mapping[int, DirectEvent]) -> list[int]:
        """Write the events, and a `gap` each time that older ones had to make room. Returns the numbers of the events.

        `direct`, by index: events that have an id already. An acknowledged one needs no place in the outbox.
        """
        gaps: deque[EventEntry] = deque()
        seqs = [self._put_event(event, direct.get(index), gaps, dated=dated) for index, event in enumerate(events)]
        while gaps:  # a gap may need room as well, and is then followed by one more
            self._put_event(gaps.popleft(), None, gaps, dated=dated)
        return seqs

    def put_session(self, session: SessionRow) -> None:
        """Write a finished session; one with a known id is replaced. The check-in before it is assigned to it."""
        session = self._numbered(session)
        _insert(self._db, "session", SESSION_COLUMNS, session_values(session, self._boot_id))
        self._session_no = max(self._session_no, session.number)
        claim_minutes(self._db, session.record.session_id, session.number)
        if not session.record.guest:
            start = {"wall_s": session.start_wall_s, "mono_s": session.record.start_mono_s, "dated": session.dated}
            boot_id = session.boot_id or self._boot_id
            whose = {"session_id": session.record.session_id, "person": session.person}
            bind_check_in(self._db, {**whose, "boot_id": boot_id, **start})

    def put_check_ins(self, check_ins: Sequence[CheckInRow]) -> None:
        """Write a check-in with its session."""
        for each in check_ins:
            put_check_in(self._db, each, self._boot_id)

    def put_minutes(self, minutes: Sequence[MinuteRow]) -> None:
        """Write minutes of the session under way, or of sessions that have just ended."""
        put_minutes(self._db, minutes)

    def put_steps(self, steps: Sequence[StepRow]) -> None:
        """Steps of the programme."""
        put_steps(self._db, steps, self._boot_id)

    def put_documents(self, documents: Mapping[str, str | None]) -> None:
        """Write texts by name, in place of earlier ones; None removes one."""
        for name, text in documents.items():
            put_document(self._db, name, text)

    def finish(self) -> None:
        """Write the last numbers given, and check the size of the history now and then."""
        self._db.execute(
            "UPDATE install SET last_seq = ?, last_event_no = ?, last_session_no = ?",
            (self._seq, self._event_no, self._session_no),
        )
        if self._seq // PRUNE_EVERY != self._first_seq // PRUNE_EVERY:
            prune(self._db, self._bounds)

    def _put_event(self, event: EventEntry, known: DirectEvent | None, gaps: deque[EventEntry], *, dated: bool) -> int:
        """Write one event. Returns its number. `gaps` gets a gap if older events had to make room for it."""
        wall_s, mono_s, document = event
        self._seq += 1
        if known is None:
            self._event_no += 1
        payload = event_payload(f"{self._install}-{self._event_no}" if known is None else known.event_id, document)
        _insert(self._db, "event", EVENT_COLUMNS, (self._seq, wall_s, mono_s, self._boot_id, payload, dated))
        self._session_no = max(self._session_no, _session_number(document))
        if (known is None or not known.acknowledged) and self._outbox.add(self._db, self._seq, payload):
            gaps.append((wall_s, mono_s, self._make_room(wall_s)))
        return self._seq

    def _make_room(self, wall_s: float) -> Mapping[str, Any]:
        numbers = self._outbox.make_room(self._db)
        text = f"The broker was away for so long that {numbers['count']} events had to go; they stay in the history of the mat."
        log.warning("the outbox is full: %d events will not be published", numbers["count"])
        return gap_document(rfc3339(wall_s), "outbox_full", text, numbers)

    def _numbered(self, session: SessionRow) -> SessionRow:
        """The session under a free number: one that began while the store was away may have the number of another."""
        known = self._db.execute("SELECT number FROM session WHERE session_id = ?", (session.record.session_id,)).fetchone()
        if known is not None:
            return replace(session, number=known[0])
        taken = self._db.execute("SELECT 1 FROM session WHERE number = ?", (session.number,)).fetchone()
        last = self._db.execute("SELECT COALESCE(MAX(number), 0) FROM session").fetchone()
        return replace(session, number=checked("session", ("number",), last)[0] + 1) if taken else session


def put_steps(db: sqlite3.Connection, steps: Sequence[StepRow], boot_id: str = "") -> None:
    """Steps of programmes."""
    for step in steps:
        _insert(db, "programme_step", f"{STEP_COLUMNS}, boot_id", (*astuple(step), boot_id))


def _insert(db: sqlite3.Connection, table: str, columns: str, values: tuple[object, ...]) -> None:
    """Write a row if it could be read back. Raises UnwritableError otherwise."""
    try:
        checked(table, columns.split(", "), values)
    except DamagedRowError:
        raise UnwritableError(f"an entry for the table {table} holds what cannot be stored") from None
    marks = ", ".join("?" * len(values))
    db.execute(f"INSERT OR {_CONFLICT[table]} INTO {table} ({columns}) VALUES ({marks})", values)  # noqa: S608


def put_document(db: sqlite3.Connection, name: str, text: str | None) -> None:
    """Write a text under this name, in place of an earlier one; None removes it."""
    if text is None:
        db.execute("DELETE FROM document WHERE name = ?", (name,))
    else:
        db.execute("INSERT OR REPLACE INTO document VALUES (?, ?)", (name, text))


def _session_number(document: Mapping[str, Any]) -> int:
    """The number in an event's session id.

    If a session is cut short before it is recorded, the next one must not get its id.
    """
    found = _SESSION_NUMBER.search(str(document.get("session_id", "")))
    return int(found[1]) if found else 0
