"""Exports of the history: two tables as CSV, everything as JSON, and line protocol for a time series database.

The JSON has one row a line, so that neither writing nor reading it needs memory for all of it. `import` reads it.
"""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from itertools import groupby
from operator import itemgetter
from typing import Any

from acumat.contract.documents import encode, profile_document, rfc3339
from acumat.contract.sessions import Profile
from acumat.formula import no_formula
from acumat.history.checkins import ANSWERS
from acumat.history.columns import checked
from acumat.history.conversions import check_in_form, moment, person_name, plain, session_form, shallow, step_form
from acumat.history.feelings import AWAY_COLUMNS, WEEKLY_COLUMNS
from acumat.history.forms import AwayForm, CheckInForm, PersonForm, SessionForm, WeeklyForm, wall_s
from acumat.history.listing import check_ins, sessions
from acumat.history.minutes import MINUTE_COLUMNS, MinuteRow, minute_row
from acumat.history.people import people_of
from acumat.history.rows import STEP_COLUMNS, StepRow

JSON_HEAD = '"format":"acumat-history 1"'
MINUTE_KEYS = tuple(field.name for field in fields(MinuteRow))[1:]
WITH_HEADING = ("sessions", "check-ins")
HEADS = (
    f"{{\n{JSON_HEAD}".encode(),
    b"session_id,started_at,ended_at,",
    b"at,zone,clock_known,moment,",
    b"acumat_session,",
    b"acumat_check_in,",
)
"""The beginnings of exports; an export of another version may have more columns."""
EVERY_CHARS = 1 << 16
"""Characters of text that are written at once."""


def export(db: sqlite3.Connection, form: str, write: Callable[[bytes], object]) -> int:
    """Pass the export to `write` in pieces of UTF-8. Returns the number of rows. Raises DamagedRowError, OSError."""
    text: list[str] = []
    lines = size = 0
    for line in _LINES[form](db):
        lines += form != "json" or line.startswith('{"')
        text.append(line)
        size += len(line)
        if size > EVERY_CHARS:
            write("".join(text).encode())
            text, size = [], 0
    write("".join(text).encode())
    return lines - (form in WITH_HEADING)


def json_lines(db: sqlite3.Connection) -> Iterator[str]:
    """Everything, as one JSON object with a row a line."""
    sections = {
        "people": _people(db),
        "sessions": ({**shallow(each), "profile": profile_document(each.profile)} for each in _sessions(db)),
        "check_ins": map(shallow, _check_ins(db)),
        "weekly": _weekly(db),
        "away": _away(db),
        "programme_steps": _steps(db),
        "minutes": _minutes(db),
    }
    yield "{\n"
    yield f"{JSON_HEAD},\n"
    for number, (name, rows) in enumerate(sections.items(), start=1):
        yield f'"{name}":[\n'
        yield from _with_commas(rows)
        yield "]\n" if number == len(sections) else "],\n"
    yield "}\n"


def session_lines(db: sqlite3.Connection) -> Iterator[str]:
    """The sessions as CSV."""
    profile = [field.name for field in fields(Profile)]
    names = [field.name for field in fields(SessionForm) if field.name != "profile"]
    yield _csv([*names, *(f"profile_{each}" for each in profile)])
    for form in _sessions(db):
        yield _csv([*(getattr(form, each) for each in names), *(getattr(form.profile, each) for each in profile)])


def check_in_lines(db: sqlite3.Connection) -> Iterator[str]:
    """The check-ins as CSV."""
    names = [field.name for field in fields(CheckInForm)]
    yield _csv(names)
    for form in _check_ins(db):
        yield _csv([getattr(form, each) for each in names])


def protocol_lines(db: sqlite3.Connection) -> Iterator[str]:
    """Sessions and check-ins in line protocol: measurement, tags, numbers, and the time in nanoseconds."""
    for session in _sessions(db):
        tags = {"source": session.source, "guest": plain(session.guest), "person": session.person}
        numbers = {name: getattr(session, name) for name in ("contact_s", "lifts", "load", "lateral", "head_foot", "evenness")}
        yield _point("acumat_session", tags, numbers, session.started_at)
    for check_in in _check_ins(db):
        tags = {"moment": check_in.moment, "person": check_in.person}
        yield _point("acumat_check_in", tags, {name: getattr(check_in, name) for name in ANSWERS}, check_in.at)


