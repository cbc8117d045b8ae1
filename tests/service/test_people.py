"""People in the routine of the daemon: taken up from the history at a start, and whose a session is, whatever was cut short."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from acumat.coach.journal import UNKNOWN
from acumat.coach.journal_text import DOCUMENT as PEOPLE
from acumat.coach.screening import QUESTIONS
from acumat.coach.serialisation import DOCUMENT, from_text
from acumat.contract.commands import Command, CommandName, Refusal
from acumat.contract.state import MatState, Presence
from acumat.history import people
from acumat.service.people import GUEST, People
from acumat.service.turn import Turn
from tests.hw.bench import JumpingClock
from tests.service.test_routine import EMPTY, Bench, lying

NAMES = {1: "Ann", 2: "Bob"}


def bench(path: Path, *names: str, boot: str = "boot", clock: JumpingClock | None = None) -> Bench:
    """A daemon that starts on this history, to which these people have come meanwhile."""
    made = Bench(path, boot=boot, clock=clock)
    for name in names:
        with made.store.transaction() as db:
            people.add(db, name, 1.0)
    if names:
        close(made)
        return Bench(path, boot=boot, clock=made.clock)
    return made


def close(made: Bench) -> None:
    """The daemon ends, all that it has recorded being on the disk."""
    made.writer.work()
    made.store.close()


def named(made: Bench, person: int) -> None:
    assert made.routine.name_person(Command(CommandName.WHO), person).ok


def screened(made: Bench) -> None:
    answers: dict[str, Any] = dict.fromkeys(QUESTIONS, "no")
    response = made.ask(CommandName.SCREEN, **answers)
    assert response is not None
    assert response.ok, response.text


@pytest.fixture
def path(tmp_path: Path, stores_are_closed: object) -> Path:
    return tmp_path / "history.db"


def test_numbers_and_names_mean_the_same_and_only_one_of_them_is_published() -> None:
    for shown, labels in ((False, ("person 1", "person 2")), (True, ("Ann", "Bob"))):
        named_ = People(NAMES, shown=shown)
        assert named_.labels == (*labels, "guest", "unknown")
        assert [named_.number(who) for who in (" ANN", "person 2", "Guest", "unknown")] == [1, 2, GUEST, UNKNOWN]
        refused = named_.number("person 3")
        assert isinstance(refused, Refusal)
        assert "person 3" not in refused.text
    assert not People({}, shown=True).several


def test_people_who_were_added_while_no_daemon_ran_are_taken_up_and_the_first_one_was_the_owner(path: Path) -> None:
    first = Bench(path)
    screened(first)
    first.frame(EMPTY)
    close(first)
    made = bench(path, "Ann", "Bob", clock=first.clock)
    made.writer.work()
    state = from_text(made.store.document(DOCUMENT) or "", "boot")
    assert state.person == 1
    assert state.safety.screening.complete
    assert not state.safety.others[2].screening.complete
    assert made.routine.document()["who"] == "unknown"
    named(made, 1)
    assert made.routine.document()["who"] == "person 1"
    assert made.routine.labels == ("person 1", "person 2", "guest", "unknown")
    close(made)


def test_whoever_is_gone_from_the_history_is_gone_from_the_routine_at_the_next_start(path: Path) -> None:
    made = bench(path, "Ann", "Bob")
    for person in NAMES:
        named(made, person)
        screened(made)
    made.frame(EMPTY)
    made.writer.work()
    with made.store.transaction() as db:
        people.remove(db, 1)
    close(made)
    again = bench(path, clock=made.clock)
    again.writer.work()
    state = from_text(again.store.document(DOCUMENT) or "", "boot")
    assert {1} & {state.person, *state.others, *state.safety.others} == set()
    assert '"1":' not in (again.store.document(PEOPLE) or "")
    kept = again.routine.without_person(2)
    assert kept.documents[DOCUMENT] is not None
    assert from_text(kept.documents[DOCUMENT] or "", "boot").person is None
    close(again)


def test_what_the_history_did_not_hear_of_who_was_named_is_in_the_safety_file(path: Path) -> None:
    made = bench(path, "Ann", "Bob")
    made.writer.work()
    document = made.store.document(DOCUMENT)
    for person in NAMES:
        named(made, person)
        screened(made)
    made.writer.work()
    with made.store.transaction() as db:  # the last writes were lost with the power
        db.execute("UPDATE document SET value = ? WHERE name = ?", (document, DOCUMENT))
    close(made)
    again = bench(path, clock=made.clock)
    for person in NAMES:
        named(again, person)
        assert again.routine.document()["guidance_reason"] is None, person
    close(again)


@pytest.mark.parametrize(
    ("person", "guest", "whose"), [(2, False, (2, False)), (UNKNOWN, False, (UNKNOWN, False)), (1, True, (None, False))]
)
def test_a_session_is_whose_it_was_said_to_be_also_where_the_daemon_was_cut_short(
    path: Path, person: int, guest: bool, whose: tuple[int | None, bool]
) -> None:
    made = bench(path, "Ann", "Bob")
    named(made, person)
    mat = lying(3.0)
    made.routine.follow(Turn(mat, guest=guest))
    assert made.routine.whose("x-s1") == whose
    assert made.routine.whose("x-s7") == (UNKNOWN, False)
    close(made)
    stored = Bench(path, known=False, clock=made.clock)
    stored.routine.know({DOCUMENT: stored.store.document(DOCUMENT) or ""})
    if not guest:
        assert stored.routine.whose("x-s1") == whose
    close(stored)


def test_one_owner_is_nobody_in_particular(path: Path) -> None:
    made = Bench(path)
    made.frame(lying(3.0))
    assert made.routine.whose("x-s1") == (None, False)
    assert made.routine.same_body
    assert made.routine.labels == ()
    assert "who" not in made.routine.document()
    response = made.routine.name_person(Command(CommandName.WHO), 1)
    assert (response.ok, response.reason) == (False, "no_people")
    assert made.store.document(PEOPLE) is None
    close(made)


def test_only_the_first_person_s_sessions_say_that_a_sensor_has_changed(path: Path) -> None:
    made = bench(path, "Ann", "Bob")
    found = {}
    for person in (1, 2, UNKNOWN):
        named(made, person)
        found[person] = made.routine.same_body
    assert found == {1: True, 2: False, UNKNOWN: False}
    assert made.routine.document()["situation"] == "waiting"
    made.frame(MatState(presence=Presence.EMPTY))
    close(made)
