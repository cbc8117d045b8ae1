"""A file of a backup or of a configuration: for its owner alone, or with owner and mode of the file that it replaces."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from acumat.whole_file import whole_file


def replace_private(path: Path, content: bytes, *, like: Path | None = None, for_caller: bool = False) -> None:
    """Write the file, whole or not at all. It gets owner and mode of `like`, if that file exists. Raises OSError.

    With `for_caller` it belongs to the user who called sudo.
    """
    with whole_file(path) as file:
        file.write(content)
        _as(file.fileno(), like)
        if for_caller:
            give_to_caller(file.fileno())


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
    """Give the file to the user who called sudo, who can then take it away."""
    user, group = os.environ.get("SUDO_UID", ""), os.environ.get("SUDO_GID", "")
    if os.geteuid() == 0 and user.isdecimal() and group.isdecimal():
        with suppress(PermissionError):  # a stick with a file system that knows no owners
            os.fchown(handle, int(user), int(group))
