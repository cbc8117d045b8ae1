"""How somebody feels, from the frame and the command to the store and the broker: what is asked, kept, shown and not shown."""

from __future__ import annotations

import os
import time as clock
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from acumat.commands.parser import parse_request
from acumat.contract.commands import Command, CommandName, Response
from acumat.contract.events import Event, EventType
from acumat.contract.sessions import SessionRecord
from acumat.contract.state import JsonScalar, MatState, Presence
from acumat.contract.wellbeing import BODY_NOTES, GROUPS, NOTHING_SHARED, WELLBEING_KEYS, Shared
from acumat.history.calm import LOOK
from acumat.history.rows import SessionRow
from acumat.insight.tags import Tag
from acumat.service.feeling_requests import FeelingRequests
from acumat.service.prompting import DOCUMENT as PROMPTS
from acumat.service.request import Request
from tests.hw.bench import JumpingClock
from tests.service.test_routine import EMPTY, Bench, lying

ALL = Shared(*[True] * len(GROUPS))
HOUR_S, DAY_S = 3600.0, 86400.0


@pytest.fixture(autouse=True)
def _berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(os, "fsync", lambda _file: None)
    monkeypatch.setenv("TZ", "Europe/Berlin")
    clock.tzset()
    yield
    monkeypatch.undo()
    clock.tzset()


class Home:
    """Somebody at home with the mat; the test says when they lie down and what they answer."""

    def __init__(self, path: Path, *, shared: Shared = ALL) -> None:
        self.path, self.shared = path, shared
        self.clock = JumpingClock()
        self.sessions = 0
        self.start()

    def start(self) -> None:
        """The daemon starts (again)."""
        self.bench = Bench(self.path, clock=self.clock, shared=self.shared)
        with self.bench.store.reading() as db:
            db.execute("PRAGMA synchronous = OFF")  # no power is cut here, and a year has ten thousand commits
        self.requests = FeelingRequests(self.bench.feelings, self.clock, day_starts_at=time(4))
        self.bench.written()

    def restart(self) -> None:
        self.bench.written()
        self.bench.store.close()
        self.start()

    def wait_until(self, hour: int, minute: int = 0, *, step_s: float = 900.0) -> None:
        """Nobody lies there until the clock shows this."""
        now = self.now
        at = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        self.wait((at if at > now else at + timedelta(days=1)).timestamp() - now.timestamp(), step_s)

    def wait(self, seconds: float, step_s: float = 900.0) -> None:
        end_s = self.clock.now_s + seconds
        while self.clock.now_s < end_s:
            self.clock.sleep(min(step_s, end_s - self.clock.now_s))
            self.frame(EMPTY)

    def session(self, minutes: float = 12.0) -> str:
        """Lie down, and get up again; the recorder's row is written here."""
        self.sessions += 1
        session_id = f"x-s{self.sessions}"
        start_s = self.clock.now_s
        for _ in range(int(minutes)):
            self.clock.sleep(60.0)
            self.frame(lying(self.clock.now_s - start_s, session_id))
        end_s = self.clock.now_s
        record = SessionRecord(session_id, start_s, end_s, end_s - start_s, 0, "got_up")
        wall_s = self.clock.wall() - end_s
        self.bench.store.record((), SessionRow(self.sessions, record, wall_s + start_s, wall_s + end_s))
        self.clock.sleep(20.0)
        numbers: dict[str, JsonScalar] = {"session_id": session_id, "contact_s": end_s - start_s}
        self.frame(EMPTY, Event(EventType.SESSION_ENDED, self.clock.now_s, "got_up", "It ended.", end_s, numbers))
        return session_id

    def frame(self, mat: MatState, *events: Event) -> None:
        self.bench.frame(mat, *events)
        self.bench.written()

    def ask(self, name: str, **arguments: Any) -> Response:
        command = parse_request({"command": name, **arguments})
        assert isinstance(command, Command), command
        answer = self.requests.handlers[command.name](Request(command, print, dict), **command.arguments)
        assert answer is not None
        self.bench.written()
        return answer

    def check_in(self, when: str, calm: int) -> None:
        self.bench.ask(CommandName.CHECK_IN, when=when, calm=calm)
        self.frame(EMPTY)

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.wall())  # noqa: DTZ006

    def asks(self) -> Any:
        return self.known["question"]

    @property
    def known(self) -> dict[str, Any]:
        return self.bench.feelings.document()

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        with self.bench.store.reading() as db:
            return db.execute(f"SELECT * FROM {table}").fetchall()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "h.db")


