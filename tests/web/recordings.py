"""Recordings that a visitor sends."""

from __future__ import annotations

import gzip

from acumat.explain.playback import SHIPPED_FOLDER

TOML = (SHIPPED_FOLDER / "popu_4x2.toml").read_bytes()
ROWS = (SHIPPED_FOLDER / "popu_4x2.csv.gz").read_bytes()


def endless() -> bytes:
    """Rows for hours, in few bytes."""
    names = gzip.decompress(ROWS).split(b"\n", 1)[0]
    cells = b",1500" * (names.count(b",") - 1) + b",\n"
    return gzip.compress(names + b"\n" + b"".join(b"%d.%d%s" % (tenth // 10, tenth % 10, cells) for tenth in range(300_000)))
