"""What can still be read of a damaged history, row by row, into a fresh one."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

TABLES = ("learned", "calibration", "document", "programme_step", "session", "event", "outbox")
"""In the order in which they are needed: what is lost last hurts least."""


def salvage(broken: Path, fresh: sqlite3.Connection) -> dict[str, int]:
    """Copy what can be read; rows saved by table. The damaged file is only read."""
    saved = dict.fromkeys(TABLES, 0)
    with closing(sqlite3.connect(f"file:{broken}?mode=ro", uri=True, isolation_level=None)) as old:
        fresh.execute("BEGIN IMMEDIATE")
        _save_counters(old, fresh)
        for table in TABLES:
            columns = [name for name in _columns(fresh, table) if name in _columns(old, table)]
            key = _columns(fresh, table)[0]
            if key not in columns:
                continue
            marks = ", ".join("?" * len(columns))
            insert = f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
            for row in _rows(old, table, columns, key):
                if table == "event" and not _is_document(row[columns.index("payload")]):
                    continue
                try:
                    saved[table] += fresh.execute(insert, row).rowcount
                except sqlite3.Error:  # a row that breaks the rules of the table is damaged, too
                    continue
        fresh.execute(
            """UPDATE install SET last_seq = MAX(last_seq, (SELECT COALESCE(MAX(seq), 0) FROM event)),
                last_session_no = MAX(last_session_no, (SELECT COALESCE(MAX(number), 0) FROM session))"""
        )
        fresh.execute("COMMIT")
    return saved


def _save_counters(old: sqlite3.Connection, fresh: sqlite3.Connection) -> None:
    """The numbers that must never be given twice; where they cannot be read, ids begin anew under another name."""
    columns = [name for name in _columns(fresh, "install") if name in _columns(old, "install")]
    row = next(_rows(old, "install", columns, "1"), None) if columns else None
    if (
        row is None
        or not re.fullmatch(r"[0-9a-f]{8}", str(row[0]))
        or not all(isinstance(each, int | float) for each in row[1:])
    ):
        return
    fresh.execute(f"UPDATE install SET {', '.join(f'{name} = ?' for name in columns)}", row)  # noqa: S608
    if "last_event_no" not in columns:
        fresh.execute("UPDATE install SET last_event_no = last_seq")


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    try:
        return [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    except sqlite3.Error:
        return []


def _rows(db: sqlite3.Connection, table: str, columns: list[str], key: str) -> Iterator[tuple[Any, ...]]:
    """From the first up to the damage, then from the last down to it."""
    for direction in ("ASC", "DESC"):
        try:
            yield from db.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {key} {direction}")  # noqa: S608
        except (sqlite3.Error, UnicodeDecodeError):
            continue
        return


def _is_document(payload: object) -> bool:
    try:
        return isinstance(json.loads(str(payload)), dict)
    except ValueError:
        return False
