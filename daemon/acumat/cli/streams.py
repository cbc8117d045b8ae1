"""Standard input and output in the place of a file, where a command is given `-`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar

from acumat.passing_place import passing_place
from acumat.whole_file import place_named
from acumat_hw.text_file import open_regular

STREAM = Path("-")
Made = TypeVar("Made")


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file to read from any place in it; for `-` standard input, or a copy of it. Raises InputError, or OSError."""
    if path == STREAM and sys.stdin.buffer.seekable():
        yield sys.stdin.buffer
        return
    if path == STREAM:
        with passing(lambda file: shutil.copyfileobj(sys.stdin.buffer, file)) as (copy, _):
            yield copy
        return
    with open_regular(path) as file:
        yield file


@contextmanager
def passing(fill: Callable[[BinaryIO], Made]) -> Iterator[tuple[BinaryIO, Made]]:
    """What `fill` writes, from its beginning, and what it returns. It has no name, and goes with the process.

    Raises OSError that names the folder if it cannot be written.
    """
    place = passing_place()
    with place_named(Path(place)), ExitStack() as unfinished:
        file = unfinished.enter_context(tempfile.TemporaryFile(dir=place))
        made = fill(file)
        file.seek(0)
        finished = unfinished.pop_all()
    with finished:
        yield file, made
