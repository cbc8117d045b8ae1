"""Check-ins: how somebody felt before or after a session, each with the session that it is about."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from acumat.contract.wellbeing import BODY_NOTES
from acumat.history.columns import DamagedRowError, checked
from acumat.history.schema import UnwritableError
from acumat.history.schema_checkins import BEFORE_S

BEFORE, AFTER, MORNING = "before", "after", "morning"
ANSWERS = ("calm", "discomfort", "alertness", "sleep", *BODY_NOTES)
"""The answers of a check-in, each optional."""
# seconds since the check-in: by the monotonic clock of the same boot, else by the wall clock if both are known to be right
_SINCE_S = "CASE WHEN boot_id = :boot_id THEN :mono_s - mono_s WHEN dated AND :dated THEN :wall_s - wall_s END"


@dataclass(frozen=True, slots=True)
class CheckInRow:
    """One check-in. `moment` is before, after or the next morning; times are Unix and monotonic seconds.

    `calm`, `alertness` and `sleep` are 1 to 5, `discomfort` 0 to 10; the notes of the body are true, false or not given.

    `session_id` is None while no session has begun since, `person` None for the one owner. `source` is mat for one that was
    given when it was felt, added for one that was entered later; `edited_wall_s` is when somebody changed it.
    """

    moment: str
    wall_s: float
    mono_s: float
    calm: int | None = None
    discomfort: int | None = None
    session_id: str | None = None
    person: int | None = None
    dated: bool = True
    zone: str = ""
    source: str = "mat"
    edited_wall_s: float | None = None
    alertness: int | None = None
    sleep: int | None = None
    warm: bool | None = None
    heavy: bool | None = None
    tingling: bool | None = None
    red: bool | None = None
    tight: bool | None = None


CHECKIN_COLUMNS = ", ".join(CheckInRow.__dataclass_fields__)


def put_check_in(db: sqlite3.Connection, row: CheckInRow, boot_id: str) -> None:
    """Write a check-in. A second one of the same moment corrects the first, except for values that it does not have.

    A check-in after a session that names none belongs to the last session that the mat has recorded. Raises UnwritableError.
    """
    values: dict[str, Any] = {**asdict(row), "boot_id": boot_id}
    if row.moment != BEFORE and row.session_id is None:
        values["session_id"] = _last_session(db)
    values["person"] = _person_of(db, values["session_id"], row.person)
    try:
        checked("checkin", list(values), list(values.values()))
    except DamagedRowError:
        raise UnwritableError("an entry for the table checkin holds what cannot be stored") from None
    known = _known(db, values)
    if known is None:
        marks = ", ".join(f":{name}" for name in values)
        db.execute(f"INSERT INTO checkin ({', '.join(values)}) VALUES ({marks})", values)  # noqa: S608
    else:
        newer = ", ".join(f"{each} = COALESCE(:{each}, {each})" for each in ANSWERS)
        db.execute(
            f"""UPDATE checkin SET wall_s = :wall_s, mono_s = :mono_s, boot_id = :boot_id, dated = :dated, zone = :zone,
                {newer} WHERE id = :id""",  # noqa: S608
            {**values, "id": known},
        )


def check_in_row(values: Sequence[Any]) -> CheckInRow:
    """The check-in that CHECKIN_COLUMNS of a row describe. Raises DamagedRowError."""
    names = CHECKIN_COLUMNS.split(", ")
    row = dict(zip(names, checked("checkin", names, values), strict=True))
    notes = {name: None if row[name] is None else bool(row[name]) for name in BODY_NOTES}
    return CheckInRow(**{**row, **notes, "dated": bool(row["dated"])})


def bind_check_in(db: sqlite3.Connection, session: dict[str, Any]) -> None:
    """Assign the check-in before this session to it, if there was one, and all its check-ins to its person.

    `session` has `session_id`, `person`, and of its start `wall_s`, `mono_s`, `boot_id` and `dated`.
    """
    db.execute(
        f"""UPDATE checkin SET session_id = :session_id, person = :person WHERE id = (
            SELECT id FROM checkin WHERE session_id IS NULL AND moment = '{BEFORE}' AND {_SINCE_S} BETWEEN 0 AND {BEFORE_S}
            AND NOT EXISTS (SELECT 1 FROM checkin WHERE session_id = :session_id AND moment = '{BEFORE}')
            ORDER BY id DESC LIMIT 1)""",  # noqa: S608
        session,
    )
    db.execute("UPDATE checkin SET person = :person WHERE session_id = :session_id", session)


def _known(db: sqlite3.Connection, values: dict[str, Any]) -> int | None:
    """The number of the check-in that this one is a part of; None if it is the first of its moment."""
    if values["session_id"] is not None:
        query = "SELECT id FROM checkin WHERE session_id = :session_id AND moment = :moment"
    else:
        query = f"""SELECT id FROM checkin WHERE session_id IS NULL AND moment = :moment
            AND {_SINCE_S} BETWEEN 0 AND {BEFORE_S} ORDER BY id DESC LIMIT 1"""  # noqa: S608
    found = db.execute(query, values).fetchone()
    return None if found is None else int(found[0])


def _person_of(db: sqlite3.Connection, session_id: str | None, person: int | None) -> int | None:
    """The person of a stored session."""
    found = db.execute("SELECT person FROM session WHERE session_id = ?", (session_id,)).fetchone()
    whose: int | None = person if found is None else checked("session", ("person",), found)[0]
    return whose


def _last_session(db: sqlite3.Connection) -> str | None:
    query = "SELECT session_id FROM session WHERE NOT guest AND source = 'mat' ORDER BY boot_id <> '' DESC, number DESC LIMIT 1"
    found = db.execute(query).fetchone()
    return None if found is None else str(checked("session", ("session_id",), found)[0])
