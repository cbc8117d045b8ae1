"""Writes the file that somebody names: whole or not at all, and only over an earlier file of the same sort."""

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
"""The unfinished file's name begins with so much of the target's name: the length of names is limited."""


def free_place(target: Path, config: Config, what: str, heads: Sequence[bytes], *, force: bool | None = None) -> Path:
    """The file to write, with links followed. Raises InputError where something lies that must not be replaced.

    An empty file may be replaced, and so may an earlier one of the same sort. `what` names the sort, such as report, and its
    files begin with one of `heads`. `force` allows to replace any other file, except for the configuration in use and
    whatever lies in the state folder. It is None for a command without such an option.
    """
    try:
        path = Path(os.path.realpath(target))
        there = _exists(path)
    except (OSError, ValueError) as error:  # OSError: also for links in a circle; ValueError: a NUL
        raise InputError(f"{shown_path(target)}: is no place for a file; choose another one") from error
    if path.is_relative_to(os.path.realpath(config.daemon.state_dir)):
        raise InputError(f"{shown_path(target)}: is in the mat's own folder; choose another place")
    if config.path is not None and str(path) == os.path.realpath(config.path):
        raise InputError(f"{shown_path(target)}: is the mat's configuration; choose another place")
    if there and not path.is_file():
        raise InputError(f"{shown_path(target)}: is no regular file; give the name of a file")
    if there and not force and not _is_like(path, heads):
        way = "choose another name" if force is None else "choose another name, or say --force"
        raise InputError(f"{shown_path(target)}: is there already and is no {what}; {way}")
    return path


def write_whole(path: Path, content: BinaryIO) -> None:
    """Write the file, for its owner alone, since it says how somebody felt. Raises InputError, with nothing changed.

    The folder is not ours, so the unfinished file has a random name: no file of somebody else's is in its way.
    """
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


def _exists(path: Path) -> bool:
    """Whether something lies there. Raises OSError if nothing can lie there; Path.exists takes that for an empty place."""
    try:
        path.stat()
    except FileNotFoundError:
        return False
    return True


def _is_like(path: Path, heads: Sequence[bytes]) -> bool:
    with open_regular(path) as file:
        begun = file.read(max(map(len, heads)))
    return not begun or begun.startswith(tuple(heads))
