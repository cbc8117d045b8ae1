"""Forgotten: no row, no page, no copy and no line of the log holds a word of it."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from acumat.contract.documents import rfc3339
from acumat.history.store import Store
from tests.history.diary import ASKED, DAY_S, START_S, Desk, digest, fill, people
from tests.history.stores import NAMES, learned, opened, session

CANARY = "canary-marsupial"


def found_in(folder: Path, word: str = CANARY) -> list[str]:
    """The files of a folder in which the word stands."""
    return [path.name for path in sorted(folder.rglob("*")) if path.is_file() and word.encode() in path.read_bytes()]


def leaving_traces(path: Path) -> Store:
    """A history on a SQLite that leaves in the file what is deleted, as most do; Debian's does not."""
    store = opened(path)
    with store.reading() as db:
        db.execute("PRAGMA secure_delete = OFF")
    return store


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A history with a word in it that is nowhere else, in all that people say and in what was left of it before."""
    store = leaving_traces(tmp_path / "state" / "acumat.db")
    fill(store, 10, size=CANARY)
    people(store, f"Ann {CANARY}", "Bo")
    store.save_calibration(NAMES, learned(1.0), learned(1.1), START_S, 1.0)
    for number in range(40):  # replaced again and again, which leaves pages behind
        store.save_document("routine", json.dumps({"note": f"{CANARY} {number} " * 500}))
        store.record([(START_S + number, 1.0, {"event_type": "settled", "text": CANARY * 50})])
    store.close()
    store = leaving_traces(store.path)
    for name in ("acumat.db.schema-4", "acumat.db.broken-1", "acumat.db.broken-1-wal", "acumat.db.unfinished"):
        shutil.copy(store.path, store.path.with_name(name))
    (store.path.parent / "acumat.lock").touch()
    assert len(found_in(store.path.parent)) >= 5
    return Desk(store)


def test_nothing_is_left_of_anybody_but_what_the_mat_has_learnt_of_itself(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    found = desk.ask("forget", everything=True)
    assert (found.ok, found.changed, found.forgot) == (True, True, True)
    folder = desk.store.path.parent
    assert found_in(folder) == []
    assert sorted(path.name for path in folder.iterdir()) == ["acumat.db", "acumat.db-shm", "acumat.db-wal", "acumat.lock"]
    assert (folder / "acumat.db-wal").stat().st_size == 0
    assert CANARY not in caplog.text
    export = json.loads(desk.exported())
    assert export.pop("format") == "acumat-history 1"
    assert set(map(len, export.values())) == {0}
    stored = desk.store.restore(NAMES, 0.0)
    assert stored.learned == learned(1.1)
    assert stored.documents == {}
    assert stored.next_session_no == 21, "no id is given twice"
    assert desk.store.outbox_after(0, 10, 0.0) == []
    desk.store.close()
    desk.store.open()
    assert desk.store.damage is None
    assert desk.store.restore(NAMES, 0.0).totals.sessions_total == 0


def test_what_was_before_a_day_goes_and_the_rest_stays(desk: Desk) -> None:
    at_s = START_S + 5.2 * DAY_S
    before = json.loads(desk.exported())
    desk.done("forget", before=rfc3339(at_s))
    after = json.loads(desk.exported())
    for key, at in (("sessions", "started_at"), ("check_ins", "at"), ("programme_steps", "at")):
        assert after[key] == [each for each in before[key] if each[at] >= rfc3339(at_s) and _stays(each, after)]
    assert 0 < len(after["sessions"]) < len(before["sessions"])
    left = {each["session_id"] for each in after["sessions"]}
    assert {each["session_id"] for each in after["minutes"]} == left
    with desk.store.reading() as db:
        assert db.execute("SELECT MIN(wall_s) FROM event").fetchone()[0] >= at_s
    assert found_in(desk.store.path.parent) == ["acumat.db"], "it stands in what is left"


def _stays(row: dict[str, str], after: dict[str, list[dict[str, str]]]) -> bool:
    """A check-in just before the day's first session goes with none; one of a session that went is gone as well."""
    return (
        "moment" not in row or row["session_id"] in {each["session_id"] for each in after["sessions"]} or not row["session_id"]
    )


def test_one_person_goes_and_the_others_stay(desk: Desk) -> None:
    before = json.loads(desk.exported())
    name = f"Ann {CANARY}"
    theirs = {each["session_id"] for each in before["sessions"] if each["person"] == name}
    assert theirs
    for kind in ("redness", "symptom_stop", "guidance_changed", "programme_step", "tare_done"):  # none names a session
        desk.store.record([(ASKED.now_wall_s - 60.0, 9.0, {"event_type": kind, "session_id": None})])
    desk.done("forget", person=name)
    with desk.store.reading() as db:
        kinds = {json.loads(payload)["event_type"] for (payload,) in db.execute("SELECT payload FROM event")}
    assert kinds == {"session_ended", "settled", "tare_done"}, "an event does not say whose it is, and each may come again"
    after = json.loads(desk.exported())
    assert after["people"] == [each for each in before["people"] if each["name"] != name]
    for key in ("sessions", "check_ins", "weekly"):
        assert after[key] == [each for each in before[key] if each["person"] != name]
    assert [each["session_id"] for each in after["minutes"]] == [
        each["session_id"] for each in before["minutes"] if each["session_id"] not in theirs
    ]
    assert not any(found_in(desk.store.path.parent, f'"{each}"') for each in theirs)
    assert found_in(desk.store.path.parent, name) == []


def killed(path: Path, when: Callable[[str], bool]) -> None:
    """Forget everything in a process of its own, which is killed before the first statement for which this holds."""
    child = os.fork()
    if child == 0:
        try:
            store = leaving_traces(path)

            def look(statement: str) -> None:
                if when(statement):
                    os.kill(os.getpid(), signal.SIGKILL)

            with store.reading() as db:
                db.set_trace_callback(look)
            Desk(store).ask("forget", everything=True)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)


@pytest.mark.parametrize(
    "statement", ["DELETE FROM minute", "COMMIT", "VACUUM", "DELETE FROM document WHERE name =", "PRAGMA wal"]
)
def test_killed_at_any_moment_it_has_forgotten_nothing_or_is_completed_at_the_next_start(desk: Desk, statement: str) -> None:
    path = desk.store.path
    desk.store.close()
    before = digest(path)
    killed(path, lambda text: text.startswith(statement))
    store = opened(path)
    with store.reading() as db:
        left = db.execute("SELECT COUNT(*) FROM session").fetchone()[0]
    if left:
        assert statement in ("DELETE FROM minute", "COMMIT")
        store.close()
        assert digest(path) == before or left == 20
    else:
        store.close()
        assert found_in(path.parent) == []


def test_while_another_program_reads_it_the_answer_says_that_traces_are_left(desk: Desk) -> None:
    other = Store(desk.store.path)
    other.open()
    with other.reading() as db:
        db.execute("BEGIN")
        db.execute("SELECT COUNT(*) FROM session").fetchone()
        found = desk.ask("forget", everything=True)
        db.execute("COMMIT")
    other.close()
    assert (found.ok, found.changed) == (False, True)
    assert "traces in the file are not: try again" in found.text
    assert desk.ask("forget", everything=True).ok
    assert found_in(desk.store.path.parent) == []


def test_one_session_is_called_one(tmp_path: Path) -> None:
    store = opened(tmp_path / "acumat.db")
    store.record((), session(1))
    text = Desk(store).ask("forget", everything=True).text
    assert text == "All that was stored of people is forgotten, 1 session and every copy beside the history included."
    store.close()
