"""People in the history: names in one table, sessions that are somebody's, and nothing lost or left when they come and go."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from acumat.coach.journal import UNKNOWN
from acumat.commands.parser import parse_request
from acumat.contract.commands import Command, CommandName
from acumat.history.checkins import CheckInRow
from acumat.history.people import PEOPLE_MOST
from acumat.history.questions import Along, Answer, Question
from acumat.history.rows import StepRow
from acumat.history.schema import MIGRATIONS, migrate
from acumat.history.schema_people import add_people_columns
from acumat.history.store import Store
from tests.history.diary import ASKED, Desk, fill
from tests.history.stores import NAMES, opened, session

WORD = "zanzibar"
BEFORE = MIGRATIONS.index(add_people_columns)
"""Steps of the schema before people had columns of their own."""


@pytest.fixture
def desk(tmp_path: Path, stores_are_closed: object) -> Desk:
    store = opened(tmp_path / "history.db")
    fill(store, 10)
    return Desk(store)


def people(desk: Desk, command_name: CommandName, along: Along | None = None, /, **arguments: Any) -> Answer:
    command = parse_request({"command": command_name, **arguments})
    assert isinstance(command, Command), command
    return desk.answered(Question(command.name, command.arguments, None, desk.asked, along or Along()))


def added(desk: Desk, *names: str) -> None:
    for name in names:
        found = people(desk, CommandName.PEOPLE_ADD, name=name)
        assert found.ok, found.text


def whose(desk: Desk) -> dict[str, int]:
    sessions = desk.done("list", last=1000)["sessions"]
    return {str(name): sum(each["person"] == name for each in sessions) for name in {each["person"] for each in sessions}}


def test_the_first_person_has_what_was_the_owner_s_and_the_next_ones_begin_with_nothing(desk: Desk) -> None:
    guests = sum(each["guest"] for each in desk.done("list", last=1000)["sessions"])
    assert guests
    added(desk, "Ann", "Bob")
    assert whose(desk) == {"Ann": 20 - guests, "None": guests}
    assert desk.store.restore(NAMES, 0.0).people == {1: "Ann", 2: "Bob"}
    assert desk.store.programme_steps(9, 1)
    assert desk.store.programme_steps(9, 2) == desk.store.programme_steps(9) == []
    found = people(desk, CommandName.PEOPLE_LIST).documents["people"]
    assert [(each["number"], each["name"], each["sessions"]) for each in found] == [(1, "Ann", 20 - guests), (2, "Bob", 0)]


@pytest.mark.parametrize("name", ["", " ", "guest", "Unknown", "OWNER", "person 3", "ann", "x" * 25, "a\nb"])
def test_names_that_say_nothing_or_are_taken_are_refused(desk: Desk, name: str) -> None:
    added(desk, "Ann")
    command = parse_request({"command": "people_add", "name": name})
    if isinstance(command, Command):
        assert people(desk, CommandName.PEOPLE_ADD, name=name).reason == "bad_value"
    assert desk.store.restore(NAMES, 0.0).people == {1: "Ann"}


def test_no_more_than_eight_people_and_nobody_twice(desk: Desk) -> None:
    added(desk, *(f"P{number}" for number in range(PEOPLE_MOST)))
    assert people(desk, CommandName.PEOPLE_ADD, name="Ninth").reason == "too_many"
    assert people(desk, CommandName.PEOPLE_RENAME, name="p1", to="P2").reason == "bad_value"
    assert people(desk, CommandName.PEOPLE_RENAME, name="p1", to="Eve").people == {
        number + 1: "Eve" if number == 1 else f"P{number}" for number in range(PEOPLE_MOST)
    }
    assert people(desk, CommandName.PEOPLE_REMOVE, name="P1").reason == "not_found"


def test_a_session_is_assigned_with_its_check_ins_and_what_the_routine_becomes_by_it(desk: Desk) -> None:
    added(desk, "Ann", "Bob")
    named = desk.done("list", last=3)["sessions"][0]["session_id"]
    step = StepRow(1.0, 0.0, "assigned", "Twelve minutes.", 10, 12, "shirt", "shirt", 2)
    along = Along({"routine": "new", "people": None}, (step,), 2, named)
    found = people(desk, CommandName.HISTORY_ASSIGN, along, id=named, person="bob")
    assert (found.ok, found.assigned, found.changed) == (True, (named, 2), True)
    shown = desk.done("show", id=named)
    assert {each["person"] for each in (shown["session"], *shown["check_ins"])} == {"Bob"}
    assert shown["session"]["edited_at"]
    assert desk.store.document("routine") == "new"
    assert desk.store.programme_steps(9, 2) == [step]
    assert [each["session_id"] for each in desk.done("list", person="Bob")["sessions"]] == [named]
    assert desk.done("list", by="month", person="Bob")["months"][0]["sessions"] == 1
    other = people(desk, CommandName.HISTORY_ASSIGN, Along({"routine": "no"}), id="999", person="Bob")
    assert (other.reason, desk.store.document("routine")) == ("not_found", "new")


def test_while_a_session_is_under_way_nobody_goes_and_nothing_is_assigned(desk: Desk) -> None:
    added(desk, "Ann")
    busy = Desk(desk.store, replace(ASKED, under_way="x-s99"))
    assert people(busy, CommandName.HISTORY_ASSIGN, id="3", person="Ann").reason == "under_way"
    assert people(busy, CommandName.PEOPLE_REMOVE, name="Ann").reason == "under_way"
    assert people(busy, CommandName.PEOPLE_ADD, name="Bob").ok


def test_whoever_is_removed_leaves_the_sessions_to_nobody_and_the_last_one_to_the_owner(desk: Desk) -> None:
    added(desk, f"Ann {WORD}", "Bob")
    before = whose(desk)
    people(desk, CommandName.PEOPLE_REMOVE, Along({"routine": "of Bob"}), name=f"Ann {WORD}")
    assert whose(desk) == {"unknown": before[f"Ann {WORD}"], "None": before["None"]}
    assert WORD.encode() not in b"".join(path.read_bytes() for path in desk.store.path.parent.glob("history.db*"))
    assert desk.store.document("routine") == "of Bob"
    people(desk, CommandName.HISTORY_ASSIGN, id="3", person="Bob")
    assert people(desk, CommandName.PEOPLE_REMOVE, name="Bob").people == {}
    with desk.store.reading() as db:
        assert db.execute("SELECT person FROM session WHERE number = 3").fetchone() == (None,)


def test_the_check_in_before_a_session_is_whose_the_session_is(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db")
    store.record((), check_ins=[CheckInRow("before", 300.0, 5.0, 2, person=UNKNOWN)])
    store.record((), replace(session(1), person=2, guessed=True))
    store.record((), check_ins=[CheckInRow("after", 1100.0, 700.0, 4, session_id="x-s1", person=UNKNOWN)])
    with store.reading() as db:
        assert db.execute("SELECT moment, session_id, person FROM checkin ORDER BY id").fetchall() == [
            ("before", "x-s1", 2),
            ("after", "x-s1", 2),
        ]
        assert db.execute("SELECT person, guessed FROM session").fetchall() == [(2, 1)]
    store.close()


def test_an_export_with_people_guesses_and_nobody_s_sessions_comes_back_as_it_was(desk: Desk, tmp_path: Path) -> None:
    added(desk, "Ann", "Bob")
    people(desk, CommandName.HISTORY_ASSIGN, id="3", person="unknown")
    with desk.store.transaction() as db:
        db.execute("UPDATE session SET person = 2, guessed = 1 WHERE number = 5")
        db.execute("UPDATE programme_step SET person = 2 WHERE id = 1")
    export = desk.exported()
    rows = json.loads(export)
    assert {each["person"] for each in rows["sessions"]} == {"Ann", "Bob", "unknown", None}
    assert [each["person"] for each in rows["programme_steps"]] == ["Bob", "Ann"]
    other = Desk(opened(tmp_path / "other.db"))
    found = other.importing(export)
    assert found.people == {1: "Ann", 2: "Bob"}
    assert other.exported() == export
    other.store.close()


def test_one_person_forgotten_takes_their_steps_and_the_routine_s_documents(desk: Desk) -> None:
    added(desk, "Ann", "Bob")
    with desk.store.transaction() as db:
        db.execute("UPDATE programme_step SET person = 2 WHERE id = 1")
    found = people(desk, CommandName.HISTORY_FORGET, Along({"routine": "of Ann"}), person="Bob")
    assert (found.ok, found.people) == (True, {1: "Ann"})
    assert desk.store.programme_steps(9, 2) == []
    assert len(desk.store.programme_steps(9, 1)) == 1
    assert desk.store.document("routine") == "of Ann"


def old(path: Path) -> None:
    """A history of the schema before people had columns of their own."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for version, migration in enumerate(MIGRATIONS[:BEFORE], start=1):
            migration(db)
            db.execute(f"PRAGMA user_version = {version}")
        db.execute(
            "INSERT INTO programme_step (wall_s, mono_s, boot_id, reason, text, from_min, to_min, from_clothing, to_clothing) "
            "VALUES (1, 1, 'b', 'done', 'x', 10, 12, 'shirt', 'shirt')"
        )


