"""What a record lacks, has twice or has changed, by what the mats themselves know."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from acumat_fleet_sim.truth import Truth
from tests import machine

PATIENCE_S = 120.0
LOOK_S = 2.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts of events. `lost` were acknowledged and are not stored; `foreign` were never made; `changed` differ."""

    acknowledged: int
    stored: int
    lost: int
    doubled: int
    foreign: int
    changed: int

    @property
    def faults(self) -> int:
        """What must never be."""
        return self.lost + self.doubled + self.foreign + self.changed


def judge(truth: Truth, dsn: str) -> Verdict:
    """The simulated mats against the record; a document may differ in `late` alone."""
    rows = _rows(dsn, list(truth.made))
    stored = {(mat, event_id) for mat, event_id, _ in rows}
    # copies: the fleet may be alive
    acknowledged = {(mat, event_id) for mat, found in list(truth.acknowledged.items()) for event_id in list(found)}
    made = {(mat, event_id): payload for mat, found in list(truth.made.items()) for event_id, payload in list(found.items())}
    changed = sum(not _same(document, json.loads(made[mat, each])) for mat, each, document in rows if (mat, each) in made)
    return Verdict(
        len(acknowledged),
        len(stored),
        len(acknowledged - stored),
        len(rows) - len(stored),
        len(stored - made.keys()),
        changed,
    )


def arrived(look: Callable[[], Verdict]) -> Verdict:
    """Look until all that was acknowledged is stored, or for so long that it never will be; what is so then."""
    until_s = time.monotonic() + machine.patience_s(PATIENCE_S)
    while (verdict := look()).lost and time.monotonic() < until_s:
        time.sleep(LOOK_S)
    return verdict


def judge_daemon(mat_id: str, database: Path, dsn: str) -> Verdict:
    """A real mat that has ended against the record: what is not in its outbox was acknowledged."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        query = "SELECT payload, seq IN (SELECT seq FROM outbox) FROM event"
        found = [(json.loads(payload), bool(waits)) for payload, waits in db.execute(query)]
    made = {document["id"]: document for document, _ in found}
    acknowledged = {document["id"] for document, waits in found if not waits}
    rows = _rows(dsn, [mat_id])
    stored = {event_id for _, event_id, _ in rows}
    changed = sum(not _same(document, made[each]) for _, each, document in rows if each in made)
    lost, foreign = acknowledged - stored, stored - made.keys()
    return Verdict(len(acknowledged), len(stored), len(lost), len(rows) - len(stored), len(foreign), changed)


def _rows(dsn: str, mats: list[str]) -> list[tuple[str, str, dict[str, Any]]]:
    with psycopg.connect(dsn) as db:
        found = db.execute("SELECT mat_id, id, document FROM acumat.event WHERE mat_id = ANY(%s)", (mats,))
        return [(str(mat), str(event_id), document) for mat, event_id, document in found.fetchall()]


def _same(document: Mapping[str, Any], made: Mapping[str, Any]) -> bool:
    """What the collector withholds for privacy has only its id and its time left."""
    if document["event_type"] == "withheld":
        return (document["id"], document["at"]) == (made["id"], made["at"])
    return {**document, "late": False} == {**made, "late": False}
