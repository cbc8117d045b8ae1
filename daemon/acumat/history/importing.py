"""Imports an export into a history: existing rows stay as they are, all others are added."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, BinaryIO

from acumat.coach.journal import UNKNOWN
from acumat.history.columns import checked
from acumat.history.conversions import check_in_of, session_of, step_of
from acumat.history.feelings import AWAY_COLUMNS
from acumat.history.forms import AwayForm, CheckInForm, PersonForm, SessionForm, StepForm, WeeklyForm, wall_s
from acumat.history.import_file import Minutes, lines, refused
from acumat.history.minutes import MINUTE_COLUMNS
from acumat.history.people import UNKNOWN_NAME, give_owners, people_of
from acumat.history.rows import SESSION_COLUMNS, session_values

INSERT_MINUTE = f"INSERT INTO minute ({MINUTE_COLUMNS}) VALUES ({', '.join('?' * len(MINUTE_COLUMNS.split(', ')))})"  # noqa: S608
KEYS = {"checkin": "moment", "weekly": "person", "programme_step": "reason"}
"""For tables without ids: the columns that distinguish two rows of the same time."""


def take(db: sqlite3.Connection, file: BinaryIO) -> tuple[int, int]:
    """Write the missing rows in the transaction of the caller, which writes all of the file or is undone.

    Returns the numbers of added and of existing rows. Raises RefusedImportError at the first impossible row.
    """
    taking, number = _Taking(db), 0
    done = []
    try:
        for number, form in lines(file):
            done.append(taking.put(number, form))
    except sqlite3.IntegrityError:  # of the row, not of the history
        raise refused(number, "it cannot stand beside the rows before it, such as the same minutes once more") from None
    taking.finish()
    return done.count(True), done.count(False)


class _Taking:
    """Writes rows of a file into a history that may have some of them; each `put` returns whether it was written."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._people = {UNKNOWN_NAME: UNKNOWN, **{name: number for number, name in people_of(db).items()}}
        self._sessions = {each for (each,) in db.execute("SELECT session_id FROM session")}
        self._numbers = {each for (each,) in db.execute("SELECT number FROM session")}
        self._there = {
            table: {(round(1000 * wall_s), value) for wall_s, value in db.execute(f"SELECT wall_s, {key} FROM {table}")}  # noqa: S608
            for table, key in KEYS.items()
        }
        self._added: dict[str, int] = {}
        """Numbers of the added sessions; existing sessions retain their minutes."""

    def put(
        self, number: int, form: PersonForm | SessionForm | CheckInForm | WeeklyForm | AwayForm | StepForm | Minutes
    ) -> bool:
        person = getattr(form, "person", None)
        if person is not None and person not in self._people:
            raise refused(number, "person is not among the people")
        match form:
            case PersonForm():
                return self._person(form)
            case SessionForm():
                return self._session(form)
            case CheckInForm():
                return self._check_in(form)
            case WeeklyForm():
                return self._weekly(form)
            case AwayForm():
                return self._away(form)
            case StepForm():
                return self._at_its_time("programme_step", {**asdict(step_of(form, self._person_id)), "boot_id": ""})
            case Minutes():
                return self._minutes(number, form)

    def finish(self) -> None:
        """The next session gets a number above all of these."""
        self._db.execute("UPDATE install SET last_session_no = MAX(last_session_no, ?)", (max(self._numbers, default=0),))

    def _person(self, form: PersonForm) -> bool:
        if form.name in self._people:
            return False
        first = len(self._people) == 1
        self._insert("person", ["name", "wall_s"], (form.name, wall_s(form.since)))
        number = self._people[form.name] = self._db.execute("SELECT id FROM person WHERE name = ?", (form.name,)).fetchone()[0]
        if first:
            give_owners(self._db, number)
        return True

    def _session(self, form: SessionForm) -> bool:
        if form.session_id in self._sessions:
            return False
        number = int(form.session_id.rpartition("-s")[2])
        if not number or number in self._numbers:
            number = max(self._numbers, default=0) + 1
        self._numbers.add(number)
        self._sessions.add(form.session_id)
        self._added[form.session_id] = number
        self._insert("session", SESSION_COLUMNS.split(", "), session_values(session_of(form, number, self._person_id), ""))
        return True

    def _check_in(self, form: CheckInForm) -> bool:
        values = {**asdict(check_in_of(form, self._person_id)), "boot_id": ""}
        key = (form.session_id, form.moment)
        if self._db.execute("SELECT 1 FROM checkin WHERE session_id = ? AND moment = ?", key).fetchone():
            return False
        return self._at_its_time("checkin", values)

    def _weekly(self, form: WeeklyForm) -> bool:
        values = {key: value for key, value in asdict(form).items() if key not in ("at", "edited_at")}
        edited_s = None if form.edited_at is None else wall_s(form.edited_at)
        row = {**values, "wall_s": wall_s(form.at), "person": self._person_id(form.person), "edited_wall_s": edited_s}
        return self._at_its_time("weekly", row)

    def _away(self, form: AwayForm) -> bool:
        values = (self._person_id(form.person), form.first, form.back)
        if self._db.execute(
            "SELECT 1 FROM away WHERE person IS ? AND first < ? AND back > ?", (values[0], form.back, form.first)
        ).fetchone():
            return False
        self._insert("away", AWAY_COLUMNS, values)
        return True

    def _minutes(self, number: int, form: Minutes) -> bool:
        if form.session_id not in self._sessions:
            raise refused(number, "session_id is not among the sessions")
        if form.session_id in self._added:
            given = (self._added[form.session_id],)
            self._db.executemany(INSERT_MINUTE, [given + row for row in form.rows])
        return form.session_id in self._added

    def _person_id(self, name: str | None) -> int | None:
        return None if name is None else self._people[name]

    def _at_its_time(self, table: str, row: dict[str, Any]) -> bool:
        """Write a row without an id, unless there is one of the same time and key. Exported times have whole milliseconds."""
        at_ms, key = round(1000 * row["wall_s"]), KEYS[table]
        if any((at_ms + near, row[key]) in self._there[table] for near in (-1, 0, 1)):
            return False
        self._there[table].add((at_ms, row[key]))
        self._insert(table, list(row), tuple(row.values()))
        return True

    def _insert(self, table: str, names: Sequence[str], values: tuple[object, ...]) -> None:
        marks = ", ".join("?" * len(values))
        self._db.execute(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})",  # noqa: S608
            checked(table, names, values),
        )
