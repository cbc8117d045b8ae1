"""The people of the mat: names by number, and the person of each session. A name is in one table and nowhere else."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from acumat.coach.journal import UNKNOWN
from acumat.history.columns import checked

UNKNOWN_NAME, GUEST_NAME, OWNER_NAME = "unknown", "guest", "owner"
RESERVED = (UNKNOWN_NAME, GUEST_NAME, OWNER_NAME)
"""Words that say who lies there without naming anybody."""
PEOPLE_MOST = 8
NAME_CHARS = 24
OF_PEOPLE = ("session", "checkin", "weekly", "away", "programme_step")
"""The tables whose rows belong to a person."""
DOCUMENTS = ("rhythm", "prompts", "look")
"""The documents of which each person has one."""


def people_of(db: sqlite3.Connection) -> dict[int, str]:
    """Names of people by their numbers. Raises DamagedRowError."""
    rows = db.execute("SELECT id, name FROM person ORDER BY id").fetchall()
    return dict(map(_person, rows))


def _person(row: Sequence[Any]) -> tuple[int, str]:
    number, name = checked("person", ("id", "name"), row)
    return number, name


def document_of(name: str, person: int | None) -> str:
    """The name of a person's document; the one owner's has no number."""
    return name if person is None else f"{name}-{person}"


def drop_documents(db: sqlite3.Connection, person: int | None) -> None:
    """Delete the questions to this person and the findings from their answers."""
    db.executemany("DELETE FROM document WHERE name = ?", [(document_of(name, person),) for name in DOCUMENTS])


def _rename_documents(db: sqlite3.Connection, before: int | None, after: int | None) -> None:
    for name in DOCUMENTS:
        db.execute(
            "UPDATE OR REPLACE document SET name = ? WHERE name = ?", (document_of(name, after), document_of(name, before))
        )


def wrong_name(name: str, people: dict[int, str]) -> str:
    """The fault of a name, in a sentence; empty if there is none."""
    plain = name.strip().casefold()
    if not name.isprintable() or not 0 < len(name.strip()) <= NAME_CHARS:
        return f"A name has 1 to {NAME_CHARS} characters that can be printed."
    if plain in RESERVED or plain.removeprefix("person ").isdecimal():
        return f"{name.strip()!r} says who lies there without a name; please choose another one."
    taken = any(plain == each.casefold() for each in people.values())
    return "Somebody is called so already; please choose another name." if taken else ""


def add(db: sqlite3.Connection, name: str, now_wall_s: float) -> int:
    """Add a person. Returns their number. The first person takes over everything that is stored of the one owner."""
    first = not people_of(db)
    db.execute("INSERT INTO person (name, wall_s) VALUES (?, ?)", (name.strip(), now_wall_s))
    number = int(db.execute("SELECT MAX(id) FROM person").fetchone()[0])
    if first:
        give_owners(db, number)
    return number


def give_owners(db: sqlite3.Connection, number: int) -> None:
    """The first person takes over everything that is stored of the one owner."""
    for table in OF_PEOPLE:
        guests = " AND NOT guest" if table == "session" else ""
        db.execute(f"UPDATE {table} SET person = ? WHERE person IS NULL{guests}", (number,))  # noqa: S608
    _rename_documents(db, None, number)


def rename(db: sqlite3.Connection, number: int, name: str) -> None:
    """Rename a person."""
    db.execute("UPDATE person SET name = ? WHERE id = ?", (name.strip(), number))


def remove(db: sqlite3.Connection, number: int) -> None:
    """Remove a person. Their entries stay, as those of somebody unknown, or of the one owner after the last person."""
    db.execute("DELETE FROM person WHERE id = ?", (number,))
    left = UNKNOWN if people_of(db) else None
    if left is not None:
        db.execute("DELETE FROM away WHERE person = ?", (number,))
    for table in OF_PEOPLE:
        db.execute(f"UPDATE {table} SET person = ? WHERE person = ?", (left, number))  # noqa: S608
    db.execute("UPDATE session SET guessed = 0 WHERE person IS ?", (left,))
    if left is None:
        drop_documents(db, UNKNOWN)
        _rename_documents(db, number, None)
    else:
        drop_documents(db, number)


def assign(db: sqlite3.Connection, session_id: str, person: int, now_wall_s: float) -> None:
    """Assign a session and its check-ins to this person; the record shows it."""
    values = {"person": person, "now": now_wall_s, "session_id": session_id}
    db.execute(
        """UPDATE session SET person = :person, guessed = 0, guest = 0, edited_wall_s = :now
            WHERE session_id = :session_id""",
        values,
    )
    db.execute("UPDATE checkin SET person = :person WHERE session_id = :session_id", values)


def people_documents(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Each person with the number of their sessions and the minutes of these."""
    query = """SELECT person, COUNT(*), TOTAL(contact_s) / 60, COUNT(*) FILTER (WHERE guessed) FROM session
        WHERE person IS NOT NULL AND NOT guest GROUP BY person"""
    found = {person: (count, minutes, guessed) for person, count, minutes, guessed in db.execute(query)}
    shown = {**people_of(db), **({UNKNOWN: UNKNOWN_NAME} if UNKNOWN in found else {})}
    documents = []
    for number, name in shown.items():
        count, minutes, guessed = found.get(number, (0, 0.0, 0))
        documents.append(
            {"number": number, "name": name, "sessions": count, "minutes": round(minutes, 1), "guessed_sessions": guessed}
        )
    return documents
