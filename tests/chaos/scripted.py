"""A history as the daemon writes it, step by step, each step one transaction; and all that stands in a file, to be compared."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from acumat.contract.learned import Learned
from acumat.contract.sessions import Profile, SessionRecord
from acumat.history.checkins import CheckInRow
from acumat.history.minutes import MinuteRow
from acumat.history.rows import SessionRow
from acumat.history.store import Store

NAMES = tuple(f"r{row}c{column}" for row in range(1, 5) for column in range(1, 3))
BOOT = "this-boot"
PREFIX = "0a0b0c0d"

Step = Callable[[Store], object]
Contents = dict[str, list[tuple[Any, ...]]]


def script(seed: int, days: int) -> list[Step]:
    """What a store is asked to do over some days: a person comes and goes, the broker answers late, the clock is set."""
    random = Random(seed)
    steps: list[Step] = []
    for day in range(days):
        t_s = 100.0 + 1000.0 * day
        number = day + 1
        dated = day != 1
        steps.append(_felt(t_s - 60, "before", 2, dated=dated))
        steps.append(_reported(t_s, ["contact_started", "lying_started"], dated=dated))
        steps.append(_reported(t_s + 15, ["session_started"], session=f"{PREFIX}-s{number}", checkpoint=t_s + 15, dated=dated))
        for minute in range(random.randint(1, 3)):
            steps.append(_checkpoint(t_s + 25 * (minute + 1)))
            if random.random() < 0.5:
                steps.append(
                    _reported(t_s + 26 * (minute + 1), ["posture_shift"], checkpoint=t_s + 26 * (minute + 1), dated=dated)
                )
        steps.append(_acked(4 * day + 1, 4 * day + 2))
        steps.append(_minute(f"{PREFIX}-s{number}", 0))
        steps.append(_ended(t_s + 600, number, dated=dated, text="x" * random.choice((10, 500, 6000))))
        steps.append(_felt(t_s + 700, "after", 4, session=f"{PREFIX}-s{number}", dated=dated))
        steps.append(_learned(1.0 + day))
        if day == 1:
            steps.append(lambda store: store.redate(1.8e9))
        if day % 2:
            steps.append(_calibrated(1.0 + day))
            steps.append(lambda store: store.undo_calibration(NAMES))
    return steps


def _reported(t_s: float, kinds: list[str], *, session: str = "", checkpoint: float | None = None, dated: bool) -> Step:
    documents = [
        {"event_type": kind, "at": "2027-01-15T08:00:00.000Z", "edge_at": None, "late": False, "n": number}
        | ({"session_id": session} if session else {})
        for number, kind in enumerate(kinds)
    ]
    entries = [(1.8e9 + t_s, t_s, document) for document in documents]
    stored = None if checkpoint is None else {"session": json.dumps({"sure": checkpoint})}
    return lambda store: store.record(entries, documents=stored, dated=dated)


def _felt(t_s: float, moment: str, calm: int, *, session: str | None = None, dated: bool) -> Step:
    row = CheckInRow(moment, 1.8e9 + t_s, t_s, calm, session_id=session, dated=dated)
    document = {"event_type": "check_in", "at": "2027-01-15T08:00:00.000Z", "edge_at": None, "late": False, "reason": moment}
    return lambda store: store.record([(row.wall_s, t_s, {**document, "calm": calm})], check_ins=[row], dated=dated)


def _minute(session: str, minute: int) -> Step:
    rows = [MinuteRow(session, minute, 98.4, -3.0, 2.0, 0.912, 1.0, 13.2)]
    return lambda store: store.record((), documents={"session": json.dumps({"minute": minute})}, minutes=rows)


def _checkpoint(t_s: float) -> Step:
    return lambda store: store.save_document("session", json.dumps({"sure": t_s, "sums": [t_s] * 40}))


def _acked(*seqs: int) -> Step:
    return lambda store: store.delete_acked(seqs)


def _ended(t_s: float, number: int, *, dated: bool, text: str) -> Step:
    record = SessionRecord(f"{PREFIX}-s{number}", t_s - 600, t_s, 590.0, 1, "got_up", 98.0, lateral=3.0)
    row = SessionRow(number, record, 1.8e9 + t_s - 600, 1.8e9 + t_s, Profile(surface="bed"), dated)
    document = {"event_type": "session_ended", "at": "2027-01-15T08:10:00.000Z", "edge_at": None, "text": text}
    entries = [(1.8e9 + t_s, t_s, {**document, "session_id": record.session_id})]
    return lambda store: store.record(entries, row, documents={"session": None}, dated=dated)


def _learned(value: float) -> Step:
    learned = Learned((value,) * len(NAMES), (1.0,) * len(NAMES), 700.0)
    return lambda store: store.save_learned(NAMES, learned)


def _calibrated(value: float) -> Step:
    before = Learned((value,) * len(NAMES), (1.0,) * len(NAMES), 700.0)
    after = Learned((value,) * len(NAMES), (1.25, 0.75) * (len(NAMES) // 2), 700.0, calibrated=True)
    return lambda store: store.save_calibration(NAMES, before, after, 1.8e9, 8.0)


def contents(path: Path) -> Contents:
    """All rows of all tables and the schema's number, read by SQLite alone from a copy, so that the file stays as it is."""
    copy = path.with_name("read")
    copy.mkdir()
    try:
        for suffix in ("", "-wal"):
            part = path.with_name(path.name + suffix)
            if part.exists():
                shutil.copy(part, copy / part.name)
        db = sqlite3.connect(copy / path.name)
        try:
            return rows(db)
        finally:
            db.close()
    finally:
        shutil.rmtree(copy)


def rows(db: sqlite3.Connection) -> Contents:
    """All rows of all tables of an open file and the schema's number."""
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()]
    found: Contents = {name: sorted(db.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr) for name in tables}
    found["user_version"] = db.execute("PRAGMA user_version").fetchall()
    return found


def check(found: Contents) -> None:
    """What must hold of every history, whatever happened to its file. Raises AssertionError."""
    install = dict(zip(("id", "last_seq"), found["install"][0], strict=False))
    seqs = sorted(row[0] for row in found["event"])
    assert seqs == list(range(1, len(seqs) + 1)), "events have gaps"
    assert install["last_seq"] == len(seqs), "the next event's number is wrong"
    assert {seq for (seq,) in found["outbox"]} <= set(seqs), "something is to be sent that history does not know"
    ids = [row[1] for row in found["session"]]
    assert len(set(ids)) == len(ids), "a session is there twice"
    felt = [(row[2], row[1]) for row in found["checkin"] if row[2] is not None]
    assert len(set(felt)) == len(felt), "a session has two check-ins of one moment"
