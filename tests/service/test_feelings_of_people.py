"""How each of several people feels: asked, stored and shown apart, whoever comes, goes, is renamed or is named later."""

from __future__ import annotations

import json
from datetime import time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from acumat.cli.explain import DATABASE
from acumat.cli.history_alone import answer_alone
from acumat.coach.journal import UNKNOWN
from acumat.commands.parser import parse_request
from acumat.config import load_config
from acumat.contract.commands import Command, CommandName
from acumat.contract.documents import rfc3339
from acumat.contract.events import Event, EventType
from acumat.contract.sessions import SessionRecord
from acumat.contract.state import JsonScalar, MatState
from acumat.history.people import document_of
from acumat.history.questions import Answer, Asked, Question
from acumat.history.requests import answer
from acumat.history.rows import SessionRow, StepRow
from acumat.history.wellbeing import OFF, RHYTHM
from acumat.insight.prompts import Prompt
from acumat.report.choice import chosen
from acumat.report.past import read_past
from acumat.service.history_effects import along_with, on_changed
from acumat.service.machine_zone import zone_name
from acumat.service.null_routine import NullRoutine
from acumat.service.people import People
from acumat.service.prompting import DOCUMENT as PROMPTS
from tests.history.diary import Desk
from tests.history.stores import opened
from tests.history.test_forgetting import found_in
from tests.service.test_feelings import ALL, HOUR_S, Home, _berlin
from tests.service.test_routine import EMPTY, lying

__all__ = ["_berlin"]

ANN, BOB = 1, 2


class Sums:
    """Totals of which nothing is asked here."""

    def read_again(self) -> None:
        """Whoever has changed the history."""


class Household(Home):
    """A home with a history that people ask of, as the daemon lets them."""

    def frame(self, mat: MatState, *events: Event) -> None:
        self.bench.feelings.about(self.bench.routine.person)
        super().frame(mat, *events)
        self.bench.feelings.about(self.bench.routine.person)
        self.bench.written()

    def session(self, minutes: float = 12.0) -> str:
        self.sessions += 1
        session_id, start_s = f"x-s{self.sessions}", self.clock.now_s
        for _ in range(int(minutes)):
            self.clock.sleep(60.0)
            self.frame(lying(self.clock.now_s - start_s, session_id))
        end_s = self.clock.now_s
        record = SessionRecord(session_id, start_s, end_s, end_s - start_s, 0, "got_up")
        person, guessed = self.bench.routine.whose(session_id)
        wall_s = self.clock.wall() - end_s
        row = SessionRow(self.sessions, record, wall_s + start_s, wall_s + end_s, person=person, guessed=guessed)
        self.bench.store.record((), row)
        self.clock.sleep(20.0)
        numbers: dict[str, JsonScalar] = {"session_id": session_id, "contact_s": end_s - start_s}
        self.frame(EMPTY, Event(EventType.SESSION_ENDED, self.clock.now_s, "got_up", "It ended.", end_s, numbers))
        return session_id

    def history(self, name: CommandName, /, **arguments: Any) -> Answer:
        command = parse_request({"command": name, **arguments})
        assert isinstance(command, Command), command
        asked, along = (
            Asked(self.clock.wall(), zone_name(), self.requests._day_starts_at),
            along_with(self.bench.routine, command),
        )
        self.bench.written()
        found = answer(self.bench.store, Question(command.name, command.arguments, None, asked, along))
        if found.ok:
            on_changed(Sums(), self.bench.routine, self.bench.feelings, found)
        self.frame(EMPTY)
        return found

    def add(self, *names: str) -> None:
        for name in names:
            assert self.history(CommandName.PEOPLE_ADD, name=name).ok

    def who(self, person: int) -> None:
        assert self.bench.routine.name_person(Command(CommandName.WHO), person).ok
        self.frame(EMPTY)

    def documents(self) -> list[str]:
        return sorted(name for (name, *_) in self.rows("document") if name.startswith((PROMPTS, RHYTHM, "look")))

    def shown(self) -> tuple[Any, bool]:
        return self.bench.shown[-1]


@pytest.fixture
def home(tmp_path: Path) -> Household:
    return Household(tmp_path / "h.db", shared=ALL)


