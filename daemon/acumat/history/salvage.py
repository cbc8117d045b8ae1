"""Salvages a damaged history: puts the file aside and copies every readable row into a fresh one."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from acumat.contract.documents import gap_document, rfc3339
from acumat.history.check import event_number
from acumat.history.columns import INSTALL, TABLES, decoded, mended
from acumat.history.files import SQLITE_ERRORS, all_of, put_aside
from acumat.history.payload import event_payload
from acumat.history.wal import lost_commits, with_all_frames
from acumat.state_folder import make_private

log = logging.getLogger(__name__)

POINTS_MOST = 100_000
"""Most rows that are looked up one by one between two damaged places."""
SESSION_ID = re.compile(r"[0-9a-f]{8}-s(\d{1,12})")

Row = tuple[Any, ...]


class Salvaged(NamedTuple):
    """The new name of the damaged file, and the number of saved rows by table."""

    aside: Path
    rows: dict[str, int]


def salvage(path: Path, make: Callable[[Path], sqlite3.Connection]) -> Salvaged:
    """Put the damaged file aside and a fresh one in its place; `make` makes an empty one.

    If it is killed at any moment, the damaged file is where it was, or `finish_salvage` completes the work. Raises
    sqlite3.Error or OSError, with the damaged file in its place, if there is no room for a fresh one.
    """
    unfinished = path.with_name(f"{path.name}.unfinished")
    for part in all_of(unfinished):
        part.unlink()
    try:
        rows = _fill(path, unfinished, make)
    except BaseException:
        for part in all_of(unfinished):  # on a full disk it is in the way of everything else
            part.unlink()
        raise
    unfinished.replace(_complete(path))
    return Salvaged(finish_salvage(path) or path, rows)


def _fill(path: Path, unfinished: Path, make: Callable[[Path], sqlite3.Connection]) -> dict[str, int]:
    make_private(unfinished)
    image = path.with_name(f"{path.name}.image")
    with closing(make(unfinished)) as fresh:
        try:
            rows = _copy(_source(path, image), fresh)
        finally:
            image.unlink(missing_ok=True)
        fresh.execute("PRAGMA journal_mode = DELETE")  # one file alone, that can be renamed
    return rows


def finish_salvage(path: Path) -> Path | None:
    """Put a complete fresh file in the place of the damaged one.

    Returns the new name of the damaged one, None if there is none.
    """
    complete = _complete(path)
    if not complete.exists():
        return None
    aside = put_aside(path)
    complete.replace(path)
    return aside


def _complete(path: Path) -> Path:
    return path.with_name(f"{path.name}.salvaged")


def _copy(path: Path, fresh: sqlite3.Connection) -> dict[str, int]:
    saved = dict.fromkeys(TABLES, 0)
    fresh.execute("BEGIN IMMEDIATE")
    with closing(_readable(path)) as old:
        for table in TABLES:
            saved[table] = sum(_insert(fresh, table, names, row) for names, row in _rows_of(old, fresh, table))
        _save_counters(old, fresh)
        _report_lost(fresh, {row[0] for _, row in _rows_of(old, fresh, "outbox")})
    fresh.execute("COMMIT")
    return saved


def _report_lost(fresh: sqlite3.Connection, waiting: set[object]) -> None:
    """Report lost events of the outbox as a gap, as after any other loss."""
    count = len(waiting - {seq for (seq,) in fresh.execute("SELECT seq FROM event")})
    if not count:
        return
    install, seq, number = fresh.execute("SELECT id, last_seq + 1, last_event_no + 1 FROM install").fetchone()
    wall_s = fresh.execute("SELECT COALESCE(MAX(wall_s), 0) FROM event").fetchone()[0]
    text = f"The history was damaged: {count} events that had not been published yet are lost."
    gap = gap_document(rfc3339(wall_s), "history_damaged", text, {"count": count, "first_id": None, "last_id": None})
    values = (seq, wall_s, 0.0, "", event_payload(f"{install}-{number}", gap))
    fresh.execute("INSERT INTO event (seq, wall_s, mono_s, boot_id, payload) VALUES (?, ?, ?, ?, ?)", values)
    fresh.execute("INSERT INTO outbox VALUES (?)", (seq,))
    fresh.execute("UPDATE install SET last_seq = ?, last_event_no = ?", (seq, number))


def _source(path: Path, image: Path) -> Path:
    """The damaged file, or a copy with its whole log if SQLite would read only a part of the log."""
    if not lost_commits(path):
        return path
    image.unlink(missing_ok=True)
    make_private(image)
    with_all_frames(path, image)
    return image


def _readable(path: Path) -> sqlite3.Connection:
    """The damaged file with its write-ahead log; without the log if that cannot be used; or an empty database in its place."""
    for query in ("mode=ro", "mode=ro&immutable=1"):
        old = sqlite3.connect(f"{path.absolute().as_uri()}?{query}", uri=True, isolation_level=None)
        old.text_factory = decoded
        try:
            old.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        except SQLITE_ERRORS as exc:
            log.warning("%s: reading it with %s fails (%s)", path, query, type(exc).__name__)
            old.close()
        else:
            return old
    return sqlite3.connect(":memory:", isolation_level=None)


def _insert(fresh: sqlite3.Connection, table: str, names: list[str], row: Row) -> int:
    values = mended(table, names, row)
    if values is None:
        return 0
    marks = ", ".join("?" * len(values))
    insert = f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
    try:
        return fresh.execute(insert, values).rowcount
    except sqlite3.IntegrityError:  # its event is lost
        return 0


def _rows_of(old: sqlite3.Connection, fresh: sqlite3.Connection, table: str) -> Iterator[tuple[list[str], Row]]:
    known = _columns(old, table)
    names = [name for name in _columns(fresh, table) if name in known]
    key = next(iter(TABLES[table]))
    if key not in names:
        return
    for row in _rows(old, table, names, key):
        yield names, row


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    try:
        return [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    except SQLITE_ERRORS:
        return []


def _rows(db: sqlite3.Connection, table: str, names: list[str], key: str) -> Iterator[Row]:
    """Rows from the first up to the damage, then from the last down to it, then those between, one by one."""
    select = f"SELECT {', '.join(names)} FROM {table}"  # noqa: S608
    ends: list[object] = []
    for direction in ("ASC", "DESC"):
        end: object = None
        try:
            for row in db.execute(f"{select} ORDER BY {key} {direction}"):
                end = row[names.index(key)]
                yield row
        except (*SQLITE_ERRORS, OverflowError):
            ends.append(end)
        else:
            return
    first, last = ends
    if not isinstance(first, int) or not isinstance(last, int):
        return
    for number in range(first + 1, min(last, first + POINTS_MOST)):
        try:
            yield from db.execute(f"{select} WHERE {key} = ?", (number,)).fetchall()
        except SQLITE_ERRORS:
            continue


def _save_counters(old: sqlite3.Connection, fresh: sqlite3.Connection) -> None:
    """Copy the counters of ids. If they cannot be read, ids begin anew under another install id."""
    found = _counters(old)
    install = found.get("id")
    numbers = (event_number(payload, install) for (payload,) in fresh.execute("SELECT payload FROM event") if install)
    last_seq = fresh.execute("SELECT COALESCE(MAX(seq), 0) FROM event").fetchone()[0]
    last_session_no = max(
        (_session_number(each) for (each,) in fresh.execute("SELECT session_id FROM session")),
        default=0,
    )
    last_session_no = max(last_session_no, fresh.execute("SELECT COALESCE(MAX(number), 0) FROM session").fetchone()[0])
    last_no = max(numbers, default=0)
    known = {"last_seq", "last_event_no", "last_session_no"} <= found.keys() and found["last_event_no"] >= last_no
    if install is not None and known:
        fresh.execute("UPDATE install SET id = ?", (install,))
    fresh.execute(
        "UPDATE install SET last_seq = ?, last_event_no = ?, last_session_no = ?, pruned_sessions = ?, pruned_contact_s = ?",
        (
            max(last_seq, found.get("last_seq", 0) if known else 0),
            max(last_no, found["last_event_no"]) if known else 0,
            max(last_session_no, found.get("last_session_no", 0)),
            found.get("pruned_sessions", 0),
            found.get("pruned_contact_s", 0.0),
        ),
    )


def _counters(old: sqlite3.Connection) -> dict[str, Any]:
    """The readable values of the only row of the table install."""
    names = [name for name in _columns(old, "install") if name in INSTALL]
    try:
        row = old.execute(f"SELECT {', '.join(names)} FROM install").fetchone() if names else None  # noqa: S608
    except SQLITE_ERRORS:
        row = None
    found = {name: value for name, value in zip(names, row or (), strict=bool(row)) if INSTALL[name].fits(value)}
    if "last_event_no" not in names and "last_seq" in found:  # an earlier schema counted both in one
        found["last_event_no"] = found["last_seq"]
    return found


def _session_number(session_id: str) -> int:
    found = SESSION_ID.fullmatch(session_id)
    return int(found[1]) if found else 0