def test_notes_and_the_weekly_look_have_the_words_of_the_insight() -> None:
    assert list(BODY_NOTES) == [tag.value for tag in Tag]


def test_the_weekly_look_is_asked_after_the_cool_down_and_once_a_week(home: Home) -> None:
    home.wait_until(14)
    home.session()
    home.wait(50 * 60.0)
    assert home.asks() is None, "the skin cools down"
    home.wait(15 * 60.0)
    assert home.asks() == "weekly_look"
    assert home.ask("weekly_look", stiffness=3).ok
    assert home.asks() is None
    home.ask("weekly_look", sleep=4, stiffness=2)
    assert [row[4:8] for row in home.rows("weekly")] == [(2, None, None, 4)], "the answers of a day are one weekly look"
    for _ in range(6):
        for hour in (8, 14):
            home.wait_until(hour)
            assert home.asks() is None
        home.session()
        home.wait(3 * HOUR_S)
        assert home.asks() is None
    home.wait_until(8)
    assert home.asks() == "weekly_look", "a week later it is asked in the morning after a session"
    home.session()
    home.wait(2 * HOUR_S)
    assert home.asks() == "alertness", "put once, the weekly look waits for another week"


def test_after_an_evening_the_night_is_asked_for_and_after_a_morning_alertness(home: Home) -> None:
    home.wait_until(19)
    evening = home.session()
    home.ask("weekly_look", ease=3)
    home.wait_until(23)
    assert home.asks() is None
    home.wait_until(7)
    assert home.asks() == "sleep"
    assert home.ask("note", sleep=2).ok
    assert home.asks() is None
    morning = home.session()
    home.wait(70 * 60.0)
    assert home.asks() == "alertness"
    assert home.ask("note", alertness=5, warm=True, red=False).ok
    found = {(row[1], row[2]): row for row in home.rows("checkin")}
    assert found["morning", evening][14] == 2
    assert found["after", morning][13:20] == (5, None, 1, None, None, 0, None)
    assert (home.known.get("slept"), home.known["alertness"]) == (None, 5), "of the last session that has an answer"


def test_what_is_noted_twice_is_corrected_and_the_rest_stays(home: Home) -> None:
    home.wait_until(14)
    home.session()
    home.check_in("after", 4)
    assert "hour" in home.ask("note", red=True, heavy=True).text
    home.ask("note", red=False)
    (row,) = home.rows("checkin")
    assert (row[9], *row[15:20]) == (4, None, 1, None, 0, None)


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("note", {"warm": True}, "no_session"),
        ("note", {"sleep": 3}, "no_session"),
        ("skip", {}, "not_asked"),
        ("away", {"back": True}, "not_away"),
        ("away", {"until": "tomorrow"}, "bad_value"),
        ("away", {"until": "2023-11-14"}, "bad_value"),
        ("away", {"until": "2025-01-01"}, "bad_value"),
        ("away", {"until": "2023-12-24", "back": True}, "bad_value"),
    ],
)
def test_what_makes_no_sense_now_is_refused_and_stores_nothing(
    home: Home, name: str, arguments: dict[str, Any], reason: str
) -> None:
    answer = home.ask(name, **arguments)
    assert (answer.ok, answer.reason) == (False, reason)
    assert not any(home.rows(table) for table in ("checkin", "weekly", "away"))


def test_half_a_day_later_nothing_more_is_noted_of_a_session(home: Home) -> None:
    home.wait_until(9)
    home.session()
    home.wait(12.5 * HOUR_S)
    assert home.ask("note", tight=True).reason == "no_session"
    assert home.ask("note", sleep=3).reason == "no_session", "the night has not been yet"


