"""Pixels to a PNG file with a palette (W3C PNG specification, third edition): no more than a heat map needs."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence

Colour = tuple[int, int, int]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
EIGHT_BITS = 8
PALETTE_COLOUR = 3
LEVEL = 6


def png(width: int, rows: Iterable[bytes | bytearray], palette: Sequence[Colour]) -> bytes:
    """The file; each row has `width` bytes, each an index into the palette of at most 256 colours."""
    lines = [b"\x00" + row for row in rows]  # filter type 0: none
    header = struct.pack(">IIBBBBB", width, len(lines), EIGHT_BITS, PALETTE_COLOUR, 0, 0, 0)
    colours = bytes(part for colour in palette for part in colour)
    body = _chunk(b"IHDR", header) + _chunk(b"PLTE", colours) + _chunk(b"IDAT", zlib.compress(b"".join(lines), LEVEL))
    return SIGNATURE + body + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
