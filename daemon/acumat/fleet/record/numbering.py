"""What is missing of which mat, and who asks for it: a question belongs to the collector that notes it first."""

from __future__ import annotations

from psycopg import Connection

from acumat.fleet.record.entries import Lacking

LOOKED_AT = 1000
"""Numberings and mats looked at in one turn, those that wait longest first."""
RANGES = 100
"""Of a numbering with many small gaps so many are looked at."""


def gaps(connection: Connection) -> list[Lacking]:
    """Those of mats that are not shut out. One of each mat comes before a second of any."""
    query = """
        SELECT n.mat_id, n.incarnation,
            (SELECT array_agg(ARRAY[lower(g), upper(g) - 1]) FROM (SELECT g FROM unnest(n.missing) g LIMIT %s) AS first),
            extract(epoch FROM now() - n.missing_since)::float8, extract(epoch FROM now() - n.asked_at)::float8, n.times_asked
        FROM acumat.numbering n JOIN acumat.mat m USING (mat_id)
        WHERE n.missing_since IS NOT NULL AND m.revoked_at IS NULL
        ORDER BY row_number() OVER (PARTITION BY n.mat_id ORDER BY n.asked_at NULLS FIRST, n.missing_since),
            n.asked_at NULLS FIRST, n.missing_since LIMIT %s"""
    rows = connection.execute(query, (RANGES, LOOKED_AT)).fetchall()
    return [Lacking(mat, each, tuple(map(tuple, pairs or ())), *rest) for mat, each, pairs, *rest in rows]


def mats_asked(connection: Connection) -> dict[str, float | None]:
    """How long ago each mat was asked which events it has, those that wait longest first."""
    query = """
        SELECT m.mat_id, extract(epoch FROM now() - a.asked_at)::float8
        FROM acumat.mat m LEFT JOIN acumat.audit a USING (mat_id) WHERE m.revoked_at IS NULL
        ORDER BY a.asked_at NULLS FIRST, m.mat_id LIMIT %s"""
    return dict(connection.execute(query, (LOOKED_AT,)).fetchall())


def claim_range(connection: Connection, gap: Lacking, first: int, last: int) -> bool:
    """Note that the mat is asked for this; False where another collector has noted it since, or it has come."""
    query = """
        UPDATE acumat.numbering SET asked = int8range(%s, %s, '[]'), asked_at = now(), times_asked = times_asked + 1
        WHERE mat_id = %s AND incarnation = %s AND missing @> %s::bigint AND times_asked = %s
          AND (asked_at IS NULL OR asked_at <= now() - make_interval(secs => %s)) RETURNING true"""
    values = (first, last, gap.mat_id, gap.incarnation, first, gap.times_asked, gap.asked_s or 0.0)
    return connection.execute(query, values).fetchone() is not None


def claim_mat(connection: Connection, mat_id: str, every_s: float) -> bool:
    """Note that the mat is asked which events it has; False where another collector has asked since."""
    query = """
        INSERT INTO acumat.audit AS a (mat_id, asked_at) VALUES (%s, now())
        ON CONFLICT (mat_id) DO UPDATE SET asked_at = now() WHERE a.asked_at <= now() - make_interval(secs => %s)
        RETURNING true"""
    return connection.execute(query, (mat_id, every_s)).fetchone() is not None