@pytest.mark.parametrize(("evening", "hours", "taken"), [((2024, 3, 30), 11.5, True), ((2024, 10, 26), 12.5, False)])
def test_half_a_day_is_as_long_in_the_night_in_which_the_clocks_change(
    home: Home, evening: tuple[int, int, int], hours: float, taken: bool
) -> None:
    home.clock.sleep(datetime(*evening, 20).timestamp() - home.clock.wall())  # noqa: DTZ001
    home.session()
    home.wait(hours * HOUR_S)
    assert home.ask("note", tight=True).ok is taken


def test_nothing_that_needs_a_date_is_taken_without_one(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(home.bench.feelings._time), "known", property(lambda _self: False))
    for name, arguments in (
        ("weekly_look", {"sleep": 3}),
        ("away", {"until": "2023-12-24"}),
        ("washed", {}),
        ("note", {"red": True}),
    ):
        assert home.ask(name, **arguments).reason == "no_date"


def test_away_silences_what_is_open_and_freezes_the_rhythm(home: Home) -> None:
    home.wait_until(14)
    home.session()
    home.wait(2 * HOUR_S)
    assert home.asks() == "weekly_look"
    home.ask("away", until=(home.now.date() + timedelta(days=2)).isoformat())
    home.wait(60.0, 20.0)
    assert home.asks() is None
    home.ask("away", back=True)
    home.wait(60.0, 20.0)
    assert home.asks() == "weekly_look"
    for _ in range(20):
        home.wait_until(14, step_s=6 * HOUR_S)
        home.session(5.0)
    home.wait(HOUR_S)
    before = home.known["rhythm"]
    back = home.now.date() + timedelta(days=21)
    assert home.ask("away", until=back.isoformat()).ok
    home.restart()
    home.wait(20 * DAY_S, 6 * HOUR_S)
    assert (home.asks(), home.known["away_until"], home.known["rhythm"]) == (None, back.isoformat(), before)
    home.wait(2 * DAY_S, 6 * HOUR_S)
    assert home.known["away_until"] is None
    assert 0 < before - home.known["rhythm"] <= 8, "the first day at home was missed"


def test_who_is_back_sooner_counts_from_then_on(home: Home) -> None:
    home.wait_until(14)
    home.session()
    home.ask("away", until="2023-12-24")
    home.wait(3 * DAY_S, 6 * HOUR_S)
    assert home.ask("away", back=True).ok
    assert home.known["away_until"] is None
    assert [row[2:] for row in home.rows("away")] == [("2023-11-15", "2023-11-18")]
    home.ask("away", until="2023-12-01")
    assert [row[2:] for row in home.rows("away")] == [("2023-11-15", "2023-12-01")], "the same absence goes on"


def test_the_rhythm_that_is_off_is_nowhere_and_stays_off(home: Home) -> None:
    home.wait_until(14)
    home.session()
    home.wait(HOUR_S)
    document, _ = home.bench.shown[-1]
    assert document["rhythm"] == 7
    assert home.bench.shown[-1][1]
    home.ask("rhythm", on=False)
    for _ in range(2):
        assert not [key for key in home.known if key.startswith("rhythm")]
        without, has_entity = home.bench.shown[-1]
        assert ({without[key] for key in GROUPS["rhythm"]}, has_entity) == ({None}, False)
        home.restart()
    home.ask("rhythm", on=True)
    assert home.known["rhythm"] == 7


def test_the_cover_counts_hours_since_it_was_washed(home: Home) -> None:
    home.wait_until(10)
    home.session(30.0)
    home.ask("washed")
    home.wait(HOUR_S)
    home.session(30.0)
    home.session(60.0)
    assert home.known["cover_hours"] == 1.5
    home.restart()
    assert home.known["cover_hours"] == 1.5


def days_of_check_ins(home: Home, days: int, calm: tuple[int, int] = (2, 4)) -> None:
    for _ in range(days):
        home.wait_until(14, step_s=6 * HOUR_S)
        home.check_in("before", calm[0])
        home.session(5.0)
        home.check_in("after", calm[1])


