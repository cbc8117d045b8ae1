"""Check-ins and minutes in tables of their own: which session each belongs to, and what an older file's events still hold."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from acumat.history.checkins import CheckInRow
from acumat.history.minutes import MINUTE_COLUMNS, MinuteRow, minute_row
from acumat.history.rows import SessionRow
from acumat.history.schema import MIGRATIONS, UnwritableError
from acumat.history.store import Store
from tests.history.stores import bounded, opened, session

START_S = 10_000.0
"""Of the session, on the monotonic clock; its wall clock shows 1.8e9 more."""


def lain(
    number: int = 1, *, start_s: float = START_S, guest: bool = False, dated: bool = True, boot_id: str = ""
) -> SessionRow:
    row = session(number)
    record = replace(row.record, start_mono_s=start_s, end_mono_s=start_s + 600, guest=guest)
    return replace(
        row, record=record, start_wall_s=1.8e9 + start_s, end_wall_s=1.8e9 + start_s + 600, dated=dated, boot_id=boot_id
    )


def felt(moment: str, at_s: float, calm: int | None = None, discomfort: int | None = None, **values: Any) -> CheckInRow:
    return CheckInRow(moment, 1.8e9 + at_s, at_s, calm, discomfort, **values)


def check_ins(store: Store) -> list[tuple[Any, ...]]:
    with store._database.reading() as db:
        return db.execute("SELECT moment, session_id, calm, discomfort FROM checkin ORDER BY id").fetchall()


@pytest.mark.parametrize(
    ("before_s", "change", "belongs"),
    [
        (60.0, {}, True),
        (3600.0, {}, True),
        (3601.0, {}, False),
        (-1.0, {}, False),
        (60.0, {"guest": True}, False),
        (60.0, {"boot_id": "another"}, True),
        (60.0, {"boot_id": "another", "dated": False}, False),
        (60.0, {"dated": False}, True),
    ],
    ids=str,
)
def test_a_check_in_before_belongs_to_the_session_that_begins_within_the_hour(
    tmp_path: Path, before_s: float, change: dict[str, Any], belongs: bool
) -> None:
    store = opened(tmp_path / "h.db")
    store.record((), check_ins=[felt("before", START_S - before_s, 2)])
    store.record((), lain(**change))
    store.record((), lain(2, start_s=START_S + 5000))  # it takes nothing that was the first one's
    assert check_ins(store) == [("before", "x-s1" if belongs else None, 2, None)]


def test_two_check_ins_of_one_moment_are_one(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db")
    for at_s, calm, discomfort in ((START_S - 900, 2, None), (START_S - 600, None, 5), (START_S - 300, 3, None)):
        store.record((), check_ins=[felt("before", at_s, calm, discomfort)])
    store.record((), lain())
    for at_s, calm in ((START_S + 700, 4), (START_S + 5000, 5)):
        store.record((), check_ins=[felt("after", at_s, calm, session_id="x-s1")])
    store.record((), check_ins=[felt("before", START_S + 5000, 1)])  # of the next session, which has not begun
    assert check_ins(store) == [("before", "x-s1", 3, 5), ("after", "x-s1", 5, None), ("before", None, 1, None)]


def test_one_given_during_the_session_is_not_joined_by_the_one_before_it(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db")
    store.record((), check_ins=[felt("before", START_S - 60, 1)])
    store.record((), check_ins=[felt("before", START_S + 60, 2, session_id="x-s1")])
    store.record((), lain())
    assert check_ins(store) == [("before", None, 1, None), ("before", "x-s1", 2, None)]


def test_one_after_that_names_no_session_is_about_the_last_one_that_was_measured(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db")
    store.record((), lain(1))
    store.record((), lain(2, start_s=START_S + 1000, guest=True))
    store.record((), replace(lain(3, start_s=START_S + 2000), source="added"))
    store.record((), check_ins=[felt("after", START_S + 3000, 4)])
    assert check_ins(store) == [("after", "x-s1", 4, None)]


def test_what_nobody_can_have_felt_is_not_written(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db")
    for wrong in (felt("after", 1.0, 6), felt("after", 1.0, discomfort=11), felt("meanwhile", 1.0, 3)):
        with pytest.raises(UnwritableError):
            store.record((), check_ins=[wrong])
    with pytest.raises(UnwritableError):
        store.record((), minutes=[MinuteRow("x-s1", -1)])
    assert check_ins(store) == []


def test_a_check_in_is_dated_with_its_boot_once_the_clock_is_set(tmp_path: Path) -> None:
    store = Store(tmp_path / "h.db", boot_id="b")
    store.open()
    store.record((), check_ins=[felt("before", 100.0, 2, dated=False)], dated=False)
    store.redate(5000.0)
    with store._database.reading() as db:
        assert db.execute("SELECT wall_s, dated FROM checkin").fetchall() == [(5100.0, 1)]


def test_minutes_are_small_whole_numbers_and_come_back_rounded(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db")
    store.record((), minutes=[MinuteRow("x-s1", 0, 98.44, -3.4, 2.0, 0.9124, 0.955, 13.26), MinuteRow("x-s1", 1)])
    store.record((), minutes=[MinuteRow("x-s1", 1, 50.0)])  # after a restart within the minute
    with store._database.reading() as db:
        rows = db.execute(f"SELECT {MINUTE_COLUMNS} FROM minute").fetchall()
    assert rows[0] == (0, 0, 984, -3, 2, 912, 96, 133)
    assert [minute_row("x-s1", row) for row in rows] == [
        MinuteRow("x-s1", 0, 98.4, -3, 2, 0.912, 0.96, 13.3),
        MinuteRow("x-s1", 1, 50.0),
    ]


@pytest.mark.parametrize(("waiting", "with_the_end"), [((8, 9, 10, 12), ()), ((8, 9), (10, 13))])
def test_minutes_of_what_came_back_and_was_no_person_are_not_the_session_s(
    tmp_path: Path, waiting: tuple[int, ...], with_the_end: tuple[int, ...]
) -> None:
    store = opened(tmp_path / "h.db")
    store.record((), minutes=[MinuteRow("x-s1", each, 90.0) for each in waiting])
    store.record((), lain(), minutes=[MinuteRow("x-s1", each, 90.0) for each in with_the_end])  # it lasted 600 s
    with store._database.reading() as db:
        assert db.execute("SELECT session, minute FROM minute ORDER BY minute").fetchall() == [(1, 8), (1, 9), (1, 10)]


def test_check_ins_outlive_the_events_and_minutes_go_with_their_session(tmp_path: Path) -> None:
    store = bounded(tmp_path / "h.db", events=10, sessions=20)
    store.record((), check_ins=[felt("before", START_S - 60, 2)])
    for number in range(1, 42):
        row = lain(number, start_s=START_S + 1000 * number - 1000)
        store.record([(1.0, 1.0, {"event_type": "check_in"})] * 256, row, minutes=[MinuteRow(row.record.session_id, 0, 90.0)])
        store.delete_acked(range(1, 256 * number + 1))
    with store._database.reading() as db:
        sessions = [each for (each,) in db.execute("SELECT session_id FROM session ORDER BY number")]
        minutes = [each for (each,) in db.execute("SELECT session_id FROM minute JOIN session ON number = session")]
        assert db.execute("SELECT COUNT(*) FROM minute").fetchone()[0] == len(minutes)
        assert db.execute("SELECT COUNT(*) FROM event").fetchone()[0] <= 266
    assert len(sessions) <= 21
    assert sorted(minutes) == sorted(sessions)
    assert check_ins(store) == [("before", "x-s1", 2, None)]


# the events of an older file


def old_file(path: Path, entries: list[tuple[float, Any]], sessions: list[tuple[str, float, int]]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for version, migration in enumerate(MIGRATIONS[:4], start=1):
            migration(db)
            db.execute(f"PRAGMA user_version = {version}")
        for seq, (wall_s, payload) in enumerate(entries, start=1):
            text = payload if isinstance(payload, str) else json.dumps({"id": "i", "event_type": "check_in", **payload})
            db.execute("INSERT INTO event VALUES (?, ?, 0, 'boot', ?, 1)", (seq, wall_s, text))
        db.execute("UPDATE install SET last_seq = ?, last_session_no = ?", (len(entries), len(sessions)))
        for number, (session_id, start_s, guest) in enumerate(sessions, start=1):
            db.execute(
                """INSERT INTO session (number, session_id, start_wall_s, end_wall_s, start_mono_s, end_mono_s, boot_id,
                    contact_s, lifts, end_reason, recovered, profile, guest)
                    VALUES (?, ?, ?, ?, 0, 600, 'boot', 600, 0, 'got_up', 0, '{}', ?)""",
                (number, session_id, start_s, start_s + 600, guest),
            )


def answers(moment: str, **given: int) -> dict[str, Any]:
    return {"reason": moment, "calm": None, "discomfort": None, **given}


def test_an_upgrade_takes_over_the_check_ins_that_the_events_still_hold(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    old_file(
        path,
        [
            (6400.0, answers("before", calm=2)),  # an hour before the first session
            (6300.0, answers("before", calm=1)),  # more than that before any
            (10_300.0, answers("after", discomfort=3)),  # while they lie there
            (11_000.0, answers("after", calm=4)),
            (20_000.0, answers("after", calm=5)),  # still about the first: the second was a guest's
            (90_000.0, answers("after", calm=5)),  # so long after, it is about none
            (11_000.0, answers("after", calm=9)),
            (11_000.0, '{"event_type": "check_in"}'),
            (11_000.0, '"check_in"'),
            (11_000.0, '{"event_type": "settled", "text": "check_in", "reason": "after"}'),
            (11_000.0, "{check_in"),
        ],
        [("i-s1", 10_000.0, 0), ("i-s2", 15_000.0, 1)],
    )
    store = opened(path)
    assert check_ins(store) == [
        ("before", "i-s1", 2, None),
        ("before", None, 1, None),
        ("after", "i-s1", 5, 3),
        ("after", None, 5, None),
    ]
    assert (tmp_path / "h.db.schema-4").exists()
    last = store.restore((), 0.0).last_session
    assert last is not None
    assert (last.source, last.zone, last.person, last.edited_wall_s) == ("mat", "", None, None)


def test_minutes_wait_for_the_number_of_their_session(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db")
    store.record((), minutes=[MinuteRow("x-s9", 0, 1.0)])  # of a session that was lost
    for minute in (0, 1):
        store.record((), minutes=[MinuteRow("x-s1", minute, 50.0 + minute)])
    store.close()
    store.open()
    store.record((), replace(session(1), number=7), minutes=[MinuteRow("x-s1", 2, 52.0), MinuteRow("x-s2", 0, 70.0)])
    store.record((), session(2))
    with store.reading() as db:
        query = "SELECT session, minute, load_permille FROM minute ORDER BY session, minute"
        assert db.execute(query).fetchall() == [(2, 0, 700), (7, 0, 500), (7, 1, 510), (7, 2, 520)]
