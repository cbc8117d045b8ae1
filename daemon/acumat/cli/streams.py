"""Standard input and output in the place of a file, where a command is given `-`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from acumat_hw.text_file import open_regular

STREAM = Path("-")


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file to read from any place in it; for `-` standard input, or a copy of it. Raises InputError."""
    if path == STREAM and sys.stdin.buffer.seekable():
        yield sys.stdin.buffer
        return
    with tempfile.TemporaryFile() if path == STREAM else open_regular(path) as file:
        if path == STREAM:
            shutil.copyfileobj(sys.stdin.buffer, file)
            file.seek(0)
        yield file


@contextmanager
def named(path: Path) -> Iterator[Path]:
    """A path for what only takes one: for `-` that of a file in a private folder, which goes at the end."""
    if path != STREAM:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="acumat-") as folder:
        yield Path(folder) / "file"
