"""The history of the mat: sessions, events, outbox, documents and what was learnt, in one SQLite file.

One thread uses it at a time. Every write is one transaction and survives a power cut once the call has returned.
"""

from __future__ import annotations

import logging
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from acumat.contract.learned import Learned
from acumat.contract.sessions import Totals
from acumat.history import learning
from acumat.history.bounds import Bounds, prune
from acumat.history.check import NUMBERED_ON, installed
from acumat.history.checkins import CheckInRow, put_check_in
from acumat.history.columns import COUNT_MAX, DamagedRowError, checked
from acumat.history.database import Database
from acumat.history.days import DAY_MOST_S
from acumat.history.entries import DirectEvent, EntryBatch, EventEntry, put_document
from acumat.history.feelings import AwayRow, WeeklyRow, put_away, put_weekly
from acumat.history.forgetting import MARK, complete, wipe
from acumat.history.minutes import MinuteRow
from acumat.history.outbox import Outbox, events_after
from acumat.history.people import people_of
from acumat.history.redating import redate
from acumat.history.rows import STEP_COLUMNS, Restored, SessionRow, StepRow, last_measured
from acumat.history.schema import StoreUnavailableError

log = logging.getLogger(__name__)


class Store:
    """`open()` first. Every method but `close` raises StoreUnavailableError if the file cannot be used now.

    The methods that write an entry raise ValueError or TypeError for one that can never be written, and write nothing.
    """

    def __init__(self, path: Path, *, boot_id: str = "", machine: str = "", bounds: Bounds | None = None) -> None:
        """`boot_id` is the boot of the monotonic times of new entries, `machine` the mark of the machine that numbers them."""
        self._bounds = bounds or Bounds()
        self._database = Database(path, file_bytes=self._bounds.file_bytes)
        self._outbox = Outbox(self._bounds)
        self._boot_id = boot_id
        self._machine = machine
        self._install = ""
        self._next_install = uuid.uuid4().hex[:8]
        """The next numbering: on another machine, the one before may give the next ids of the present one as well."""
        self._unclaimed = False
        """Whether this machine is not stored yet as the one that numbers: until then its next transaction writes that, too."""

    @property
    def path(self) -> Path:
        return self._database.path

    @property
    def is_open(self) -> bool:
        return self._database.is_open

    @property
    def damage(self) -> str | None:
        """What was done with a damaged file, in a sentence; None if none was found."""
        return self._database.damage

    @property
    def install(self) -> str:
        """The id of this installation, with which every event's id begins; empty before the first open."""
        return self._install

    def on_progress(self, call: Callable[[], None]) -> None:
        """Call this repeatedly during a long statement."""
        self._database.on_progress = call

    def open(self) -> None:
        """Open or make the file; a damaged one is put aside, and a fresh one begins with all that could be read of it."""
        try:
            self._open()
        except StoreUnavailableError:
            if not self._database.suspect:
                raise
            self._open()  # the damage was found in use; now the whole file is verified

    def close(self) -> None:
        """Close the file; may be called twice and never raises."""
        self._database.close()

    def restore(self, sensor_names: Sequence[str], day_start_wall_s: float) -> Restored:
        """All that a start needs: ids, what was learnt for these sensors, totals and the last session.

        A damaged file is found here at the latest: it is put aside, and what could be saved of it is read.
        """
        try:
            return self._restore(sensor_names, day_start_wall_s)
        except StoreUnavailableError:
            if not self._database.suspect:
                raise
        self.open()
        return self._restore(sensor_names, day_start_wall_s)

    def record(
        self,
        events: Sequence[EventEntry],
        session: SessionRow | None = None,
        *,
        documents: Mapping[str, str | None] | None = None,
        steps: Sequence[StepRow] = (),
        check_ins: Sequence[CheckInRow] = (),
        minutes: Sequence[MinuteRow] = (),
        dated: bool = True,
        direct: Mapping[int, DirectEvent] | None = None,
    ) -> list[int]:
        """Write events (to history and outbox), a finished session and all that belongs to it, all or nothing.

        Returns the events' numbers. A session with a known id is replaced. `dated` says whether the wall times of the events
        can be trusted. `direct`, by index among the events: those that were published before.
        """
        with self._numbering() as db:
            batch = EntryBatch(db, self._outbox, self._bounds, install=self._install, boot_id=self._boot_id)
            seqs = batch.put_events(events, dated=dated, direct=direct or {})
            if session is not None:
                batch.put_session(session)
            batch.put_documents(documents or {})
            batch.put_steps(steps)
            batch.put_check_ins(check_ins)
            batch.put_minutes(minutes)
            batch.finish()
        return seqs

    def save_feelings(self, rows: Sequence[CheckInRow | WeeklyRow | AwayRow]) -> None:
        """Write answers about feelings, and days away."""
        with self.transaction() as db:
            for row in rows:
                match row:
                    case CheckInRow():
                        put_check_in(db, row, self._boot_id)
                    case WeeklyRow():
                        put_weekly(db, row)
                    case AwayRow():
                        put_away(db, row)

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """The open file, for reading by other modules."""
        return self._database.reading()

    @contextmanager
    def transaction(self, *, takes_events: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction: all that is written within is stored, or none of it. `takes_events`: it deletes events."""
        try:
            with self._database.transaction() as db:
                yield db
        except BaseException:
            self._outbox.recount()
            raise
        if takes_events:
            self._outbox.recount()

    def forget(self, delete: Callable[[sqlite3.Connection], int]) -> int:
        """Delete rows with `delete` and return its result. `wipe` must follow; otherwise the next `open` does it."""
        with self.transaction(takes_events=True) as db:
            count = delete(db)
            put_document(db, MARK, "")
        return count

    def wipe(self) -> None:
        """Remove all traces of deleted or replaced rows from every page and copy of the file. Raises NotWipedError."""
        wipe(self._database)

    def outbox_after(self, seq: int, limit: int, now_mono_s: float) -> list[tuple[int, str]]:
        """Up to `limit` events not yet acknowledged with a number above `seq`: (seq, payload), oldest first.

        An event from another boot, or one decided more than 10 s ago, has `late` set.
        """
        with self._database.reading() as db:
            return events_after(db, seq, limit, boot_id=self._boot_id, now_mono_s=now_mono_s)

    def delete_acked(self, seqs: Sequence[int]) -> None:
        """Remove acknowledged events from the outbox; they stay in the history."""
        with self.transaction() as db:
            self._outbox.delete(db, seqs)

    def redate(self, offset_s: float) -> None:
        """The clock was set: what this boot wrote before gets its wall times by `offset_s`, wall minus monotonic time, once."""
        with self.transaction() as db:
            redate(db, self._boot_id, offset_s)

    def programme_steps(self, limit: int, person: int | None = None) -> list[StepRow]:
        """The last steps of a person's programme, or of the one owner's, oldest first."""
        query = f"SELECT {STEP_COLUMNS} FROM programme_step WHERE person IS ? ORDER BY id DESC LIMIT ?"  # noqa: S608
        with self._database.reading() as db:
            rows = db.execute(query, (person, limit)).fetchall()
            return [StepRow(*checked("programme_step", STEP_COLUMNS.split(", "), row)) for row in reversed(rows)]

    def document(self, name: str) -> str | None:
        """The text under this name; None if there is none."""
        with self._database.reading() as db:
            row = db.execute("SELECT name, value FROM document WHERE name = ?", (name,)).fetchone()
            return None if row is None else str(checked("document", ("name", "value"), row)[1])

    def save_document(self, name: str, text: str | None) -> None:
        """Write a text under this name, in place of an earlier one; None removes it."""
        with self.transaction() as db:
            put_document(db, name, text)

    def save_learned(self, names: Sequence[str], learned: Learned) -> None:
        """Write the learnt values of these sensors, in place of earlier ones."""
        with self.transaction() as db:
            learning.save(db, names, learned)

    def save_calibration(
        self, names: Sequence[str], before: Learned, after: Learned, wall_s: float, margin: float | None
    ) -> None:
        """Write a calibration and what it replaced, and take its result as learnt. The last five of them can be undone."""
        with self.transaction() as db:
            learning.save_calibration(db, names, before, after, wall_s, margin)

    def undo_calibration(self, names: Sequence[str]) -> Learned | None:
        """Undo the last calibration of these sensors. Returns the values now in use; None if there is none left.

        Gains and reference are those from before it; the baseline stays the present one, which has followed the foam since.
        """
        with self.transaction() as db:
            return learning.undo_calibration(db, names)

    def totals(self, day_start_wall_s: float) -> Totals:
        """Sessions and minutes of contact, without lifts and guests. A session belongs to the day in which it ended.

        What a clock that was wrong has dated later than that day is not of it.
        """
        query = """SELECT COUNT(*) + (SELECT pruned_sessions FROM install),
            (TOTAL(contact_s) + (SELECT pruned_contact_s FROM install)) / 60,
            COUNT(*) FILTER (WHERE end_wall_s >= :day AND end_wall_s < :end),
            TOTAL(contact_s) FILTER (WHERE end_wall_s >= :day AND end_wall_s < :end) / 60,
            COUNT(*) FILTER (WHERE typeof(contact_s) || typeof(end_wall_s) NOT IN ('realreal')) FROM session WHERE NOT guest"""
        with self._database.reading() as db:
            *totals, damaged = db.execute(query, {"day": day_start_wall_s, "end": day_start_wall_s + DAY_MOST_S}).fetchone()
            if damaged or not all(isinstance(value, int | float) and 0 <= value <= COUNT_MAX for value in totals):
                raise DamagedRowError("a row of the table session is damaged")
            return Totals(*totals)

    def last_session(self) -> SessionRow | None:
        """The last session that the mat has measured; None if there is none."""
        with self._database.reading() as db:
            return last_measured(db)

    def _open(self) -> None:
        self._database.open()
        self._outbox.recount()
        with self._database.reading() as db:
            self._install, _, last_event_no, _ = installed(db)
            forget = db.execute("SELECT 1 FROM document WHERE name = ?", (MARK,)).fetchone()
        self._unclaimed = self._machine not in ("", numbered_on := self.document(NUMBERED_ON))
        if self._unclaimed and (numbered_on is not None or last_event_no):
            self._install = self._next_install
        if forget:
            complete(self._database)
        self._prune()

    @contextmanager
    def _numbering(self) -> Iterator[sqlite3.Connection]:
        """A transaction that also stores under which name this machine gives ids, if that is not stored yet.

        A new numbering begins with 1: a reader would take the numbers before its first one for lost events.
        """
        with self.transaction() as db:
            if self._unclaimed:
                put_document(db, NUMBERED_ON, self._machine)
                db.execute("UPDATE install SET id = :id, last_event_no = 0 WHERE id <> :id", {"id": self._install})
            yield db
        if self._unclaimed:
            self._unclaimed, self._next_install = False, uuid.uuid4().hex[:8]

    def _prune(self) -> None:
        """Make the file smaller: otherwise a full file would never have room again. On a full disk it can still be read."""
        try:
            with self.transaction() as db:
                prune(db, self._bounds)
            if self._unclaimed:
                with self._numbering():
                    pass
        except StoreUnavailableError as exc:
            if self._database.suspect:
                raise
            log.warning("the history cannot be made smaller: %s", exc)

    def _restore(self, sensor_names: Sequence[str], day_start_wall_s: float) -> Restored:
        with self._database.reading() as db:
            last_no = installed(db)[3]
            learned, layout_changed = learning.stored(db, sensor_names)
            rows = [checked("document", ("name", "value"), row) for row in db.execute("SELECT name, value FROM document")]
            last_session, people = last_measured(db), people_of(db)
        return Restored(
            install=self._install,
            next_session_no=last_no + 1,
            learned=learned or Learned.nothing(len(sensor_names)),
            layout_changed=layout_changed,
            totals=self.totals(day_start_wall_s),
            last_session=last_session,
            documents={str(name): str(value) for name, value in rows},
            people=people,
        )


class ShutStore(Store):
    """A history that is not opened, for a daemon that may have died because of it."""

    def open(self) -> None:
        raise StoreUnavailableError(f"{self.path} is left alone in safe mode")
