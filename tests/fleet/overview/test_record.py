"""The record as the page asks it, of a real PostgreSQL: what is in it, and a sentence for all that may be wrong with it."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest

from acumat.contract.events import OF_THE_MACHINE
from acumat.fleet.overview import queries, record
from acumat.fleet.overview.record import Record
from acumat.fleet.overview.refusals import REFUSALS
from tests.fleet.engines import Postgres, postgres
from tests.fleet.overview.filled import FINE, Filled

ROOT = Path(__file__).parents[3]
T = TypeVar("T")
NOT_SHOWN = ("check_in", "redness", "symptom_stop", "guidance_changed", "programme_step", "possible_doze", "withheld")


def ask(dsn: str, question: Callable[[Record], Awaitable[T]]) -> T:
    """One question of a page that then ends."""

    async def asking() -> T:
        asked = Record(dsn)
        try:
            return await question(asked)
        finally:
            await asked.close()

    return asyncio.run(asking())


def overview(dsn: str) -> dict[str, Any]:
    return ask(dsn, lambda asked: asked.overview())


def table(dsn: str, name: str, **wishes: str) -> list[dict[str, str]]:
    async def taken(asked: Record) -> bytes:
        made = await asked.file(name, {key.rstrip("_"): each for key, each in wishes.items()})
        assert isinstance(made, AsyncGenerator), made
        return b"".join([piece async for piece in made])

    return list(csv.DictReader(io.StringIO(ask(dsn, taken).decode(), newline="")))


NEVER_S = 1e9


@pytest.fixture(autouse=True)
def no_answer_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is."""
    monkeypatch.setattr(record, "PATIENCE_S", NEVER_S)


@pytest.fixture
def filled(dsn: str) -> Filled:
    return Filled(dsn)


def test_an_empty_record_is_a_fleet_without_mats(filled: Filled) -> None:
    found = overview(filled.dsn)
    assert (found["ok"], found["count"], found["mats"], found["copy"], found["collector_late"]) == (True, 0, [], False, False)


def test_each_mat_is_there_with_what_the_record_has_of_it(filled: Filled) -> None:
    filled.mat("one", site="Nord", label="Room 1")
    filled.seen("one")
    filled.session("one", 4, filled.ago(hours=1))
    filled.session("one", 5, filled.ago(hours=23))
    filled.session("one", 6, filled.ago(hours=25))
    filled.event("one", 7, "calibration_done", filled.ago(days=2))
    filled.event("one", 8, "calibration_done", filled.ago(days=9))
    filled.numbering("one", "{[1,5),[8,9)}")
    filled.mat("two")
    found = overview(filled.dsn)
    one, two = found["mats"]
    age_s = timedelta(days=2).total_seconds()
    assert one.pop("seen_s") in range(5, 600)
    assert age_s <= one.pop("calibrated_s") < age_s + 600
    assert one == {
        "id": "one",
        "site": "Nord",
        "label": "Room 1",
        "standing": "free",
        "look": True,
        "said_offline": False,
        "version": "0.2.0",
        "layout": "4x2",
        "sessions": 2,
        "missing": 3,
    }
    assert (two["id"], two["standing"], two["seen_s"], two["sessions"], two["missing"]) == ("two", "new", None, 0, 0)


def test_a_clock_that_runs_ahead_brings_no_session_and_no_calibration(filled: Filled) -> None:
    filled.mat("one")
    filled.session("one", 1, filled.now.replace(year=2040))
    filled.event("one", 2, "calibration_done", filled.now.replace(year=2040))
    (one,) = overview(filled.dsn)["mats"]
    assert (one["sessions"], one["calibrated_s"]) == (0, None)
    detail = ask(filled.dsn, lambda asked: asked.mat("one"))
    assert (detail["sessions"], detail["events"]) == ([], [])