def test_the_paired_answer_comes_with_the_tenth_pair_and_the_trend_with_the_fourth_week(home: Home) -> None:
    days_of_check_ins(home, 9)
    assert (home.known["helped"], home.known["trend"]) == ("too_early", "too_early")
    days_of_check_ins(home, 1)
    assert home.known["helped"] == "better"
    assert home.known["helped_text"].startswith("In 10 of your last 10 sessions you were calmer")
    days_of_check_ins(home, 18)
    assert home.known["trend"] == "too_early"
    days_of_check_ins(home, 1)
    assert home.known["trend"] == "none"
    assert home.known["trend_text"].startswith("No clear change yet")
    document, _ = home.bench.shown[-1]
    assert document["helped"] == "better"
    assert (document["calm_before"], document["calm_after"]) == (2, 4)


def test_a_look_at_the_trend_is_taken_once_a_week_whatever_is_added_and_however_often_it_starts(home: Home) -> None:
    days_of_check_ins(home, 29)
    look = home.bench.store.document(LOOK)
    assert look is not None
    with home.bench.store.transaction() as db:
        db.execute("UPDATE checkin SET calm = 1 + id / 14 WHERE moment = 'after'")  # now they rise, week by week
    home.restart()
    days_of_check_ins(home, 5)
    assert home.known["trend"] == "none"
    assert home.bench.store.document(LOOK) == look
    days_of_check_ins(home, 2)
    assert home.bench.store.document(LOOK) != look
    assert home.known["trend"] == "better"


def test_a_missed_day_costs_at_most_eight_of_a_hundred(home: Home) -> None:
    points = []
    for day in range(40):
        home.wait_until(14, step_s=6 * HOUR_S)
        if day != 35:
            home.session(5.0)
        home.wait_until(3, step_s=6 * HOUR_S)
        home.wait_until(5, step_s=600.0)
        points.append(home.known["rhythm"])
    assert points[34] == 100
    assert 92 <= points[35] < 100
    assert min(points[35:]) >= 92


@pytest.mark.parametrize("name", GROUPS)
def test_what_is_not_shared_does_not_leave(tmp_path: Path, name: str) -> None:
    home = Home(tmp_path / "h.db", shared=replace(NOTHING_SHARED, **{name: True}))
    days_of_check_ins(home, 2)
    home.ask("weekly_look", sleep=2)
    home.wait_until(8, step_s=600.0)
    home.ask("note", sleep=3, red=True)
    home.ask("away", until="2023-12-01")
    document, has_entity = home.bench.shown[-1]
    assert list(document) == list(WELLBEING_KEYS)
    known = {key for key, value in document.items() if value is not None}
    assert known
    assert known <= set(GROUPS[name])
    assert has_entity is (name == "rhythm")


def test_nothing_is_shown_where_nothing_is_shared(tmp_path: Path) -> None:
    home = Home(tmp_path / "h.db", shared=NOTHING_SHARED)
    days_of_check_ins(home, 2)
    home.ask("rhythm", on=False)
    assert home.bench.shown == []


def test_who_is_forgotten_is_asked_nothing_and_nothing_of_them_is_known(home: Home) -> None:
    days_of_check_ins(home, 3)
    home.wait(2 * HOUR_S)
    home.ask("weekly_look", sleep=2)
    with home.bench.store.transaction() as db:
        for table in ("checkin", "weekly", "session", "document"):
            db.execute(f"DELETE FROM {table}")
    home.bench.feelings.forget()
    home.bench.written()
    assert set(home.known.values()) == {None}
    assert set(home.bench.shown[-1][0].values()) == {None}
    home.wait(HOUR_S)
    assert home.asks() is None
    assert home.bench.store.document(PROMPTS) is None


