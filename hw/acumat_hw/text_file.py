"""Files that a person may name: opened only if they are regular files, read up to a bound, as UTF-8 text.

A FIFO, a terminal or a directory in place of a file is refused at once and never waited for. Every failure is an InputError
that names the file, the line where it is known, and the fix.
"""

from __future__ import annotations

import codecs
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from acumat_hw.errors import InputError

MAX_BYTES = 256 * 1024
"""A configuration has 5 kB, a scenario of a thousand steps 60."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file's text with what the system says of it: permission bits, and whether its file system is mounted read-only."""

    text: str
    mode: int
    read_only: bool


def open_regular(path: Path) -> BinaryIO:
    """A regular file opened for reading bytes. Raises InputError for anything else."""
    try:
        # O_NONBLOCK: a FIFO without a writer would block right here
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise InputError(f"{shown_path(path)}: cannot be read (No such file or directory); check the path") from error
    except OSError as error:
        raise _unreadable(path, error) from error
    except ValueError as error:  # a NUL, or half a surrogate pair
        raise InputError(f"{shown_path(path)}: is no path of a file; check its characters") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InputError(f"{shown_path(path)}: is no regular file; give the path of a file")
    return os.fdopen(descriptor, "rb")


def read_bytes(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """All of a regular file, if it has at most `max_bytes`. Raises InputError."""
    with open_regular(path) as file:
        return _content(path, file, max_bytes)


def read_text(path: Path, max_bytes: int = MAX_BYTES) -> str:
    """The text of a UTF-8 file without its byte order mark. Raises InputError."""
    return decoded(path, read_bytes(path, max_bytes))


def load_text(path: Path, max_bytes: int = MAX_BYTES) -> TextFile:
    """The same with what the system says of the very file that was read."""
    with open_regular(path) as file:
        text = decoded(path, _content(path, file, max_bytes))
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        return TextFile(text, mode, bool(os.fstatvfs(file.fileno()).f_flag & os.ST_RDONLY))


def decoded(path: Path, content: bytes) -> str:
    """UTF-8 bytes as text, without a byte order mark. Raises InputError with the line of the first byte that is none."""
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{shown_path(path)}:{line}: is not UTF-8 text; save the file as UTF-8") from error


def shown_path(path: Path) -> str:
    """A path as a message can carry it: on one line, and not without end."""
    return shown_text(str(path), 300)


def shown_text(text: str, most: int = 40) -> str:
    """Text from a file as a message can carry it: unprintable characters escaped, cut after `most`."""
    cut = text if len(text) <= most else text[:most] + "…"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in cut)


def _content(path: Path, file: BinaryIO, max_bytes: int) -> bytes:
    try:
        content = file.read(max_bytes + 1) or b""  # None: nothing to read yet, as from some files under /proc
    except OSError as error:
        raise _unreadable(path, error) from error
    if len(content) > max_bytes:
        raise InputError(f"{shown_path(path)}: is larger than {max_bytes // 1024} KiB; check that it is the right file")
    return content


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(f"{shown_path(path)}: cannot be read ({error.strerror}); check the path and its permissions")