def test_each_person_has_answers_a_rhythm_and_days_away_of_their_own(home: Household) -> None:
    home.wait_until(14)
    home.add("Ann", "Bob")
    home.who(ANN)
    assert home.ask("weekly_look", stiffness=2).ok
    assert home.ask("rhythm", on=False).ok
    back = (home.now.date() + timedelta(days=3)).isoformat()
    home.who(BOB)
    assert home.ask("weekly_look", stiffness=5).ok
    assert home.ask("away", until=back).ok
    assert (home.known["stiffness"], home.known["away_until"]) == (5, back)
    home.session()
    assert home.known["rhythm_days"] == 1
    assert home.shown()[1]
    for _ in range(2):
        home.who(ANN)
        assert (home.known["stiffness"], home.known["away_until"]) == (2, None)
        assert not home.shown()[1]
        home.who(BOB)
        assert (home.known["stiffness"], home.known["away_until"]) == (5, back)
        home.restart()
        home.frame(EMPTY)
    assert [(row[1], row[4]) for row in home.rows("weekly")] == [(ANN, 2), (BOB, 5)]


@pytest.mark.parametrize("restarts", [False, True])
def test_the_first_person_goes_on_where_the_owner_was_and_the_last_one_leaves_it_to_the_owner(
    home: Household, restarts: bool
) -> None:
    home.wait_until(14)
    first = home.session()
    home.ask("rhythm", on=False)
    home.ask("weekly_look", sleep=2)
    home.add("Ann")
    if restarts:
        home.restart()
    assert home.documents() == [f"{PROMPTS}-1", f"{RHYTHM}-1"]
    home.who(ANN)
    assert (home.known["sleep"], home.known.get("rhythm")) == (2, None)
    assert home.ask("note", red=True).ok
    assert home.history(CommandName.PEOPLE_REMOVE, name="Ann").people == {}
    if restarts:
        home.restart()
    home.frame(EMPTY)
    assert home.bench.feelings.person is None
    assert home.documents() == [PROMPTS, RHYTHM]
    assert (home.known["sleep"], home.known.get("rhythm")) == (2, None)
    assert home.ask("note", warm=True).ok
    ((moment, session_id, person),) = [row[1:4] for row in home.rows("checkin")]
    assert (moment, session_id, person) == ("after", first, None)


def test_another_person_who_comes_after_a_restart_changes_nothing_of_the_first_one(home: Household) -> None:
    home.wait_until(14)
    home.add("Ann", "Bob")
    home.who(ANN)
    session_id = home.session()
    home.ask("rhythm", on=False)
    home.restart()
    home.frame(EMPTY)
    home.add("Cleo")
    home.who(ANN)
    assert home.known.get("rhythm") is None
    assert not home.shown()[1]
    assert home.ask("note", tight=True).ok
    assert [row[1:4] for row in home.rows("checkin")] == [("after", session_id, ANN)]


@pytest.mark.parametrize("request_name", [CommandName.PEOPLE_REMOVE, CommandName.HISTORY_FORGET])
@pytest.mark.parametrize("restarts", [False, True])
def test_who_comes_after_somebody_who_is_gone_has_nothing_of_theirs(
    home: Household, request_name: CommandName, restarts: bool
) -> None:
    home.wait_until(14)
    home.add("Ann", "Bob")
    home.who(BOB)
    home.session()
    home.ask("rhythm", on=False)
    home.ask("weekly_look", sleep=1)
    if restarts:
        home.restart()
    argument = "name" if request_name is CommandName.PEOPLE_REMOVE else "person"
    assert home.history(request_name, **{argument: "Bob"}).ok
    assert home.documents() == []
    home.add("Eve")
    home.who(BOB)
    assert home.ask("note", red=True).reason == "no_session"
    assert (home.known.get("sleep"), home.bench.feelings._now.rhythm) == (None, True)
    home.wait(2 * HOUR_S)
    assert home.documents() == []


def test_of_somebody_unknown_no_week_and_no_day_is_stored_and_nothing_is_made_of_sessions(home: Household) -> None:
    home.wait_until(14)
    home.add("Ann", "Bob")
    home.who(UNKNOWN)
    for name, arguments in (("weekly_look", {"sleep": 3}), ("away", {"until": "2023-12-24"}), ("rhythm", {"on": False})):
        assert home.ask(name, **arguments).reason == "nobody"
    session_id = home.session()
    assert home.ask("note", warm=True).ok
    home.wait(2 * HOUR_S)
    assert home.asks() is None
    assert not any(home.rows(table) for table in ("weekly", "away"))
    assert [row[1:4] for row in home.rows("checkin")] == [("after", session_id, UNKNOWN)]
    assert not [key for key in home.known if key.startswith(("rhythm", "helped", "trend"))], "several people are no person"
    assert home.history(CommandName.HISTORY_HELPED, person="unknown").reason == "bad_value"