def test_what_has_just_been_missed_and_may_still_come_wants_no_look(filled: Filled) -> None:
    filled.mat("one")
    filled.seen("one")
    filled.numbering("one", "{[1,5),[8,9)}", missing_s=0.0)
    (one,) = overview(filled.dsn)["mats"]
    assert (one["missing"], one["look"]) == (0, False)
    detail = ask(filled.dsn, lambda asked: asked.mat("one"))
    assert [(each["first"], each["last"]) for each in detail["gaps"]] == [(5, 7)]


def test_a_silent_collector_is_named(filled: Filled) -> None:
    filled.collector(ago_s=600)
    assert overview(filled.dsn)["collector_late"] is True


def test_documents_of_any_kind_break_nothing(filled: Filled) -> None:
    wrong: list[dict[str, Any]] = [
        {},
        {"state": None},
        {"state": [1]},
        {"state": 5, "about": "x", "health": 7},
        {"health": {"a": 1}},
    ]
    for number, state in enumerate(wrong):
        filled.mat(f"m{number}")
        filled.seen(f"m{number}", state=state)
        assert ask(filled.dsn, lambda asked, number=number: asked.mat(f"m{number}"))["ok"]  # type: ignore[misc]
    assert len(overview(filled.dsn)["mats"]) == 5


def test_one_mats_page_has_its_days_sessions_gaps_faults_and_events(filled: Filled) -> None:
    filled.mat("one", zone="Pacific/Auckland")
    broken = {"code": "dead", "text": "It reads nothing."}
    filled.seen(
        "one", state={**FINE, "health": {"health": "degraded", "sensors": {"r1c1": broken}, "bus": {"code": "ok", "text": ""}}}
    )
    filled.mat("other")
    last = filled.ago(days=1).replace(hour=0, minute=30, second=0, microsecond=0)
    filled.session("one", 1, last, minutes=10)
    filled.session("one", 2, last - timedelta(days=1), minutes=20)
    filled.session("one", 3, last - timedelta(days=1), minutes=5, guest=True)
    filled.session("one", 4, last - timedelta(days=2), minutes=7, clock_set=False)
    filled.session("other", 5, last)
    filled.event("one", 6, "sensor_failed", filled.ago(hours=2), sensor="r1c1")
    for number, each in enumerate(NOT_SHOWN, 10):
        filled.event("one", number, each, filled.ago(hours=1), text="She said that it hurts.")
    filled.numbering("one", "{[1,5),[8,11)}", lost="{[6,7)}")
    found = ask(filled.dsn, lambda asked: asked.mat("one"))
    assert found["zone"] == "Pacific/Auckland"
    assert [each["minutes"] for each in found["days"]] == [19.5, 9.5]
    assert {each["id"]: each["undated"] for each in found["sessions"]} == {"s1": False, "s2": False, "s3": False, "s4": True}
    assert (found["sessions"][0]["id"], found["sessions"][-1]["id"]) == ("s1", "s4")
    assert found["conditions"] == [{"name": "r1c1", **broken}]
    assert [(each["first"], each["last"], each["lost"]) for each in found["gaps"]] == [
        (5, 5, False),
        (7, 7, False),
        (6, 6, True),
    ]
    assert [each["event_type"] for each in found["events"]] == ["sensor_failed"]
    assert "hurts" not in json.dumps(found)


def test_no_event_about_a_person_is_on_the_list() -> None:
    assert not set(NOT_SHOWN) & set(OF_THE_MACHINE)


@pytest.mark.parametrize("mat_id", ["nobody", "", "' OR true --", "a\0b", "m" * 1000])
def test_a_mat_that_is_not_there_is_a_sentence(filled: Filled, mat_id: str) -> None:
    assert ask(filled.dsn, lambda asked: asked.mat(mat_id))["reason"] == "unknown_mat"


