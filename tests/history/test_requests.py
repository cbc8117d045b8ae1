"""The history listed, shown, added to, corrected and thinned out."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from acumat.contract.documents import rfc3339
from acumat.contract.sessions import SessionRecord
from acumat.history.checkins import CheckInRow
from acumat.history.days import day_of, day_start_wall_s
from acumat.history.rows import SessionRow
from tests.history.diary import ASKED, Desk, fill
from tests.history.stores import opened


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    store = opened(tmp_path / "acumat.db")
    fill(store, 10)
    return Desk(store)


def test_the_last_sessions_are_listed_in_their_order_with_how_they_felt(desk: Desk) -> None:
    sessions = desk.done("list", last=5)["sessions"]
    assert [each["number"] for each in sessions] == [16, 17, 18, 19, 20]
    for each in sessions:
        assert each["guest"] is (each["number"] == 17)
        assert (each["calm_before"] is None) is each["guest"]
        assert each["calm_after"] in range(1, 6)
        assert each["started_at"].endswith("Z")
        assert each["zone"] == "Europe/Berlin"


def test_one_session_is_shown_with_check_ins_and_minutes(desk: Desk) -> None:
    shown = desk.done("show", id="3")
    session_id = shown["session"]["session_id"]
    assert desk.done("show", id=session_id) == shown
    assert [each["moment"] for each in shown["check_ins"]] == ["before", "after"]
    assert {each["session_id"] for each in shown["check_ins"]} == {session_id}
    assert shown["minutes"][0] == {
        "minute": 0, "load": 98.4, "lateral": -3, "head_foot": 2, "evenness": 0.912, "still": 0.9, "breath": 13.2
    }  # fmt: skip
    assert desk.refused("show", id="99") == "not_found"


def test_a_session_that_was_not_measured_counts_and_is_never_the_last_measured_one(desk: Desk) -> None:
    before, last = desk.store.totals(0.0), desk.store.last_session()
    added = desk.done("add", at="2030-01-02T08:00:00+01:00", minutes=12.5)["id"]
    after = desk.store.totals(0.0)
    assert after.sessions_total == before.sessions_total + 1
    assert after.minutes_total == pytest.approx(before.minutes_total + 12.5)
    assert desk.store.last_session() == last
    session = desk.done("show", id=added)["session"]
    assert (session["source"], session["end_reason"], session["contact_s"]) == ("added", "added", 750.0)
    assert session["ended_at"] == "2030-01-02T07:12:30.000Z"
    assert desk.done("list", last=1)["sessions"][0]["session_id"] == added
    restored = desk.store.restore((), 0.0)
    assert added != f"{restored.install}-s{restored.next_session_no}"


def test_the_mats_next_session_takes_no_place_of_an_added_one(desk: Desk) -> None:
    number = desk.store.restore((), 0.0).next_session_no  # the daemon has counted on from here since its start
    desk.done("add", at="2030-01-02T08:00:00+01:00", minutes=10)
    record = SessionRecord(f"{desk.store.install}-s{number}", 1.0, 601.0, 600.0, 0, "got_up")
    desk.store.record((), SessionRow(number, record, 1.95e9, 1.95e9 + 600))
    assert [each["source"] for each in desk.done("list", last=2)["sessions"]] == ["added", "mat"]
    desk.store.close()
    desk.store.open()
    assert desk.store.damage is None


def test_a_check_in_is_added_to_the_session_that_it_is_about(desk: Desk) -> None:
    started = desk.done("list", last=1)["sessions"][0]
    at_s = datetime.fromisoformat(started["started_at"]).timestamp()
    assert desk.refused("add", at=rfc3339(at_s - 60), calm=3, moment="before") == "is_there"
    desk.done("delete", id=desk.done("show", id="20")["check_ins"][0]["id"])
    name = desk.done("add", at=rfc3339(at_s - 60), calm=3, moment="before")["id"]
    (before, _) = desk.done("show", id="20")["check_ins"]
    assert (before["id"], before["calm"], before["discomfort"], before["source"]) == (name, 3, None, "added")
    assert desk.refused("add", at="2031-01-01T00:00:00Z", calm=3, moment="after") == "no_session"


def test_a_check_in_of_a_named_session_goes_to_no_other(desk: Desk) -> None:
    first, second = (desk.done("add", at=f"2030-01-02T08:{minute}:00Z", minutes=15)["id"] for minute in ("00", "15"))
    guest = desk.done("add", at="2030-01-02T09:00:00Z", minutes=10, guest=True)["id"]
    name = desk.done("add", id=first, at="2030-01-02T08:15:00Z", moment="after", calm=4)["id"]
    assert [each["id"] for each in desk.done("show", id=first)["check_ins"]] == [name]
    assert desk.refused("add", id=guest, at="2030-01-02T09:10:00Z", moment="after", calm=1) == "no_session"
    assert desk.refused("add", id="absent-s1", at="2030-01-02T09:10:00Z", moment="after", calm=1) == "not_found"
    assert desk.refused("add", id=first, at="2030-01-02T09:10:00Z", minutes=5) == "bad_value"
    assert desk.done("show", id=second)["check_ins"] == []


def test_a_correction_says_so_in_the_record_and_changes_nothing_else(desk: Desk) -> None:
    whole = desk.done("show", id="4")
    desk.done("edit", id="4", minutes=5, guest=True)
    now = desk.done("show", id="4")
    assert now["session"].pop("edited_at") == rfc3339(ASKED.now_wall_s)
    changed = {key for key in now["session"] if now["session"][key] != whole["session"][key]}
    assert changed == {"contact_s", "guest"}
    assert (now["check_ins"], now["minutes"]) == (whole["check_ins"], whole["minutes"])
    name = whole["check_ins"][0]["id"]
    desk.done("edit", id=name, calm=1)
    corrected = desk.done("show", id="4")["check_ins"][0]
    assert (corrected["calm"], corrected["discomfort"]) == (1, whole["check_ins"][0]["discomfort"])
    assert corrected["edited_at"] == rfc3339(ASKED.now_wall_s)


def test_more_minutes_than_there_were_make_the_session_longer(desk: Desk) -> None:
    started = desk.done("show", id="4")["session"]["started_at"]
    desk.done("edit", id="4", minutes=100)
    session = desk.done("show", id="4")["session"]
    assert session["started_at"] == started
    span = datetime.fromisoformat(session["ended_at"]) - datetime.fromisoformat(started)
    assert span == timedelta(minutes=100)
    desk.done("edit", id="4", at="2026-01-01T10:00:00Z")
    session = desk.done("show", id="4")["session"]
    assert (session["started_at"], session["ended_at"]) == ("2026-01-01T10:00:00.000Z", "2026-01-01T11:40:00.000Z")


@pytest.mark.parametrize(
    ("action", "arguments", "reason"),
    [
        ("edit", {"id": "4"}, "bad_value"),
        ("edit", {"id": "4", "calm": 3}, "bad_value"),
        ("edit", {"id": "c4", "minutes": 3}, "bad_value"),
        ("edit", {"id": "c3", "moment": "after"}, "is_there"),
        ("edit", {"id": "4", "at": "2050-01-01T00:00:00Z"}, "bad_value"),
        ("edit", {"id": "4", "at": "yesterday"}, "bad_value"),
        ("edit", {"id": "4", "at": "2026-01-01T10:00:00"}, "bad_value"),
        ("edit", {"id": "c999", "calm": 3}, "not_found"),
        ("edit", {"id": "nobody-s1", "minutes": 3}, "not_found"),
        ("delete", {"id": "c999"}, "not_found"),
        ("delete", {"id": "99"}, "not_found"),
        ("add", {"at": "2026-01-01T10:00:00Z"}, "bad_value"),
        ("add", {"at": "1926-01-01T10:00:00Z", "minutes": 5}, "bad_value"),
        ("add", {"at": "2026-01-01T10:00:00Z", "guest": True}, "bad_value"),
        ("add", {"at": "2026-01-01T10:00:00Z", "minutes": 5, "calm": 3}, "bad_value"),
        ("add", {"at": "2033-05-18T03:33:00Z", "minutes": 5}, "bad_value"),
        ("forget", {}, "bad_value"),
        ("forget", {"everything": True, "person": "Ann"}, "bad_value"),
        ("forget", {"person": "Ann"}, "not_found"),
        ("forget", {"before": "then"}, "bad_value"),
        ("export", {}, "bad_file"),
        ("import", {}, "bad_file"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    desk: Desk, action: str, arguments: dict[str, Any], reason: str
) -> None:
    before = desk.exported()
    assert desk.refused(action, **arguments) == reason
    assert desk.exported() == before


def test_a_session_under_way_cannot_be_changed_and_says_why(desk: Desk) -> None:
    under_way = Desk(desk.store, replace(ASKED, under_way="i-s21"))
    for name in ("i-s21", "21"):
        for action, change in (("edit", {"minutes": 3}), ("delete", {})):
            found = under_way.ask(action, id=name, **change)
            assert (found.ok, found.reason) == (False, "under_way")
            assert "still under way" in found.text
    under_way.done("edit", id="20", minutes=3)
    for action, arguments in (("forget", {"everything": True}), ("import", {})):
        assert under_way.refused(action, **arguments) == "under_way"


def test_a_session_goes_with_all_that_belongs_to_it(desk: Desk) -> None:
    desk.done("delete", id="4")
    assert desk.refused("show", id="4") == "not_found"
    with desk.store.reading() as db:
        for table in ("checkin", "session"):
            assert db.execute(f"SELECT 1 FROM {table} WHERE session_id LIKE '%-s4'").fetchone() is None
        assert db.execute("SELECT 1 FROM minute WHERE session = 4").fetchone() is None
        assert db.execute("SELECT COUNT(*) FROM checkin").fetchone()[0] == 38


def stored_events(desk: Desk) -> list[str]:
    with desk.store.reading() as db:
        return [payload for (payload,) in db.execute("SELECT payload FROM event ORDER BY seq")]


def test_events_of_what_is_taken_out_cannot_come_again(desk: Desk) -> None:
    """A client of the broker may ask for stored events."""
    said = {"event_type": "check_in", "calm": 2, "session_id": None}
    at = (2.0e9 - 600.0, 77.0)
    desk.store.record([(*at, said)], check_ins=[CheckInRow("before", *at, 2)])
    before = stored_events(desk)
    desk.done("delete", id="4")
    assert [each for each in before if each not in stored_events(desk)] == [each for each in before if '-s4"' in each]
    with desk.store.reading() as db:
        (number,) = db.execute("SELECT MAX(id) FROM checkin").fetchone()
    desk.done("delete", id=f"c{number}")
    assert not any("check_in" in each for each in stored_events(desk))
    assert len(desk.store.outbox_after(0, 1000, 0.0)) == len(stored_events(desk)) == len(before) - 2


# sums


@pytest.fixture
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZoneInfo]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield ZoneInfo(request.param)
    monkeypatch.undo()
    time.tzset()


NIGHTS = {
    "Europe/Berlin": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
    "Pacific/Auckland": ("2026-04-05", "2026-09-27"),
}


@pytest.mark.parametrize("zone", NIGHTS, indirect=True)
@pytest.mark.parametrize("starts_at", [time_of_day(0), time_of_day(2, 30), time_of_day(4)])
def test_sums_are_exact_over_both_nights_on_which_the_clocks_change(
    tmp_path: Path, zone: ZoneInfo, starts_at: time_of_day
) -> None:
    """A session every 37 minutes around each night; what a day is, the test knows from its own table of zones."""
    store = opened(tmp_path / "h.db")
    true: defaultdict[str, list[float]] = defaultdict(list)
    number, end_s = 0, 0.0
    for night in NIGHTS[str(zone)]:
        noon = datetime.fromisoformat(f"{night} 12:00").replace(tzinfo=zone).timestamp()
        for step in range(-60, 60):
            number += 1
            end_s, contact_s = noon + 37 * 60.0 * step, 60.0 * (1 + number % 20)
            record = SessionRecord(f"i-s{number}", 0.0, contact_s, contact_s, 0, "got_up")
            store.record((), SessionRow(number, record, end_s - contact_s, end_s))
            true[_day(end_s, zone, starts_at)].append(contact_s / 60)
    desk = Desk(store, replace(ASKED, starts_at=starts_at))
    days = desk.done("list", by="day", last=1000)["days"]
    assert days == [{"day": day, "sessions": len(each), "minutes": round(sum(each), 1)} for day, each in sorted(true.items())]
    months = desk.done("list", by="month", last=1000)["months"]
    assert sum(each["minutes"] for each in months) == pytest.approx(sum(sum(each) for each in true.values()))
    weeks = desk.done("list", by="week", last=1000)["weeks"]
    assert all(datetime.fromisoformat(each["week"]).weekday() == 0 for each in weeks)
    last, totals = true[max(true)], store.totals(day_start_wall_s(end_s, starts_at))
    assert (totals.sessions_total, totals.sessions_today) == (number, len(last))
    assert totals.minutes_total == pytest.approx(sum(map(sum, true.values())))
    assert totals.minutes_today == pytest.approx(sum(last))


def _day(end_s: float, zone: ZoneInfo, starts_at: time_of_day) -> str:
    """Counted from noon to noon back: the last day whose beginning is not after this moment."""
    today = datetime.fromtimestamp(end_s, zone).date()
    begun = datetime.combine(today, starts_at, zone).timestamp() <= end_s
    return (today if begun else today - timedelta(days=1)).isoformat()


def test_guests_count_in_no_sum_and_the_last_days_are_given(desk: Desk) -> None:
    days = desk.done("list", by="day", last=1000)["days"]
    assert sum(each["sessions"] for each in days) == desk.store.totals(0.0).sessions_total == 18
    assert desk.done("list", by="day", last=3)["days"] == days[-3:]


def test_a_damaged_row_costs_only_itself(desk: Desk) -> None:
    with desk.store.transaction() as db:
        db.execute("UPDATE session SET contact_s = 'long' WHERE number = 20")
    found = desk.done("list", last=3)
    assert ([each["number"] for each in found["sessions"]], found["damaged"]) == ([18, 19], 1)
    assert desk.done("list", by="day")["damaged"] == 1


def test_the_sessions_of_a_day_are_those_that_its_sum_counts(desk: Desk) -> None:
    found = desk.done("list", by="day", last=30)
    today = day_of(ASKED.now_wall_s, ASKED.starts_at)
    assert (found["today"], found["zone"]) == (today.isoformat(), "Europe/Berlin")
    guests = {each["session_id"] for each in desk.done("list", last=100)["sessions"] if each["guest"]}
    for each in found["days"]:
        sessions = desk.done("list", day=each["day"])["sessions"]
        assert {session["day"] for session in sessions} == {each["day"]}
        assert sum(session["session_id"] not in guests for session in sessions) == each["sessions"]
    assert desk.done("list", day="2001-01-01")["sessions"] == []
    assert desk.refused("list", day="2001-01-01", by="day") == "bad_value"


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "9999-12-31", "20261124"])
def test_what_is_no_day_is_refused(desk: Desk, day: str) -> None:
    assert desk.refused("list", day=day) == "bad_value"


def report(desk: Desk, at_s: float, event_type: str, **numbers: Any) -> None:
    """An event of that moment."""
    text = f"{event_type} it is."
    document = {"event_type": event_type, "at": rfc3339(at_s), "reason": "x", "text": text, **numbers}
    desk.store.record([(at_s, at_s, document)])


def test_a_session_is_shown_with_what_was_reported_of_it_and_of_no_other(desk: Desk) -> None:
    session = desk.done("show", id="3")["session"]
    start_s, end_s = (datetime.fromisoformat(session[key]).timestamp() for key in ("started_at", "ended_at"))
    following = desk.done("show", id="4")["session"]
    next_s = datetime.fromisoformat(following["started_at"]).timestamp()
    for at_s, name in (
        (start_s - 121, "long_before"),
        (start_s - 60, "contact_started"),
        (end_s, "cue_end"),
        (end_s + 3600, "redness"),
        (end_s + 7201, "long_after"),
        (next_s - 60, "of_the_next"),
    ):
        report(desk, at_s, name)
    types = [each["event_type"] for each in desk.done("show", id="3")["events"]]
    assert types == ["session_ended", "contact_started", "cue_end", "redness"], "in the order in which they were stored"


def test_a_moment_is_explained_as_the_command_line_does(desk: Desk) -> None:
    session = desk.done("show", id="3")["session"]
    start_s = datetime.fromisoformat(session["started_at"]).timestamp()
    report(desk, start_s - 5, "lying_started", load=36.25)
    report(desk, start_s + 10, "lying_confirmed")
    report(desk, start_s + 40, "settled")
    found = desk.done("explain", at=rfc3339(start_s + 20))
    assert found["state"]["presence"] == "lying"
    assert found["sentences"][0] == f"At {rfc3339(start_s + 20)} the mat said lying, confirmed. lying_confirmed it is."
    assert found["sentences"][1].startswith(f"It lies inside {session['session_id']}, ")
    assert "lying_started it is. (load 36.25)" in "\n".join(found["sentences"])
    assert found["following"]["event_type"] == "settled"
    assert desk.done("explain", at="1990-01-01T00:00:00Z")["sentences"] == [
        "Nothing is stored up to 1990-01-01T00:00:00.000Z, so nothing is known of that moment."
    ]
    assert desk.refused("explain", at="yesterday") == "bad_value"


def test_a_moment_of_damaged_events_says_how_many(desk: Desk) -> None:
    with desk.store.transaction() as db:
        db.execute("UPDATE event SET payload = '[' WHERE seq = 1")
        db.execute("UPDATE event SET payload = ? WHERE seq = 2", ('{"event_type": 5, "at": [], "edge_at": {}}',))
    found = desk.done("explain", at=desk.done("show", id="20")["session"]["ended_at"])
    assert found["damaged"] == 1
    assert len(found["events"]) == 5
