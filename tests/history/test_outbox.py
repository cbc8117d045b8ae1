"""The outbox: order, what is late, and what goes first when it is full."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from acumat.history.outbox import drop_oldest
from acumat.history.store import Store
from tests.history.stores import bounded, document, opened, waiting


@pytest.mark.parametrize(("now_mono_s", "late"), [(12.5, False), (22.4, False), (22.6, True), (3.0, True)])
def test_an_event_that_waited_for_long_or_since_another_time_is_marked_as_late(
    tmp_path: Path, now_mono_s: float, late: bool
) -> None:
    store = opened(tmp_path / "history.db")
    store.record([(1.7e9, 12.5, {"event_type": "got_up", "late": False})])
    ((_, payload),) = store.outbox_after(0, 9, now_mono_s)
    assert json.loads(payload)["late"] is late


def test_an_event_of_another_boot_is_late_whatever_its_clock_says(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    earlier = Store(path, boot_id="earlier")
    earlier.open()
    earlier.record([document("before")])
    earlier.close()
    now = Store(path, boot_id="now")
    now.open()
    now.record([document("after")])
    assert [json.loads(payload).get("late", False) for _, payload in now.outbox_after(0, 9, 12.5)] == [True, False]


def test_the_outbox_is_read_in_order_from_a_place_and_no_further_than_asked(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    store.record([document(str(n)) for n in range(1, 8)])
    store.delete_acked([3])
    assert [seq for seq, _ in store.outbox_after(1, 3, 12.5)] == [2, 4, 5]


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
    reported = sum(int(str(gap["count"])) for gap in gaps)
    # gaps that were dropped themselves are no events that anybody misses
    dropped_gaps = sum(each["event_type"] == "gap" for each in everything) - len(gaps)
    assert reported == lost - dropped_gaps
    assert f"{store.install}-1" in [gap["first_id"] for gap in gaps], "a gap that was dropped passes its range on"
    assert gaps[-1]["last_id"] == f"{store.install}-{lost}"


def test_a_record_that_is_rolled_back_counts_for_nothing_in_the_outbox(tmp_path: Path) -> None:
    store = bounded(tmp_path / "history.db", outbox_rows=40)
    store.record([document("x")] * 30)
    for _ in range(10):
        with pytest.raises(ValueError, match="Out of range float"):
            store.record([document("x"), (0.0, 0.0, {"load": float("nan")})])
    store.record([document("x")] * 10)
    assert len(waiting(store)) == 40
    store.delete_acked([seq for seq, _ in store.outbox_after(0, 10, 12.5)])
    store.record([document("x")] * 10)
    assert not [each for each in waiting(store) if each["event_type"] == "gap"]


def test_a_full_outbox_loses_no_more_than_a_share_however_short_its_events_are(tmp_path: Path) -> None:
    store = bounded(tmp_path / "history.db", outbox_rows=1000)
    for _ in range(5):
        store.record([document("x")] * 201)
    assert len(waiting(store)) > 900


def test_dropped_gaps_of_two_series_pass_on_the_range_of_the_older_one(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    gaps = [{"event_type": "gap", "count": 1, "first_id": f"{first}"} for first in ("aaaaaaaa-500", "bbbbbbbb-3")]
    store.record([(1.7e9, 12.5, each) for each in gaps])
    with store.transaction(takes_events=True) as db:
        assert drop_oldest(db, 2, 0)["first_id"] == "aaaaaaaa-500"