def test_a_session_that_is_assigned_takes_its_notes_along_and_later_ones_belong_to_it(home: Household) -> None:
    home.wait_until(14)
    home.add("Ann", "Bob")
    home.who(UNKNOWN)
    session_id = home.session()
    home.ask("note", warm=True)
    found = home.history(CommandName.HISTORY_ASSIGN, id=session_id, person="Bob")
    assert found.assigned == (session_id, BOB)
    home.who(BOB)
    assert home.ask("note", red=True).ok
    ((moment, named, person, *_, warm, _heavy, _tingling, red, _tight),) = [row[1:] for row in home.rows("checkin")]
    assert (moment, named, person, warm, red) == ("after", session_id, BOB, 1, 1)
    home.restart()
    home.frame(EMPTY)
    home.who(BOB)
    assert home.ask("note", alertness=4).ok
    home.who(ANN)
    assert home.ask("note", tight=True).reason == "no_session"
    home.who(UNKNOWN)
    assert home.ask("note", tight=True).reason == "no_session"
    home.who(BOB)
    home.wait(HOUR_S)
    assert home.known["question"] == "weekly_look"


def test_a_later_session_of_their_own_is_not_forgotten_for_one_that_is_assigned(home: Household) -> None:
    home.wait_until(14)
    home.add("Ann", "Bob")
    home.who(UNKNOWN)
    earlier = home.session()
    home.who(BOB)
    later = home.session()
    home.history(CommandName.HISTORY_ASSIGN, id=earlier, person="Bob")
    home.ask("note", red=True)
    assert [row[2] for row in home.rows("checkin")] == [later]


@pytest.mark.parametrize("people", [(), ("Ann", "Bob")])
def test_what_is_forgotten_before_a_moment_is_in_no_memory_that_is_stored_again(
    home: Household, people: tuple[str, ...]
) -> None:
    home.wait_until(14)
    home.add(*people)
    if people:
        home.who(ANN)
    session_id = home.session()
    home.wait(2 * HOUR_S)
    assert home.asks() == "weekly_look"
    assert home.history(CommandName.HISTORY_FORGET, before=rfc3339(home.clock.wall() - 60.0)).ok
    home.wait(60.0, 20.0)
    assert home.ask("skip").reason == "not_asked"
    assert home.ask("note", red=True).reason == "no_session"
    home.bench.feelings.prompting.on_redness()
    home.bench.written()
    assert not [row for row in home.rows("document") if row[0].startswith(PROMPTS)]
    assert session_id not in str(home.rows("document"))


def test_what_came_after_the_moment_is_still_known(home: Household) -> None:
    home.wait_until(14)
    at_s = home.clock.wall()
    session_id = home.session()
    home.history(CommandName.HISTORY_FORGET, before=rfc3339(at_s))
    home.restart()
    assert home.bench.feelings.prompting.close(Prompt.SLEEP) is False
    assert home.ask("note", red=True).ok
    assert [row[2] for row in home.rows("checkin")] == [session_id]


def test_what_helped_is_said_of_the_person_who_is_meant(home: Household) -> None:
    home.wait_until(14)
    home.add("Ann", "Bob")
    for person, after in ((ANN, 4), (BOB, 1)):
        for _ in range(10):
            home.who(person)
            home.check_in("before", 2)
            home.session(5.0)
            home.check_in("after", after)
            home.wait(2 * HOUR_S)
    for name, change in (("Ann", "better"), ("Bob", "worse")):
        found = home.history(CommandName.HISTORY_HELPED, person=name)
        paired = found.documents["paired"]
        assert (paired["change"], paired["pairs"]) == (change, 10)
    assert home.known["helped"] == "worse"
    home.who(ANN)
    assert home.known["helped"] == "better"
    assert home.history(CommandName.HISTORY_HELPED).reason == "bad_value"


def test_a_history_that_is_read_late_has_what_each_of_them_has_left(home: Household) -> None:
    home.wait_until(14)
    home.add("Ann", "Bob")
    home.who(ANN)
    home.ask("rhythm", on=False)
    documents, names = dict(home.rows("document")), {ANN: "Ann", BOB: "Bob"}
    home.bench.feelings.__init__(  # type: ignore[misc]
        home.bench.writer,
        home.clock,
        home.bench.feelings._time,
        day_starts_at=home.requests._day_starts_at,
        shared=ALL,
        enqueue=home.bench.calls.append,
        show=lambda document, rhythm: home.bench.shown.append((document, rhythm)),
    )
    home.bench.feelings.start(None, {})
    home.bench.feelings.restore_late(documents, names)
    for person, shown in ((ANN, False), (BOB, True)):
        home.bench.feelings.about(person)
        home.bench.written()
        assert home.shown()[1] is shown
    assert document_of(RHYTHM, ANN) in documents
    assert documents[document_of(RHYTHM, ANN)] == OFF


