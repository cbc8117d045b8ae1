"""Sessions and check-ins that people enter, correct and delete; the record shows it."""

from __future__ import annotations

import re
import sqlite3
import uuid
from dataclasses import asdict, dataclass

from acumat.coach.journal import UNKNOWN
from acumat.contract.documents import rfc3339
from acumat.contract.sessions import SessionRecord
from acumat.history.checkins import AFTER, BEFORE, CheckInRow
from acumat.history.columns import checked
from acumat.history.forgetting import drop_events
from acumat.history.forms import SESSION_MOST_S
from acumat.history.listing import check_in_numbered, session_named
from acumat.history.people import people_of
from acumat.history.questions import Asked
from acumat.history.rows import SESSION_COLUMNS, SessionRow, session_values
from acumat.history.schema_checkins import AFTER_S, BEFORE_S

ADDED = "added"
AHEAD_S = 60.0
"""Seconds that a session may end after now: minutes are rounded, and two clocks never agree."""
CHECK_IN = re.compile(r"c(\d{1,12})")


class RefusedError(Exception):
    """The request is refused, and nothing has changed: a reason code, and a sentence that says why."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Change:
    """A change to a session or a check-in; None: unchanged. `at_s` is Unix time."""

    at_s: float | None = None
    minutes: float | None = None
    guest: bool | None = None
    moment: str | None = None
    calm: int | None = None
    discomfort: int | None = None

    @property
    def of_session(self) -> bool:
        """Whether it has a value that only a session has."""
        return self.minutes is not None or self.guest is not None

    @property
    def of_check_in(self) -> bool:
        """Whether it has a value that only a check-in has."""
        return any(each is not None for each in (self.moment, self.calm, self.discomfort))


def add_session(db: sqlite3.Connection, change: Change, asked: Asked) -> str:
    """Add a session that the mat has not measured. Returns its id. Raises RefusedError."""
    start_s, contact_s = change.at_s or 0.0, 60.0 * (change.minutes or 0.0)
    _not_ahead(start_s + contact_s, asked)
    number = db.execute("SELECT MAX(last_session_no) + 1 FROM install").fetchone()[0]
    session_id = f"{uuid.uuid4().hex[:8]}-s{number}"  # ids that begin with the installation's id belong to the mat
    record = SessionRecord(session_id, 0.0, contact_s, contact_s, 0, ADDED, guest=bool(change.guest))
    row = SessionRow(number, record, start_s, start_s + contact_s, person=_somebody(db), zone=asked.zone, source=ADDED)
    names, values = SESSION_COLUMNS.split(", "), session_values(row, "")
    marks = ", ".join("?" * len(names))
    db.execute(f"INSERT INTO session ({SESSION_COLUMNS}) VALUES ({marks})", checked("session", names, values))  # noqa: S608
    db.execute("UPDATE install SET last_session_no = ?", (number,))
    return session_id


def add_check_in(db: sqlite3.Connection, change: Change, asked: Asked, session: str | None) -> str:
    """Add a check-in afterwards, of this session or (None) of the one around its time. Returns its name for later requests.

    Raises RefusedError.
    """
    at_s, moment = change.at_s or 0.0, change.moment or AFTER
    _not_ahead(at_s, asked)
    session_id = _session_around(db, at_s, moment) if session is None else _own_session(db, session, asked)
    if session_id is None and moment == AFTER:
        raise RefusedError("no_session", f"No session of the {AFTER_S / 3600:g} hours before that time is stored.")
    known = db.execute("SELECT id FROM checkin WHERE session_id = ? AND moment = ?", (session_id, moment)).fetchone()
    if known is not None:
        raise RefusedError(
            "is_there", f"This session has a check-in {moment} it: change it with acumat history edit c{known[0]}."
        )
    person = _somebody(db) if session_id is None else _person_of(db, session_id)
    row = CheckInRow(moment, at_s, 0.0, change.calm, change.discomfort, session_id, person, zone=asked.zone, source=ADDED)
    values = {**asdict(row), "boot_id": ""}
    marks = ", ".join(f":{name}" for name in values)
    checked("checkin", list(values), list(values.values()))
    done = db.execute(f"INSERT INTO checkin ({', '.join(values)}) VALUES ({marks})", values)  # noqa: S608
    return f"c{done.lastrowid}"


def edit(db: sqlite3.Connection, name: str, change: Change, asked: Asked) -> str:
    """Correct a session or a check-in. Returns what was done, in a sentence. Raises RefusedError."""
    if change == Change():
        raise RefusedError("bad_value", "Please say what is to be changed.")
    number = _check_in_number(name)
    if number is not None:
        _edit_check_in(db, number, change, asked)
        return f"The check-in {name} is corrected, and its record shows it."
    row = _session(db, name, asked)
    if change.of_check_in:
        raise RefusedError("bad_value", f"{name} is a session, which has a time, minutes and whether it was a guest's.")
    _edit_session(db, row, change, asked)
    return f"The session {row.record.session_id} is corrected, and its record shows it."


def delete(db: sqlite3.Connection, name: str, asked: Asked) -> str:
    """Delete a check-in, or a session with its minutes, check-ins and events. Returns what was done, in a sentence.

    The outbox has to be counted anew. Raises RefusedError.
    """
    number = _check_in_number(name)
    if number is not None:
        reported = """SELECT event.seq FROM event JOIN checkin USING (mono_s, boot_id)
            WHERE id = :number AND instr(payload, '"event_type":"check_in"')"""
        _check_in(db, number)
        drop_events(db, reported, {"number": number})
        db.execute("DELETE FROM checkin WHERE id = ?", (number,))
        return f"The check-in {name} is deleted."
    row = _session(db, name, asked)
    of_it = "SELECT seq FROM event WHERE instr(payload, :quoted)"
    drop_events(db, of_it, {"quoted": f'"{row.record.session_id}"'})
    db.execute("DELETE FROM minute WHERE session = ?", (row.number,))
    db.execute("DELETE FROM checkin WHERE session_id = ?", (row.record.session_id,))
    db.execute("DELETE FROM session WHERE number = ?", (row.number,))
    return f"The session {row.record.session_id} of {rfc3339(row.start_wall_s)} is deleted, with its minutes and check-ins."


def _edit_session(db: sqlite3.Connection, row: SessionRow, change: Change, asked: Asked) -> None:
    """More minutes make the session longer; fewer leave its span, and the rest counts as lifts."""
    contact_s = row.record.contact_s if change.minutes is None else 60.0 * change.minutes
    start_s = row.start_wall_s if change.at_s is None else change.at_s
    span_s = max(contact_s, row.record.wall_s if row.source != ADDED else 0.0)
    if not 0 <= span_s <= SESSION_MOST_S:
        raise RefusedError("bad_value", "No session is so long.")
    _not_ahead(start_s + span_s, asked)
    db.execute(
        """UPDATE session SET start_wall_s = ?, end_wall_s = ?, end_mono_s = start_mono_s + ?, contact_s = ?, guest = ?,
            dated = ?, edited_wall_s = ? WHERE number = ?""",
        (
            start_s,
            start_s + span_s,
            span_s,
            contact_s,
            row.record.guest if change.guest is None else change.guest,
            row.dated or change.at_s is not None,
            asked.now_wall_s,
            row.number,
        ),
    )


def _edit_check_in(db: sqlite3.Connection, number: int, change: Change, asked: Asked) -> None:
    row = _check_in(db, number)
    if change.of_session:
        raise RefusedError("bad_value", f"c{number} is a check-in, which has a time, calm, discomfort and a moment.")
    at_s = row.wall_s if change.at_s is None else change.at_s
    _not_ahead(at_s, asked)
    moment = change.moment or row.moment
    taken = "SELECT 1 FROM checkin WHERE session_id = ? AND moment = ? AND id <> ?"
    if db.execute(taken, (row.session_id, moment, number)).fetchone():
        raise RefusedError("is_there", f"The session has another check-in {moment} it.")
    db.execute(
        """UPDATE checkin SET wall_s = ?, moment = ?, calm = COALESCE(?, calm), discomfort = COALESCE(?, discomfort),
            dated = ?, edited_wall_s = ? WHERE id = ?""",
        (at_s, moment, change.calm, change.discomfort, row.dated or change.at_s is not None, asked.now_wall_s, number),
    )


def _session(db: sqlite3.Connection, name: str, asked: Asked) -> SessionRow:
    row = session_named(db, name)
    if row is not None:
        return row
    if asked.under_way is not None and name in (asked.under_way, asked.under_way.rpartition("-s")[2]):
        text = "This session is still under way: the mat writes it when it has ended, and then it can be changed."
        raise RefusedError("under_way", text)
    raise RefusedError("not_found", f"No session {name!r} is stored; acumat history list shows their ids.")


def _own_session(db: sqlite3.Connection, name: str, asked: Asked) -> str:
    record = _session(db, name, asked).record
    if record.guest:
        raise RefusedError("no_session", "How a guest feels is not stored: this session was somebody else's.")
    return record.session_id


def _check_in(db: sqlite3.Connection, number: int) -> CheckInRow:
    row = check_in_numbered(db, number)
    if row is None:
        raise RefusedError("not_found", f"No check-in c{number} is stored; acumat history show lists those of a session.")
    return row


def _check_in_number(name: str) -> int | None:
    found = CHECK_IN.fullmatch(name)
    return int(found[1]) if found else None


def _session_around(db: sqlite3.Connection, at_s: float, moment: str) -> str | None:
    """The session that began within the hour after that moment, or the last one that had begun."""
    if moment == BEFORE:
        query = """SELECT session_id FROM session WHERE NOT guest AND start_wall_s BETWEEN :at_s AND :at_s + :span_s
            ORDER BY start_wall_s LIMIT 1"""
    else:
        query = """SELECT session_id FROM session WHERE NOT guest AND start_wall_s <= :at_s AND end_wall_s >= :at_s - :span_s
            ORDER BY start_wall_s DESC LIMIT 1"""
    found = db.execute(query, {"at_s": at_s, "span_s": BEFORE_S if moment == BEFORE else AFTER_S}).fetchone()
    return None if found is None else str(found[0])


def _somebody(db: sqlite3.Connection) -> int | None:
    """The person of an entry without a name: the one owner, or somebody unknown."""
    return UNKNOWN if people_of(db) else None


def _person_of(db: sqlite3.Connection, session_id: str) -> int | None:
    found = db.execute("SELECT person FROM session WHERE session_id = ?", (session_id,)).fetchone()
    person: int | None = checked("session", ("person",), found)[0]
    return person


def _not_ahead(end_s: float, asked: Asked) -> None:
    if end_s > asked.now_wall_s + AHEAD_S:
        raise RefusedError("bad_value", f"That is later than now, {rfc3339(asked.now_wall_s)}.")
