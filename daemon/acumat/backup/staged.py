"""Restores a backup in two steps: staged as a whole beside the present data, then moved into place. The next start finishes an
interrupted one.

The new state lies in the folder `restoring` inside the state folder. It counts from the moment its configuration is in place,
which is one rename. Before that the folder is discarded; after it the daemon's next start, or the next restore, moves the rest.
A kill at any moment leaves the old state or the new one.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from acumat.history.files import SIDES
from acumat.state_folder import RESTORING
from acumat.stored import UnreadableError, read_file
from acumat.whole_file import sync
from acumat_hw.errors import InputError
from acumat_hw.text_file import read_bytes

log = logging.getLogger(__name__)

READY = "ready.json"
BEFORE = "acumat.db.before-restore-"
"""The beginning of the name of replaced data; it is named like the history's other copies, so that it is deleted with them."""
BEFORE_KEPT = 3
"""Number of restores whose earlier state is retained: each may take as much room as the history."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The staged state is whole. It counts once the file `config` has this SHA-256; `stamp` names what it replaces."""

    config: str
    sha256: str
    stamp: str


@contextmanager
def as_owner(folder: Path) -> Iterator[None]:
    """Act as the owner of this folder, if we are root: never as root in a folder of another user.

    For a process of one thread.
    """
    owner = folder.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        yield
        return
    mask = os.umask(0o077)
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)
        os.umask(mask)


def declare_ready(state: Path, ready: Ready) -> None:
    """All files of the staged state are written; they are on the disk when this returns."""
    folder = state / RESTORING
    new = folder / f"{READY}.new"
    new.write_text(json.dumps(asdict(ready)), "utf-8")
    for path in folder.iterdir():
        sync(path)
    new.replace(folder / READY)
    sync(folder)
    sync(state)


def discard(state: Path) -> None:
    """Remove a staged state. From the first moment on it does not count, also if this is cut off."""
    folder = state / RESTORING
    (folder / READY).unlink(missing_ok=True)
    shutil.rmtree(folder)


def finish(state: Path) -> bool:
    """Move a staged state that counts into place, and discard one that does not. Returns whether there was one that counts.

    Raises OSError if the disk fails; it can be repeated later with the same result.
    """
    folder = state / RESTORING
    if not folder.is_dir():
        return False
    ready = _ready(folder)
    if ready is None or sha256_of(Path(ready.config)) != ready.sha256:
        discard(state)
        return False
    for new in sorted(each for each in folder.iterdir() if each.name != READY):
        _exchange(state, new, ready.stamp)
    (folder / READY).unlink()
    folder.rmdir()
    sync(state)
    _prune(state)
    log.info("a backup was restored; what was there before is stored as %s%s*", BEFORE, ready.stamp)
    return True


def sha256_of(path: Path) -> str:
    """Of a file's content; of none if it cannot be read."""
    try:
        return hashlib.sha256(read_bytes(path)).hexdigest()
    except InputError:
        return ""


def _ready(folder: Path) -> Ready | None:
    try:
        return read_file(Ready, folder / READY)
    except UnreadableError:
        return None


def _exchange(state: Path, new: Path, stamp: str) -> None:
    """The new file takes the old one's place. As long as it has not, whatever lies there is old."""
    target = state / new.name
    kept = state / f"{BEFORE}{stamp}"
    suffix = "" if new.name == "acumat.db" else f".{new.name}"
    sides = SIDES if not suffix else ()
    for side in (*sides, ""):  # the log and index of the old history go with it, the history itself last
        with suppress(FileNotFoundError):
            target.with_name(f"{target.name}{side}").rename(f"{kept}{suffix}{side}")
    sync(state)
    new.rename(target)
    sync(state)


def _prune(state: Path) -> None:
    stamps = sorted({path.name[len(BEFORE) :][:15] for path in state.glob(f"{BEFORE}*")})
    for stamp in stamps[:-BEFORE_KEPT]:
        for path in state.glob(f"{BEFORE}{stamp}*"):
            path.unlink()
