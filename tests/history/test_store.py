"""The store: ids without gaps, one transaction a record, totals, documents, what was learnt and what can be undone."""

from __future__ import annotations

import itertools
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acumat.contract.learned import Learned
from acumat.contract.sessions import Totals
from acumat.history.forgetting import forget_all
from acumat.history.store import Store
from tests.history.stores import NAMES, bounded, document, learned, opened, session, waiting

BATCHES = st.lists(st.integers(0, 4), max_size=6)


def test_a_guests_session_is_stored_but_enters_no_total(tmp_path: Path) -> None:
    store = opened(tmp_path / "h.db")
    store.record((), session(1))
    mine = store.totals(0.0)
    guest = session(2)
    guest = replace(guest, record=replace(guest.record, guest=True))
    store.record((), guest)
    assert store.totals(0.0) == mine
    assert store.restore(NAMES, 0.0).last_session == guest


def test_a_fresh_store_knows_nothing_but_its_own_name(tmp_path: Path) -> None:
    store = opened(tmp_path / "new" / "history.db")
    stored = store.restore(NAMES, 0.0)
    assert len(stored.install) == 8
    assert (stored.next_session_no, stored.learned, stored.layout_changed) == (1, Learned.nothing(2), False)
    assert (stored.totals, stored.last_session) == (Totals(), None)
    store.close()
    store.close()
    assert opened(store.path).restore(NAMES, 0.0) == stored


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


def test_a_copied_card_gives_ids_under_another_name_and_the_original_goes_on(tmp_path: Path) -> None:
    def recorded(path: Path, machine: str) -> str:
        store = Store(path, machine=machine)
        store.open()
        store.record([document("x")])
        store.close()
        return str(waiting(opened(path))[-1]["id"])

    original, copy = tmp_path / "history.db", tmp_path / "copy.db"
    numbering, _ = recorded(original, "here").split("-")
    shutil.copy(original, copy)
    assert recorded(original, "here") == f"{numbering}-2"
    other, number = recorded(copy, "there").split("-")
    assert other != numbering
    assert number == "1", "a reader would take those before it for lost"
    assert recorded(copy, "there") == f"{other}-2", "it keeps that name"


def test_a_card_that_was_copied_before_it_knew_its_machine_gives_ids_of_its_own(tmp_path: Path) -> None:
    original = opened(tmp_path / "history.db")
    original.record([document("x")])
    original.close()
    shutil.copy(original.path, tmp_path / "copy.db")
    here, there = Store(original.path, machine="here"), Store(tmp_path / "copy.db", machine="there")
    here.open()
    there.open()
    assert here.install != there.install


