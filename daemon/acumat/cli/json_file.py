"""The file that --json writes: events and states, a line each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from acumat_hw.errors import InputError
from acumat_hw.text_file import open_regular

MAX_LINE = 100_000


@contextmanager
def json_file(path: Path | None) -> Iterator[Callable[[str], None]]:
    """Yields a function that writes a line into the file, or nowhere.

    Raises InputError instead of overwriting any other kind of file.
    """
    if path is None:
        yield lambda _line: None
        return
    if path.is_file() and path.stat().st_size and not _is_one(path):
        raise InputError(f"{path} is there already and was not written by --json; choose another name")
    try:
        file = path.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); choose another place") from error
    with file:
        yield lambda line: print(line, file=file)
    print(f"Events and states are in {path}.")


def _is_one(path: Path) -> bool:
    with open_regular(path) as file:
        first = file.readline(MAX_LINE)
    try:
        document = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and document.get("kind") in ("event", "state")
