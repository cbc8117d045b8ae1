"""The two files of a recording as files: where they lie, how they are opened, and whether one may be written over."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, cast

from acumat_hw.errors import InputError
from acumat_hw.recording_toml import TIME_COLUMN
from acumat_hw.text_file import open_regular, shown_path
from acumat_hw.toml_file import read_toml

MAX_LINE = 16384
"""Characters of a row: 64 sensors have 450. A file that holds a longer one is no recording from there on."""
BROKEN = (EOFError, OSError, zlib.error)
"""What reading a file raises that breaks off, is no gzip file, or lies on a bad disk."""


def description_path(path: Path) -> Path:
    """Where the TOML file of a recording lies. Raises InputError if the name is not that of a recording."""
    for suffix in (".csv.gz", ".csv"):
        if path.name.endswith(suffix) and path.name != suffix:
            return path.with_name(path.name.removesuffix(suffix) + ".toml")
    raise InputError(f"{shown_path(path)}: a recording is named NAME.csv or NAME.csv.gz; rename it or choose another file")


@contextmanager
def reading(path: Path) -> Iterator[TextIO]:
    """The CSV file as text, unpacked as it is read. Raises InputError, and any of BROKEN while it is read."""
    with open_regular(path) as raw:
        packed = gzip.GzipFile(fileobj=raw, mode="rb") if path.name.endswith(".gz") else raw
        with io.TextIOWrapper(packed, encoding="utf-8-sig", errors="replace", newline="") as text:
            yield text


def create(path: Path, description: str) -> TextIO:
    """Both files anew, the TOML file complete. Raises InputError, also where that would destroy what is no recording."""
    if (foreign := foreign_file(path)) is not None:
        raise InputError(
            f"{shown_path(foreign)}: is there already and is not this recording's; choose another name to record to"
        )
    beside = description_path(path)
    new = beside.with_name(beside.name + ".new")
    try:
        new.write_text(description, encoding="utf-8")
        new.replace(beside)
        if path.name.endswith(".gz"):
            # level 6 packs these numbers nearly as well as 9 at a third of the time
            return io.TextIOWrapper(gzip.GzipFile(path, "wb", compresslevel=6), encoding="utf-8", newline="")
        return cast(TextIO, path.open("w", encoding="utf-8", newline=""))
    except OSError as error:
        reason = f"cannot be written ({error.strerror}); choose another place or make room"
        raise InputError(f"{shown_path(path)}: {reason}") from error


def foreign_file(path: Path) -> Path | None:
    """The file that a recording of this name would destroy although it is another file, such as a scenario NAME.toml."""
    beside = description_path(path)
    if path.exists() and not _is_rows(path):
        return path
    return beside if beside.exists() and not _is_description(beside) else None


def twin(path: Path) -> Path:
    """The other recording that the same TOML file describes: NAME.csv of NAME.csv.gz, and the other way round."""
    packed = path.name.endswith(".gz")
    return path.with_name(path.name.removesuffix(".gz") if packed else path.name + ".gz")


def _is_rows(path: Path) -> bool:
    try:
        with reading(path) as file:
            header = file.readline(MAX_LINE)
    except (InputError, *BROKEN):
        return False
    return header.startswith(f"{TIME_COLUMN},") or path.stat().st_size == 0


def _is_description(path: Path) -> bool:
    try:
        data = read_toml(path).data
    except InputError:
        return False
    return not data or (isinstance(data.get("adc"), dict) and isinstance(data.get("sensors"), list))
