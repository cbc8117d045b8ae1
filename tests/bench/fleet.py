"""What the fleet's page asks of ten million events: `python -m tests.bench.fleet` prints milliseconds and keeps them in
docs/bench.json.

A studio's pace: 1,000 mats with 30 sessions of 12 events a day, for four weeks, in a PostgreSQL of its own on this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from acumat import __version__
from acumat.contract.documents import health_document, state_document
from acumat.contract.state import Condition, HealthState, MatState, Presence
from acumat.fleet.overview import asking
from acumat.fleet.overview.connections import Connection
from acumat.fleet.overview.record import Record
from acumat.fleet.record.months import make, month_of
from acumat.fleet.record.schema import prepare
from tests.bench.record import record
from tests.fleet.engines import postgres

EVENTS = 10_000_000
MATS = 1_000
DAYS = 28
TIMES = 200
NOT_HERE = 77
INDEXES = "acumat.event_of_mat, acumat.event_session, acumat.event_session_at, acumat.event_calibrated, acumat.event_machine"
ASKED_MS = {"overview_p95": 100.0}
SETTINGS = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_wal_size=4GB")

FILL = """
INSERT INTO acumat.event (at, mat_id, id, number, event_type, document, received_at)
SELECT at, mat_id, 'bench-' || number, number, kind,
       jsonb_build_object('id', 'bench-' || number, 'event_type', kind, 'at', at, 'edge_at', NULL, 'late', false,
           'reason', 'got_up', 'text', 'The session is over: 18 min on the mat, and the person has been up for 20 s.')
       || CASE kind WHEN 'session_ended' THEN jsonb_build_object('session_id', 's' || number, 'session_s', 1100 + number %% 500,
              'contact_s', 1000 + number %% 400, 'lifts', number %% 3, 'guest', false, 'recovered', false)
          ELSE jsonb_build_object('load', 97.3, 'swing_pct', 0.412, 'nats', 9.3) END,
       at
FROM (
    SELECT now() - make_interval(secs => (%(last)s - turn) * %(step_s)s) - make_interval(secs => mat * 0.05) AS at,
           'mat' || lpad(mat::text, 4, '0') AS mat_id, turn AS number,
           CASE WHEN turn %% 12 = 11 THEN 'session_ended' WHEN turn %% 2500 = 12 THEN 'calibration_done'
                ELSE (ARRAY['contact_started', 'lying_started', 'lying_confirmed', 'session_started', 'settled',
                            'posture_shift', 'cue_half', 'cue_end', 'got_up', 'contact_ended'])[1 + turn %% 10] END AS kind
    FROM generate_series(%(first)s::bigint, %(upto)s::bigint) AS turn, generate_series(1, %(mats)s::int) AS mat
) made
"""


def main() -> int:
    """Fill, measure, print and keep; 1 when something is dearer than asked, 77 without PostgreSQL."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--mats", type=int, default=MATS)
    args = parser.parse_args()
    try:
        with postgres(settings=SETTINGS) as server:
            began_s = time.monotonic()
            fill(server.dsn, args.events, args.mats)
            print(
                f"{args.events:,} events of {args.mats:,} mats are there after {time.monotonic() - began_s:.0f} s", flush=True
            )
            taken = asyncio.run(measure(server.dsn, args.mats, TIMES))
            size_mb = megabytes(server.dsn)
    except pytest.skip.Exception as exc:
        print(f"NOT MEASURED: {exc}")
        return NOT_HERE
    figures = {"events": args.events, "mats": args.mats, "size_mb": round(size_mb), **taken}
    print(f"acumat {__version__}: {size_mb:,.0f} MB in the database")
    print("\n".join(f"  {what:<14} {each:8.1f} ms" for what, each in taken.items()))
    if (args.events, args.mats) == (EVENTS, MATS):
        record("fleet", figures)
    return int(any(taken[what] > most_ms for what, most_ms in ASKED_MS.items()))


