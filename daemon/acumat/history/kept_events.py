"""Finds stored events by the numbers in their ids: which of a range are still there, and which are gone."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from acumat.contract.commands import Refusal
from acumat.history.check import EVENT_ID
from acumat.history.columns import checked
from acumat.history.payload import marked_late

ID_AT_START = re.compile(r'\{"id":"([0-9a-f]{8})-(\d{1,12})"')
"""Every payload begins with its id, so that 50,000 events are searched without reading their JSON."""
NUMBERINGS_MOST = 100
"""Most numberings in a list, the newest ones: each failure of the disk begins one."""


class EventRange(NamedTuple):
    """Numbers of one numbering, both ends included; `last` None: to the end."""

    numbering: str
    first: int
    last: int | None = None


class Kept(NamedTuple):
    """The stored part of a range.

    `numbers` are those found, in order, `missing` the pairs of numbers between which all are gone. If there is `more`, both end
    with the last number found.
    """

    numbers: tuple[int, ...]
    missing: tuple[tuple[int, int], ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Numbering:
    """The stored events of one numbering."""

    numbering: str
    first_no: int
    last_no: int
    count: int


def range_of(given: Mapping[str, str | None]) -> EventRange | Refusal | None:
    """The range that `after`, `from` and `to` name; None if none of them is given."""
    ids = {key: EVENT_ID.fullmatch(value) for key, value in given.items() if value is not None}
    wrong = next((key for key, found in ids.items() if found is None), None)
    if wrong is not None:
        return Refusal("bad_value", f"{wrong} must be the id of an event, such as 1f2e3d4c-812.")
    if {"after", "from"} <= ids.keys():
        return Refusal("bad_value", "Please give after or from, not both.")
    numbers = {key: int(found[2]) for key, found in ids.items() if found is not None}
    numberings = {found[1] for found in ids.values() if found is not None}
    if len(numberings) > 1:
        return Refusal("bad_value", "The ids of a range must have the same numbering, which is what stands before the hyphen.")
    first = numbers["after"] + 1 if "after" in numbers else numbers.get("from", 1)
    return EventRange(numberings.pop(), max(1, first), numbers.get("to")) if numberings else None


def present_numbering(db: sqlite3.Connection) -> tuple[str, int]:
    """The numbering that new events get, and the last number given."""
    columns = ("id", "last_event_no")
    numbering, last_no = checked("install", columns, db.execute("SELECT id, last_event_no FROM install").fetchone())
    return str(numbering), int(last_no)


def kept_events(db: sqlite3.Connection, asked: EventRange, take: Callable[[int, bool], bool]) -> Kept:
    """Go through the stored events of the range. `take(seq, waits)` returns whether there is room for one more event.

    `waits`: it is in the outbox and is sent in any case.
    """
    present, last_given = present_numbering(db)
    end = asked.last
    if asked.numbering == present:
        end = last_given if end is None else min(last_given, end)
    numbers: list[int] = []
    missing: list[tuple[int, int]] = []
    due = asked.first
    for number, seq, waits in _rows(db, asked, is_present=asked.numbering == present):
        if end is not None and number > end:
            break
        if not take(seq, waits):
            return Kept(tuple(numbers), tuple(missing), more=True)
        if number > due:
            missing.append((due, number - 1))
        numbers.append(number)
        due = number + 1
    if end is not None and due <= end:
        missing.append((due, end))
    return Kept(tuple(numbers), tuple(missing), more=False)


def _rows(db: sqlite3.Connection, asked: EventRange, *, is_present: bool) -> Iterator[tuple[int, int, bool]]:
    """Number, row and whether it is in the outbox, from the first number of the range on.

    A row's number is never below the event's, since every event takes one of both or, if it was published from memory, only
    that of the row. So the search begins there, but for numberings that other files may have begun.
    """
    query = """SELECT seq, payload, EXISTS (SELECT 1 FROM outbox WHERE outbox.seq = event.seq) FROM event
        WHERE seq >= ? AND payload >= ? AND payload < ? ORDER BY seq"""
    start = f'{{"id":"{asked.numbering}'
    for seq, payload, waits in db.execute(query, (asked.first if is_present else 0, f"{start}-", f"{start}.")):
        found = ID_AT_START.match(payload)
        if found and int(found[2]) >= asked.first:
            yield int(found[2]), int(seq), bool(waits)


def numberings(db: sqlite3.Connection) -> list[Numbering]:
    """The stored events of each numbering, in the order in which these began."""
    query = """SELECT substr(payload, 8, 8), MIN(CAST(substr(payload, 17, 12) AS INTEGER)),
        MAX(CAST(substr(payload, 17, 12) AS INTEGER)), COUNT(*), MAX(seq) FROM event
        WHERE payload GLOB ? GROUP BY 1 ORDER BY 5 DESC LIMIT ?"""
    pattern = f'{{"id":"{"[0-9a-f]" * 8}-[0-9]*'
    rows = db.execute(query, (pattern, NUMBERINGS_MOST)).fetchall()
    return [Numbering(str(each), int(first), int(last), int(count)) for each, first, last, count, _ in reversed(rows)]


def late_payloads(db: sqlite3.Connection, seqs: list[int]) -> dict[int, str]:
    """The events of these rows in their form for sending again, by row; deleted ones are left out. Raises DamagedRowError."""
    columns = ("seq", "payload")
    found: dict[int, str] = {}
    for seq in seqs:
        for row in db.execute("SELECT seq, payload FROM event WHERE seq = ?", (seq,)).fetchall():
            number, payload = checked("event", columns, row)
            found[int(number)] = marked_late(str(payload))
    return found