def test_sessions_and_days_can_be_taken_along(filled: Filled) -> None:
    filled.mat("one", site="=1+1")
    filled.mat("two", site="B")
    day = filled.ago(days=1)
    for number in range(3):
        filled.session("one", number + 1, day)
    filled.session("two", 9, day)
    filled.session("two", 10, filled.ago(days=200))
    rows = table(filled.dsn, "sessions.csv")
    assert [each["mat_id"] for each in rows] == ["one", "one", "one", "two"]
    assert (rows[0]["site"], rows[0]["contact_s"], rows[0]["guest"]) == ("'=1+1", "1170.0", "false")
    assert [(each["mat_id"], each["sessions"], each["contact_min"]) for each in table(filled.dsn, "days.csv")] == [
        ("one", "3", "58.5"),
        ("two", "1", "19.5"),
    ]
    assert {each["mat_id"] for each in table(filled.dsn, "sessions.csv", site="B")} == {"two"}
    assert {each["mat_id"] for each in table(filled.dsn, "days.csv", mat="one")} == {"one"}
    early = filled.ago(days=200).date().isoformat()
    assert len(table(filled.dsn, "sessions.csv", from_=early, to=early)) == 1
    assert table(filled.dsn, "sessions.csv", from_="1999-01-01", to="1999-01-02") == []
    assert [each["standing"] for each in table(filled.dsn, "mats.csv", site="B")] == ["new"]


