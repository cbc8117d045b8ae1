"""Writes batches: all of one in a transaction, each event once, whoever else writes.

The numbers received of each mat are one row, locked while a batch with events of that mat is written. So an event that comes
again is known, even if its time was corrected meanwhile or its month is dropped.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg import Connection

from acumat.fleet.record.bounds import MANY_NUMBERINGS, MOST_RANGES, SCATTERED, Key, aside, lock, scattered
from acumat.fleet.record.connection import REFUSED
from acumat.fleet.record.entries import Batch, EventEntry, Heard, MatAnswer, SetAside, Stored
from acumat.fleet.record.numbers import joined, multirange, ranges_of

PAYLOAD_BYTES = 4096
"""So much of a message that is set aside is stored."""


def store(connection: Connection, batch: Batch) -> Stored:
    """Store it. A value that the database refuses is set aside, and the rest is stored all the same."""
    try:
        with connection.transaction():
            return _store(connection, batch)
    except REFUSED as error:
        if len(batch.events) + len(batch.heard) + len(batch.answers) + len(batch.set_aside) == 1:
            return _refused(connection, batch, error)
    singles = [
        *(Batch(events=(each,)) for each in batch.events),
        *(Batch(heard=(each,)) for each in batch.heard),
        *(Batch(set_aside=(each,)) for each in batch.set_aside),
        *(Batch(answers=(each,)) for each in batch.answers),
    ]
    return sum((store(connection, each) for each in singles), Stored())


def _refused(connection: Connection, batch: Batch, error: psycopg.Error) -> Stored:
    """The one value is set aside, under its event's id where it is one."""
    detail = f"The database refuses it ({type(error).__name__}, {error.sqlstate})."
    heard = next(iter(batch.heard), None)
    topic = f"{heard.mat_id}/state" if heard is not None else "?"
    payload = b"" if heard is None else json.dumps(dict(heard.documents)).encode()
    events: tuple[EventEntry, ...] = ()
    for each in batch.events:
        topic, payload = f"{each.mat_id}/event", (each.document or "").encode()
        events = (EventEntry(each.mat_id, each.incarnation, each.number),)
    with connection.transaction():
        return _store(connection, Batch(events, set_aside=(SetAside(topic, "refused", detail, payload),)))


def _store(connection: Connection, batch: Batch) -> Stored:
    mats = {each.mat_id for group in (batch.events, batch.heard, batch.answers) for each in group}
    if mats:
        query = "INSERT INTO acumat.mat (mat_id) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING"
        connection.execute(query, (sorted(mats),))
    by_key: dict[Key, list[EventEntry]] = defaultdict(list)
    for each in batch.events:
        by_key[each.mat_id, each.incarnation].append(each)
    keys = sorted({*by_key, *((each.mat_id, each.incarnation) for each in batch.answers)})
    known = lock(connection, keys)
    fresh = _unknown(connection, [each for key in by_key if key in known for each in by_key[key]])
    apart = scattered(connection, fresh)
    refused = [aside(each, "numberings", MANY_NUMBERINGS) for key in by_key if key not in known for each in by_key[key]]
    refused += [aside(each, "scattered", SCATTERED) for each in fresh if (each.mat_id, each.incarnation) in apart]
    fresh = [each for each in fresh if (each.mat_id, each.incarnation) not in apart]
    _insert(connection, [each for each in fresh if each.document is not None])
    _count(connection, fresh)
    _note_answers(connection, [each for each in batch.answers if (each.mat_id, each.incarnation) in known])
    if known:
        _mark_missing(connection, sorted(known))
    _note_heard(connection, batch.heard)
    _note_set_aside(connection, [*batch.set_aside, *refused])
    repeated = len(batch.events) - len(fresh) - len(refused)
    return Stored(len(fresh), repeated, len(batch.set_aside) + len(refused))


def _unknown(connection: Connection, events: Sequence[EventEntry]) -> list[EventEntry]:
    """The events that have not come before, of two with one number the first; their numberings are locked."""
    asked = {(each.mat_id, each.incarnation, each.number): each for each in reversed(events)}
    query = """SELECT a.mat_id, a.incarnation, a.number
               FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS a(mat_id, incarnation, number)
               JOIN acumat.numbering n USING (mat_id, incarnation) WHERE NOT n.received @> a.number"""
    return [asked[row] for row in connection.execute(query, _columns(list(asked), 3))] if asked else []


def _insert(connection: Connection, events: Sequence[EventEntry]) -> None:
    rows = [(each.at, each.mat_id, each.id, each.number, each.event_type, each.document) for each in events]
    if rows:
        connection.execute(
            """INSERT INTO acumat.event (at, mat_id, id, number, event_type, document)
               SELECT * FROM unnest(%s::timestamptz[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::jsonb[])
               ON CONFLICT DO NOTHING""",
            _columns(rows, 6),
        )


