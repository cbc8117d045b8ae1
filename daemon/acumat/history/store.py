"""The SQLite file with sessions, events, outbox and what was learnt. One owner at a time; every write is one transaction.

WAL with synchronous FULL: what `record` has returned from survives a power cut.
"""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from acumat.documents import encode, gap_document, rfc3339
from acumat.history.bounds import DROP_SHARE, PRUNE_EVERY, Bounds, drop_oldest, outbox_size, prune
from acumat.history.rows import (
    SESSION_COLUMNS,
    Kept,
    SessionRow,
    learned_from,
    learned_text,
    session_row,
    session_values,
)
from acumat.history.salvage import salvage
from acumat.history.schema import StoreUnavailableError, migrate, sensor_key
from acumat.model import Learned, Totals

log = logging.getLogger(__name__)

CALIBRATIONS_KEPT = 5
LATE_S = 10.0
"""An event that waited longer for the broker is news no more: nobody should dim the lights on it."""
_BROKEN_FILE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SESSION_NUMBER = re.compile(r"-s(\d+)$")

T = TypeVar("T")
EventEntry = tuple[float, float, Mapping[str, Any]]
"""Wall time, monotonic time and document of an event; an `id` in the document is replaced by the stored one."""


class Store:
    """History in one file. `open()` first; every method raises StoreUnavailableError if the file cannot be used now."""

    def __init__(self, path: Path, *, boot_id: str = "", bounds: Bounds | None = None) -> None:
        """`boot_id` says by which monotonic clock the entries are."""
        self.path = path
        self._bounds = bounds or Bounds()
        self._waiting: tuple[int, int] | None = None
        """Rows and bytes in the outbox; None: to be counted."""
        self._suspect = False
        self.damage: str | None = None
        """What became of a damaged file, in a sentence; None as long as none was met."""
        self._db: sqlite3.Connection | None = None
        self._install = ""
        self._boot_id = boot_id

    @property
    def is_open(self) -> bool:
        return self._db is not None

    @property
    def install(self) -> str:
        """The id of this installation, which leads every event's id; empty before the first open."""
        return self._install

    def open(self) -> None:
        """Open or make the file and bring its schema up to date.

        A broken file is put aside, and a fresh one begun with all that could be read of it. The whole file is looked through
        only after an unclean end, or when something in it could not be read. It may then be handed to another thread, but used
        by one at a time.
        """
        self.close()
        with self._translated():
            try:
                self._db = self._connect()
            except sqlite3.DatabaseError as exc:
                if _primary_code(exc) not in _BROKEN_FILE:
                    raise
                aside = self._put_aside(exc)
                self._db = self._connect()
                self._save_from(aside)
            self._install = self._db.execute("SELECT id FROM install").fetchone()[0]
            self._suspect, self._waiting = False, None
        with self._transaction() as db:
            prune(db, self._bounds)  # a file that was full would never have room again

    def close(self) -> None:
        """Close the file; may be called twice and never raises."""
        db, self._db = self._db, None
        if db is not None:
            try:
                db.close()
            except sqlite3.Error as exc:
                log.warning("closing the history failed: %s", exc)

    def kept(self, sensor_names: Sequence[str], day_start_wall_s: float) -> Kept:
        """All that a start needs: ids, what was learnt for these sensors, totals and the last session."""
        with self._reading() as db:
            install, last_no = db.execute("SELECT id, last_session_no FROM install").fetchone()
            stored = _stored_learned(db, sensor_names)
            others = db.execute("SELECT 1 FROM learned").fetchone() is not None
            documents = dict(db.execute("SELECT name, value FROM document").fetchall())
            last = db.execute(f"SELECT {SESSION_COLUMNS} FROM session ORDER BY number DESC LIMIT 1").fetchone()  # noqa: S608
        learned = _learned(stored, sensor_names)
        return Kept(
            install=install,
            next_session_no=last_no + 1,
            learned=learned or Learned.nothing(len(sensor_names)),
            layout_changed=others and stored is None,
            totals=self.totals(day_start_wall_s),
            last_session=None if last is None else _readable(lambda: session_row(last)),
            documents=documents,
        )

    def record(
        self,
        events: Sequence[EventEntry],
        session: SessionRow | None = None,
        *,
        documents: Mapping[str, str | None] | None = None,
        dated: bool = True,
        ids: Mapping[int, str] | None = None,
        arrived: frozenset[int] = frozenset(),
    ) -> list[int]:
        """Keep events (in history and outbox), a finished session and documents, all or nothing; the events' numbers.

        A session known already is replaced. `dated` says whether the wall times of the events can be believed. By index among
        the events: `ids` are those under which some were told already, `arrived` are those that need no outbox.
        """
        ids = ids or {}
        waiting = self._waiting
        seqs: list[int] = []
        with self._transaction() as db:
            seq, number, last_no = db.execute("SELECT last_seq, last_event_no, last_session_no FROM install").fetchone()
            rows, size_bytes = waiting or outbox_size(db)
            first_seq = seq
            entries = list(events)
            while len(seqs) < len(entries):
                index, seq = len(seqs), seq + 1
                wall_s, mono_s, document = entries[index]
                if index not in ids:
                    number += 1
                event_id = ids.get(index) or f"{self._install}-{number}"
                payload = encode({"id": event_id, **{k: v for k, v in document.items() if k != "id"}})
                db.execute(
                    "INSERT INTO event (seq, wall_s, mono_s, boot_id, payload, dated) VALUES (?, ?, ?, ?, ?, ?)",
                    (seq, wall_s, mono_s, self._boot_id, payload, dated),
                )
                seqs.append(seq)
                last_no = max(last_no, _session_number(document))
                if index in arrived:
                    continue
                db.execute("INSERT INTO outbox VALUES (?)", (seq,))
                rows, size_bytes = rows + 1, size_bytes + len(payload.encode())
                if rows > self._bounds.outbox_rows or size_bytes > self._bounds.outbox_bytes:
                    entries.append((wall_s, mono_s, self._make_room(db, wall_s)))
                    rows, size_bytes = outbox_size(db)
            if session is not None:
                session = _numbered(db, session)
                values = session_values(session, self._boot_id)
                marks = ", ".join("?" * len(values))
                db.execute(f"INSERT OR REPLACE INTO session ({SESSION_COLUMNS}) VALUES ({marks})", values)  # noqa: S608
                last_no = max(last_no, session.number)
            for name, text in (documents or {}).items():
                _put_document(db, name, text)
            db.execute("UPDATE install SET last_seq = ?, last_event_no = ?, last_session_no = ?", (seq, number, last_no))
            if seq // PRUNE_EVERY != first_seq // PRUNE_EVERY:
                prune(db, self._bounds)
        self._waiting = rows, size_bytes
        return seqs

    def _make_room(self, db: sqlite3.Connection, wall_s: float) -> Mapping[str, Any]:
        bounds = self._bounds
        gap = drop_oldest(db, max(2, round(DROP_SHARE * bounds.outbox_rows)), round(DROP_SHARE * bounds.outbox_bytes))
        text = f"The broker was away for so long that {gap['count']} events had to go; they stay in the history of the mat."
        log.warning("the outbox is full: %d events will not be told", gap["count"])
        return gap_document(rfc3339(wall_s), "outbox_full", text, gap)

    def redate(self, offset_s: float) -> None:
        """The clock was set: what this boot wrote before gets its wall times by `offset_s`, wall minus monotonic time, once."""
        with self._transaction() as db:
            rows = db.execute(
                "SELECT seq, wall_s, mono_s, payload FROM event WHERE boot_id = ? AND dated = 0", (self._boot_id,)
            ).fetchall()
            for seq, wall_s, mono_s, payload in rows:
                db.execute(
                    "UPDATE event SET wall_s = ?, payload = ?, dated = 1 WHERE seq = ?",
                    (mono_s + offset_s, _redated(payload, mono_s + offset_s - wall_s), seq),
                )
            db.execute(
                """UPDATE session SET start_wall_s = start_mono_s + :offset_s, end_wall_s = end_mono_s + :offset_s, dated = 1
                    WHERE boot_id = :boot_id AND dated = 0""",
                {"offset_s": offset_s, "boot_id": self._boot_id},
            )

    def save_document(self, name: str, text: str | None) -> None:
        """Keep a text under this name, in place of what was there; None removes it."""
        with self._transaction() as db:
            _put_document(db, name, text)

    def save_learned(self, names: Sequence[str], learned: Learned) -> None:
        """Keep what was learnt for these sensors, in place of what was there."""
        with self._transaction() as db:
            _put_learned(db, names, learned)

    def save_calibration(
        self, names: Sequence[str], before: Learned, after: Learned, wall_s: float, margin: float | None
    ) -> None:
        """Keep a calibration and what it replaced, and take its result as learnt. The last five of them can be undone."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO calibration (wall_s, margin, names, before, after, sensors) VALUES (?, ?, ?, ?, ?, ?)",
                (wall_s, margin, json.dumps(list(names)), learned_text(before), learned_text(after), _key(names)),
            )
            db.execute(
                """DELETE FROM calibration WHERE sensors = :sensors AND id NOT IN
                    (SELECT id FROM calibration WHERE sensors = :sensors ORDER BY id DESC LIMIT :kept)""",
                {"sensors": _key(names), "kept": CALIBRATIONS_KEPT},
            )
            _put_learned(db, names, after)

    def undo_calibration(self, names: Sequence[str]) -> Learned | None:
        """Take back the last calibration of these sensors and return what holds now; None if there is none left.

        Gains and reference are those from before it; the baseline stays today's, which has followed the foam since.
        """
        with self._transaction() as db:
            query = "SELECT id, names, before FROM calibration WHERE sensors = ? ORDER BY id DESC LIMIT 1"
            row = db.execute(query, (_key(names),)).fetchone()
            before = None if row is None else _readable(lambda: learned_from(row[2], json.loads(row[1]), names))
            if before is None:
                return None
            now = _learned(_stored_learned(db, names), names)
            learned = before if now is None else replace(before, baseline_us=now.baseline_us)
            db.execute("DELETE FROM calibration WHERE id = ?", (row[0],))
            _put_learned(db, names, learned)
            return learned

    def outbox_after(self, seq: int, limit: int, now_mono_s: float) -> list[tuple[int, str]]:
        """Up to `limit` events not yet acknowledged with a number above `seq`: (seq, payload), oldest first.

        An event from another boot, or decided more than 10 s ago, is marked as late in its payload.
        """
        query = """SELECT seq, payload, mono_s, boot_id FROM outbox JOIN event USING (seq) WHERE seq > ? ORDER BY seq LIMIT ?"""
        with self._reading() as db:
            rows = db.execute(query, (seq, limit)).fetchall()
        return [
            (number, payload if boot_id == self._boot_id and 0 <= now_mono_s - mono_s <= LATE_S else _late(payload))
            for number, payload, mono_s, boot_id in rows
        ]

    def delete_acked(self, seqs: Sequence[int]) -> None:
        """Take acknowledged events out of the outbox; they stay in history."""
        query = "SELECT LENGTH(CAST(payload AS BLOB)) FROM outbox JOIN event USING (seq) WHERE seq = ?"
        with self._transaction() as db:
            gone = [row[0] for seq in seqs for row in db.execute(query, (seq,)).fetchall()]
            db.executemany("DELETE FROM outbox WHERE seq = ?", [(seq,) for seq in seqs])
        if self._waiting is not None:
            rows, size_bytes = self._waiting
            self._waiting = rows - len(gone), size_bytes - sum(gone)

    def totals(self, day_start_wall_s: float) -> Totals:
        """Sessions, and minutes really lain (lifts left out). A session belongs to the day in which it ended."""
        query = """SELECT COUNT(*) + (SELECT pruned_sessions FROM install),
            (TOTAL(contact_s) + (SELECT pruned_contact_s FROM install)) / 60, COUNT(*) FILTER (WHERE end_wall_s >= :day),
            TOTAL(contact_s) FILTER (WHERE end_wall_s >= :day) / 60 FROM session"""
        with self._reading() as db:
            return Totals(*db.execute(query, {"day": day_start_wall_s}).fetchone())

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        wal = self.path.with_name(f"{self.path.name}-wal")  # removed by whoever closes the file last in good order
        unclean = self._suspect or (wal.exists() and wal.stat().st_size > 0)
        db = sqlite3.connect(self.path, isolation_level=None, timeout=2.0, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            page_bytes = db.execute("PRAGMA page_size").fetchone()[0]
            db.execute(f"PRAGMA max_page_count = {self._bounds.file_bytes // page_bytes}")
            verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0] if unclean else "ok"
            if verdict != "ok":
                error = sqlite3.DatabaseError(verdict)
                error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
                raise error
            migrate(db, self.path)
            db.execute("SELECT id FROM install").fetchone()
        except (sqlite3.Error, StoreUnavailableError):
            db.close()
            raise
        return db

    def _save_from(self, aside: Path) -> None:
        """What can be read of the damaged file goes into the fresh one; which is said."""
        saved = {}
        if self._db is not None:
            try:
                saved = salvage(aside, self._db)
            except sqlite3.Error as exc:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                log.warning("nothing could be read of %s (%s)", aside, exc)
        found = ", ".join(f"{rows} {name}" for name, rows in saved.items() if rows) or "nothing"
        self.damage = f"The history was damaged and is kept as {aside}. A fresh one was begun; rows saved into it: {found}."
        log.error("%s", self.damage)

    def _put_aside(self, why: Exception) -> Path:
        number = 1
        while (aside := self.path.with_name(f"{self.path.name}.broken-{number}")).exists():
            number += 1
        for suffix in ("", "-wal", "-shm"):
            part = self.path.with_name(self.path.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
        log.error("the history was unreadable (%s): put aside as %s", why, aside)
        return aside

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as exc:
            self._suspect = self._suspect or (isinstance(exc, sqlite3.Error) and _primary_code(exc) in _BROKEN_FILE)
            raise StoreUnavailableError(f"{self.path}: {exc}; check the disk's space and the file's permissions") from exc
        except StoreUnavailableError as exc:
            raise StoreUnavailableError(f"{self.path}: {exc}") from exc

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if self._db is None:
            raise StoreUnavailableError(f"{self.path} is not open")
        with self._translated():
            yield self._db

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")


class ShutStore(Store):
    """A history that is left alone, for a daemon that may have died of it."""

    def open(self) -> None:
        raise StoreUnavailableError(f"{self.path} is left alone in safe mode")


def _put_learned(db: sqlite3.Connection, names: Sequence[str], learned: Learned) -> None:
    values = (_key(names), json.dumps(list(names)), learned_text(learned))
    db.execute("INSERT OR REPLACE INTO learned VALUES (?, ?, ?)", values)


def _stored_learned(db: sqlite3.Connection, names: Sequence[str]) -> tuple[str, str] | None:
    """Names in their order and what was learnt for these sensors."""
    found: tuple[str, str] | None = db.execute(
        "SELECT names, learned FROM learned WHERE sensors = ?", (_key(names),)
    ).fetchone()
    return found


def _learned(stored: tuple[str, str] | None, names: Sequence[str]) -> Learned | None:
    return None if stored is None else _readable(lambda: learned_from(stored[1], json.loads(stored[0]), names))


def _put_document(db: sqlite3.Connection, name: str, text: str | None) -> None:
    if text is None:
        db.execute("DELETE FROM document WHERE name = ?", (name,))
    else:
        db.execute("INSERT OR REPLACE INTO document VALUES (?, ?)", (name, text))


def _key(names: Sequence[str]) -> str:
    return sensor_key(json.dumps(list(names)))


def _numbered(db: sqlite3.Connection, session: SessionRow) -> SessionRow:
    """The session under a number of its own: one begun while the store was away may carry the number of another."""
    known = db.execute("SELECT number FROM session WHERE session_id = ?", (session.record.session_id,)).fetchone()
    if known is not None:
        return replace(session, number=known[0])
    taken = db.execute("SELECT 1 FROM session WHERE number = ?", (session.number,)).fetchone()
    last = db.execute("SELECT MAX(number) FROM session").fetchone()[0]
    return replace(session, number=last + 1) if taken else session


def _session_number(document: Mapping[str, Any]) -> int:
    """The number in an event's session id: a session cut short before its record must not lend its id to the next."""
    found = _SESSION_NUMBER.search(str(document.get("session_id", "")))
    return int(found[1]) if found else 0


def _readable(read: Callable[[], T]) -> T | None:
    """What a row says, or None if it is damaged: SQLite's own check sees pages, not what stands in them."""
    try:
        return read()
    except (ValueError, KeyError, IndexError, TypeError) as exc:
        log.error("a row of the history is damaged and not used (%s: %s)", type(exc).__name__, exc)
        return None


def _redated(payload: str, by_s: float) -> str:
    document = _readable(lambda: dict(json.loads(payload)))
    if document is None:
        return payload
    for key in ("at", "edge_at"):
        if document.get(key) is not None:
            document[key] = rfc3339(datetime.fromisoformat(document[key]).timestamp() + by_s)
    document.pop("clock_set", None)
    return encode(document)


def _late(payload: str) -> str:
    document = _readable(lambda: dict(json.loads(payload)))
    return payload if document is None else encode({**document, "late": True})


def _primary_code(exc: sqlite3.Error) -> int:
    return getattr(exc, "sqlite_errorcode", 0) & 0xFF
