"""Where a report may be written, and how: all of it or nothing, and over nothing but an earlier report."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from acumat.report.page import HEAD
from acumat_hw.errors import InputError
from acumat_hw.text_file import open_regular, shown_path

NAME_CHARS = 100
"""So much of the name leads that of the unfinished file: names have a limit."""


def free_place(target: Path, state_dir: Path, *, force: bool) -> Path:
    """The file to write, with links followed. Raises InputError where something lies that a report must not replace.

    `force` lets it replace any regular file outside of the state folder.
    """
    try:
        path = target.resolve()
        there = path.exists()
    except (OSError, ValueError, RuntimeError) as error:  # ValueError: a NUL; RuntimeError: links in a circle
        raise InputError(f"{shown_path(target)}: is no place for a file; choose another one") from error
    if path.is_relative_to(state_dir.resolve()):
        raise InputError(f"{shown_path(target)}: is in the mat's own folder; choose another place")
    if there and not path.is_file():
        raise InputError(f"{shown_path(target)}: is no regular file; give the name of a file")
    if there and not force and not _is_ours(path):
        raise InputError(f"{shown_path(target)}: is there already and is no report; choose another name, or say --force")
    return path


def write_whole(path: Path, text: str) -> None:
    """Write the file, for its owner alone, since it says how somebody felt. Raises InputError, and changes nothing then."""
    unfinished: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:NAME_CHARS]}.", delete=False) as file:
            unfinished = Path(file.name)
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        if unfinished is not None:
            with suppress(OSError):
                unfinished.unlink()
        raise InputError(f"{shown_path(path)}: cannot be written ({error.strerror}); choose another place") from error


def _is_ours(path: Path) -> bool:
    """A report, or an empty file."""
    with open_regular(path) as file:
        return file.read(len(HEAD)) in (b"", HEAD.encode())