def test_a_question_survives_a_restart_and_is_not_put_twice(home: Home) -> None:
    home.wait_until(14)
    home.session()
    home.wait(2 * HOUR_S)
    assert home.asks() == "weekly_look"
    home.restart()
    home.wait(60.0, 15.0)
    assert home.asks() == "weekly_look"
    assert home.ask("skip").ok
    home.restart()
    home.wait(3 * HOUR_S)
    assert home.asks() is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"day": "tomorrow"}', '{"asked": ["who"], "day": "2023-11-14"}', '{"open": 1}']
)
def test_a_damaged_memory_of_questions_counts_as_none(home: Home, text: str) -> None:
    home.bench.store.save_document(PROMPTS, text)
    home.restart()
    assert home.bench.feelings.prompting.session is None
    home.wait_until(14)
    home.session()
    home.wait(2 * HOUR_S)
    assert home.asks() == "weekly_look"


def test_a_history_that_is_read_late_hides_the_rhythm_until_it_is_known_and_asks_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "h.db", known=False, shared=ALL)
    bench.written()
    for _ in range(5):
        bench.clock.sleep(20.0)
        bench.frame(EMPTY)
        bench.written()
    assert all(not has_entity for _, has_entity in bench.shown)
    bench.feelings.restore_late({"rhythm": "off"}, {})
    bench.written()
    assert "rhythm" not in bench.feelings.document()


class Year:
    """A year at home: sessions at any hour, days away, symptoms and restarts; the test counts for itself what is asked."""

    def __init__(self, home: Home, seed: int) -> None:
        self.home, self.random = home, Random(seed)
        self.ended_s = self.symptom_s = -1e9
        self.back = date(2023, 1, 1)
        self.put: dict[int, set[str]] = defaultdict(set)
        self.bad: list[tuple[datetime, str]] = []

    def live(self, days: int) -> None:
        end_s = self.home.clock.now_s + days * DAY_S
        while self.home.clock.now_s < end_s:
            self.home.wait(HOUR_S, HOUR_S)
            self.see()
            if self.random.random() < 1.3 / 24:
                self.home.session(self.random.choice((2.0, 6.0, 12.0)))
                self.ended_s = self.home.clock.now_s
                self.see()
            self.happen()

    def happen(self) -> None:
        home, chance = self.home, self.random.random
        if chance() < 0.001:
            self.back = home.now.date() + timedelta(days=self.random.randint(1, 20))
            assert home.ask("away", until=self.back.isoformat()).ok
        if chance() < 0.002 and self.ended_s > home.clock.now_s - HOUR_S:
            home.bench.ask(CommandName.SYMPTOM)
            self.symptom_s = home.clock.now_s
        if chance() < 0.005:
            home.restart()
        if home.asks() is not None and chance() < 0.1:
            home.ask("skip")

    def see(self) -> None:
        home = self.home
        redness = home.bench.routine.document()["question"]
        if redness is not None:
            self.put[home.sessions].add(redness)
        if home.asks() is None:
            return
        self.put[home.sessions].add(home.asks())
        programme_day = (home.now - timedelta(hours=4)).date()
        reasons = {
            "away": programme_day < self.back,
            "resting": home.clock.now_s - self.symptom_s < DAY_S,
            "cool-down": home.clock.now_s - self.ended_s < HOUR_S - 60.0,
            "night": not time(4) <= home.now.time() < time(21, 30),
        }
        self.bad += [(home.now, reason) for reason, holds in reasons.items() if holds]


def test_a_year_has_never_more_than_two_questions_a_session_and_none_at_a_bad_time(tmp_path: Path) -> None:
    year = Year(Home(tmp_path / "h.db"), seed=1)
    year.live(365)
    assert year.bad == []
    assert max(map(len, year.put.values())) == 2
    assert {each for put in year.put.values() for each in put} == {"redness", "weekly_look", "sleep", "alertness"}
    assert year.home.sessions > 300


def test_a_session_under_way_is_no_time_for_a_question(home: Home) -> None:
    home.wait_until(14)
    home.session()
    home.wait(2 * HOUR_S)
    assert home.asks() == "weekly_look"
    for second in range(0, 100, 20):
        home.clock.sleep(20.0)
        home.frame(replace(lying(20.0 + second, "x-s2"), presence=Presence.LYING))
    assert home.asks() is None
