"""The PNG writer, read back by hand from the specification."""

from __future__ import annotations

import struct
import zlib

from hypothesis import given
from hypothesis import strategies as st

from acumat.picture.png import png

Chunks = dict[bytes, bytes]


def chunks(data: bytes) -> Chunks:
    """The chunks of a PNG file, each with a right checksum, in the order that the specification asks for."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    found: Chunks = {}
    at = 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert checksum == zlib.crc32(kind + body)
        found[kind] = body
        at += 12 + length
    assert list(found) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    return found


def pixels(data: bytes) -> list[list[tuple[int, ...]]]:
    """Rows of colours."""
    found = chunks(data)
    width, height, depth, kind, compression, filters, interlace = struct.unpack(">IIBBBBB", found[b"IHDR"])
    assert (depth, kind, compression, filters, interlace) == (8, 3, 0, 0, 0)
    colours = [tuple(found[b"PLTE"][at : at + 3]) for at in range(0, len(found[b"PLTE"]), 3)]
    raw = zlib.decompress(found[b"IDAT"])
    assert len(raw) == height * (width + 1)
    rows = [raw[row * (width + 1) : (row + 1) * (width + 1)] for row in range(height)]
    assert {row[0] for row in rows} == {0}
    return [[colours[index] for index in row[1:]] for row in rows]


@given(st.integers(1, 40).flatmap(lambda width: st.lists(st.binary(min_size=width, max_size=width), min_size=1, max_size=20)))
def test_every_pixel_comes_back(rows: list[bytes]) -> None:
    palette = [(index, 255 - index, index // 2) for index in range(256)]
    assert pixels(png(len(rows[0]), rows, palette)) == [[palette[index] for index in row] for row in rows]
