"""Weekly looks, notes of the body and days away in the store: written, exported, imported, forgotten; and what they show."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from pathlib import Path
from random import Random
from typing import Any

import pytest

from acumat.contract.sessions import Profile, SessionRecord
from acumat.history.calm import LOOK
from acumat.history.checkins import CheckInRow
from acumat.history.columns import DamagedRowError
from acumat.history.feelings import AwayRow, WeeklyRow, away_row, away_rows
from acumat.history.minutes import MinuteRow
from acumat.history.questions import Asked
from acumat.history.rows import SessionRow
from acumat.history.schema import UnwritableError
from acumat.history.store import Store
from acumat.history.wellbeing import RHYTHM, known
from acumat.insight.associations import ELSE
from acumat.insight.helped import ANSWERS_LEAST
from tests.history.diary import DAY_S, START_S, Desk
from tests.history.stores import opened

DAYS = 40
NOW = Asked(START_S + DAYS * DAY_S, "Europe/Berlin", time(4))


def day_of(number: int) -> date:
    return datetime.fromtimestamp(START_S + number * DAY_S, UTC).date()


def felt(store: Store, days: int = DAYS, *, person: int | None = None, rise: bool = True) -> None:
    """A session a day with check-ins, notes, minutes and the night after it; a rough cover first, then a soft one."""
    random = Random(4)
    for day in range(days):
        start_s = START_S + day * DAY_S
        session_id, number = f"{store.install}-s{day + 1}", day + 1
        record = SessionRecord(session_id, 100.0, 1300.0, 1200.0, 0, "got_up")
        rough = day < days // 2
        profile = Profile(cover="linen" if rough else "cotton", pillow="roll")
        settled = random.randint(1, 6)
        minutes = [MinuteRow(session_id, each, still=float(each >= settled)) for each in range(8)]
        row = SessionRow(number, record, start_s, start_s + 1200.0, profile, person=person, zone="UTC")
        after = min(5, 1 + day * 5 // days) if rise else random.randint(2, 4)
        discomfort = random.randint(4, 6) if rough else random.randint(1, 2)
        before = CheckInRow("before", start_s - 300.0, 50.0, max(1, after - 1), person=person)
        store.record((), check_ins=[before])
        store.record((), row, minutes=minutes)
        store.save_feelings(
            [
                CheckInRow(
                    "after", start_s + 1300.0, 1400.0, after, discomfort, session_id, person, warm=True, red=day % 2 == 0
                ),
                CheckInRow("morning", start_s + 9 * 3600.0, 3e4, session_id=session_id, person=person, sleep=3),
            ]
        )
        if day % 7 == 0:
            answers: dict[str, int | None] = {"stiffness": 5 - day // 10, "sleep": 3}
            store.save_feelings([WeeklyRow(start_s + 7200.0, start_s, answers, "UTC", person)])
    store.save_feelings([AwayRow(day_of(3), day_of(9), person)])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return opened(tmp_path / "h.db")


def count(store: Store, table: str) -> int:
    with store.reading() as db:
        return int(db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


def test_answers_that_a_wrong_clock_has_dated_ahead_hide_no_later_ones(store: Store) -> None:
    felt(store)
    before = known(store, NOW).document
    assert before["weekly_at"] is not None
    ahead_s = NOW.now_wall_s + 400 * DAY_S
    record = SessionRecord("x-s900", 100.0, 1300.0, 1200.0, 0, "got_up")
    store.record((), SessionRow(900, record, ahead_s, ahead_s + 1200.0, Profile()))
    store.save_feelings(
        [
            CheckInRow("after", ahead_s + 1300.0, 1400.0, 2, session_id="x-s900"),
            WeeklyRow(ahead_s, ahead_s, {"sleep": 1}, "UTC"),
        ]
    )
    after = known(store, NOW)
    assert after.document == before
    assert after.weekly_day is not None
    assert after.weekly_day <= day_of(DAYS)


def test_answers_of_one_day_are_one_weekly_look_of_that_person(store: Store) -> None:
    for at_s, person, answers in (
        (10.0, None, {"sleep": 2}),
        (20.0, None, {"ease": 5, "sleep": None}),
        (30.0, 1, {"sleep": 4}),
    ):
        store.save_feelings([WeeklyRow(START_S + at_s, START_S, answers, person=person)])
    store.save_feelings([WeeklyRow(START_S + DAY_S, START_S + DAY_S, {"sleep": 1})])
    with store.reading() as db:
        rows = db.execute("SELECT person, ease, sleep FROM weekly ORDER BY id").fetchall()
    assert rows == [(None, 5, 2), (1, None, 4), (None, None, 1)]


@pytest.mark.parametrize("answers", [{"sleep": 6}, {"ease": 0}, {"stiffness": "3"}])
def test_what_cannot_be_an_answer_is_not_written(store: Store, answers: dict[str, Any]) -> None:
    with pytest.raises(UnwritableError):
        store.save_feelings([WeeklyRow(START_S, START_S, answers)])
    assert count(store, "weekly") == 0


def test_days_away_are_written_over_by_what_is_said_later(store: Store) -> None:
    first, later, latest = day_of(1), day_of(5), day_of(9)
    store.save_feelings([AwayRow(first, latest), AwayRow(first, later, person=2)])
    store.save_feelings([AwayRow(day_of(3), day_of(4))])
    with store.reading() as db:
        assert away_rows(db, None) == [AwayRow(first, day_of(4))]
        assert away_rows(db, 2) == [AwayRow(first, later, 2)]
    store.save_feelings([AwayRow(first, first)])
    assert count(store, "away") == 1


@pytest.mark.parametrize(
    "values", [(None, "2026-02-30", "2026-03-01"), (None, "2026-1-2", "2026-03-01"), ("Ann", "2026-01-02", "2026-01-03")]
)
def test_a_damaged_span_is_found(values: tuple[Any, ...]) -> None:
    with pytest.raises(DamagedRowError):
        away_row(values)


def test_an_export_has_all_of_it_and_comes_back_the_same_to_the_byte(tmp_path: Path, store: Store) -> None:
    felt(store)
    exported = Desk(store, NOW).exported()
    document = json.loads(exported)
    assert document["away"] == [{"first": day_of(3).isoformat(), "back": day_of(9).isoformat(), "person": None}]
    noted = [each for each in document["check_ins"] if each["warm"]]
    assert (len(noted), {each["red"] for each in noted}) == (DAYS, {True, False})
    assert {each["sleep"] for each in document["check_ins"] if each["moment"] == "morning"} == {3}
    other = Desk(opened(tmp_path / "other.db"), NOW)
    assert other.importing(exported).ok
    assert other.exported() == exported
    assert other.importing(exported).documents["added"] == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"stiffness":5', b'"stiffness":6'),
        (b'"warm":true', b'"warm":1'),
        (b'"alertness":null', b'"alertness":0'),
        (b'"moment":"morning"', b'"moment":"noon"'),
        (b'"sleep":3', b'"sleep":"3"'),
    ],
)
def test_what_cannot_be_is_not_imported(tmp_path: Path, store: Store, old: bytes, new: bytes) -> None:
    felt(store, 3)
    spoilt = Desk(store, NOW).exported().replace(old, new, 1)
    other = Desk(opened(tmp_path / "other.db"), NOW)
    answer = other.importing(spoilt)
    assert (answer.ok, answer.reason) == (False, "bad_file")
    assert count(other.store, "checkin") == count(other.store, "weekly") == 0


def test_days_away_that_end_before_they_begin_are_not_imported(tmp_path: Path, store: Store) -> None:
    felt(store, 10)
    span = (day_of(3).isoformat().encode(), day_of(9).isoformat().encode())
    spoilt = Desk(store, NOW).exported().replace(b'"first":"%s","back":"%s"' % span, b'"first":"%s","back":"%s"' % span[::-1])
    assert not Desk(opened(tmp_path / "other.db"), NOW).importing(spoilt).ok


def test_who_is_forgotten_leaves_nothing_of_it(tmp_path: Path, store: Store) -> None:
    felt(store)
    store.save_document(LOOK, "canary-look")
    store.save_document("prompts", "canary-prompts")
    asked = Asked(NOW.now_wall_s + 9e8, "", NOW.starts_at)
    assert Desk(store, asked).done("forget", everything=True)["sessions"] == DAYS
    assert [count(store, table) for table in ("checkin", "weekly", "away")] == [0, 0, 0]
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"canary" not in left
    assert day_of(3).isoformat().encode() not in left


def test_what_was_before_a_day_is_forgotten_with_what_was_found_in_it(store: Store) -> None:
    felt(store)
    store.save_document(LOOK, "{}")
    before = datetime.fromtimestamp(START_S + 12 * DAY_S - 1000.0, UTC).isoformat()
    Desk(store, NOW).done("forget", before=before)
    assert count(store, "away") == 0
    assert store.document(LOOK) is None
    assert count(store, "checkin") == 3 * (DAYS - 12)


def test_a_person_takes_their_own_along(store: Store) -> None:
    felt(store, person=1)
    with store.transaction() as db:
        db.execute("INSERT INTO person VALUES (1, 'Ann', 0)")
        db.execute("INSERT INTO away (person, first, back) VALUES (NULL, '2026-01-01', '2026-01-02')")
    assert known(store, NOW).document == {"away_until": None}
    assert known(store, NOW, 1).document["helped"] == "better"
    Desk(store, NOW).done("forget", person="Ann")
    assert [count(store, table) for table in ("checkin", "weekly", "away")] == [0, 0, 1]


def test_what_the_answers_show_is_said_in_sentences(store: Store) -> None:
    felt(store)
    found = Desk(store, NOW).done("helped")
    assert found["paired"] == {"change": "better", "pairs": 30, "better": 30, "worse": 0}
    assert found["trend"]["change"] == "better"
    assert found["sessions"] == [
        "In 24 of your last 30 sessions you were calmer afterwards than before, in 0 less calm."
    ] or found["sessions"][0].startswith("In ")
    assert found["weeks"][0].startswith("Over 5 weeks your answers about calm have moved towards calmer")
    assert any(
        text.startswith('With cover "cotton" you mostly answered less discomfort') and text.endswith(ELSE)
        for text in found["together"]
    )
    assert any(text.startswith("Of your last 20 sessions with a note: warm after 20") for text in found["together"])
    assert found["rhythm"][0].startswith("You lay on the mat on 28 of the last 28 days")
    assert found["not_known"]


def test_a_list_of_sessions_has_what_was_felt_before_and_after_and_no_more(store: Store) -> None:
    felt(store, 3)
    keys = {key for each in Desk(store, NOW).done("list")["sessions"] for key in each if key.startswith(("calm", "discomfort"))}
    assert keys == {"calm_before", "calm_after", "discomfort_before", "discomfort_after"}


def test_without_answers_it_says_when_there_will_be_something(store: Store) -> None:
    found = Desk(store, NOW).done("helped")
    assert found["sessions"] == ["After 10 more sessions with an answer before and after, a pattern can show."]
    assert found["weeks"] == ["A trend is looked for once there are 4 weeks of answers."]
    assert (found["together"], found["rhythm"]) == ([], [])


def test_the_rhythm_that_is_off_has_no_sentence(store: Store) -> None:
    felt(store)
    store.save_document(RHYTHM, "off")
    assert Desk(store, NOW).done("helped")["rhythm"] == []


def test_the_weekly_looks_are_compared_once_there_are_twelve_of_them(store: Store) -> None:
    for week in range(ANSWERS_LEAST - 1):
        at_s = START_S + 7 * week * DAY_S
        store.save_feelings([WeeklyRow(at_s, at_s, {"headaches": max(1, 5 - week // 2)})])
    asked = Asked(START_S + 84 * DAY_S, "", NOW.starts_at)
    assert len(Desk(store, asked).done("helped")["weeks"]) == 1
    at_s = START_S + 77 * DAY_S
    store.save_feelings([WeeklyRow(at_s, at_s, {"headaches": 1})])
    weeks = Desk(store, asked).done("helped")["weeks"]
    assert weeks[1].startswith("Over 12 weeks your answers about headaches have moved towards less bothered (12 answers).")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"first": 1}', '{"first": true, "week": 4, "change": "x", "n": 1, "z": 0, "text": ""}']
)
def test_a_damaged_look_is_taken_anew(store: Store, text: str) -> None:
    felt(store)
    store.save_document(LOOK, text)
    assert known(store, NOW).document["trend"] == "better"
    assert json.loads(store.document(LOOK) or "")["week"] == 5


def test_guests_undated_and_short_sessions_are_in_no_rhythm(store: Store) -> None:
    for number, (guest, dated, contact_s) in enumerate(
        [(True, True, 600.0), (False, False, 600.0), (False, True, 59.0)], start=1
    ):
        record = SessionRecord(f"x-s{number}", 0.0, contact_s, contact_s, 0, "got_up", guest=guest)
        start_s = NOW.now_wall_s - number * DAY_S
        store.record((), SessionRow(number, record, start_s, start_s + contact_s, dated=dated))
    assert "rhythm" not in known(store, NOW).document


def test_ten_years_are_read_with_a_few_steps(store: Store) -> None:
    """The looks at once a day's answers are bounded, however long somebody has given them."""
    with store.transaction() as db:
        for day in range(3650):
            at_s = NOW.now_wall_s - day * DAY_S
            for moment in ("before", "after"):
                db.execute(
                    "INSERT INTO checkin (moment, session_id, wall_s, mono_s, boot_id, calm) VALUES (?, ?, ?, 0, '', ?)",
                    (moment, f"x-s{3651 - day}", at_s, 3),
                )
    steps = 0

    def count_steps() -> int:
        nonlocal steps
        steps += 1
        return 0

    with store.reading() as db:
        db.set_progress_handler(count_steps, 1000)
    found = known(store, NOW)
    assert (found.document["helped"], found.document["trend"]) == ("none", "none")
    assert steps < 500