def _count(connection: Connection, events: Sequence[EventEntry]) -> None:
    """Add the numbers to those received. Whatever of it was missing shows that the mat answers."""
    numbers: dict[Key, list[int]] = defaultdict(list)
    for each in events:
        numbers[each.mat_id, each.incarnation].append(each.number)
    rows = [(*key, multirange(ranges_of(found))) for key, found in numbers.items()]
    if rows:
        connection.execute(
            """UPDATE acumat.numbering n SET received = n.received + a.numbers, lost = n.lost - a.numbers, updated = now(),
                   times_asked = CASE WHEN n.missing && a.numbers THEN 0 ELSE n.times_asked END
               FROM unnest(%s::text[], %s::text[], %s::int8multirange[]) AS a(mat_id, incarnation, numbers)
               WHERE (n.mat_id, n.incarnation) = (a.mat_id, a.incarnation)""",
            _columns(rows, 3),
        )


def _note_answers(connection: Connection, answers: Iterable[MatAnswer]) -> None:
    lost: dict[Key, list[tuple[int, int]]] = defaultdict(list)
    last: dict[Key, int] = defaultdict(int)
    for each in answers:
        key = each.mat_id, each.incarnation
        lost[key] += each.lost
        last[key] = max(last[key], each.known_last)
    rows = [(*key, multirange(joined(found)), last[key]) for key, found in lost.items()]
    if rows:
        connection.execute(
            """UPDATE acumat.numbering n SET known_last = greatest(n.known_last, a.known_last),
                   lost = CASE WHEN (SELECT count(*) FROM unnest(n.lost + (a.lost - n.received)))
                               > greatest(%s, (SELECT count(*) FROM unnest(n.lost))) THEN n.lost
                          ELSE n.lost + (a.lost - n.received) END,
                   given_up_at = CASE WHEN n.lost @> (a.lost - n.received) THEN n.given_up_at ELSE now() END
               FROM unnest(%s::text[], %s::text[], %s::int8multirange[], %s::bigint[])
                   AS a(mat_id, incarnation, lost, known_last)
               WHERE (n.mat_id, n.incarnation) = (a.mat_id, a.incarnation)""",
            [MOST_RANGES, *_columns(rows, 4)],
        )
        connection.execute(
            "UPDATE acumat.audit SET answered_at = now() WHERE mat_id = ANY(%s)", (sorted({mat for mat, _ in lost}),)
        )


def _mark_missing(connection: Connection, keys: Sequence[Key]) -> None:
    """Since when something is missing; what was asked for and has come or is lost makes room for the next request."""
    connection.execute(
        """UPDATE acumat.numbering SET
               missing_since = CASE WHEN isempty(missing) THEN NULL ELSE coalesce(missing_since, now()) END,
               asked_at = CASE WHEN missing && asked THEN asked_at END,
               asked = CASE WHEN missing && asked THEN asked END
           WHERE (mat_id, incarnation) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
             AND (isempty(missing) = (missing_since IS NOT NULL) OR NOT missing && asked)""",
        _columns(keys, 2),
    )


def _note_heard(connection: Connection, heard: Sequence[Heard]) -> None:
    """The newest of each mat; its documents replace those of the same topic."""
    rows: dict[str, tuple[str, bool, str | None, dict[str, Any]]] = {}
    for each in heard:
        _, alive, availability, documents = rows.get(each.mat_id, (each.mat_id, False, None, {}))
        documents |= each.documents
        rows[each.mat_id] = (each.mat_id, alive or each.alive, each.availability or availability, documents)
    if not rows:
        return
    values = [
        (mat, alive, availability, json.dumps(found)) for mat, alive, availability, found in sorted(rows.values(), key=_first)
    ]
    connection.execute(
        """INSERT INTO acumat.seen AS s (mat_id, seen_at, availability, state)
           SELECT mat_id, CASE WHEN alive THEN now() END, availability, state
           FROM unnest(%s::text[], %s::bool[], %s::text[], %s::jsonb[]) AS a(mat_id, alive, availability, state)
           ON CONFLICT (mat_id) DO UPDATE SET seen_at = coalesce(excluded.seen_at, s.seen_at),
               availability = coalesce(excluded.availability, s.availability), state = s.state || excluded.state,
               updated = now()
           WHERE excluded.seen_at IS NOT NULL OR excluded.availability IS NOT NULL OR excluded.state <> '{}'""",
        _columns(values, 4),
    )


def _first(row: tuple[Any, ...]) -> str:
    return str(row[0])


def _note_set_aside(connection: Connection, found: Iterable[SetAside]) -> None:
    rows = {
        (each.topic, hashlib.sha256(each.payload).digest()): (
            each.reason,
            each.detail,
            each.payload[:PAYLOAD_BYTES],
            len(each.payload),
        )
        for each in found
    }
    if rows:
        connection.execute(
            """INSERT INTO acumat.set_aside AS s (topic, digest, reason, detail, payload, size_bytes)
               SELECT * FROM unnest(%s::text[], %s::bytea[], %s::text[], %s::text[], %s::bytea[], %s::bigint[])
               ON CONFLICT (topic, digest) DO UPDATE SET times = s.times + 1, last_at = now()""",
            _columns([(*key, *rows[key]) for key in sorted(rows)], 6),
        )


def _columns(rows: Sequence[Sequence[Any]], count: int) -> list[list[Any]]:
    """Rows as one array a column, which unnest puts together again."""
    return [[row[index] for row in rows] for index in range(count)]
