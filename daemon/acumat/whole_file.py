"""A file that is written whole or not at all, also when the power fails."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PRIVATE = 0o600


@contextmanager
def whole_file(path: Path, mode: int = PRIVATE) -> Iterator[BinaryIO]:
    """A new file beside `path`, which takes its place once the block has ended. If the block raises, nothing changes.

    An unfinished file of an earlier attempt is removed, and no link is followed. Raises OSError if it cannot be written.
    """
    new = path.with_name(f"{path.name}.new")
    with place_named(path, unlike=new), _whole_file(path, new, mode) as file:
        yield file


@contextmanager
def place_named(path: Path, unlike: Path | None = None) -> Iterator[None]:
    """Gives an OSError of the block this place, if it has none: the system names none where an open file is written.

    `unlike`: a name that nobody else knows, which is replaced as well.
    """
    try:
        yield
    except OSError as error:
        if error.filename in (None, str(unlike)):
            error.filename = str(path)
        raise


@contextmanager
def _whole_file(path: Path, new: Path, mode: int) -> Iterator[BinaryIO]:
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(handle)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    with suppress(PermissionError):  # a folder that may be written and not read; the file is in its place by now
        sync(path.absolute().parent)


def sync(path: Path) -> None:
    """Put a file, or the entries of a folder, on the disk. Raises OSError if the disk fails."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # fsync(2): so answers a file system that cannot do it, such as a network share
            raise
    finally:
        os.close(handle)