def test_a_copied_card_that_cannot_be_written_at_once_gives_ids_of_the_new_numbering_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("acumat.history.database.BUSY_S", 0.0)
    original = Store(tmp_path / "history.db", machine="here")
    original.open()
    original.record([document("x")])
    original.close()
    copy = Store(original.path, machine="there")
    with closing(sqlite3.connect(original.path, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        copy.open()
        restored = copy.restore(NAMES, 0.0)
    assert original.install != restored.install == copy.install
    copy.record([document("x")])
    assert waiting(copy)[-1]["id"] == f"{copy.install}-1"
    copy.close()
    copy.open()
    assert restored.install == copy.install, "it is stored with the first record"


def test_a_copied_card_whose_numbering_is_damaged_does_not_take_up_that_of_the_original(tmp_path: Path) -> None:
    store = Store(tmp_path / "history.db", machine="here")
    store.open()
    store.record([document("x")] * 3)
    store.close()
    copy = Store(store.path, machine="there")
    copy.open()
    copy.record([document("x")])
    copy.close()
    with closing(sqlite3.connect(copy.path, isolation_level=None)) as db:
        db.execute("UPDATE install SET id = '../../etc'")
    copy.open()
    assert copy.damage is not None
    assert copy.install != store.install


def test_what_is_forgotten_does_not_hide_where_a_card_came_from(tmp_path: Path) -> None:
    store = Store(tmp_path / "history.db", machine="here")
    store.open()
    store.forget(forget_all)
    store.close()
    before = store.install
    copy = Store(store.path, machine="there")
    copy.open()
    copy.close()
    assert copy.install != before


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
    assert store.restore(NAMES, 0.0).last_session is None


def test_a_session_comes_back_as_it_was_stored(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    store.record([], session(4))
    stored = store.restore(NAMES, 0.0)
    assert stored.last_session == session(4)
    assert stored.next_session_no == 5


def test_a_session_that_is_stored_again_counts_once(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    store.record([], session(1))
    store.record([], session(1, contact_s=900))
    assert store.totals(0.0) == Totals(1, 15.0, 1, 15.0)


def test_a_session_cut_short_does_not_lend_its_id_to_the_next(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    store.record([(0.0, 0.0, {"event_type": "session_started", "session_id": "abcd-s7"})])
    assert store.restore(NAMES, 0.0).next_session_no == 8


def test_what_a_wrong_clock_has_dated_ahead_is_not_of_today(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    store.record([], session(1, end_wall_s=1000.0 + 25 * 3600, contact_s=600))
    store.record([], session(2, end_wall_s=1000.0 + 24 * 3600, contact_s=600))
    assert store.totals(1000.0) == Totals(2, 20.0, 1, 10.0)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 3600)), max_size=6), st.integers(0, 2000))
def test_totals_are_the_sums_over_what_was_stored(sessions: list[tuple[int, int]], day_start_s: int) -> None:
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


def test_what_was_learnt_follows_its_sensors_and_not_their_order(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    store.save_learned(("a", "b"), learned(0.75))
    assert store.restore(("a", "b"), 0.0).learned == learned(0.75)
    swapped = store.restore(("b", "a"), 0.0)
    assert swapped.learned == Learned((None, 1.0), (1.25, 0.75), 40.0, calibrated=True)
    assert not swapped.layout_changed
    other = store.restore(("a", "b", "c"), 0.0)
    assert other.learned == Learned.nothing(3)
    assert other.layout_changed


@pytest.mark.parametrize(("calibrations", "undone"), [(0, 0), (1, 1), (5, 5), (8, 5)])
def test_the_last_five_calibrations_can_be_undone(tmp_path: Path, calibrations: int, undone: int) -> None:
    store = opened(tmp_path / "history.db")
    steps = [learned(1 + n / 16) for n in range(calibrations + 1)]
    for before, after in itertools.pairwise(steps):
        store.save_calibration(NAMES, before, after, 1.7e9, 0.5)
        assert store.restore(NAMES, 0.0).learned == after
    back = [store.undo_calibration(NAMES) for _ in range(undone)]
    assert back == steps[-2::-1][:undone]
    assert store.undo_calibration(NAMES) is None
    assert store.restore(NAMES, 0.0).learned == (back[-1] if back else Learned.nothing(2))


def test_undo_keeps_the_baseline_of_today(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    store.save_calibration(NAMES, learned(1.0, 1.0), learned(0.5, 1.0), 1.7e9, None)
    store.save_learned(NAMES, learned(0.5, 3.0))
    assert store.undo_calibration(NAMES) == learned(1.0, 3.0)


def test_a_calibration_of_other_sensors_is_not_undone(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    store.save_calibration(NAMES, learned(1.0), learned(0.5), 1.7e9, None)
    assert store.undo_calibration(("a", "z")) is None


def test_a_layout_tried_for_a_day_does_not_cost_the_other_its_calibration(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    store.save_calibration(NAMES, learned(1.0), learned(0.5), 1.7e9, None)
    store.save_learned(("a", "b", "c"), Learned.nothing(3))
    for n in range(5):
        store.save_calibration(("a", "c"), learned(1.0), learned(1.0 + n / 16), 1.7e9, None)
    back = store.restore(NAMES, 0.0)
    assert back.learned == learned(0.5)
    assert not back.layout_changed
    assert store.undo_calibration(("b", "a")) is not None
    assert store.restore(("x",), 0.0).layout_changed


def test_documents_are_stored_by_name_and_replaced_and_removed(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    store.save_document("one", "1")
    store.save_document("two", "2")
    store.save_document("one", "{}")
    store.save_document("two", None)
    store.close()
    store.open()
    assert store.restore(NAMES, 0.0).documents == {"one": "{}"}


def test_what_was_written_before_the_clock_was_set_is_dated_once_and_only_in_this_boot(tmp_path: Path) -> None:
    at = {"at": "1970-01-01T00:01:40.000Z", "edge_at": "1970-01-01T00:01:30.500Z", "clock_set": False}
    earlier = Store(tmp_path / "history.db", boot_id="earlier")
    earlier.open()
    earlier.record([(100.0, 100.0, dict(at))], dated=False)
    earlier.close()
    store = Store(tmp_path / "history.db", boot_id="now")
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
        last = store.restore(NAMES, 0.0).last_session
        assert last is not None
        assert (last.start_wall_s, last.end_wall_s, last.dated) == (1.7e9 + 10.0, 1.7e9 + 610.0, True)
        assert last.record == undated.record


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