def test_an_older_history_is_the_one_owner_s(tmp_path: Path) -> None:
    old(tmp_path / "h.db")
    store = opened(tmp_path / "h.db")
    assert store.restore(NAMES, 0.0).people == {}
    assert [step.person for step in store.programme_steps(9)] == [None]
    assert (tmp_path / f"h.db.schema-{BEFORE}").exists()
    store.close()


@pytest.mark.parametrize("statement", range(4))
def test_a_migration_that_breaks_off_leaves_the_old_history(tmp_path: Path, statement: int) -> None:
    old(tmp_path / "h.db")

    class Broken(sqlite3.Connection):
        left = statement

        def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
            if "ADD COLUMN" in sql or "session_by_person" in sql or f"user_version = {BEFORE + 1}" in sql:
                if not self.left:
                    raise sqlite3.OperationalError("gone")
                self.left -= 1
            return super().execute(sql, *arguments)

    with closing(sqlite3.connect(tmp_path / "h.db", isolation_level=None, factory=Broken)) as db:
        with pytest.raises(sqlite3.OperationalError):
            migrate(db, tmp_path / "h.db")
        assert db.execute("PRAGMA user_version").fetchone() == (BEFORE,)
    store: Store = opened(tmp_path / "h.db")
    assert len(store.programme_steps(9)) == 1
    store.close()
