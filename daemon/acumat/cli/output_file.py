"""Where a command may write the file that somebody names, and how: all of it or nothing, and over nothing but its like."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from acumat.config import Config
from acumat_hw.errors import InputError
from acumat_hw.text_file import open_regular, shown_path

NAME_CHARS = 100
"""So much of the name leads that of the unfinished file: names have a limit."""


def free_place(target: Path, config: Config, what: str, heads: Sequence[bytes], *, force: bool | None = None) -> Path:
    """The file to write, with links followed. Raises InputError where something lies that must not be replaced.

    An earlier one may be replaced: a `what`, such as report, begins with one of `heads`; and so may an empty file. `force` lets
    any other be replaced, but neither the configuration in use nor what is in the state folder; None: there is no such option.
    """
    try:
        path = target.resolve()
        there = path.exists()
    except (OSError, ValueError, RuntimeError) as error:  # ValueError: a NUL; RuntimeError: links in a circle
        raise InputError(f"{shown_path(target)}: is no place for a file; choose another one") from error
    if path.is_symlink():  # links in a circle, from Python 3.13 on
        raise InputError(f"{shown_path(target)}: is no place for a file; choose another one")
    if path.is_relative_to(config.daemon.state_dir.resolve()):
        raise InputError(f"{shown_path(target)}: is in the mat's own folder; choose another place")
    if config.path is not None and path == config.path.resolve():
        raise InputError(f"{shown_path(target)}: is the mat's configuration; choose another place")
    if there and not path.is_file():
        raise InputError(f"{shown_path(target)}: is no regular file; give the name of a file")
    if there and not force and not _is_like(path, heads):
        way = "choose another name" if force is None else "choose another name, or say --force"
        raise InputError(f"{shown_path(target)}: is there already and is no {what}; {way}")
    return path


def write_whole(path: Path, content: BinaryIO) -> None:
    """Write the file, for its owner alone, since it says how somebody felt. Raises InputError, and changes nothing then."""
    unfinished: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:NAME_CHARS]}.", delete=False) as file:
            unfinished = Path(file.name)
            shutil.copyfileobj(content, file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        if unfinished is not None:
            with suppress(OSError):
                unfinished.unlink()
        raise InputError(f"{shown_path(path)}: cannot be written ({error.strerror}); choose another place") from error


def _is_like(path: Path, heads: Sequence[bytes]) -> bool:
    with open_regular(path) as file:
        begun = file.read(max(map(len, heads)))
    return not begun or begun.startswith(tuple(heads))
