"""What one mat can make of the record at most, whatever it sends: numberings, and ranges of numbers in each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from psycopg import Connection

from acumat.fleet.record.entries import EventEntry, SetAside
from acumat.fleet.record.numbers import multirange, ranges_of

Key = tuple[str, str]
"""A mat and one of its numberings."""
MOST_NUMBERINGS = 256
"""Of one mat. A new one begins when its history is replaced: a mat without a card that keeps anything does that at each start,
so these are most of a year of daily starts."""
MOST_RANGES = 1000
"""Of numbers received, and of numbers lost, in one numbering: 16 kB each. Events come in order: one more is one loss more."""
MANY_NUMBERINGS = (
    f"Its mat has begun more than {MOST_NUMBERINGS} numberings, and no new one is taken. If it begins one at each start, its "
    "card cannot hold a history; after a new card delete the oldest rows of this mat from acumat.numbering."
)
SCATTERED = (
    f"The numbers of this numbering have come in {MOST_RANGES} ranges with gaps between, and more is not taken until the gaps "
    "are filled. Then the mat is asked for this event again."
)


def lock(connection: Connection, keys: Sequence[Key]) -> set[Key]:
    """Lock these numberings, new ones as far as a mat may have more; all writers do so in the same order. Those locked."""
    if not keys:
        return set()
    columns = [[mat for mat, _ in keys], [incarnation for _, incarnation in keys]]
    connection.execute(
        """WITH new AS (
               SELECT mat_id, incarnation, row_number() OVER (PARTITION BY mat_id ORDER BY incarnation) AS turn
               FROM unnest(%s::text[], %s::text[]) AS k(mat_id, incarnation)
               WHERE NOT EXISTS (SELECT FROM acumat.numbering n WHERE (n.mat_id, n.incarnation) = (k.mat_id, k.incarnation))
           ) INSERT INTO acumat.numbering (mat_id, incarnation) SELECT mat_id, incarnation FROM new
           WHERE turn + (SELECT count(*) FROM acumat.numbering n WHERE n.mat_id = new.mat_id) <= %s
           ORDER BY mat_id, incarnation ON CONFLICT DO NOTHING""",
        (*columns, MOST_NUMBERINGS),
    )
    rows = connection.execute(
        """SELECT mat_id, incarnation FROM acumat.numbering
           WHERE (mat_id, incarnation) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
           ORDER BY mat_id, incarnation FOR UPDATE""",
        columns,
    )
    return {(mat, incarnation) for mat, incarnation in rows}


def scattered(connection: Connection, events: Iterable[EventEntry]) -> set[Key]:
    """The numberings of which these events would make more ranges than are stored."""
    numbers: dict[Key, list[int]] = defaultdict(list)
    for each in events:
        numbers[each.mat_id, each.incarnation].append(each.number)
    if not numbers:
        return set()
    columns = [[mat for mat, _ in numbers], [incarnation for _, incarnation in numbers]]
    rows = connection.execute(
        """SELECT n.mat_id, n.incarnation FROM acumat.numbering n
           JOIN unnest(%s::text[], %s::text[], %s::int8multirange[]) AS a(mat_id, incarnation, numbers)
               USING (mat_id, incarnation)
           WHERE (SELECT count(*) FROM unnest(n.received + a.numbers))
               > greatest(%s, (SELECT count(*) FROM unnest(n.received)))""",
        (*columns, [multirange(ranges_of(each)) for each in numbers.values()], MOST_RANGES),
    )
    return {(mat, incarnation) for mat, incarnation in rows}


def aside(event: EventEntry, reason: str, detail: str) -> SetAside:
    """An event that is not taken."""
    return SetAside(f"{event.mat_id}/event", reason, detail, (event.document or event.id).encode())
