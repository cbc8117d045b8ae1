"""The state folder: readable by its owner alone, and used by one daemon at a time."""

from __future__ import annotations

import fcntl
import logging
import os
import stat
from pathlib import Path

from acumat.contract.state import Condition
from acumat_hw.errors import AcumatError

log = logging.getLogger(__name__)

FOLDER_MODE, FILE_MODE = 0o700, 0o600
LOCK = "acumat.lock"
RESTORING = "restoring"
"""The folder in it with a backup that is about to take its place; acumat.backup.staged says how."""


VANISHES = Condition(
    "store_vanishes",
    "The history lies in memory or on an overlay and is gone after a power-off: set daemon.state_dir to a folder on a disk "
    "that can be written, or switch the overlay off (raspi-config).",
)


class Vanishing:
    """Reports in the health a history that a power-off would delete."""

    condition = VANISHES


class StateInUseError(AcumatError):
    """Another daemon uses the folder: stop it first, or give this one another folder."""


def lies_in_memory(path: Path) -> bool:
    """Whether a power-off takes it away: by the file system of the longest mount point above it (proc(5), /proc/mounts)."""
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    except OSError:
        return False
    whole = Path(os.path.realpath(path))  # resolve() raises RuntimeError for a link that leads to itself
    fitting = [(len(place), kind) for place, kind in mounts if whole.is_relative_to(place)]
    return bool(fitting) and max(fitting)[1] in ("tmpfs", "overlay")


def is_seen(path: Path) -> bool:
    """Whether something is there, as far as this user may look: where nobody may, Path.exists() raises PermissionError."""
    try:
        return path.exists()
    except PermissionError:
        return False


def make_folder(folder: Path) -> None:
    """Make the folder if it is missing, for its owner alone."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def make_private(path: Path) -> None:
    """A file for its owner alone: an empty one where there is none, with tightened rights where others may read it.

    Raises OSError if it cannot be made. Rights that cannot be changed stay as they are: the file is another user's.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE))
    except FileExistsError:
        tighten(path)


def tighten(path: Path) -> None:
    """Make the file readable by its owner alone."""
    try:
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode) and mode & 0o077:
            path.chmod(FILE_MODE)
    except OSError as exc:
        log.debug("%s: its rights stay as they are (%s)", path, exc)


class StateLock:
    """A lock that one daemon holds while it lives; the kernel releases it however the daemon ends."""

    def __init__(self, folder: Path) -> None:
        """Raises StateInUseError if another daemon holds it. A folder that cannot be written has no lock and no history."""
        self._file: int | None = None
        try:
            make_folder(folder)
            self._file = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, FILE_MODE)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise StateInUseError(
                f"another acumat uses the state folder {folder}; stop it first (systemctl stop acumat), "
                "or set daemon.state_dir to a folder of its own"
            ) from None
        except OSError as exc:
            self.close()
            log.warning("%s: the state folder cannot be locked (%s)", folder, exc)

    def close(self) -> None:
        """Release it; may be called twice."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)