def test_where_the_routine_is_off_nobody_is_known_of_several_people() -> None:
    routine = NullRoutine(People({}, shown=False))
    found = []
    for names in ({}, {1: "Ann"}, {}):
        routine.on_people(names)
        found.append((routine.person, routine.whose("x-s1")))
    assert found == [(None, (None, False)), (UNKNOWN, (UNKNOWN, False)), (None, (None, False))]


def test_what_everybody_has_said_leaves_and_comes_back_as_the_same_bytes(home: Household, tmp_path: Path) -> None:
    home.wait_until(19)
    home.add("Ann", "Bob")
    for person in (ANN, BOB, UNKNOWN):
        home.who(person)
        home.check_in("before", 2)
        home.session()
        home.check_in("after", 4)
        home.ask("note", red=True, tight=False, alertness=3)
    for person, back in ((ANN, "2023-12-01"), (BOB, "2023-12-24")):
        home.who(person)
        home.ask("weekly_look", sleep=person, ease=3)
        home.ask("away", until=back)
    home.wait_until(8)
    home.who(BOB)
    home.ask("note", sleep=2)
    home.history(CommandName.HISTORY_ASSIGN, id="x-s3", person="unknown")
    left = Desk(home.bench.store).exported()
    rows = json.loads(left)
    assert {key: len(each) for key, each in rows.items() if key not in ("format", "minutes", "programme_steps")} == {
        "people": 2,
        "sessions": 3,
        "check_ins": 7,
        "weekly": 2,
        "away": 2,
    }
    other = Desk(opened(tmp_path / "other.db"))
    assert other.importing(left).ok
    assert other.exported() == left
    other.store.close()


def test_the_first_person_of_an_import_has_what_is_the_owners_here(home: Household, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Household(tmp_path / "other" / "h.db")
    other.add("Ann", "Bob")
    home.wait_until(14)
    session_id = home.session()
    home.ask("rhythm", on=False)
    home.ask("weekly_look", sleep=2)
    found = Desk(home.bench.store).importing(Desk(other.bench.store).exported())
    assert found.people == {ANN: "Ann", BOB: "Bob"}
    on_changed(Sums(), home.bench.routine, home.bench.feelings, found)
    for _ in range(2):
        home.who(ANN)
        assert (home.known["sleep"], home.known.get("rhythm")) == (2, None)
        assert home.ask("note", red=True).ok
        home.restart()
        home.frame(EMPTY)
    assert [row[2:4] for row in home.rows("checkin")] == [(session_id, ANN)]
    assert home.documents() == [f"{PROMPTS}-1", f"{RHYTHM}-1"]


def test_a_report_is_of_one_person_with_their_notes_weeks_and_steps(home: Household) -> None:
    home.wait_until(14)
    home.add("Ann", "Bob")
    for person in (ANN, BOB):
        home.who(person)
        session_id = home.session()
        home.ask("note", red=person == ANN)
        home.ask("weekly_look", sleep=person)
        step = StepRow(home.clock.wall(), home.clock.now_s, "done", f"Of {session_id}.", 10, 12, "shirt", "shirt", person)
        home.bench.store.record((), steps=[step])
    past = read_past(BytesIO(Desk(home.bench.store).exported()), time(4))
    for person, name in ((ANN, "Ann"), (BOB, "Bob")):
        found = chosen(past, name, None, home.now.date())
        assert [each.session.session_id for each in found.sessions] == [f"x-s{person}"]
        assert [each.red for _, each in found.check_ins] == [person == ANN]
        assert [each.sleep for _, each in found.weekly] == [person]
        assert [each.text for _, each in found.steps] == [f"Of x-s{person}."]
        assert found.left_out.others == 1


def test_without_a_daemon_the_past_is_forgotten_in_the_programmes_as_well(tmp_path: Path) -> None:
    home = Household(tmp_path / DATABASE)
    home.wait_until(14)
    home.add("Ann", "Bob")
    home.who(ANN)
    session_id = home.session()
    home.wait(HOUR_S)
    before = home.bench.routine.document()
    home.bench.store.close()
    (tmp_path / "acumat.toml").write_text(f'[daemon]\nstate_dir = "{tmp_path}"\n[mqtt]\nenabled = false\n')
    config = load_config(tmp_path / "acumat.toml")
    arguments = {"before": rfc3339(home.clock.wall())}
    assert answer_alone(config, CommandName.HISTORY_FORGET, arguments, None)["sessions"] == 1
    assert found_in(tmp_path, session_id) == []
    home.start()
    home.who(ANN)
    assert home.bench.routine.document()["planned_min"] == before["planned_min"]
    assert home.ask("note", red=True).reason == "no_session"
