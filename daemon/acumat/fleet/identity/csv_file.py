"""The rows of a CSV file in git, which an editor, a merge or a disk may have damaged."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from acumat_hw.errors import InputError
from acumat_hw.text_file import read_text, shown_path

MAX_BYTES = 1 << 24
"""100,000 lines of 80 bytes are half of it."""
MAX_LINE = 4000
"""Characters, as in a configuration: a sentence about a field quotes it."""


def rows_of(path: Path) -> Iterator[list[str]]:
    """Each row in turn. Raises InputError with the line that cannot be read."""
    text = read_text(path, MAX_BYTES)
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > MAX_LINE:
            raise InputError(f"{shown_path(path)}, line {number}: has more than {MAX_LINE} characters; correct it")
    reader = csv.reader(io.StringIO(text))
    try:
        yield from reader
    except csv.Error as error:
        raise InputError(f"{shown_path(path)}, line {reader.line_num}: cannot be read ({error}); correct it") from error
