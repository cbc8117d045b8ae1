"""A record with a few mats, made as the collector makes it: the same schema, the same tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from acumat.fleet.record.months import make, month_of
from acumat.fleet.record.schema import prepare

FINE: Mapping[str, Any] = {
    "state": {"presence": "empty", "health": "ok", "reason": "load_gone"},
    "health": {"health": "ok", "sensors": {"r1c1": {"code": "ok", "text": ""}}},
    "about": {"version": "0.2.0"},
}


class Filled:
    """Writes what a test wants into the record."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.now = datetime.now(UTC)
        with self.connect() as database:
            prepare(database)
        self.collector()

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.dsn, autocommit=True)

    def run(self, query: str, *values: object) -> None:
        with self.connect() as database:
            database.execute(query.encode(), values)

    def collector(self, *, ago_s: float = 0.0) -> None:
        self.run(
            "INSERT INTO acumat.collector VALUES ('one', 'mqtt', now(), now() - make_interval(secs => %s)) "
            "ON CONFLICT (name) DO UPDATE SET committed_at = excluded.committed_at",
            ago_s,
        )

    def mat(self, mat_id: str, *, site: str = "", label: str = "", zone: str = "UTC") -> None:
        self.run(
            "INSERT INTO acumat.mat (mat_id, site, label, timezone, inventory) VALUES (%s, %s, %s, %s, %s)",
            *(mat_id, site, label, zone, '{"layout": "4x2"}'),
        )

    def seen(self, mat_id: str, *, ago_s: float = 5.0, availability: str = "online", state: Mapping[str, Any] = FINE) -> None:
        self.run(
            "INSERT INTO acumat.seen (mat_id, seen_at, availability, state) "
            "VALUES (%s, now() - make_interval(secs => %s), %s, %s)",
            *(mat_id, ago_s, availability, json.dumps(state)),
        )

    def event(self, mat_id: str, number: int, event_type: str, at: datetime, **more: object) -> None:
        if (month := month_of(at)) is not None:
            with self.connect() as database:
                make(database, {month})
        document = {
            "id": f"0000000a-{number}",
            "event_type": event_type,
            "at": at.isoformat(),
            "reason": "x",
            "text": "Y.",
            **more,
        }
        self.run(
            "INSERT INTO acumat.event (at, mat_id, id, number, event_type, document) VALUES (%s, %s, %s, %s, %s, %s)",
            *(at, mat_id, f"0000000a-{number}", number, event_type, json.dumps(document)),
        )

    def session(self, mat_id: str, number: int, ended_at: datetime, *, minutes: float = 20.0, **more: object) -> None:
        figures = {"session_id": f"s{number}", "session_s": minutes * 60, "contact_s": minutes * 60 - 30, "lifts": 1}
        self.event(mat_id, number, "session_ended", ended_at, **{**figures, "reason": "got_up", "guest": False, **more})

    def numbering(self, mat_id: str, received: str, *, lost: str = "{}", missing_s: float = 600.0) -> None:
        self.run(
            "INSERT INTO acumat.numbering "
            "(mat_id, incarnation, received, lost, missing_since, times_asked, asked_at, given_up_at) "
            "VALUES (%s, '0000000a', %s, %s, now() - make_interval(secs => %s), 2, now(), now())",
            *(mat_id, received, lost, missing_s),
        )

    def ago(self, **of: float) -> datetime:
        return self.now - timedelta(**of)
