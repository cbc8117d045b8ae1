"""Copies the history for a release and puts it back. It runs as the daemon's user, on files of that user's folder.

database.py copy|needs|put|prune FOLDER RELEASE...; `needs` prints yes or no.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

DATABASE = "acumat.db"
BUSY_S = 5.0
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def copy_of(folder: Path, release: str) -> Path:
    """The path of the copy for a release."""
    return folder / f"{DATABASE}.of-{release}"


def copy(folder: Path, release: str) -> None:
    """Make a whole copy, or leave the earlier one. Without a history there is no copy."""
    source, target = folder / DATABASE, copy_of(folder, release)
    if not source.exists():
        target.unlink(missing_ok=True)
        return
    new = _unfinished(folder)
    try:
        with closing(sqlite3.connect(source, timeout=BUSY_S)) as db, closing(sqlite3.connect(new)) as made:
            db.backup(made)
        _finish(new, target)
    except BaseException:
        _unfinished(folder)  # a disk without room is not to keep half a copy
        raise


def needs(folder: Path, release: str) -> bool:
    """Whether there is a copy, and the history has a different schema or is damaged."""
    kept = copy_of(folder, release)
    if not kept.exists():
        return False
    try:
        return _schema(folder / DATABASE, check=True) != _schema(kept, check=False)
    except sqlite3.Error:
        return True


def put(folder: Path, release: str) -> None:
    """Put the copy in the history's place. It can be repeated after a power cut.

    On a full disk the copy itself becomes the history: a release that cannot read it must not stay for want of room.
    Events get ids of another numbering from now on: the broker may know those of the replaced history. It begins with 1, for a
    reader would take the numbers before its first one for lost events.
    """
    history, kept, new = folder / DATABASE, copy_of(folder, release), _unfinished(folder)
    try:
        shutil.copyfile(kept, new)
    except OSError as exc:
        if exc.errno not in NO_ROOM:
            raise
        new.unlink(missing_ok=True)
        new.hardlink_to(kept)
    for side in ("-wal", "-shm"):  # they belong to the replaced file
        (folder / f"{DATABASE}{side}").unlink(missing_ok=True)
    _finish(new, history)
    new.unlink(missing_ok=True)  # the second time it is a link to the same file, which rename(2) leaves
    with suppress(sqlite3.Error), closing(sqlite3.connect(history)) as db:  # a running mat is more important than its ids
        db.execute("UPDATE install SET id = ?", (secrets.token_hex(4),))
        with suppress(sqlite3.OperationalError):  # the first schema had no count of its own for events
            db.execute("UPDATE install SET last_event_no = 0")
        db.commit()


def _schema(path: Path, *, check: bool) -> int:
    if not path.exists():
        raise sqlite3.OperationalError("it is not there")
    with closing(sqlite3.connect(path, timeout=BUSY_S)) as db:
        if check and db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("it is damaged")
        return int(db.execute("PRAGMA user_version").fetchone()[0])


def _unfinished(folder: Path) -> Path:
    for path in folder.glob(f"{DATABASE}.switching*"):
        path.unlink()
    return folder / f"{DATABASE}.switching"


def _finish(new: Path, target: Path) -> None:
    _sync(new)
    new.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def prune(folder: Path, *kept: str) -> None:
    """Remove the copies for all other releases."""
    keep = {copy_of(folder, release) for release in kept}
    for path in folder.glob(f"{DATABASE}.of-*"):
        if path not in keep:
            path.unlink()


COMMANDS: dict[str, Callable[..., bool | None]] = {"copy": copy, "needs": needs, "put": put, "prune": prune}


def main(argv: list[str]) -> int:
    """Run one of the commands; a failure is a sentence on standard error."""
    os.umask(0o077)
    try:
        found = COMMANDS[argv[0]](Path(argv[1]), *argv[2:])
    except (OSError, sqlite3.Error) as exc:
        why = exc.strerror if isinstance(exc, OSError) else type(exc).__name__  # it is published, and quotes no file
        print(f"the history cannot be copied ({why})", file=sys.stderr)
        return 1
    if found is not None:
        print("yes" if found else "no")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
