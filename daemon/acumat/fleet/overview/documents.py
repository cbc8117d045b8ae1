"""Turns rows of the record into the documents that the page reads. Pure.

They have no personal data and no answers about health: of the events only those of the machine, and of the state only what
concerns the mat.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from acumat.fleet.overview.standing import Mat, collector_is_late, first_to_last, needs_a_look, standing

PARTS_MOST = 100
TEXT_MOST_CHARS = 300


def mats_of(rows: Iterable[Any], usage: Mapping[str, Any]) -> list[Mat]:
    """A row has a column for each field of a Mat, except for those in `usage` by the mat's id."""
    return [Mat(**row._asdict(), **_used(usage.get(row.mat_id))) for row in rows]


def _used(row: Any) -> dict[str, Any]:  # noqa: ANN401
    return {} if row is None else {"sessions": row.sessions, "calibrated_at": row.calibrated_at}


def overview_document(mats: list[Mat], server: Any) -> dict[str, Any]:  # noqa: ANN401  a row
    """All mats, those that need a look first."""
    now: datetime = server.now
    return {
        "ok": True,
        "at": moment(now),
        "copy": server.copy,
        "collector_late": collector_is_late(server.committed_at, now),
        "collected_at": moment(server.committed_at),
        "count": server.mats,
        "mats": [mat_document(each, now) for each in first_to_last(mats, now)],
    }


def mat_document(mat: Mat, now: datetime) -> dict[str, Any]:
    """One mat as a card shows it; ages are in seconds."""
    return {
        "id": mat.mat_id,
        "site": mat.site,
        "label": mat.label,
        "standing": standing(mat, now),
        "look": needs_a_look(mat, now),
        "seen_s": age_s(mat.seen_at, now),
        "said_offline": mat.availability == "offline",
        "version": mat.version,
        "layout": mat.layout,
        "calibrated_s": age_s(mat.calibrated_at, now),
        "sessions": mat.sessions,
        "missing": mat.missing,
    }


def detail_document(
    mat: Mat,
    server: Any,  # noqa: ANN401  rows, here and below
    *,
    zone: Any,  # noqa: ANN401
    health: object,
    days: Sequence[Any],
    sessions: Sequence[Any],
    gaps: Sequence[Any],
    events: Sequence[Any],
) -> dict[str, Any]:
    """One mat's page."""
    return {
        "ok": True,
        "at": moment(server.now),
        "copy": server.copy,
        "zone": zone.name,
        "today": zone.today.isoformat(),
        "mat": {
            **mat_document(mat, server.now),
            "added_at": moment(mat.added_at),
            "revoked_at": moment(mat.revoked_at),
            "seen_at": moment(mat.seen_at),
            "calibrated_at": moment(mat.calibrated_at),
        },
        "conditions": conditions(health),
        "days": [{"day": each.day.isoformat(), "sessions": each.sessions, "minutes": rounded(each.minutes)} for each in days],
        "sessions": [_session(each) for each in sessions],
        "gaps": [_gap(each) for each in gaps],
        "events": [_event(each) for each in events],
    }


def conditions(health: object) -> list[dict[str, str]]:
    """The parts that are not ok, by the mat's own health document: sensors and parts with code and sentence."""
    if not isinstance(health, Mapping):
        return []
    sensors = health.get("sensors")
    parts = {
        **{key: each for key, each in health.items() if key != "sensors"},
        **(sensors if isinstance(sensors, Mapping) else {}),
    }
    found = [
        {"name": str(name)[:TEXT_MOST_CHARS], "code": str(each.get("code")), "text": str(each.get("text"))[:TEXT_MOST_CHARS]}
        for name, each in parts.items()
        if isinstance(each, Mapping) and each.get("code") != "ok"
    ]
    return found[:PARTS_MOST]


def moment(at: datetime | None) -> str | None:
    """As the contract writes times; None stays None."""
    return None if at is None else at.isoformat(timespec="milliseconds")


def age_s(at: datetime | None, now: datetime) -> int | None:
    """Whole seconds since then, 0 for a future time."""
    return None if at is None else max(0, int((now - at).total_seconds()))


def rounded(minutes: float | None) -> float | None:
    """Minutes with a digit after the point."""
    return None if minutes is None else round(float(minutes), 1)


def _session(row: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "id": row.session_id,
        "started_at": moment(row.started_at),
        "minutes": rounded(None if row.contact_s is None else row.contact_s / 60),
        "lifts": row.lifts,
        "reason": row.end_reason,
        "recovered": row.recovered,
        "undated": row.undated,
    }


def _gap(row: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "first": row.first,
        "last": row.last,
        "count": row.count,
        "since": moment(row.since),
        "asked_at": moment(row.asked_at),
        "times": row.times,
        "lost": row.lost,
    }


def _event(row: Any) -> dict[str, Any]:  # noqa: ANN401
    text = row.text[:TEXT_MOST_CHARS] if isinstance(row.text, str) else ""
    return {"at": moment(row.at), "event_type": row.event_type, "reason": row.reason, "text": text, "late": row.late}
