"""Power cuts as the card sees them: the write-ahead log ends anywhere, in garbage, or with sectors that were never written."""

from __future__ import annotations

import os
import shutil
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from acumat.history.store import Store
from tests.chaos.scripted import BOOT, Contents, check, contents, rows, script

POINTS = int(os.environ.get("ACUMAT_WAL_POINTS", "5100"))
"""In all: three kinds of damage, two files."""
SECTOR = 512


@dataclass(frozen=True)
class Written:
    """A history whose log was never moved into the file: the file, its log, and what stood in it after each transaction."""

    main: bytes
    wal: bytes
    ends: list[int]
    """Length of the log after each transaction."""
    states: list[Contents]
    """The same, and before the first of them."""
    made: int
    """Length of the log when the tables were there."""

    def after(self, whole: int) -> Contents:
        """What must be there if so many bytes of the log came through whole."""
        return self.states[bisect_right(self.ends, whole)]


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where that is possible: what is tested is not the disk."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as name:
        yield Path(name)


def write(folder: Path, days_before: int) -> Written:
    """A history of some days before a clean stop, then seven days more."""
    path = folder / "history.db"
    wal = folder / "history.db-wal"
    steps = script(7, days_before + 7)
    per_day = len(steps) // (days_before + 7) * days_before
    if days_before:
        store = Store(path, boot_id=BOOT)
        store.open()
        for step in steps[:per_day]:
            step(store)
        store.close()
    store = Store(path, boot_id=BOOT)
    store.open()
    states = [contents(path)]
    ends: list[int] = []
    made = wal.stat().st_size if wal.exists() else 0
    for step in steps[per_day:]:
        step(store)
        size = wal.stat().st_size
        if size > (ends[-1] if ends else made):  # else it had nothing to write
            ends.append(size)
            states.append(contents(path))
    written = Written(path.read_bytes(), wal.read_bytes(), ends, states, made)
    store.close()
    assert len(ends) > 50
    return written


def reopened(folder: Path, written: Written, wal: bytes, whole: int) -> None:
    """The next boot finds this log, of which so many bytes came through."""
    path = folder / "history.db"
    path.write_bytes(written.main)
    (folder / "history.db-wal").write_bytes(wal)
    store = Store(path, boot_id="next-boot")
    store.open()
    try:
        assert store.damage is None, "nothing was damaged: the end of a log is no damage"
        with store._database.reading() as db:
            assert db.execute("PRAGMA synchronous").fetchone() == (2,), "FULL: else the log may lack what was promised"
            found = rows(db)
        check(found)
        if whole >= written.made:
            assert found == written.after(whole)
        else:
            assert not found["event"] + found["session"]
        count = len(found["event"])
        if count % 4:
            return
        store.record([(1.8e9, 1.0, {"event_type": "settled"})])
        assert store.outbox_after(count, 9, 1.0)[0][1].startswith(f'{{"id":"{store.install}-{count + 1}"')
    finally:
        store.close()


def cut(random: Random, written: Written) -> tuple[bytes, int]:
    at = random.randrange(len(written.wal) + 1)
    return written.wal[:at], at


def garbage_tail(random: Random, written: Written) -> tuple[bytes, int]:
    at = random.randrange(len(written.wal))
    tail = random.randbytes(random.choice((1, 24, 512, 4120, 20_000)))
    return written.wal[:at] + tail, at


def torn_sectors(random: Random, written: Written) -> tuple[bytes, int]:
    """Of the last transaction some sectors are zeros or noise and later ones came through; the one before it was synced."""
    number = random.randrange(len(written.ends))
    begin, end = (written.ends[number - 1] if number else written.made), written.ends[number]
    torn = bytearray(written.wal[:end])
    for _ in range(random.randint(1, 4)):
        at = random.randrange(begin, end)
        sector = slice(max(begin, at // SECTOR * SECTOR), min(end, (at // SECTOR + 1) * SECTOR))
        size = sector.stop - sector.start
        torn[sector] = random.choice((bytes(size), random.randbytes(size)))
    # a sector may begin with zeros that are what was to be written: it came through up to the first byte that is another
    changed = (at for at in range(begin, end) if torn[at] != written.wal[at])
    return bytes(torn), next(changed, end)


@pytest.mark.parametrize("days_before", [0, 3])
@pytest.mark.parametrize("damage", [cut, garbage_tail, torn_sectors])
def test_a_log_that_ends_anywhere_leaves_all_that_was_committed_before_and_nothing_of_the_rest(
    folder: Path, damage: Callable[[Random, Written], tuple[bytes, int]], days_before: int
) -> None:
    written = write(folder, days_before)
    shutil.rmtree(folder)
    random = Random(days_before)
    for _ in range(POINTS // 6):
        folder.mkdir()
        wal, whole = damage(random, written)
        reopened(folder, written, wal, whole)
        shutil.rmtree(folder)
    folder.mkdir()