def fill(dsn: str, events: int, mats: int) -> None:
    """The schema, and that many events of that many mats up to now."""
    turns = events // mats
    with psycopg.connect(dsn, autocommit=True) as database:
        prepare(database)
        now = datetime.now(UTC)
        make(database, {month for back in range(DAYS + 2) if (month := month_of(now - timedelta(days=back))) is not None})
        database.execute(f"DROP INDEX {INDEXES}")  # filled sooner without them
        for first in range(0, turns, 500):
            upto = min(first + 500, turns) - 1
            values = {"first": first, "upto": upto, "last": turns, "mats": mats, "step_s": DAYS * 86_400 / turns}
            database.execute(FILL, values)
        prepare(database)
        mats_seen(database, mats, turns)
        database.execute("VACUUM ANALYZE")


def mats_seen(database: psycopg.Connection[Any], mats: int, turns: int) -> None:
    """The mats, what was heard of each last, and some that miss events."""
    state = state_document(
        MatState(
            presence=Presence.LYING, load=97.3, shares={"neck": 3.0, "lumbar": 54.0}, cop_mm=(1.0, 2.0), health=HealthState.OK
        )
    )
    sensors = {f"r{row}c{column}": Condition() for row in (1, 2, 3, 4) for column in (1, 2)}
    parts = {name: Condition("ok", "") for name in ("bus", "store", "broker", "calibration", "clock", "daemon")}
    documents = {"state": state, "health": health_document(HealthState.OK, sensors, parts), "about": {"version": __version__}}
    database.execute(
        """
        INSERT INTO acumat.mat (mat_id, site, label)
        SELECT 'mat' || lpad(mat::text, 4, '0'), 'Site ' || mat %% 12, 'Room ' || mat FROM generate_series(1, %s) AS mat
    """,
        (mats,),
    )
    database.execute(
        """
        INSERT INTO acumat.seen (mat_id, seen_at, availability, state)
        SELECT mat_id, now() - make_interval(mins => (random() * 80)::int), 'online', %s::jsonb FROM acumat.mat
    """,
        (json.dumps(documents),),
    )
    database.execute(
        """
        INSERT INTO acumat.numbering (mat_id, incarnation, received, known_last, missing_since)
        SELECT mat_id, 'bench', CASE WHEN random() < 0.05 THEN int8multirange(int8range(1, 9), int8range(14, %(upto)s))
                                     ELSE int8multirange(int8range(1, %(upto)s)) END, 0, NULL FROM acumat.mat
    """,
        {"upto": turns + 1},
    )
    database.execute("UPDATE acumat.numbering SET missing_since = now() - interval '1 hour' WHERE NOT isempty(missing)")


async def measure(dsn: str, mats: int, times: int) -> dict[str, float]:
    """Milliseconds of each question, none of them out of a cache of ours."""
    asked = Record(dsn)
    try:
        whole = await percentiles(lambda _: asked._answer(counted), times)
        overview = await percentiles(lambda _: asked._answer(asked._read), times)
        mat = await percentiles(lambda number: asked.mat(f"mat{1 + number * 37 % mats:04}"), times)
    finally:
        await asked.close()
    named = {"overview": overview, "overview_with_counts": whole, "mat": mat}
    return {f"{name}_{what}": each for name, found in named.items() for what, each in found.items()}


async def counted(connection: Connection) -> dict[str, Any]:
    """The overview with the sessions of a day counted anew, which the page does once a minute."""
    return await asking.overview(connection, await asking.usage(connection))


async def percentiles(ask: Callable[[int], Awaitable[dict[str, Any]]], times: int) -> dict[str, float]:
    """Median and 95th percentile of some times, after one that is not counted."""
    taken = []
    for number in range(times + 1):
        began_s = time.perf_counter()
        answer = await ask(number)
        taken.append(1e3 * (time.perf_counter() - began_s))
        assert answer["ok"], answer
    taken = sorted(taken[1:])
    return {"p50": round(taken[len(taken) // 2], 1), "p95": round(taken[int(0.95 * len(taken))], 1)}


def megabytes(dsn: str) -> float:
    """Of the whole database."""
    with psycopg.connect(dsn) as database:
        found = database.execute("SELECT pg_database_size(current_database()) / 1e6").fetchone()
    return float(found[0]) if found else 0.0


if __name__ == "__main__":
    sys.exit(main())