def _sessions(db: sqlite3.Connection) -> Iterator[SessionForm]:
    people = people_of(db)
    return (session_form(row, people) for row in sessions(db))


def _check_ins(db: sqlite3.Connection) -> Iterator[CheckInForm]:
    people = people_of(db)
    return (check_in_form(row, people) for row in check_ins(db))


def _people(db: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    for row in db.execute("SELECT name, wall_s FROM person ORDER BY wall_s, name"):
        name, since_s = checked("person", ("name", "wall_s"), row)
        yield shallow(PersonForm(name, rfc3339(since_s)))


def _weekly(db: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    people = people_of(db)
    for row in db.execute(f"SELECT {', '.join(WEEKLY_COLUMNS)} FROM weekly ORDER BY wall_s, id"):  # noqa: S608
        at_s, zone, stiffness, ease, headaches, sleep, person, source, edited_s = checked("weekly", WEEKLY_COLUMNS, row)
        answers = (stiffness, ease, headaches, sleep)
        yield shallow(WeeklyForm(rfc3339(at_s), zone, *answers, person_name(person, people), source, moment(edited_s)))


def _away(db: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    people = people_of(db)
    for row in db.execute(f"SELECT {', '.join(AWAY_COLUMNS)} FROM away ORDER BY first, id"):  # noqa: S608
        person, first, back = checked("away", AWAY_COLUMNS, row)
        yield shallow(AwayForm(first, back, person_name(person, people)))


def _steps(db: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    people = people_of(db)
    for row in db.execute(f"SELECT {STEP_COLUMNS} FROM programme_step ORDER BY wall_s, id"):  # noqa: S608
        yield shallow(step_form(StepRow(*checked("programme_step", STEP_COLUMNS.split(", "), row)), people))


def _minutes(db: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    """A line a session with a list a minute. Minutes of the session under way are left out until it has ended."""
    columns = ", ".join(f"minute.{name}" for name in MINUTE_COLUMNS.split(", "))
    query = f"""SELECT session_id, {columns} FROM session JOIN minute ON session.number = minute.session
        ORDER BY start_wall_s, session_id, minute"""  # noqa: S608
    for session_id, rows in groupby(db.execute(query), key=itemgetter(0)):
        found = (minute_row(session_id, values) for _, *values in rows)
        means = [[getattr(row, key) for key in MINUTE_KEYS] for row in found]
        yield {"session_id": session_id, "keys": MINUTE_KEYS, "rows": means}


def _with_commas(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    before = ""
    for row in rows:
        if before:
            yield f"{before},\n"
        before = encode(row)
    if before:
        yield f"{before}\n"


def _csv(values: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(
        [no_formula(each) if isinstance(each, str) else each for each in map(plain, values)]
    )
    return line.getvalue()


def _point(measurement: str, tags: dict[str, Any], numbers: dict[str, Any], at: str) -> str:
    """One line. A point needs a number: a session always has one, and so has a check-in."""
    tag_set = "".join(f",{key}={_escaped(str(value))}" for key, value in tags.items() if value is not None)
    known = {
        key: f"{value}i" if type(value) is int else json.dumps(value) for key, value in numbers.items() if value is not None
    }
    field_set = ",".join(f"{key}={value}" for key, value in known.items())
    return f"{measurement}{tag_set} {field_set} {round(wall_s(at) * 1000)}000000\n"


def _escaped(tag: str) -> str:
    return tag.replace("\\", "\\\\").replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")


_LINES: dict[str, Callable[[sqlite3.Connection], Iterator[str]]] = {
    "json": json_lines,
    "sessions": session_lines,
    "check-ins": check_in_lines,
    "lines": protocol_lines,
}
