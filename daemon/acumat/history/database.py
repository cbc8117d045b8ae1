"""The SQLite file itself: opened, verified, written in transactions, and if damaged put aside and salvaged.

WAL with synchronous FULL: a transaction that has returned survives a power cut.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from acumat.history.check import check_content, check_pages, installed
from acumat.history.columns import DamagedRowError, decoded
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
from acumat.history.salvage import finish_salvage, salvage
from acumat.history.schema import StoreUnavailableError, UnwritableError, migrate, write_whole_copy
from acumat.history.wal import lost_commits
from acumat.state_folder import make_folder, make_private

log = logging.getLogger(__name__)

BUSY_S = 2.0
"""Seconds that a statement waits for a lock of another program."""


PROGRESS_STEPS = 50_000
"""Steps of SQLite between two signs of progress: some milliseconds."""


def _ignore() -> None: ...


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and inode; None where nothing is."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Database:
    """One file of at most `file_bytes`, for one thread at a time. Every method but `close` raises StoreUnavailableError."""

    def __init__(self, path: Path, *, file_bytes: int) -> None:
        self.path = path
        self._file_bytes = file_bytes
        self._db: sqlite3.Connection | None = None
        self._verified = False
        """Whether all of the file was verified when it was opened."""
        self.suspect = False
        """Whether something in the file could not be read: the next `open` verifies all of it."""
        self.damage: str | None = None
        """What was done with a damaged file, in a sentence; None if none was found."""
        self._places: dict[Path, tuple[int, int] | None] = {}
        """The open files by the paths that led to them: device and inode."""
        self.on_progress: Callable[[], None] = _ignore
        """Called repeatedly during a long statement, in the thread that uses the file."""

    @property
    def is_open(self) -> bool:
        return self._db is not None

    def open(self) -> None:
        """Open or make the file and bring its schema up to date.

        A damaged file is put aside, and a fresh one begins with all that could be read of it. The whole file is verified only
        after an unclean end, and when it is suspect. Another thread may use it then.
        """
        self.close()
        with self._translated():
            self._db = self._opened()
            self._places = {part: _identity(part) for part in all_of(self.path)}
            self.suspect = False

    def close(self) -> None:
        """Close the file; may be called twice and never raises."""
        db, self._db = self._db, None
        if db is not None:
            try:
                db.close()
            except sqlite3.Error as exc:
                log.warning("closing the history failed: %s", exc)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection; errors during its use become StoreUnavailableError or UnwritableError."""
        if self._db is None:
            raise StoreUnavailableError(f"{self.path} is not open")
        self._check_places(self._db)
        with self._translated():
            yield self._db

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all that is written within is stored, or none of it."""
        with self.reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    def empty_log(self) -> None:
        """Move the write-ahead log into the file and cut it. Raises StoreUnavailableError while another program reads."""
        with self.reading() as db:
            busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            if busy:
                raise StoreUnavailableError("another program reads the history; end it and try again")

    def _check_places(self, db: sqlite3.Connection) -> None:
        """SQLite goes on with files that nobody will find again: what it stores in them is lost with the process.

        What was in a file that is gone is written back; one that took its place is used as it is.
        """
        lost = [part for part, identity in self._places.items() if _identity(part) != identity]
        if not lost:
            return
        copy, gone = self.path.with_name(f"{self.path.name}.removed"), self.path in lost and not self.path.exists()
        with self._translated():
            if gone:
                write_whole_copy(db, self.path, copy)
            self.close()
            ours = [part for part in all_of(self.path) if _identity(part) == self._places.get(part)]
            for part in ours if self.path in lost else []:  # SQLite would use this write-ahead log for another file
                part.unlink()
            if gone:
                copy.rename(self.path)
        text = f"{lost[0]} was removed or replaced while it was in use"
        log.error("%s", text)
        raise StoreUnavailableError(f"{text}; the history is opened anew")

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
            f"The history was damaged and is stored as {found.aside}. A fresh one was begun; rows saved into it: {saved}."
        )
        log.error("%s", self.damage)

    def _connect(self) -> sqlite3.Connection:
        return self._connect_to(self.path)

    def _connect_to(self, path: Path) -> sqlite3.Connection:
        """The file at this path, created if necessary, with the schema of this version.

        Raises DamagedRowError or sqlite3.Error.
        """
        unclean = any(part.stat().st_size > 0 for part in all_of(path)[1:])  # after a clean end there is no log
        if header_damaged(path):
            raise DamagedRowError("the file's header is damaged")
        if unclean and lost_commits(path):
            raise DamagedRowError("the write-ahead log is damaged")
        db = sqlite3.connect(path, isolation_level=None, timeout=BUSY_S, check_same_thread=False)
        try:
            self._prepare(db, path, unclean=unclean)
        except BaseException:
            db.close()
            raise
        return db

    def _prepare(self, db: sqlite3.Connection, path: Path, *, unclean: bool) -> None:
        db.text_factory = decoded
        db.set_progress_handler(self._progress, PROGRESS_STEPS)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        page_bytes = db.execute("PRAGMA page_size").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {self._file_bytes // page_bytes}")
        if unclean or self.suspect:
            check_pages(db)
        migrate(db, path)
        installed(db)
        if self.suspect:
            check_content(db)
        self._verified = self.suspect

    def _progress(self) -> int:
        self.on_progress()
        return 0  # go on

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """The one place where errors of file, SQLite and rows become StoreUnavailableError, with the fix."""
        try:
            yield
        except (*SQLITE_ERRORS, OSError, DamagedRowError, OverflowError) as exc:
            code = primary_code(exc)
            if isinstance(exc, OverflowError | sqlite3.ProgrammingError) or (code in SUSPECT and self._verified):
                raise UnwritableError(f"an entry cannot be stored ({type(exc).__name__})") from exc
            self.suspect = self.suspect or code in DAMAGED | SUSPECT or isinstance(exc, DamagedRowError)
            raise StoreUnavailableError(f"{self.path}: {hint(exc)}") from exc
        except StoreUnavailableError as exc:
            raise StoreUnavailableError(f"{self.path}: {exc}") from exc
