"""The SQLite file with sessions, events, outbox and what was learnt. One owner at a time; every write is one transaction.

WAL with synchronous FULL: what `record` has returned from survives a power cut.
"""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from acumat.contract.documents import encode, rfc3339
from acumat.contract.learned import Learned
from acumat.contract.sessions import Totals
from acumat.history import learning
from acumat.history.bounds import Bounds, prune
from acumat.history.check import check_content, check_pages, installed
from acumat.history.columns import COUNT_MAX, DamagedRowError, checked, decoded
from acumat.history.entries import EVENT_COLUMNS, EntryBatch, EventEntry, UnwritableError
from acumat.history.files import (
    DAMAGED,
    SQLITE_ERRORS,
    SUSPECT,
    all_of,
    check_kind,
    header_damaged,
    hint,
    primary_code,
    tighten_all,
)
from acumat.history.rows import SESSION_COLUMNS, STEP_COLUMNS, Restored, SessionRow, StepRow, session_row
from acumat.history.salvage import finish_salvage, salvage
from acumat.history.schema import StoreUnavailableError, migrate
from acumat.history.wal import lost_commits
from acumat.state_folder import make_folder, make_private

log = logging.getLogger(__name__)

LATE_S = 10.0
"""An event that waited longer for the broker is news no more: nobody should dim the lights on it."""
_SESSION_NUMBER = re.compile(r"-s(\d+)$")


