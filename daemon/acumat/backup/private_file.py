"""A file written whole or not at all, for its owner alone unless it takes another one's place."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from acumat.backup.staged import sync


def replace_private(path: Path, content: bytes, *, like: Path | None = None, for_caller: bool = False) -> None:
    """Write the file and put it in its place; owner and mode as `like` has them, where that is there. Raises OSError.

    `for_caller`: who called sudo owns it.
    """
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            _as(handle, like)
            if for_caller:
                give_to_caller(handle)
            os.fsync(handle)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    sync(path.absolute().parent)


def _as(handle: int, like: Path | None) -> None:
    try:
        found = None if like is None else like.stat()
    except FileNotFoundError:
        os.fchmod(handle, 0o644)  # the service reads its configuration as another user
        return
    if found is not None:
        os.fchmod(handle, stat.S_IMODE(found.st_mode))
        if os.geteuid() == 0:
            os.fchown(handle, found.st_uid, found.st_gid)


def give_to_caller(handle: int) -> None:
    """Who called sudo owns this file from now on, and can take it away."""
    user, group = os.environ.get("SUDO_UID", ""), os.environ.get("SUDO_GID", "")
    if os.geteuid() == 0 and user.isdecimal() and group.isdecimal():
        with suppress(PermissionError):  # a stick with a file system that knows no owners
            os.fchown(handle, int(user), int(group))
