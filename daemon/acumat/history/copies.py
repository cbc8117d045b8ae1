"""Whole copies of the history's file: making one of a single moment, and checking one that is to replace the history."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from acumat.history.files import DAMAGED, SQLITE_ERRORS, SUSPECT, all_of, check_kind, hint, primary_code
from acumat.history.schema import MIGRATIONS, StoreUnavailableError
from acumat.passing_place import passing_place
from acumat.whole_file import place_named

log = logging.getLogger(__name__)

BUSY_S = 10.0
NUMBERED_APART = 2
"""The first schema in which events are counted apart from rows."""
READ_ONLY_DISK = "its disk is read-only, and nothing can be changed there"


class DamagedHistoryError(StoreUnavailableError):
    """No copy can be made, wherever it goes."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: is damaged; start the daemon, which saves what can be read of it")


class UnusableCopyError(ValueError):
    """The copy cannot take the history's place; the text says why."""


def is_there(path: Path) -> bool:
    """Whether there is a history. Raises StoreUnavailableError for what is no file, and OSError if that cannot be seen."""
    try:
        check_kind(path)
    except FileExistsError as exc:
        raise StoreUnavailableError(f"{path}: {hint(exc)}") from exc
    return path.exists()


@contextmanager
def readable(path: Path) -> Iterator[Path]:
    """The history, for whoever only reads it. It is used where it lies, and on a read-only disk in a copy elsewhere.

    Nobody writes on such a disk, and SQLite opens no history there: so a card that fails still gives what it has. The copy goes
    at the end. Raises OSError that names the place of the copy, and what the block raises, naming the history.
    """
    if not on_read_only_disk(path):
        yield path
        return
    with passing_folder() as folder:
        with place_named(folder):
            for part in all_of(path):
                shutil.copyfile(part, folder / part.name)
            (folder / f"{path.name}-shm").unlink(missing_ok=True)
        copy = folder / path.name
        log.warning("%s: %s; it is read in a copy, %s, which goes at the end", path, READ_ONLY_DISK, copy)
        try:
            yield copy
        except StoreUnavailableError as exc:
            exc.args = (str(exc).replace(str(copy), str(path)),)
            raise


def on_read_only_disk(path: Path) -> bool:
    """Whether nothing in the folder of this file can be changed, by anybody."""
    return bool(os.statvfs(path.parent).f_flag & os.ST_RDONLY)


@contextmanager
def passing_folder() -> Iterator[Path]:
    """A private folder for copies, which goes at the end."""
    with tempfile.TemporaryDirectory(prefix="acumat-", dir=passing_place()) as folder:
        yield Path(folder)


def copy_history(path: Path, copy: Path) -> int:
    """Write a copy of the history at one moment, whoever writes meanwhile, without traces of deleted data. Returns its schema.

    Raises StoreUnavailableError.
    """
    try:
        with closing(_read_only(path)) as db:
            db.execute("VACUUM INTO ?", (str(copy),))
        with closing(sqlite3.connect(copy)) as made:
            if made.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise DamagedHistoryError(path)
            return _schema(made)
    except SQLITE_ERRORS as exc:
        if primary_code(exc) in DAMAGED | SUSPECT:
            raise DamagedHistoryError(path) from exc
        raise StoreUnavailableError(f"{path}: {hint(exc)}") from exc


def make_successor(copy: Path) -> dict[str, str]:
    """Check a copy that is to replace the history. Returns its documents by name. Raises UnusableCopyError.

    Its events get ids of another numbering: the broker may know those of the replaced history. It begins with 1, for a reader
    would take the numbers before its first one for lost events.
    """
    try:
        with closing(sqlite3.connect(copy, isolation_level=None)) as db:
            schema = _schema(db)
            if schema > len(MIGRATIONS):
                raise UnusableCopyError(f"the history has schema {schema}, and this acumat knows up to {len(MIGRATIONS)}")
            if schema < 1 or db.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
                raise UnusableCopyError("the history is damaged")
            documents = _documents(db)
            anew = ", last_event_no = 0" if schema >= NUMBERED_APART else ""
            db.execute(f"UPDATE install SET id = ?{anew}", (secrets.token_hex(4),))  # noqa: S608
            return documents
    except SQLITE_ERRORS as exc:
        raise UnusableCopyError("the history is damaged") from exc


def documents_in(path: Path) -> dict[str, str]:
    """The documents of a history by name; empty if it cannot be read."""
    try:
        with closing(_read_only(path)) as db:
            return _documents(db)
    except (*SQLITE_ERRORS, OSError):
        return {}


def people_in(path: Path) -> dict[int, float]:
    """Since when each number belongs to its person, in Unix time: a different time means a different person.

    None without a history.
    """
    if not path.exists():
        return {}
    try:
        with closing(_read_only(path)) as db:
            return dict(db.execute("SELECT id, wall_s FROM person").fetchall())
    except (*SQLITE_ERRORS, OSError):
        return {}


def _read_only(path: Path) -> sqlite3.Connection:
    """A read-only connection: closing the last writable one would discard the rest of a damaged write-ahead log.

    Raises OSError for what is no file.
    """
    check_kind(path)
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_S, isolation_level=None)


def _schema(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _documents(db: sqlite3.Connection) -> dict[str, str]:
    """There were none before the second schema."""
    return dict(db.execute("SELECT name, value FROM document").fetchall()) if _schema(db) > 1 else {}