def test_a_long_table_comes_in_pieces(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("acumat.fleet.overview.files.PIECE_ROWS", 2)
    filled.mat("one")
    for number in range(7):
        filled.session("one", number + 1, filled.ago(minutes=number + 1))

    async def pieces(asked: Record) -> list[bytes]:
        made = await asked.file("sessions.csv", {})
        assert isinstance(made, AsyncGenerator)
        return [piece async for piece in made]

    assert [piece.count(b"\r\n") for piece in ask(filled.dsn, pieces)] == [1, 2, 2, 2, 1]


@pytest.mark.parametrize(
    "wishes",
    [
        {"from": "yesterday"},
        {"to": "2026-13-01"},
        {"from": "2026-02-02", "to": "2026-02-01"},
        {"from": "2020-01-01", "to": "2026-01-01"},
        {"to": "9999-12-31"},
        {"to": "0001-01-01"},
    ],
)
def test_days_that_are_none_are_refused_before_anything_is_asked(wishes: dict[str, str]) -> None:
    found = ask("host=nowhere.invalid", lambda asked: asked.file("days.csv", wishes))
    assert isinstance(found, dict)
    assert found["reason"] == "bad_days"


def test_more_mats_than_a_page_can_show_are_named(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_MATS", 3)
    for number in range(5):
        filled.mat(f"m{number}")
    found = overview(filled.dsn)
    assert (found["count"], len(found["mats"])) == (5, 3)


@pytest.mark.parametrize("preference", ["client_encoding = 'LATIN1'", "client_encoding = 'SQL_ASCII'", "datestyle = 'German'"])
def test_names_and_times_are_shown_whatever_the_user_prefers(filled: Filled, preference: str) -> None:
    filled.mat("one", site="Nord", label="Raum \N{FOOTPRINTS}")
    filled.seen("one")
    filled.run(f"ALTER ROLE postgres SET {preference}")
    try:
        assert [each["mat_id"] for each in table(filled.dsn, "mats.csv")] == ["one"]
        found = overview(filled.dsn)
    finally:
        filled.run("ALTER ROLE postgres RESET ALL")
    assert [(each["site"], each["label"]) for each in found["mats"]] == [("Nord", "Raum \N{FOOTPRINTS}")]


def test_times_are_shown_whatever_the_environment_prefers(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    filled.mat("one")
    filled.seen("one")
    monkeypatch.setenv("PGDATESTYLE", "German")
    assert [each["mat_id"] for each in table(filled.dsn, "mats.csv")] == ["one"]


def test_the_page_can_change_nothing(filled: Filled) -> None:
    async def write(asked: Record) -> None:
        async with asked._connections.one() as connection:
            await connection.execute("DELETE FROM acumat.mat")

    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        ask(filled.dsn, write)


def test_the_overview_is_read_once_for_all_who_look(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "FRESH_S", NEVER_S)

    async def twice(asked: Record) -> tuple[dict[str, Any], dict[str, Any]]:
        first, second = await asyncio.gather(asked.overview(), asked.overview())
        return first, second

    first, second = ask(filled.dsn, twice)
    assert first is second


def test_sessions_of_the_day_are_counted_once_a_minute_and_all_else_at_once(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "FRESH_S", 0.0)
    monkeypatch.setattr(record, "USAGE_FRESH_S", NEVER_S)
    filled.mat("one")

    async def story(asked: Record) -> list[tuple[int, int]]:
        found = []
        for number, kept_s in enumerate((NEVER_S, NEVER_S, 0.0), 1):
            monkeypatch.setattr(record, "USAGE_FRESH_S", kept_s)
            filled.session("one", number, filled.ago(minutes=number))
            filled.mat(f"more{number}")
            answer = await asked.overview()
            found.append((len(answer["mats"]), sum(each["sessions"] for each in answer["mats"])))
        return found

    assert ask(filled.dsn, story) == [(2, 1), (3, 1), (4, 3)]


QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "all mats": (queries.MATS, {"most": 10, "healed_s": 120}),
    "their sessions": (queries.USAGE, {"hours": 24}),
    "one mat": (queries.MAT, {"mat_id": "one", "healed_s": 120}),
    "its sessions of a day": (queries.USAGE_OF, {"hours": 24, "mat_id": "one"}),
    "its sessions": (queries.SESSIONS_OF, {"mat_id": "one", "most": 30}),
    "its days": (queries.DAYS_OF, {"mat_id": "one", "days": 28}),
    "its events": (queries.EVENTS_OF, {"mat_id": "one", "most": 50}),
}


@pytest.mark.parametrize("what", QUESTIONS)
def test_no_question_reads_events_that_it_does_not_need(filled: Filled, what: str) -> None:
    """Among many events of other kinds it goes by an index that has none of them."""
    filled.mat("one")
    filled.session("one", 1, filled.ago(hours=2))
    filled.event("one", 2, "calibration_done", filled.ago(hours=3))
    for number in range(3, 60):
        filled.event("one", number, "settled", filled.ago(minutes=number))
    query, values = QUESTIONS[what]
    with filled.connect() as database:
        database.execute("SET enable_seqscan = off")
        plan = "\n".join(row[0] for row in database.execute(f"EXPLAIN (ANALYZE) {query}".encode(), values))
    assert "Rows Removed by Filter: 5" not in plan, plan
    assert f"Seq Scan on event_{filled.now:%Y_%m}" not in plan, plan


class TestWhatMayBeWrong:
    """Each is a sentence, and the same page goes on when it is over."""

    def test_a_database_without_tables(self, dsn: str) -> None:
        assert overview(dsn)["reason"] == "record_empty"

    def test_a_database_that_is_not_there(self, database_server: Postgres) -> None:
        assert overview(database_server.dsn_of("nowhere"))["reason"] == "record_empty"

    def test_a_user_without_rights(self, filled: Filled) -> None:
        filled.run("DROP ROLE IF EXISTS stranger")
        filled.run("CREATE ROLE stranger LOGIN")
        assert overview(filled.dsn.replace("user=postgres", "user=stranger"))["reason"] == "record_denied"

    def test_the_documented_rights_are_enough_and_not_more(self, filled: Filled) -> None:
        with filled.connect() as database:
            if not database.execute("SELECT 1 FROM pg_roles WHERE rolname = 'acumat-fleet-web'").fetchone():
                database.execute('CREATE ROLE "acumat-fleet-web" LOGIN')
            database.execute((ROOT / "deploy/postgresql/page.sql").read_bytes())
        filled.mat("one")
        filled.session("one", 1, filled.ago(hours=1))
        dsn = filled.dsn.replace("user=postgres", "user=acumat-fleet-web")
        assert [each["sessions"] for each in overview(dsn)["mats"]] == [1]
        assert ask(dsn, lambda asked: asked.mat("one"))["ok"]
        assert [len(table(dsn, name)) for name in ("mats.csv", "sessions.csv", "days.csv")] == [1, 1, 1]
        with psycopg.connect(dsn) as database, pytest.raises(psycopg.errors.InsufficientPrivilege):
            database.execute("SELECT * FROM acumat.set_aside")

    def test_a_server_that_is_not_there(self) -> None:
        found = overview("host=127.0.0.1 port=9 dbname=x password=secret")
        assert found["reason"] == "record_away"
        assert "secret" not in json.dumps(found)

    def test_too_many_questions_at_once(self, filled: Filled) -> None:
        async def crowd(asked: Record) -> list[dict[str, Any]]:
            return await asyncio.gather(*(asked.mat("one") for _ in range(record.WAITING + 3)))

        assert [each["reason"] for each in ask(filled.dsn, crowd)].count("busy") == 3

    @pytest.mark.parametrize("reason", REFUSALS)
    def test_every_reason_has_words_on_the_page(self, reason: str) -> None:
        from acumat.words import catalogue

        assert f"refused.{reason}" in catalogue("en")


class TestAServerThatComesAndGoes:
    """One of its own, which the test stops."""

    @pytest.fixture
    def server(self) -> Iterator[Postgres]:
        with postgres() as made:
            yield made

    def test_it_goes_on_after_a_crash_of_the_database(self, server: Postgres) -> None:
        filled = Filled(server.dsn)
        filled.mat("one")

        async def story(asked: Record) -> None:
            assert (await asked.mat("one"))["ok"]
            server.stop_immediately()
            assert (await asked.mat("one"))["reason"] in ("record_away", "record_starting")
            await asyncio.to_thread(server.start)
            assert (await asked.mat("one"))["ok"]

        ask(server.dsn, story)

    def test_an_idle_connection_that_has_died_is_replaced_without_a_word(self, server: Postgres) -> None:
        filled = Filled(server.dsn)
        filled.mat("one")

        async def story(asked: Record) -> None:
            end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'acumat web'"
            assert (await asked.mat("one"))["ok"]
            filled.run(end)
            assert (await asked.mat("one"))["ok"]
            filled.run(end)
            made = await asked.file("mats.csv", {})
            assert isinstance(made, AsyncGenerator)
            assert len([piece async for piece in made]) == 1

        ask(server.dsn, story)

    def test_a_frozen_server_is_a_sentence_and_then_an_answer(self, server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
        Filled(server.dsn).mat("one")

        async def frozen(asked: Record) -> None:
            server.freeze()
            with monkeypatch.context() as impatient:
                impatient.setattr(record, "PATIENCE_S", 0.2)
                assert (await asked.mat("one"))["reason"] == "record_slow"
            server.thaw()
            assert (await asked.mat("one"))["ok"]

        ask(server.dsn, frozen)

    def test_a_locked_table_is_a_sentence_and_then_an_answer(self, server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
        filled = Filled(server.dsn)
        filled.mat("one")

        async def locked(asked: Record) -> None:
            with psycopg.connect(server.dsn) as other:
                other.execute("LOCK TABLE acumat.mat")
                with monkeypatch.context() as impatient:
                    impatient.setattr(record, "PATIENCE_S", 0.2)
                    assert (await asked.mat("one"))["reason"] == "record_slow"
            assert (await asked.mat("one"))["ok"]

        ask(server.dsn, locked)

    def test_a_copy_says_that_it_is_one(self) -> None:
        with postgres(settings=("fsync=off", "wal_level=replica")) as first:
            Filled(first.dsn).mat("one")
            with postgres(settings=("fsync=off",), primary=first) as second:
                found = overview(second.dsn)
                assert (found["copy"], [each["id"] for each in found["mats"]]) == (True, ["one"])
