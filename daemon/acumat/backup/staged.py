"""A backup on its way back: staged as a whole beside what is there, then put in its place. Whoever comes next finishes it.

The new state lies in the folder `restoring` inside the state folder. It counts from the moment the configuration is the one
that it came with: putting that file in its place, in one rename, decides. Before, the folder is thrown away; after, the
daemon's next start, or the next restore, moves what is still there. A kill at any moment leaves the old state or the new one.
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
from acumat.stored import UnreadableError, read_as
from acumat.whole_file import sync

log = logging.getLogger(__name__)

READY = "ready.json"
BEFORE = "acumat.db.before-restore-"
"""Begins the name of what was there; named like the history's other copies, so that it is forgotten with them."""
BEFORE_KEPT = 3
"""Restores whose earlier state stays: each may take as much room as the history."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The staged state is whole. It counts once the file `config` has this SHA-256; `stamp` names what it replaces."""

    config: str
    sha256: str
    stamp: str


@contextmanager
def as_owner(folder: Path) -> Iterator[None]:
    """As the user whom this folder belongs to, if we are root: never as root in a folder of somebody else.

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


def finish(state: Path) -> bool:
    """Put a staged state that counts in its place, throw away one that does not; whether there was one that counts.

    Raises OSError if the disk does not take it; done again later it comes to the same.
    """
    folder = state / RESTORING
    if not folder.is_dir():
        return False
    ready = _ready(folder)
    if ready is None or sha256_of(Path(ready.config)) != ready.sha256:
        shutil.rmtree(folder)
        return False
    for new in sorted(each for each in folder.iterdir() if each.name != READY):
        _exchange(state, new, ready.stamp)
    (folder / READY).unlink()
    folder.rmdir()
    sync(state)
    _prune(state)
    log.info("a backup was put back; what was there before is kept as %s%s*", BEFORE, ready.stamp)
    return True


def sha256_of(path: Path) -> str:
    """Of a file's content; of none if it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _ready(folder: Path) -> Ready | None:
    try:
        return read_as(Ready, (folder / READY).read_text("utf-8"))
    except (OSError, UnreadableError, UnicodeDecodeError):
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
