"""The record in a real PostgreSQL: each event once, months, retention, what is missing, and the views."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from acumat.fleet.record.bounds import MOST_NUMBERINGS, MOST_RANGES
from acumat.fleet.record.connection import RecordAwayError, connect, noticing
from acumat.fleet.record.entries import Batch, EventEntry, Heard, MatAnswer, SetAside, Stored
from acumat.fleet.record.months import existing, make, month_of, name_of, retire
from acumat.fleet.record.numbering import claim_mat, claim_range, gaps, mats_asked
from acumat.fleet.record.numbers import joined
from acumat.fleet.record.schema import prepare
from acumat.fleet.record.status import CollectorStatus, note_status, read_status, trim_set_aside
from acumat.fleet.record.store import store
from acumat_hw.errors import InputError
from tests.fleet.engines import Postgres

pytestmark = pytest.mark.broker
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
INCARNATION = "0a0b0c0d"


@pytest.fixture
def connection(dsn: str) -> Iterator[Connection]:
    with connect(dsn) as found:
        prepare(found)
        make(found, [month for each in (NOW, NOW - timedelta(days=300)) if (month := month_of(each)) is not None])
        yield found


def entry(number: int, *, at: datetime = NOW, mat: str = "mat1", event_type: str = "settled", **document: Any) -> EventEntry:
    return EventEntry(mat, INCARNATION, number, at, event_type, json.dumps(document | {"id": f"{INCARNATION}-{number}"}))


def batch(*numbers: int, **more: Any) -> Batch:
    return Batch(tuple(entry(each, **more) for each in numbers))


def numbers(connection: Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT number FROM acumat.event ORDER BY number")]


def test_preparing_twice_changes_nothing(connection: Connection) -> None:
    store(connection, batch(1))
    months = existing(connection)
    prepare(connection)
    assert numbers(connection) == [1]
    assert existing(connection) == months


def test_an_event_comes_in_once_even_with_another_time(connection: Connection) -> None:
    assert store(connection, batch(1, 2)) == Stored(2, 0)
    assert store(connection, batch(2, 3)) == Stored(1, 1)
    assert store(connection, batch(1, at=NOW - timedelta(days=30))) == Stored(0, 1)
    assert store(connection, batch(4, 4)) == Stored(1, 1)
    assert numbers(connection) == [1, 2, 3, 4]


def test_writers_at_the_same_time_store_each_event_once(dsn: str, connection: Connection) -> None:
    """Each of four writes the same events of the same mats, in another order."""
    found: list[Stored] = []

    def write(seed: int) -> None:
        with connect(dsn) as own:
            for turn in range(10):
                mats = [f"mat{(each * seed + turn) % 7}" for each in range(7)]
                events = tuple(entry(turn * 5 + number, mat=mat) for mat in mats for number in range(1, 6))
                found.append(store(own, Batch(events, tuple(Heard(mat, alive=True) for mat in mats))))

    threads = [threading.Thread(target=write, args=(seed,)) for seed in (1, 2, 3, 4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(each.events for each in found) == 350
    assert len(found) == 40
    assert connection.execute("SELECT count(*), count(DISTINCT (mat_id, id)) FROM acumat.event").fetchone() == (350, 350)


def test_a_value_that_the_database_refuses_blocks_no_other(connection: Connection) -> None:
    bad = EventEntry("mat1", INCARNATION, 2, NOW, "settled", '{"a": "\\u0000"}')
    found = store(connection, Batch((entry(1), bad, entry(3)), (Heard("mat1", True),)))
    assert found == Stored(3, 0, 1)
    assert numbers(connection) == [1, 3]
    assert connection.execute("SELECT topic, reason FROM acumat.set_aside").fetchall() == [("mat1/event", "refused")]
    assert gaps(connection) == []


def test_the_same_message_set_aside_again_only_counts(connection: Connection) -> None:
    aside = SetAside("acumat/mat1/event", "not_json", "The text is not JSON.", b"{" * 5000)
    for _ in range(3):
        store(connection, Batch(set_aside=(aside,)))
    row = connection.execute("SELECT times, size_bytes, length(payload) FROM acumat.set_aside").fetchall()
    assert row == [(3, 5000, 4096)]


def test_only_the_newest_messages_set_aside_stay(connection: Connection) -> None:
    connection.execute(
        """INSERT INTO acumat.set_aside (topic, digest, reason, detail, payload, size_bytes, last_at)
           SELECT 't', int4send(g), 'r', 'd', '', 0, now() - make_interval(secs => g) FROM generate_series(1, 10100) g"""
    )
    trim_set_aside(connection)
    row = connection.execute("SELECT count(*), max(now() - last_at) < interval '2.9 hours' FROM acumat.set_aside").fetchone()
    assert row == (10_000, True)


def test_what_is_missing_is_known_until_it_comes_or_is_lost(connection: Connection) -> None:
    store(connection, batch(3, 4, 8))
    (gap,) = gaps(connection)
    assert gap.missing == ((1, 2), (5, 7))
    assert claim_range(connection, gap, 1, 7)
    assert not claim_range(connection, gap, 1, 7), "another one has asked"
    (gap,) = gaps(connection)
    assert gap.times_asked == 1
    assert gap.asked_s is not None
    store(connection, batch(1))
    (gap,) = gaps(connection)
    assert (gap.missing, gap.times_asked) == (((2, 2), (5, 7)), 0), "the mat answers"
    store(
        connection,
        Batch(answers=(MatAnswer("mat1", INCARNATION, ((2, 2), (6, 7))), MatAnswer("mat1", INCARNATION, known_last=9))),
    )
    (gap,) = gaps(connection)
    assert gap.missing == ((5, 5), (9, 9))
    store(connection, batch(5, 7))
    (gap,) = gaps(connection)
    assert gap.missing == ((9, 9),)
    assert gap.asked_s is None, "all of the page has come or is lost"
    store(connection, batch(9))
    assert gaps(connection) == []
    lost = connection.execute("SELECT first_lost, last_lost FROM acumat.gap_lost ORDER BY 1").fetchall()
    assert lost == [(2, 2), (6, 6)], "7 came after all"


def numberings(connection: Connection, mat: str) -> int:
    row = connection.execute("SELECT count(*) FROM acumat.numbering WHERE mat_id = %s", (mat,)).fetchone()
    assert row is not None
    return int(row[0])


def test_a_mat_has_only_so_many_numberings(connection: Connection) -> None:
    store(connection, batch(1, mat="mat2"))
    many = tuple(EventEntry("mat1", f"{each:08x}", 1, NOW, "settled", "{}") for each in range(2 * MOST_NUMBERINGS))
    assert store(connection, Batch(many[:5])) == Stored(5, 0)
    found = store(connection, Batch((*many, entry(2, mat="mat2"))))
    assert found == Stored(MOST_NUMBERINGS - 5 + 1, 5, MOST_NUMBERINGS)
    store(connection, Batch(answers=tuple(MatAnswer("mat1", f"{each:08x}", ((1, 3),), 9) for each in range(5000, 6000))))
    assert numberings(connection, "mat1") == MOST_NUMBERINGS
    reasons = connection.execute("SELECT DISTINCT topic, reason FROM acumat.set_aside").fetchall()
    assert reasons == [("mat1/event", "numberings")]
    assert store(connection, Batch((EventEntry("mat1", "00000000", 2, NOW, "settled", "{}"),))) == Stored(1, 0), (
        "known ones go on"
    )


def test_numbers_of_a_mat_fall_into_only_so_many_ranges(connection: Connection) -> None:
    """What is not taken because of that is asked for again once the gaps are filled."""

    def ranges(column: str) -> int:
        row = connection.execute(f"SELECT count(*) FROM acumat.numbering n, unnest(n.{column})").fetchone()
        assert row is not None
        return int(row[0])

    store(connection, batch(*range(1, 2 * MOST_RANGES, 2)))
    assert ranges("received") == MOST_RANGES
    assert store(connection, batch(2 * MOST_RANGES + 9)) == Stored(0, 0, 1)
    assert store(connection, batch(2 * MOST_RANGES)) == Stored(1, 0), "what belongs to a range is taken"
    assert ranges("received") == MOST_RANGES
    assert store(connection, batch(2, 4, 2 * MOST_RANGES + 9)) == Stored(3, 0)
    scattered = joined((each, each) for each in range(6, 10**5, 4))
    store(connection, Batch(answers=(MatAnswer("mat1", INCARNATION, scattered[:5], 10**6),)))
    store(connection, Batch(answers=(MatAnswer("mat1", INCARNATION, scattered, 10**6),)))
    assert ranges("lost") == 5
    store(connection, Batch(answers=(MatAnswer("mat1", INCARNATION, ((1, 10**6),), 10**6),)))
    assert gaps(connection) == []


def test_a_mat_with_many_gaps_does_not_stand_before_the_others(connection: Connection) -> None:
    store(connection, Batch(tuple(EventEntry("mat1", f"{each:08x}", 2, NOW, "settled", "{}") for each in range(200))))
    store(connection, batch(2, mat="mat2"))
    assert [each.mat_id for each in gaps(connection)[:3]] == ["mat1", "mat2", "mat1"]


def test_an_answer_of_a_new_mat_says_what_is_missing(connection: Connection) -> None:
    store(connection, Batch(answers=(MatAnswer("mat1", INCARNATION, ((1, 6),), 10),)))
    (gap,) = gaps(connection)
    assert gap.missing == ((7, 10),)


def test_a_mat_that_is_shut_out_is_not_asked(connection: Connection) -> None:
    store(connection, batch(2))
    assert list(mats_asked(connection)) == ["mat1"]
    connection.execute("UPDATE acumat.mat SET revoked_at = now()")
    assert gaps(connection) == []
    assert mats_asked(connection) == {}


def test_one_collector_asks_a_mat_what_it_has(connection: Connection) -> None:
    assert claim_mat(connection, "mat1", 600)
    assert not claim_mat(connection, "mat1", 600)
    connection.execute("UPDATE acumat.audit SET asked_at = now() - interval '601 seconds'")
    assert claim_mat(connection, "mat1", 600)


def test_a_mat_is_seen_when_it_speaks_itself(connection: Connection) -> None:
    def seen() -> Any:
        return connection.execute("SELECT seen_at IS NOT NULL, availability, state FROM acumat.seen").fetchone()

    store(connection, Batch(heard=(Heard("mat1", False, "online", {"state": {"presence": "empty"}}),)))
    assert seen() == (False, "online", {"state": {"presence": "empty"}})
    store(connection, Batch(heard=(Heard("mat1", True, None, {"health": {"health": "ok"}}), Heard("mat1", True))))
    store(connection, Batch(heard=(Heard("mat1", False, "offline", {"state": {}}),)))
    assert seen() == (True, "offline", {"state": {}, "health": {"health": "ok"}})


def test_months_are_made_while_others_write(connection: Connection, dsn: str) -> None:
    with connect(dsn) as other, other.transaction():
        store(other, batch(1))
        make(connection, [datetime(2031, 5, 1, tzinfo=UTC)])  # it waits for nobody
    store(connection, batch(2, at=datetime(2031, 5, 31, 23, tzinfo=UTC)))
    assert connection.execute("SELECT count(*) FROM acumat.event_2031_05").fetchone() == (1,)


def test_clocks_that_are_not_set_have_their_partitions(connection: Connection) -> None:
    store(connection, Batch((entry(1, at=datetime(1970, 1, 1, tzinfo=UTC)), entry(2, at=datetime(9999, 12, 31, tzinfo=UTC)))))
    assert connection.execute("SELECT count(*) FROM acumat.event_before").fetchone() == (1,)
    assert connection.execute("SELECT count(*) FROM acumat.event_beyond").fetchone() == (1,)


def received(connection: Connection, days_ago: int) -> None:
    connection.execute("UPDATE acumat.event SET received_at = %s - make_interval(days => %s)", (NOW, days_ago))


def test_of_two_events_with_one_number_the_first_stays_in_one_batch_or_two(connection: Connection) -> None:
    first, other = entry(1), replace(entry(1, at=NOW + timedelta(days=1)), document='{"other": true}')
    assert store(connection, Batch((first, other))) == Stored(1, 1)
    assert store(connection, Batch((other,))) == Stored(0, 1)
    assert connection.execute("SELECT at FROM acumat.event").fetchall() == [(first.at,)]


def test_old_months_are_dropped_whole_but_never_the_newest(connection: Connection) -> None:
    old, older = NOW - timedelta(days=300), NOW - timedelta(days=340)
    make(connection, [month for each in (old, older) if (month := month_of(each)) is not None])
    store(connection, Batch((entry(1, at=older), entry(2, at=old), entry(3, at=datetime(1970, 1, 1, tzinfo=UTC)))))
    received(connection, 200)
    dropped = retire(connection, 90, NOW)
    assert dropped == [name_of(older), "event_before"]
    assert numbers(connection) == [2]
    assert store(connection, batch(1, at=older)) == Stored(0, 1), "what was dropped does not come in again"
    assert gaps(connection) == []


def test_what_came_late_stays_as_long_as_what_came_in_time(connection: Connection) -> None:
    store(connection, Batch((entry(1, at=NOW - timedelta(days=300)), entry(2, at=datetime(1970, 1, 1, tzinfo=UTC)), entry(3))))
    received(connection, 10)
    assert retire(connection, 90, NOW) == []
    assert numbers(connection) == [1, 2, 3]


def test_a_reader_of_an_old_month_is_not_waited_for_for_ever(connection: Connection, dsn: str) -> None:
    old = NOW - timedelta(days=300)
    store(connection, Batch((entry(1, at=old), entry(2))))
    received(connection, 200)
    with psycopg.connect(dsn) as reader:
        reader.execute("SELECT FROM acumat.event LIMIT 1")
        assert retire(connection, 90, NOW) == []
    assert retire(connection, 90, NOW) == [name_of(old)]


def test_the_views_count_sessions_of_the_owner_by_the_mats_own_day(connection: Connection) -> None:
    def session(number: int, at: datetime, **more: Any) -> EventEntry:
        figures: dict[str, Any] = {
            "session_id": f"s{number}",
            "session_s": 1200.0,
            "contact_s": 1100.0,
            "lifts": 1,
            "guest": False,
        }
        return entry(number, at=at, event_type="session_ended", reason="got_up", **(figures | more))

    monday = datetime(2026, 11, 23, tzinfo=UTC)
    store(
        connection,
        Batch(
            (
                session(1, monday + timedelta(hours=10)),
                session(2, monday + timedelta(hours=23, minutes=30)),
                session(3, monday + timedelta(hours=12), guest=True),
                session(4, datetime(1970, 1, 1, 1, tzinfo=UTC), clock_set=False),
                entry(5),
            )
        ),
    )
    connection.execute("UPDATE acumat.mat SET timezone = 'Europe/Stockholm', site = 'studio'")
    sessions = connection.execute(
        "SELECT session_id, session_s, lifts, end_reason, guest, undated FROM acumat.session ORDER BY 1"
    )
    assert sessions.fetchall() == [
        ("s1", 1200.0, 1, "got_up", False, False),
        ("s2", 1200.0, 1, "got_up", False, False),
        ("s3", 1200.0, 1, "got_up", True, False),
        ("s4", 1200.0, 1, "got_up", False, True),
    ]
    days = connection.execute("SELECT site, day::text, sessions, session_min FROM acumat.day ORDER BY day").fetchall()
    assert days == [("studio", "2026-11-23", 1, 20.0), ("studio", "2026-11-24", 1, 20.0)]
    weeks = connection.execute("SELECT week::text, days_used, sessions FROM acumat.adherence").fetchall()
    assert weeks == [("2026-11-23", 2, 2)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"session_s": "long"},
        {"session_s": True},
        {"session_s": -1},
        {"session_s": 9e14},
        {"session_s": None},
        {"contact_s": [1]},
        {"contact_s": {}},
        {"lifts": 1.5},
        {"lifts": 9e14},
        {"guest": "maybe"},
        {"recovered": 2},
        {"clock_set": "no"},
        {"late": "perhaps"},
    ],
    ids=str,
)
def test_what_one_mat_says_of_a_session_fails_no_view_for_the_others(connection: Connection, wrong: dict[str, Any]) -> None:
    figures: dict[str, Any] = {"session_s": 1200, "contact_s": 1100, "lifts": 1, "guest": False}
    good = entry(1, event_type="session_ended", **figures)
    times = (NOW, datetime(1970, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, 23, tzinfo=UTC))
    bad = tuple(entry(2 + n, at=at, mat="mat2", event_type="session_ended", **(figures | wrong)) for n, at in enumerate(times))
    store(connection, Batch((good, *bad)))
    connection.execute("UPDATE acumat.mat SET timezone = 'Pacific/Kiritimati'")
    for view in ("session", "day", "adherence"):
        rows = connection.execute(f"SELECT * FROM acumat.{view}").fetchall()
        assert "mat1" in [row[0] for row in rows]
    days = connection.execute("SELECT day FROM acumat.session").fetchall()
    assert len(days) == 4
    assert (None,) not in days


def test_the_status(connection: Connection) -> None:
    store(connection, batch(2, 3))
    store(connection, Batch(answers=(MatAnswer("mat1", INCARNATION, ((1, 1),), 5),)))
    note_status(connection, CollectorStatus("one", "mqtt", NOW, 2, 0, 0, None))
    found = read_status(connection)
    assert [(each.name, each.events) for each in found.collectors] == [("one", 2)]
    assert (found.mats, found.gaps, found.missing, found.lost, found.set_aside) == (1, 1, 2, 1, 0)


def test_what_is_wrong_with_the_database_is_a_sentence_without_the_password(dsn: str) -> None:
    for wrong in (f"{dsn} port=1", f"{dsn} dbname=absent", "host=127.0.0.1 port=1 password=secret"):
        with pytest.raises(RecordAwayError) as caught:
            connect(wrong)
        assert "secret" not in str(caught.value)
    with pytest.raises(InputError) as wrong_words:
        connect("secret words")
    assert "secret" not in str(wrong_words.value)
    with connect(dsn) as found, pytest.raises(RecordAwayError, match="--provision"), noticing():
        store(found, batch(1))


def test_a_table_that_somebody_holds_is_said(connection: Connection, dsn: str) -> None:
    """Otherwise the collector says nothing, and each restart by its watchdog leaves one more server process that waits."""
    assert connection.execute("SHOW lock_timeout").fetchone() == ("30s",)
    connection.execute("SET lock_timeout = '1ms'")
    with connect(dsn) as other, other.transaction():
        other.execute("LOCK TABLE acumat.event IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(RecordAwayError, match="Somebody holds a lock"), noticing():
            store(connection, batch(1))
    assert store(connection, batch(1)) == Stored(events=1)


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_lacks_characters_is_refused(database_server: Postgres, encoding: str) -> None:
    name = f"of_{encoding.lower()}"
    with connect(database_server.dsn_of("postgres")) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'".encode())
    with pytest.raises(InputError, match=f"has the encoding {encoding}, and the record needs UTF8"):
        connect(database_server.dsn_of(name))


@pytest.mark.parametrize("preference", ["client_encoding = 'LATIN1'", "datestyle = 'German'"])
def test_characters_and_times_are_read_whatever_the_user_prefers(connection: Connection, dsn: str, preference: str) -> None:
    connection.execute(f"ALTER ROLE postgres SET {preference}".encode())
    try:
        with connect(dsn) as found:
            store(found, batch(1, text="\N{FOOTPRINTS}"))
            row = found.execute("SELECT at, document ->> 'text' FROM acumat.event").fetchone()
    finally:
        connection.execute("ALTER ROLE postgres RESET ALL")
    assert row == (NOW, "\N{FOOTPRINTS}")