class Store:
    """History in one file. `open()` first; every method raises StoreUnavailableError if the file cannot be used now."""

    def __init__(self, path: Path, *, boot_id: str = "", bounds: Bounds | None = None) -> None:
        """`boot_id` says by which monotonic clock the entries are."""
        self.path = path
        self._bounds = bounds or Bounds()
        self._waiting: tuple[int, int] | None = None
        """Rows and bytes in the outbox; None: to be counted."""
        self.suspect = False
        """Whether something in the file could not be read: the next open looks through all of it."""
        self._sound = False
        """Whether all of the file was looked through since it was opened."""
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
        try:
            self._open()
        except StoreUnavailableError:
            if not self.suspect:
                raise
            self._open()  # damage that was found on the way, and is looked for everywhere now

    def _open(self) -> None:
        self.close()
        with self._translated():
            self._db = self._opened()
            self._install = installed(self._db)[0]
            self.suspect, self._waiting = False, None
        self._prune()

    def _opened(self) -> sqlite3.Connection:
        check_kind(self.path)
        make_folder(self.path.parent)
        finish_salvage(self.path)
        make_private(self.path)
        tighten_all(self.path)
        try:
            return self._connect()
        except (*SQLITE_ERRORS, DamagedRowError) as exc:
            if not isinstance(exc, DamagedRowError) and primary_code(exc) not in DAMAGED | SUSPECT:
                raise
            log.error("the history is damaged (%s)", exc if isinstance(exc, DamagedRowError) else type(exc).__name__)
        self._salvage()
        return self._connect()

    def _salvage(self) -> None:
        self.suspect = False
        found = salvage(self.path, self._connect_to)
        saved = ", ".join(f"{rows} {name}" for name, rows in found.rows.items() if rows) or "nothing"
        self.damage = (
            f"The history was damaged and is kept as {found.aside}. A fresh one was begun; rows saved into it: {saved}."
        )
        log.error("%s", self.damage)

    def _prune(self) -> None:
        """A file that was full would never have room again. One on a full disk can be read all the same."""
        try:
            with self._transaction() as db:
                prune(db, self._bounds)
        except StoreUnavailableError as exc:
            if self.suspect:
                raise
            log.warning("the history cannot be made smaller: %s", exc)

    def close(self) -> None:
        """Close the file; may be called twice and never raises."""
        db, self._db = self._db, None
        if db is not None:
            try:
                db.close()
            except sqlite3.Error as exc:
                log.warning("closing the history failed: %s", exc)

    def kept(self, sensor_names: Sequence[str], day_start_wall_s: float) -> Restored:
        """All that a start needs: ids, what was learnt for these sensors, totals and the last session.

        A damaged file is found here at the latest: it is put aside, and what could be saved of it is read.
        """
        try:
            return self._kept(sensor_names, day_start_wall_s)
        except StoreUnavailableError:
            if not self.suspect:
                raise
        self.open()
        return self._kept(sensor_names, day_start_wall_s)

    def _kept(self, sensor_names: Sequence[str], day_start_wall_s: float) -> Restored:
        with self._reading() as db:
            install, _, _, last_no = installed(db)
            learned, layout_changed = learning.stored(db, sensor_names)
            rows = [checked("document", ("name", "value"), row) for row in db.execute("SELECT name, value FROM document")]
            last = db.execute(f"SELECT {SESSION_COLUMNS} FROM session ORDER BY number DESC LIMIT 1").fetchone()  # noqa: S608
            last_session = None if last is None else session_row(last)
        return Restored(
            install=install,
            next_session_no=last_no + 1,
            learned=learned or Learned.nothing(len(sensor_names)),
            layout_changed=layout_changed,
            totals=self.totals(day_start_wall_s),
            last_session=last_session,
            documents={str(name): str(value) for name, value in rows},
        )

    def record(
        self,
        events: Sequence[EventEntry],
        session: SessionRow | None = None,
        *,
        documents: Mapping[str, str | None] | None = None,
        steps: Sequence[StepRow] = (),
        dated: bool = True,
        ids: Mapping[int, str] | None = None,
        arrived: frozenset[int] = frozenset(),
    ) -> list[int]:
        """Keep events (in history and outbox), a finished session, documents and steps of the programme, all or nothing.

        Gives the events' numbers. A session known already is replaced. `dated` says whether the wall times of the events can be
        believed. By index among the events: `ids` are those under which some were told already, `arrived` are those that need
        no outbox.
        """
        with self._transaction() as db:
            recording = EntryBatch(db, self._install, self._boot_id, self._bounds, self._waiting)
            seqs = recording.add_events(events, dated=dated, ids=ids or {}, arrived=arrived)
            if session is not None:
                recording.add_session(session)
            for name, text in (documents or {}).items():
                _put_document(db, name, text)
            recording.add_steps(steps)
            recording.finish()
        self._waiting = recording.waiting
        return seqs

    def redate(self, offset_s: float) -> None:
        """The clock was set: what this boot wrote before gets its wall times by `offset_s`, wall minus monotonic time, once."""
        with self._transaction() as db:
            query = f"SELECT {EVENT_COLUMNS} FROM event WHERE boot_id = ? AND dated = 0"  # noqa: S608
            for row in db.execute(query, (self._boot_id,)).fetchall():
                seq, wall_s, mono_s, _, payload, _ = checked("event", EVENT_COLUMNS.split(", "), row)
                db.execute(
                    "UPDATE event SET wall_s = ?, payload = ?, dated = 1 WHERE seq = ?",
                    (mono_s + offset_s, _redated(payload, mono_s + offset_s - wall_s), seq),
                )
            db.execute(
                """UPDATE session SET start_wall_s = start_mono_s + :offset_s, end_wall_s = end_mono_s + :offset_s, dated = 1
                    WHERE boot_id = :boot_id AND dated = 0""",
                {"offset_s": offset_s, "boot_id": self._boot_id},
            )
            db.execute("UPDATE programme_step SET wall_s = mono_s + ? WHERE boot_id = ?", (offset_s, self._boot_id))

    def programme_steps(self, limit: int) -> list[StepRow]:
        """The last steps of the programme, oldest first."""
        query = f"SELECT {STEP_COLUMNS} FROM programme_step ORDER BY id DESC LIMIT ?"  # noqa: S608
        with self._reading() as db:
            rows = db.execute(query, (limit,)).fetchall()
            return [StepRow(*checked("programme_step", STEP_COLUMNS.split(", "), row)) for row in reversed(rows)]

    def save_document(self, name: str, text: str | None) -> None:
        """Keep a text under this name, in place of what was there; None removes it."""
        with self._transaction() as db:
            _put_document(db, name, text)

    def save_learned(self, names: Sequence[str], learned: Learned) -> None:
        """Keep what was learnt for these sensors, in place of what was there."""
        with self._transaction() as db:
            learning.save(db, names, learned)

    def save_calibration(
        self, names: Sequence[str], before: Learned, after: Learned, wall_s: float, margin: float | None
    ) -> None:
        """Keep a calibration and what it replaced, and take its result as learnt. The last five of them can be undone."""
        with self._transaction() as db:
            learning.save_calibration(db, names, before, after, wall_s, margin)

    def undo_calibration(self, names: Sequence[str]) -> Learned | None:
        """Take back the last calibration of these sensors and return what holds now; None if there is none left.

        Gains and reference are those from before it; the baseline stays today's, which has followed the foam since.
        """
        with self._transaction() as db:
            return learning.undo_calibration(db, names)

    def outbox_after(self, seq: int, limit: int, now_mono_s: float) -> list[tuple[int, str]]:
        """Up to `limit` events not yet acknowledged with a number above `seq`: (seq, payload), oldest first.

        An event from another boot, or decided more than 10 s ago, is marked as late in its payload.
        """
        query = f"""SELECT {EVENT_COLUMNS} FROM outbox JOIN event USING (seq) WHERE seq > ? ORDER BY seq LIMIT ?"""  # noqa: S608
        with self._reading() as db:
            rows = [checked("event", EVENT_COLUMNS.split(", "), row) for row in db.execute(query, (seq, limit)).fetchall()]
        return [
            (number, payload if boot_id == self._boot_id and 0 <= now_mono_s - mono_s <= LATE_S else _late(payload))
            for number, _, mono_s, boot_id, payload, _ in rows
        ]

    def delete_acked(self, seqs: Sequence[int]) -> None:
        """Take acknowledged events out of the outbox; they stay in history."""
        query = "SELECT LENGTH(CAST(payload AS BLOB)) FROM outbox JOIN event USING (seq) WHERE seq = ?"
        with self._transaction() as db:
            gone = [row[0] or 0 for seq in seqs for row in db.execute(query, (seq,)).fetchall()]
            db.executemany("DELETE FROM outbox WHERE seq = ?", [(seq,) for seq in seqs])
        if self._waiting is not None:
            rows, size_bytes = self._waiting
            self._waiting = rows - len(gone), size_bytes - sum(gone)

    def totals(self, day_start_wall_s: float) -> Totals:
        """Sessions and minutes really lain, without lifts and guests. A session belongs to the day in which it ended."""
        query = """SELECT COUNT(*) + (SELECT pruned_sessions FROM install),
            (TOTAL(contact_s) + (SELECT pruned_contact_s FROM install)) / 60, COUNT(*) FILTER (WHERE end_wall_s >= :day),
            TOTAL(contact_s) FILTER (WHERE end_wall_s >= :day) / 60,
            COUNT(*) FILTER (WHERE typeof(contact_s) || typeof(end_wall_s) NOT IN ('realreal')) FROM session WHERE NOT guest"""
        with self._reading() as db:
            *totals, damaged = db.execute(query, {"day": day_start_wall_s}).fetchone()
            if damaged or not all(isinstance(value, int | float) and 0 <= value <= COUNT_MAX for value in totals):
                raise DamagedRowError("a row of the table session is damaged")
            return Totals(*totals)

    def _connect(self) -> sqlite3.Connection:
        return self._connect_to(self.path)

    def _connect_to(self, path: Path) -> sqlite3.Connection:
        """The file at this path, made if need be, with this version's schema. Raises DamagedRowError or sqlite3.Error."""
        unclean = any(part.stat().st_size > 0 for part in all_of(path)[1:])  # whoever ends in good order leaves the file alone
        if header_damaged(path):
            raise DamagedRowError("the file's header is damaged")
        if unclean and lost_commits(path):
            raise DamagedRowError("the write-ahead log is damaged")
        db = sqlite3.connect(path, isolation_level=None, timeout=2.0, check_same_thread=False)
        try:
            db.text_factory = decoded
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            page_bytes = db.execute("PRAGMA page_size").fetchone()[0]
            db.execute(f"PRAGMA max_page_count = {self._bounds.file_bytes // page_bytes}")
            if unclean or self.suspect:
                check_pages(db)
            migrate(db, path)
            installed(db)
            if self.suspect:
                check_content(db)
            self._sound = self.suspect
        except BaseException:
            db.close()
            raise
        return db

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """The one place where errors of file, SQLite and rows become StoreUnavailableError, with what to do about it."""
        try:
            yield
        except (*SQLITE_ERRORS, OSError, DamagedRowError, OverflowError) as exc:
            code = primary_code(exc)
            if isinstance(exc, OverflowError | sqlite3.ProgrammingError) or (code in SUSPECT and self._sound):
                raise UnwritableError(f"an entry cannot be stored ({type(exc).__name__})") from exc
            self.suspect = self.suspect or code in DAMAGED | SUSPECT or isinstance(exc, DamagedRowError)
            raise StoreUnavailableError(f"{self.path}: {hint(exc)}") from exc
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


def _put_document(db: sqlite3.Connection, name: str, text: str | None) -> None:
    if text is None:
        db.execute("DELETE FROM document WHERE name = ?", (name,))
    else:
        db.execute("INSERT OR REPLACE INTO document VALUES (?, ?)", (name, text))


def _redated(payload: str, by_s: float) -> str:
    document = dict(json.loads(payload))
    for key in ("at", "edge_at"):
        if document.get(key) is not None:
            document[key] = _shifted(document[key], by_s)
    document.pop("clock_set", None)
    return encode(document)


def _shifted(at: str, by_s: float) -> str:
    try:
        return rfc3339(datetime.fromisoformat(at).timestamp() + by_s)
    except (ValueError, TypeError, OverflowError):  # no time that anybody has written
        return at


def _late(payload: str) -> str:
    return encode({**json.loads(payload), "late": True})
