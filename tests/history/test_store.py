"""The store: gap-free ids, one transaction a record, totals, undo, and files that are broken, newer or cut short."""

from __future__ import annotations

import itertools
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acumat.contract.learned import Learned
from acumat.contract.sessions import Profile, SessionRecord, Totals
from acumat.history.bounds import Bounds
from acumat.history.rows import SessionRow
from acumat.history.schema import MIGRATIONS, StoreUnavailableError
from acumat.history.store import Store

NAMES = ("a", "b")
BATCHES = st.lists(st.integers(0, 4), max_size=6)


def session(number: int, *, end_wall_s: float = 1000.0, contact_s: float = 600.0) -> SessionRow:
    record = SessionRecord(f"x-s{number}", 10.0, 10.0 + contact_s, contact_s, 1, "got_up", 98.5, lateral=-3.0, recovered=True)
    return SessionRow(number, record, end_wall_s - contact_s, end_wall_s, Profile(surface="bed"))


OPENED: list[Store] = []


@pytest.fixture(autouse=True)
def _close_stores() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


def opened(path: Path) -> Store:
    store = Store(path)
    OPENED.append(store)
    store.open()
    return store


def document(text: str) -> tuple[float, float, dict[str, object]]:
    return (1.7e9, 12.5, {"id": "to be replaced", "event_type": "settled", "text": text})


