"""The values that are written to the history and read from it, and their columns."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

from acumat.contract.learned import Learned
from acumat.contract.sessions import Profile, SessionRecord, Totals
from acumat.history.columns import checked, profile_of
from acumat.stored import read_as

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A finished session with its number in this installation, its wall times (Unix seconds), and the mat's profile then."""

    number: int
    record: SessionRecord
    start_wall_s: float
    end_wall_s: float
    profile: Profile = field(default_factory=Profile)
    dated: bool = True
    """False: the clock was not known to be right, and the wall times cannot be trusted."""
    boot_id: str = ""
    """The boot to which the record's monotonic times belong; empty: this one. Not read back."""
    person: int | None = None
    """None: the one owner, or a guest of several people; 0: somebody unknown."""
    zone: str = ""
    """The machine's time zone then; empty if unknown."""
    source: str = "mat"
    """added: somebody has entered it, and the mat has not measured it."""
    edited_wall_s: float | None = None
    """When somebody changed it."""
    guessed: bool = False
    """Whether the mat has guessed the person."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a start of the daemon restores. `learned` belongs to the given sensors; it is empty if others are stored."""

    install: str
    next_session_no: int
    learned: Learned
    layout_changed: bool
    totals: Totals
    last_session: SessionRow | None
    documents: Mapping[str, str] = field(default_factory=dict)
    """Texts of other parts, by name; the history does not read them."""
    people: Mapping[int, str] = field(default_factory=dict)
    """Names of people by their numbers; empty if there is one owner."""
    found: bool = True
    """False if the store could not be read at the start."""


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of the programme: when, why, and from what to what. Minutes are planned ones."""

    wall_s: float
    mono_s: float
    reason: str
    text: str
    from_min: int
    to_min: int
    from_clothing: str
    to_clothing: str
    person: int | None = None


STEP_COLUMNS = "wall_s, mono_s, reason, text, from_min, to_min, from_clothing, to_clothing, person"
SESSION_COLUMNS = (
    "number, session_id, start_wall_s, end_wall_s, start_mono_s, end_mono_s, boot_id, contact_s, lifts, end_reason, load, "
    "lateral, head_foot, evenness, recovered, guest, profile, dated, person, zone, source, edited_wall_s, guessed"
)


def session_values(row: SessionRow, boot_id: str) -> tuple[object, ...]:
    """A session in the order of SESSION_COLUMNS."""
    record = row.record
    return (
        row.number,
        record.session_id,
        row.start_wall_s,
        row.end_wall_s,
        record.start_mono_s,
        record.end_mono_s,
        row.boot_id or boot_id,
        record.contact_s,
        record.lifts,
        record.end_reason,
        record.load,
        record.lateral,
        record.head_foot,
        record.evenness,
        record.recovered,
        record.guest,
        json.dumps(asdict(row.profile)),
        row.dated,
        row.person,
        row.zone,
        row.source,
        row.edited_wall_s,
        row.guessed,
    )


def session_row(values: Sequence[Any]) -> SessionRow:
    """The session that SESSION_COLUMNS of a row describe. Raises DamagedRowError."""
    row = dict(zip(SESSION_COLUMNS.split(", "), checked("session", SESSION_COLUMNS.split(", "), values), strict=True))
    record = SessionRecord(
        row["session_id"],
        row["start_mono_s"],
        row["end_mono_s"],
        row["contact_s"],
        row["lifts"],
        row["end_reason"],
        row["load"],
        row["lateral"],
        row["head_foot"],
        row["evenness"],
        recovered=bool(row["recovered"]),
        guest=bool(row["guest"]),
    )
    profile = profile_of(row["profile"])
    return SessionRow(
        row["number"],
        record,
        row["start_wall_s"],
        row["end_wall_s"],
        profile,
        bool(row["dated"]),
        person=row["person"],
        zone=row["zone"],
        source=row["source"],
        edited_wall_s=row["edited_wall_s"],
        guessed=bool(row["guessed"]),
    )


def last_measured(db: sqlite3.Connection) -> SessionRow | None:
    """The last session that this mat has measured, or else one that was imported; None if there is none.

    By number, since clocks may have been wrong; an imported one has no boot. Raises DamagedRowError.
    """
    for measured in ("boot_id <> ''", "boot_id = ''"):  # one after the other, since each finds its row from the end at once
        query = f"SELECT {SESSION_COLUMNS} FROM session WHERE source = 'mat' AND {measured}"  # noqa: S608
        row = db.execute(f"{query} ORDER BY number DESC LIMIT 1").fetchone()
        if row is not None:
            return session_row(row)
    return None


def learned_text(learned: Learned) -> str:
    """What was learnt, as JSON."""
    return json.dumps(asdict(learned))


def learned_from(text: str, stored_names: Sequence[str], names: Sequence[str]) -> Learned | None:
    """The learnt values, in the order of `names`; None if they belong to other sensors or are impossible."""
    if sorted(stored_names) != sorted(names):
        return None
    learned = read_as(Learned, text)
    first_us, recent_us = learned.sessions.first_us, learned.sessions.recent_us
    fits = all(len(each) == len(names) for each in (learned.baseline_us, learned.gains, *first_us, *recent_us))
    if not fits or min(learned.gains) <= 0 or (learned.reference_us is not None and learned.reference_us <= 0):
        log.error("what was learnt is damaged and not used: its values do not fit its sensors")
        return None
    order = [stored_names.index(name) for name in names]

    def ordered(values: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(values[index] for index in order)

    return replace(
        learned,
        baseline_us=ordered(learned.baseline_us),
        gains=ordered(learned.gains),
        sessions=replace(learned.sessions, first_us=tuple(map(ordered, first_us)), recent_us=tuple(map(ordered, recent_us))),
    )
