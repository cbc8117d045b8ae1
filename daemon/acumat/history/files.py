"""The files of the history: whether they can be opened, the fix if not, and putting a damaged one aside."""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
from pathlib import Path

from acumat.state_folder import tighten

log = logging.getLogger(__name__)

BROKEN_KEPT = 5
"""Damaged files to retain. Beyond that the oldest is deleted, since a failing card would fill up with them."""
SIDES = ("-wal", "-shm")
SQLITE_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""Errors of a statement: the second one if SQLite's own message quotes a damaged schema."""
DAMAGED = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_FORMAT,
}
"""SQLite says itself that the file is damaged."""
SUSPECT = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_RANGE,
    sqlite3.SQLITE_TOOBIG,
}
"""Our own statements never cause these in a sound file."""
HINTS = {
    sqlite3.SQLITE_FULL: "the disk or the history is full; make room on the disk",
    sqlite3.SQLITE_READONLY: "it may not be written; check who owns the file, and whether the disk is read-only",
    sqlite3.SQLITE_PERM: "it may not be opened; check the owner of the file and of its folder",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check who owns it and its folder, whether the disk is read-only, and "
    "whether it takes more files (df -i)",
    sqlite3.SQLITE_BUSY: "another program has it locked; close that program",
    sqlite3.SQLITE_LOCKED: "another program has it locked; close that program",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written; check the card and its space",
}
DAMAGE_HINT = "its content is damaged; what can be read of it is saved at the next attempt"


def primary_code(exc: BaseException) -> int:
    """SQLite's primary result code; 0 for an error that has none."""
    if isinstance(exc, UnicodeDecodeError):
        return sqlite3.SQLITE_CORRUPT
    return getattr(exc, "sqlite_errorcode", 0) & 0xFF


def hint(exc: BaseException) -> str:
    """The cause and the fix."""
    if isinstance(exc, FileExistsError) and not exc.errno:
        return str(exc.strerror)
    if isinstance(exc, OSError) and exc.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full, or takes no more files; make room on it (df -h and df -i show how much there is)"
    if isinstance(exc, OSError):
        return f"{exc.strerror or type(exc).__name__}; check the disk and the owner of the file and of its folder"
    if not isinstance(exc, SQLITE_ERRORS) or primary_code(exc) in DAMAGED | SUSPECT:
        return DAMAGE_HINT
    return HINTS.get(primary_code(exc), f"{exc}; check the disk")


def all_of(path: Path) -> list[Path]:
    """The existing ones of the file, its write-ahead log and its index."""
    return [part for part in (path, *(path.with_name(path.name + side) for side in SIDES)) if part.exists()]


def check_kind(path: Path) -> None:
    """Raises OSError for what is no file in the file's place, or no folder in its folder's: opening it could block."""
    if os.path.lexists(path.parent) and not path.parent.is_dir():
        raise FileExistsError(0, _in_the_way(path.parent, "folder"))
    if path.is_symlink() and not path.exists():
        raise FileExistsError(0, _in_the_way(path, "file"))
    for part in all_of(path):
        if not part.is_file():
            raise FileExistsError(0, f"{part.name} is no regular file; move it away")


def _in_the_way(path: Path, wanted: str) -> str:
    if not path.is_symlink():
        return f"{path} is no {wanted}; move it away"
    return f"{path} is a link to {path.readlink()}, where no {wanted} is; mount the disk of that {wanted}, or remove the link"


def header_damaged(path: Path) -> bool:
    """Whether the header has versions that SQLite does not know. SQLite itself would call the file read-only."""
    with path.open("rb") as file:
        header = file.read(20)
    return len(header) == 20 and not {*header[18:20]} <= {1, 2}


def tighten_all(path: Path) -> None:
    """Make the file, and everything beside it, readable by its owner alone."""
    for part in path.parent.glob(f"{path.name}*"):
        tighten(part)


def put_aside(path: Path) -> Path:
    """Rename the damaged file with its log and index. Returns the new name."""
    number = 1
    while all_of(aside := path.with_name(f"{path.name}.broken-{number}")):
        number += 1
    for part in all_of(path):
        part.rename(part.with_name(part.name.replace(path.name, aside.name, 1)))
    _delete_oldest(path, aside)
    return aside


def broken_ones(path: Path) -> list[Path]:
    """The damaged files that were put aside, the newest last."""
    found = [each for each in path.parent.glob(f"{path.name}.broken-*") if each.suffix.removeprefix(".broken-").isdigit()]
    return sorted(found, key=lambda each: each.stat().st_mtime_ns)


def _delete_oldest(path: Path, newest: Path) -> None:
    found = sorted(broken_ones(path), key=lambda each: each == newest)
    for each in found[: max(0, len(found) - BROKEN_KEPT)]:
        log.warning("%s is removed: there are newer damaged files", each)
        for part in all_of(each):
            part.unlink(missing_ok=True)