def test_a_guests_session_is_kept_but_enters_no_total(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db")
    store.record((), session(1))
    mine = store.totals(0.0)
    guest = session(2)
    guest = replace(guest, record=replace(guest.record, guest=True))
    store.record((), guest)
    assert store.totals(0.0) == mine
    assert store.kept(NAMES, 0.0).last_session == guest


def test_a_fresh_store_knows_nothing_but_its_own_name(tmp_path: Path) -> None:
    store = opened(tmp_path / "new" / "history.db")
    kept = store.kept(NAMES, 0.0)
    assert len(kept.install) == 8
    assert (kept.next_session_no, kept.learned, kept.layout_changed) == (1, Learned.nothing(2), False)
    assert (kept.totals, kept.last_session) == (Totals(), None)
    store.close()
    store.close()
    assert opened(store.path).kept(NAMES, 0.0) == kept


@settings(max_examples=15, deadline=None)
@given(BATCHES, BATCHES)
def test_event_ids_have_no_gaps_even_over_restarts_and_acknowledgements(first: list[int], second: list[int]) -> None:
    with TemporaryDirectory() as folder:
        store = Store(Path(folder) / "history.db")
        seen: list[tuple[int, str]] = []
        for batches in (first, second):
            store.open()
            for count in batches:
                store.record([document("é")] * count)
                rows = store.outbox_after(0, 100, 12.5)
                assert len(rows) == count
                seen += rows
                store.delete_acked([seq for seq, _ in rows])
            store.close()
        install = store.install
    assert [seq for seq, _ in seen] == list(range(1, len(seen) + 1))
    for seq, payload in seen:
        assert payload == f'{{"id":"{install}-{seq}","event_type":"settled","text":"é"}}'


@pytest.mark.parametrize(("now_mono_s", "late"), [(12.5, False), (22.4, False), (22.6, True), (3.0, True)])
def test_an_event_that_waited_for_long_or_since_another_time_is_marked_as_late(
    tmp_path: Path, now_mono_s: float, late: bool
) -> None:
    store = opened(tmp_path / "history.db")
    store.record([(1.7e9, 12.5, {"event_type": "got_up", "late": False})])
    ((_, payload),) = store.outbox_after(0, 9, now_mono_s)
    assert json.loads(payload)["late"] is late


def test_an_event_of_another_boot_is_late_whatever_its_monotonic_time_says(tmp_path: Path) -> None:
    before = Store(tmp_path / "history.db", boot_id="before")
    before.open()
    before.record([(1.7e9, 12.5, {"event_type": "got_up", "late": False})])
    before.close()
    store = Store(tmp_path / "history.db", boot_id="now")
    OPENED.append(store)
    store.open()
    store.record([(1.7e9, 12.5, {"event_type": "got_up", "late": False})])
    assert [json.loads(payload)["late"] for _, payload in store.outbox_after(0, 9, 13.0)] == [True, False]


def test_an_event_that_has_arrived_already_is_kept_under_its_id_and_waits_for_no_broker(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    seqs = store.record([document("told"), document("new")], ids={0: "run-1"}, arrived=frozenset({0}))
    waiting = store.outbox_after(0, 9, 12.5)
    assert [seq for seq, _ in waiting] == seqs[1:]
    with closing(sqlite3.connect(tmp_path / "history.db")) as db:
        kept = [json.loads(row[0]) for row in db.execute("SELECT payload FROM event ORDER BY seq")]
    assert [each["text"] for each in kept] == ["told", "new"]
    assert kept[0]["id"] == "run-1"
    assert kept[1]["id"].endswith("-1"), "an id that was given elsewhere leaves no gap in the store's own"


def test_a_session_begun_without_the_store_gets_a_number_of_its_own(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    store.record([], session(1))
    other = replace(session(1), record=replace(session(1).record, session_id="ffffffff-s1"))
    store.record([], other)
    store.record([], other)  # known by now: replaced, not added
    assert store.totals(0.0).sessions_total == 2


def test_a_record_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    with pytest.raises(ValueError, match="Out of range float"):
        store.record([document("good"), (0.0, 0.0, {"load": float("nan")})], session(1))
    store.record([document("next")])
    assert [seq for seq, _ in store.outbox_after(0, 9, 12.5)] == [1]
    assert store.kept(NAMES, 0.0).last_session is None


def test_the_outbox_is_read_in_order_from_a_place_and_no_further_than_asked(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    store.record([document(str(n)) for n in range(1, 8)])
    store.delete_acked([3])
    assert [seq for seq, _ in store.outbox_after(1, 3, 12.5)] == [2, 4, 5]


def test_a_session_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    store.record([], session(4))
    kept = store.kept(NAMES, 0.0)
    assert kept.last_session == session(4)
    assert kept.next_session_no == 5


def test_a_session_that_is_kept_again_counts_once(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    store.record([], session(1))
    store.record([], session(1, contact_s=900))
    assert store.totals(0.0) == Totals(1, 15.0, 1, 15.0)


def test_a_session_cut_short_does_not_lend_its_id_to_the_next(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    store.record([(0.0, 0.0, {"event_type": "session_started", "session_id": "abcd-s7"})])
    assert store.kept(NAMES, 0.0).next_session_no == 8


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 3600)), max_size=6), st.integers(0, 2000))
def test_totals_are_the_sums_over_what_was_kept(sessions: list[tuple[int, int]], day_start_s: int) -> None:
    with TemporaryDirectory() as folder:
        store = opened(Path(folder) / "history.db")
        for number, (end_s, contact_s) in enumerate(sessions, start=1):
            store.record([], session(number, end_wall_s=end_s, contact_s=contact_s))
        totals = store.totals(day_start_s)
        store.close()
    today = [contact_s for end_s, contact_s in sessions if end_s >= day_start_s]
    assert (totals.sessions_total, totals.sessions_today) == (len(sessions), len(today))
    assert totals.minutes_total == pytest.approx(sum(contact_s for _, contact_s in sessions) / 60)
    assert totals.minutes_today == pytest.approx(sum(today) / 60)


def learned(gain: float, baseline_us: float = 1.0) -> Learned:
    return Learned((baseline_us, None), (gain, 2 - gain), 40.0, calibrated=True, turned=False)


def test_what_was_learnt_follows_its_sensors_and_not_their_order(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    store.save_learned(("a", "b"), learned(0.75))
    assert store.kept(("a", "b"), 0.0).learned == learned(0.75)
    swapped = store.kept(("b", "a"), 0.0)
    assert swapped.learned == Learned((None, 1.0), (1.25, 0.75), 40.0, calibrated=True)
    assert not swapped.layout_changed
    other = store.kept(("a", "b", "c"), 0.0)
    assert other.learned == Learned.nothing(3)
    assert other.layout_changed


@pytest.mark.parametrize(("calibrations", "undone"), [(0, 0), (1, 1), (5, 5), (8, 5)])
def test_the_last_five_calibrations_can_be_undone(tmp_path: Path, calibrations: int, undone: int) -> None:
    store = opened(tmp_path / "history.db")
    steps = [learned(1 + n / 16) for n in range(calibrations + 1)]
    for before, after in itertools.pairwise(steps):
        store.save_calibration(NAMES, before, after, 1.7e9, 0.5)
        assert store.kept(NAMES, 0.0).learned == after
    back = [store.undo_calibration(NAMES) for _ in range(undone)]
    assert back == steps[-2::-1][:undone]
    assert store.undo_calibration(NAMES) is None
    assert store.kept(NAMES, 0.0).learned == (back[-1] if back else Learned.nothing(2))


def test_undo_keeps_the_baseline_of_today(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    store.save_calibration(NAMES, learned(1.0, 1.0), learned(0.5, 1.0), 1.7e9, None)
    store.save_learned(NAMES, learned(0.5, 3.0))
    assert store.undo_calibration(NAMES) == learned(1.0, 3.0)


def test_a_calibration_of_other_sensors_is_not_undone(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    store.save_calibration(NAMES, learned(1.0), learned(0.5), 1.7e9, None)
    assert store.undo_calibration(("a", "z")) is None


def test_a_file_that_is_no_database_is_put_aside_and_a_fresh_one_begun(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    path.write_bytes(b"not a database " * 400)
    store = opened(path)
    store.record([document("works")])
    assert (tmp_path / "history.db.broken-1").read_bytes().startswith(b"not a database")


def test_a_damaged_page_is_found_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = opened(path)
    store.record([document("x" * 500)] * 100)
    old = store.install
    store.close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\x55" * (len(data) - 4096)
    path.write_bytes(data)
    store.open()
    assert store.install != old
    assert store.outbox_after(0, 9, 12.5) == []
    assert (tmp_path / "history.db.broken-1").exists()


def test_a_file_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    opened(path).close()
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(StoreUnavailableError, match=r"history.db: the history has schema \d+.*install the newer acumat"):
        Store(path).open()
    assert [each.name for each in tmp_path.iterdir() if "broken" in each.name] == []


def test_a_place_that_cannot_be_written_is_unavailable_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailableError, match=r"file/history.db: .*check the disk"):
        Store(tmp_path / "file" / "history.db").open()
    with pytest.raises(StoreUnavailableError, match="is not open"):
        Store(tmp_path / "history.db").record([])


CHILD = """
import sys
from pathlib import Path
from acumat.history.store import Store
store = Store(Path(sys.argv[1]))
store.open()
while True:
    store.record([(0.0, 0.0, {"n": 1}), (0.0, 0.0, {"n": 2})])
    print(store.outbox_after(0, 10**6, 12.5)[-1][0], flush=True)
"""


@pytest.mark.parametrize("records", [1, 7, 30])
def test_what_was_recorded_survives_kill_9_and_nothing_is_half_there(tmp_path: Path, records: int) -> None:
    path = tmp_path / "history.db"
    command = [sys.executable, "-c", "import sys; sys.path[:0] = ['daemon', 'hw']\n" + CHILD, str(path)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        promised = [int(child.stdout.readline()) for _ in range(records)][-1]
        child.kill()
    rows = opened(path).outbox_after(0, 10**6, 12.5)
    assert len(rows) >= promised
    assert [seq for seq, _ in rows] == list(range(1, len(rows) + 1))
    assert [json.loads(payload)["n"] for _, payload in rows] == [1, 2] * (len(rows) // 2)


def test_a_damaged_row_is_put_aside_with_its_file_and_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = opened(tmp_path / "history.db")
    store.save_learned(NAMES, Learned.nothing(len(NAMES)))
    store.record([document("first"), document("second")], session(1))
    with closing(sqlite3.connect(tmp_path / "history.db")) as db, db:
        db.execute("UPDATE learned SET learned = substr(learned, 1, 20)")
        db.execute("UPDATE event SET payload = '{' WHERE seq = 1")
        db.execute("UPDATE session SET profile = '[1]'")
    kept = store.kept(NAMES, 0.0)
    assert kept.learned == Learned.nothing(len(NAMES))
    assert kept.last_session == replace(session(1), profile=Profile())
    assert [json.loads(each).get("reason") for _, each in store.outbox_after(0, 9, 1e6)] == [None, "history_damaged"]
    assert "damaged" in caplog.text
    assert (tmp_path / "history.db.broken-1").exists()


def test_a_layout_tried_for_a_day_does_not_cost_the_other_its_calibration(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    store.save_calibration(NAMES, learned(1.0), learned(0.5), 1.7e9, None)
    store.save_learned(("a", "b", "c"), Learned.nothing(3))
    for n in range(5):
        store.save_calibration(("a", "c"), learned(1.0), learned(1.0 + n / 16), 1.7e9, None)
    back = store.kept(NAMES, 0.0)
    assert back.learned == learned(0.5)
    assert not back.layout_changed
    assert store.undo_calibration(("b", "a")) is not None
    assert store.kept(("x",), 0.0).layout_changed


def test_documents_are_kept_by_name_and_replaced_and_removed(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    store.save_document("one", "1")
    store.save_document("two", "2")
    store.save_document("one", "{}")
    store.save_document("two", None)
    store.close()
    store.open()
    assert store.kept(NAMES, 0.0).documents == {"one": "{}"}


def test_what_was_written_before_the_clock_was_set_is_dated_once_and_only_in_this_boot(tmp_path: Path) -> None:
    at = {"at": "1970-01-01T00:01:40.000Z", "edge_at": "1970-01-01T00:01:30.500Z", "clock_set": False}
    earlier = Store(tmp_path / "history.db", boot_id="earlier")
    earlier.open()
    earlier.record([(100.0, 100.0, dict(at))], dated=False)
    earlier.close()
    store = Store(tmp_path / "history.db", boot_id="now")
    OPENED.append(store)
    store.open()
    undated = replace(session(1, end_wall_s=700.0), dated=False)
    store.record([(100.0, 100.0, dict(at))], undated, dated=False)
    store.record([(100.0, 100.0, {"at": at["at"], "edge_at": None})])
    for offset_s in (1.7e9, 1.9e9):
        store.redate(offset_s)
        documents = [json.loads(payload) for _, payload in store.outbox_after(0, 9, 100.0)]
        assert [each["at"] for each in documents] == [at["at"], "2023-11-14T22:15:00.000Z", at["at"]]
        assert documents[1]["edge_at"] == "2023-11-14T22:14:50.500Z"
        assert ["clock_set" in each for each in documents] == [True, False, False]
        last = store.kept(NAMES, 0.0).last_session
        assert last is not None
        assert (last.start_wall_s, last.end_wall_s, last.dated) == (1.7e9 + 10.0, 1.7e9 + 610.0, True)
        assert last.record == undated.record


def bounded(path: Path, **bounds: int) -> Store:
    store = Store(path, bounds=replace(Bounds(), **bounds))
    OPENED.append(store)
    store.open()
    return store


def waiting(store: Store) -> list[dict[str, object]]:
    return [json.loads(payload) for _, payload in store.outbox_after(0, 10**6, 12.5)]


@pytest.mark.parametrize("bounds", [{"outbox_rows": 40}, {"outbox_bytes": 4000}])
@pytest.mark.parametrize("batch", [1, 7])
def test_a_full_outbox_loses_its_oldest_and_says_which(tmp_path: Path, bounds: dict[str, int], batch: int) -> None:
    store = bounded(tmp_path / "history.db", **bounds)
    for _ in range(210 // batch):
        store.record([document("x" * 30)] * batch)
        rows = waiting(store)
        assert len(rows) <= bounds.get("outbox_rows", 10**6)
        assert sum(len(json.dumps(each, separators=(",", ":"))) for each in rows) <= bounds.get("outbox_bytes", 10**9)
    with closing(sqlite3.connect(store.path)) as db, db:
        everything = [json.loads(row[0]) for row in db.execute("SELECT payload FROM event ORDER BY seq")]
    db.close()
    assert [each["id"] for each in everything] == [f"{store.install}-{n}" for n in range(1, len(everything) + 1)]
    rows = waiting(store)
    gaps = [each for each in rows if each["event_type"] == "gap"]
    lost = len(everything) - len(rows)
    told = sum(int(str(gap["count"])) for gap in gaps)
    # gaps that were dropped themselves are no events that anybody misses
    dropped_gaps = sum(each["event_type"] == "gap" for each in everything) - len(gaps)
    assert told == lost - dropped_gaps
    assert gaps[0]["first_id"] == f"{store.install}-1"
    assert gaps[-1]["last_id"] == f"{store.install}-{lost}"


def test_the_oldest_events_and_sessions_go_and_totals_do_not_fall(tmp_path: Path) -> None:
    store = bounded(tmp_path / "history.db", events=300, sessions=20)
    store.record([document("waits")])
    for number in range(1, 61):
        store.record([document("x")] * 20, session(number))
        store.delete_acked([seq for seq, _ in store.outbox_after(1, 10**6, 12.5)])
    with closing(sqlite3.connect(store.path)) as db, db:
        events, first = db.execute("SELECT COUNT(*), MIN(seq) FROM event").fetchone()
        sessions = db.execute("SELECT COUNT(*) FROM session").fetchone()[0]
    db.close()
    assert events <= 300 + 256 + 1
    assert first == 1, "what still waits for the broker stays"
    assert sessions < 40
    assert store.totals(2000.0) == Totals(60, 600.0, 0, 0.0)


def test_a_file_near_its_bound_lets_old_events_go_and_a_full_one_is_said(tmp_path: Path) -> None:
    store = bounded(tmp_path / "history.db", file_bytes=4 << 20)
    for _ in range(100):
        store.record([document("x" * 1000)] * 64)
        store.delete_acked([seq for seq, _ in store.outbox_after(0, 10**6, 12.5)])
    assert store.path.stat().st_size <= 4 << 20
    assert store.kept(NAMES, 0.0).install == store.install
    with pytest.raises(StoreUnavailableError, match="full"):
        store.record([document("x" * 1000)] * 4000)
    store.record([document("goes on")])
    assert len(waiting(store)) == 1


def test_a_file_that_was_full_has_room_again_after_it_is_opened_anew(tmp_path: Path) -> None:
    store = bounded(tmp_path / "history.db")
    store.record([document("x" * 1000)] * 200)
    store.record([document("x" * 1000)] * 800)
    store.delete_acked([seq for seq, _ in store.outbox_after(0, 10**6, 12.5)])
    store.close()
    small = bounded(store.path, file_bytes=1 << 20)
    small.record([document("x" * 1000)] * 100)
    assert len(waiting(small)) == 100


def test_a_damaged_history_hands_on_all_that_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = opened(path)
    store.save_learned(NAMES, learned(0.75))
    store.save_document("routine", "{}")
    for number in range(1, 30):
        store.record([document("x" * 900)] * 10, session(number))
    install = store.install
    store.close()
    with closing(sqlite3.connect(path)) as db, db:
        root = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'event'").fetchone()[0]
    db.close()
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    assert middle > 4096 * root
    data[middle : middle + 4096] = b"\x55" * 4096
    path.write_bytes(data)
    path.with_name("history.db-wal").write_bytes(b"left by a crash")
    store.open()
    assert store.damage is not None
    assert "29 session" in store.damage
    kept = store.kept(NAMES, 0.0)
    assert (kept.install, kept.totals.sessions_total, kept.learned) == (install, 29, learned(0.75))
    assert kept.documents == {"routine": "{}"}
    events = store.outbox_after(0, 10**6, 12.5)
    assert 200 <= len(events) < 290
    store.record([document("next")])
    assert store.outbox_after(290, 9, 12.5)[0][1].startswith(f'{{"id":"{install}-291"')


def test_a_file_that_ended_well_is_not_looked_through_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = opened(path)
    statements: list[str] = []

    class Traced(Store):
        def _connect(self) -> sqlite3.Connection:
            connect, sqlite3.connect = sqlite3.connect, traced  # type: ignore[assignment]
            try:
                return super()._connect()
            finally:
                sqlite3.connect = connect

    real = sqlite3.connect

    def traced(*args: object, **options: object) -> sqlite3.Connection:
        db = real(*args, **options)  # type: ignore[call-overload]
        db.set_trace_callback(statements.append)
        return db  # type: ignore[no-any-return]

    store.record([document("x")])
    again = Traced(path)
    OPENED.append(again)
    again.open()  # the first one still has it open, as after a kill
    assert any("quick_check" in each for each in statements)
    again.close()
    store.close()
    statements.clear()
    again.open()
    assert not any("quick_check" in each for each in statements)


def test_an_older_file_is_copied_before_it_becomes_a_newer_one(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db, db:
        MIGRATIONS[0](db)
        db.execute("PRAGMA user_version = 1")
        db.execute("UPDATE install SET last_seq = 7")
        db.execute("INSERT INTO event VALUES (7, 1.7e9, 12.5, 'b', '{\"id\": \"old-7\"}')")
        db.execute("INSERT INTO outbox VALUES (7)")
        text = json.dumps({"baseline_us": [1.0, None], "gains": [0.75, 1.25], "reference_us": 40.0, "calibrated": True})
        db.execute("INSERT INTO learned VALUES (1, ?, ?)", ('["a", "b"]', text[:-1] + ', "turned": false}'))
        db.execute(
            "INSERT INTO calibration VALUES (3, 1.0, 0.5, ?, ?, ?)", ('["b", "a"]', text[:-1] + ', "turned": false}', "{}")
        )
    db.close()
    store = opened(path)
    assert store.kept(NAMES, 0.0).learned == learned(0.75)
    store.record([document("next")])
    assert [json.loads(payload)["id"] for _, payload in store.outbox_after(7, 9, 12.5)] == [f"{store.install}-8"]
    undone = store.undo_calibration(NAMES)
    assert undone is not None
    assert undone.gains == (1.25, 0.75)
    with closing(sqlite3.connect(tmp_path / "history.db.schema-1")) as db, db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
        assert db.execute("SELECT last_seq FROM install").fetchone() == (7,)
    db.close()
    assert not (tmp_path / "history.db.unfinished").exists()
