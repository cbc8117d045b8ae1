"""The write-ahead log as bytes (sqlite.org/fileformat2.html, section 4).

SQLite reads it up to the first frame whose checksum is wrong and silently drops the rest, as it must after a power cut. A
damaged byte in the middle would therefore undo everything that was committed after it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HEADER, FRAME = struct.Struct(">8I"), struct.Struct(">6I")
LITTLE_ENDIAN = 0x377F0682
TORN_COMMITS = 1
"""A power cut tears at most the last transaction: more commits behind a wrong checksum are damage."""
PAGE_BYTES = 4096


class _Frame(NamedTuple):
    page: int
    pages: int
    """Pages of the whole file after this transaction; 0 for a frame that commits nothing."""
    data: bytes
    valid: bool
    """Whether the checksums of this frame and of all before it are right."""


def lost_commits(path: Path) -> bool:
    """Whether the log of this history has transactions that SQLite will not read, more than a power cut can tear."""
    return sum(1 for frame in _frames(path) if frame.pages and not frame.valid) > TORN_COMMITS


def with_all_frames(path: Path, target: Path) -> None:
    """Copy the file with every frame of its log in place, whatever the checksums say; the rows show what is damaged."""
    import shutil  # noqa: PLC0415  # for a damaged log alone; 0.4 MB with the compressors that it knows

    shutil.copyfile(path, target)
    pages = 0
    with target.open("r+b") as file:
        for frame in _frames(path):
            file.seek((frame.page - 1) * PAGE_BYTES)
            file.write(frame.data)
            pages = frame.pages or pages
        if pages:
            file.truncate(pages * PAGE_BYTES)


def _frames(path: Path) -> Iterator[_Frame]:
    """The frames of the newest generation; their salts differ from those of older ones."""
    log = path.with_name(f"{path.name}-wal")
    data = log.read_bytes() if log.exists() else b""
    if len(data) < HEADER.size + FRAME.size:
        return
    magic, _, page_bytes, _, *salts, sum_0, sum_1 = HEADER.unpack_from(data)
    words = "<" if magic == LITTLE_ENDIAN else ">"
    state = _checksum(data[:24], (0, 0), words)
    valid = state == (sum_0, sum_1) and page_bytes == PAGE_BYTES
    if not valid:  # the first frame shows the generation
        salts = list(FRAME.unpack_from(data, HEADER.size)[2:4])
    size = FRAME.size + PAGE_BYTES
    most_pages = (path.stat().st_size + len(data)) // PAGE_BYTES + 1
    for at in range(HEADER.size, len(data) - size + 1, size):
        page, pages, *rest = FRAME.unpack_from(data, at)
        if rest[:2] != salts or not 1 <= page <= most_pages or pages > most_pages:
            valid = False
            continue
        content = data[at + FRAME.size : at + size]
        if valid:
            state = _checksum(content, _checksum(data[at : at + 8], state, words), words)
            valid = state == (rest[2], rest[3])
        yield _Frame(page, pages, content, valid)


def _checksum(data: bytes, state: tuple[int, int], words: str) -> tuple[int, int]:
    first, second = state
    numbers = struct.unpack(f"{words}{len(data) // 4}I", data)
    for even, odd in zip(numbers[::2], numbers[1::2], strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return first, second
