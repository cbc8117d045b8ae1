"""The writer: order, acknowledgements, reconnects, a store that fails, and how it ends."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from acumat.contract.learned import Learned
from acumat.contract.sessions import SessionRecord, Totals
from acumat.history import worker
from acumat.history.backlog import JOBS_KEPT
from acumat.history.delivery import WINDOW
from acumat.history.entries import EventEntry
from acumat.history.rows import SessionRow
from acumat.history.schema import StoreUnavailableError
from acumat.history.send_rate import BURST, RATE_HZ
from acumat.history.store import Store
from acumat.history.work_queue import WorkQueue
from acumat.history.writer import Writer
from tests.broker import PATIENCE_S
from tests.broker import until as patiently


class Broker:
    """Takes what is handed over, in order, as long as it is willing."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.payloads: list[str] = []
        self.willing = True
        self.refusals = 0

    def deliver(self, seq: int, payload: str) -> bool:
        if not self.willing:
            self.refusals += 1
            return False
        self.taken.append(seq)
        self.payloads.append(payload)
        return True


class FragileStore(Store):
    """A real store on a disk that can be made to fail."""

    broken = False
    writes = 0

    def record(self, events: object, session: SessionRow | None = None, **options: object) -> list[int]:
        if self.broken:
            raise StoreUnavailableError("the disk is full")
        self.writes += 1
        return super().record(events, session, **options)  # type: ignore[arg-type]

    def delete_acked(self, seqs: object) -> None:
        self.writes += 1
        super().delete_acked(seqs)  # type: ignore[arg-type]


class HandClock:
    now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s


def until(condition: Callable[[], bool]) -> None:
    """Wait for another thread."""
    patiently(condition, "the other thread has done it")


class Bench:
    """A writer on a real store, a broker and a clock that stands still."""

    def __init__(self, path: Path) -> None:
        self.broker, self.clock = Broker(), HandClock()
        self.clock.now_s = 1.0
        self.store, self.queue = FragileStore(path), WorkQueue()
        self.writer = Writer(self.store, self.queue, deliver=self.broker.deliver, monotonic=self.clock.monotonic)

    def happened(self, *texts: str) -> None:
        self.writer.record([event(text) for text in texts])

    def left(self) -> list[int]:
        """What the outbox holds once the writer has ended."""
        self.writer.stop(10)
        store = Store(self.store.path)
        store.open()
        rows = store.outbox_after(0, 1000, 0.0)
        store.close()
        return [seq for seq, _ in rows]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "history.db")
    yield bench
    bench.writer.stop(10)


def event(text: str) -> EventEntry:
    return (1.7e9, 1.0, {"text": text})


def test_events_are_handed_over_in_order_once_the_connection_is_up(bench: Bench) -> None:
    bench.happened("one", "two")
    bench.writer.start()
    bench.happened("three")
    until(lambda: bench.store.writes == 2)
    assert bench.broker.taken == []
    bench.writer.on_connection(up=True)
    until(lambda: len(bench.broker.taken) == 3)
    assert [json.loads(payload)["text"] for payload in bench.broker.payloads] == ["one", "two", "three"]
    assert bench.left() == [1, 2, 3]


def test_an_event_is_handed_over_at_once_while_connected(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "BEAT_S", 1e6)  # whoever waited for the next beat would wait in vain
    bench.writer.start()
    bench.writer.on_connection(up=True)
    for count in range(1, 6):
        bench.happened("now")
        until(lambda count=count: len(bench.broker.taken) == count)  # type: ignore[misc]


def test_no_more_than_the_window_is_out_and_acknowledgements_let_the_next_go(bench: Bench) -> None:
    bench.writer.start()
    bench.happened(*["x"] * 50)
    bench.writer.on_connection(up=True)
    until(lambda: len(bench.broker.taken) == WINDOW)
    bench.queue.on_acked(1)
    bench.queue.on_acked(2)
    until(lambda: len(bench.broker.taken) == WINDOW + 2)
    for seq in range(3, 51):
        until(lambda seq=seq: len(bench.broker.taken) >= seq)  # type: ignore[misc]
        bench.queue.on_acked(seq)
    assert bench.left() == []
    assert bench.broker.taken == list(range(1, 51))


def test_a_reconnect_offers_the_unacknowledged_again_from_the_oldest(bench: Bench) -> None:
    bench.writer.start()
    bench.writer.on_connection(up=True)
    bench.happened("1", "2", "3")
    until(lambda: len(bench.broker.taken) == 3)
    bench.queue.on_acked(2)
    bench.writer.on_connection(up=False)
    bench.happened("4")
    until(lambda: bench.store.writes == 3)
    assert bench.broker.taken == [1, 2, 3]
    bench.writer.on_connection(up=True)
    until(lambda: len(bench.broker.taken) == 6)
    assert bench.broker.taken[3:] == [1, 3, 4]


def test_what_is_refused_is_offered_again_later_and_in_order(bench: Bench) -> None:
    bench.broker.willing = False
    bench.writer.start()
    bench.writer.on_connection(up=True)
    bench.happened("1", "2")
    until(lambda: bench.broker.refusals > 0)
    bench.broker.willing = True
    until(lambda: len(bench.broker.taken) == 2)
    assert bench.broker.taken == [1, 2]
    assert bench.broker.refusals < 5  # no busy loop meanwhile


def test_a_restart_hands_over_what_was_never_acknowledged(bench: Bench) -> None:
    bench.writer.start()
    bench.happened("1", "2")
    bench.writer.stop(10)
    again = Bench(bench.store.path)
    again.writer.start()
    again.writer.on_connection(up=True)
    until(lambda: len(again.broker.taken) == 2)
    assert again.broker.payloads[0] == f'{{"id":"{again.store.install}-1","text":"1"}}'
    assert again.left() == [1, 2]


def test_a_store_that_fails_loses_nothing_and_says_so(bench: Bench) -> None:
    bench.store.broken = True
    bench.writer.start()
    bench.writer.on_connection(up=True)
    bench.happened("1")
    bench.happened("2")
    until(lambda: bench.writer.condition.code == "store_unavailable")
    assert "the disk is full" in bench.writer.condition.text
    until(lambda: len(bench.broker.taken) == 2)
    reported = [json.loads(payload) for payload in bench.broker.payloads]
    assert [each["text"] for each in reported] == ["1", "2"]
    run_id = reported[0]["id"].removesuffix("-1")
    assert [each["id"] for each in reported] == [f"{run_id}-1", f"{run_id}-2"]
    assert run_id != bench.store.install
    bench.queue.on_acked(bench.broker.taken[0])
    bench.store.broken = False
    bench.clock.now_s += 60
    until(lambda: bench.writer.condition.code == "ok")
    bench.happened("3")
    until(lambda: len(bench.broker.taken) == 3)
    # nothing twice: what was told keeps its id, what has arrived waits no more, and the store's own ids have no gap
    assert json.loads(bench.broker.payloads[2])["id"] == f"{bench.store.install}-1"
    bench.queue.on_acked(bench.broker.taken[1])
    bench.queue.on_acked(bench.broker.taken[2])
    assert bench.left() == []
    with closing(sqlite3.connect(bench.store.path)) as db:
        stored = [json.loads(row[0])["id"] for row in db.execute("SELECT payload FROM event ORDER BY seq")]
    assert stored == [f"{run_id}-1", f"{run_id}-2", f"{bench.store.install}-1"]


def test_an_acknowledgement_of_an_event_in_a_file_that_is_gone_deletes_none_of_the_fresh_one(bench: Bench) -> None:
    bench.writer.start()
    bench.writer.on_connection(up=True)
    bench.happened("of the old file")
    until(lambda: bench.broker.taken == [1])
    bench.store.broken = True
    bench.happened("of the fresh one")
    until(lambda: bench.writer.condition.code == "store_unavailable")
    for file in bench.store.path.parent.iterdir():
        file.unlink()
    bench.queue.on_acked(1)
    bench.store.broken = False
    bench.clock.now_s += 60
    until(lambda: bench.writer.condition.code == "ok")
    assert bench.left() == [1], "it has the number that the other one had"


def test_what_was_reported_from_memory_and_not_acknowledged_is_offered_again_under_its_id(bench: Bench) -> None:
    bench.store.broken = True
    bench.writer.start()
    bench.happened("1")
    bench.writer.on_connection(up=True)
    until(lambda: len(bench.broker.taken) == 1)
    bench.writer.on_connection(up=False)
    bench.writer.on_connection(up=True)
    until(lambda: len(bench.broker.taken) == 2)
    bench.store.broken = False
    bench.clock.now_s += 60
    until(lambda: bench.writer.condition.code == "ok")
    bench.writer.on_connection(up=False)
    bench.writer.on_connection(up=True)
    until(lambda: len(bench.broker.taken) == 3)
    ids = {json.loads(payload)["id"] for payload in bench.broker.payloads}
    assert len(ids) == 1
    assert bench.broker.taken[2] == 1
    bench.queue.on_acked(1)
    assert bench.left() == []


def test_from_memory_no_more_than_the_window_is_out_and_the_rest_follows(bench: Bench) -> None:
    bench.store.broken = True
    bench.writer.start()
    bench.writer.on_connection(up=True)
    for number in range(WINDOW + 5):
        bench.happened(str(number))
    until(lambda: len(bench.broker.taken) == WINDOW)
    for key in list(bench.broker.taken[:5]):
        bench.queue.on_acked(key)
    until(lambda: len(bench.broker.taken) == WINDOW + 5)
    assert [json.loads(payload)["text"] for payload in bench.broker.payloads] == [str(n) for n in range(WINDOW + 5)]


def test_a_backlog_goes_out_at_a_pace_that_floods_nobody(bench: Bench) -> None:
    bench.happened(*["x"] * 200)
    bench.writer.start()
    bench.writer.on_connection(up=True)
    for seq in range(1, BURST + 1):
        until(lambda seq=seq: len(bench.broker.taken) >= seq)  # type: ignore[misc]
        bench.queue.on_acked(seq)
    until(lambda: bench.store.writes >= 2)
    assert len(bench.broker.taken) == BURST
    bench.clock.now_s += 0.21
    until(lambda: len(bench.broker.taken) == BURST + round(0.2 * RATE_HZ))


def test_while_the_store_fails_the_oldest_entries_give_way(bench: Bench) -> None:
    bench.store.broken = True
    for number in range(JOBS_KEPT + 3):
        bench.happened(str(number))
    bench.store.broken = False
    bench.writer.start()
    until(lambda: bench.writer.condition.code == "entries_lost")
    assert bench.writer.condition.text.startswith("3 entries were lost")
    assert bench.left() == list(range(1, JOBS_KEPT + 2))
    with closing(sqlite3.connect(bench.store.path)) as db:
        rows = [json.loads(row[0]) for row in db.execute("SELECT payload FROM event ORDER BY seq")]
    (gap,) = [each for each in rows if each.get("event_type") == "gap"]
    assert (gap["reason"], gap["count"]) == ("memory_full", 3)


def test_stopping_writes_what_is_queued_even_after_a_failure(bench: Bench) -> None:
    bench.store.broken = True
    bench.writer.start()
    bench.happened("1")
    until(lambda: bench.writer.condition.code != "ok")
    bench.store.broken = False
    bench.happened("2")
    assert bench.left() == [1, 2]
    assert not bench.store.is_open


def test_idle_writes_nothing_and_still_beats(bench: Bench) -> None:
    bench.writer.start()
    bench.writer.on_connection(up=True)
    bench.happened("1")
    until(lambda: bench.broker.taken == [1])
    bench.queue.on_acked(1)
    until(lambda: bench.store.writes == 2)
    wal = bench.store.path.with_name("history.db-wal")
    size_bytes = wal.stat().st_size
    bench.clock.now_s = 99.0
    until(lambda: bench.writer.beat_mono_s == 99.0)
    assert bench.store.writes == 2
    assert wal.stat().st_size == size_bytes


def test_calibrations_and_sessions_go_through_the_writer(bench: Bench) -> None:
    before, after = Learned.nothing(1), Learned((1.0,), (1.0,), 30.0, calibrated=True)
    undone: list[Learned | None] = []
    bench.writer.save_learned(["a"], before)
    bench.writer.save_calibration(["a"], before, after, 1.7e9, 0.2)
    bench.writer.record([], SessionRow(1, SessionRecord("x-s1", 0.0, 60.0, 60.0, 0, "got_up"), 1.0, 61.0))
    bench.writer.undo_calibration(["a"], undone.append)
    bench.writer.undo_calibration(["a"], undone.append)
    bench.writer.start()
    bench.writer.stop(10)
    assert undone == [Learned((1.0,), (1.0,)), None]
    bench.store.open()
    assert bench.store.restore(["a"], 0.0).totals == Totals(1, 1.0, 1, 1.0)
    bench.store.close()


def test_an_entry_that_cannot_be_written_costs_only_itself(bench: Bench) -> None:
    bench.writer.start()
    bench.writer.record([(1.7e9, 1.0, {"text": float("nan")})])
    bench.happened("good")
    bench.writer.on_connection(up=True)
    until(lambda: len(bench.broker.taken) == 1)
    assert "good" in bench.broker.payloads[0]
    assert bench.writer.condition.code == "entries_lost"


def test_of_a_document_only_the_newest_is_written(bench: Bench) -> None:
    for number in range(1000):
        bench.writer.save_document("place", str(number))
    bench.writer.save_document("gone", "x")
    bench.writer.save_document("gone", None)
    bench.happened("1")
    bench.writer.start()
    bench.writer.stop(10)
    bench.store.open()
    assert bench.store.restore(["a"], 0.0).documents == {"place": "999"}
    assert [seq for seq, _ in bench.store.outbox_after(0, 9, 0.0)] == [1]
    bench.store.close()


class SlowStore(Store):
    """A card that takes as long as it is told to."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.written, self.go = threading.Event(), threading.Event()

    def record(self, events: object, session: SessionRow | None = None, **options: object) -> list[int]:
        assert self.go.wait(PATIENCE_S)
        return super().record(events, session, **options)  # type: ignore[arg-type]


def test_who_waits_learns_in_the_writers_thread_once_records_and_documents_are_on_disk(tmp_path: Path) -> None:
    store = SlowStore(tmp_path / "history.db")
    writer = Writer(store, WorkQueue(), deliver=lambda _seq, _payload: True, monotonic=lambda: 1.0)
    answers: list[tuple[bool, str, int]] = []

    def then(written: bool) -> None:
        with closing(sqlite3.connect(store.path)) as db:
            (rows,) = db.execute("SELECT (SELECT COUNT(*) FROM event) + (SELECT COUNT(*) FROM document)").fetchone()
        answers.append((written, threading.current_thread().name, rows))

    writer.start()
    writer.record([event("one")])
    writer.save_document("routine", "{}")
    writer.when_written(then)
    assert answers == []
    store.go.set()
    until(lambda: bool(answers))
    writer.when_written(then)  # nothing is waiting: at once
    until(lambda: len(answers) == 2)
    writer.stop(10)
    assert answers == [(True, "history", 2)] * 2


def test_who_waits_learns_no_as_soon_as_the_store_is_known_to_be_away(bench: Bench) -> None:
    bench.store.broken = True
    answers: list[bool] = []
    bench.writer.start()
    bench.happened("1")
    bench.writer.when_written(answers.append)
    until(lambda: answers == [False])
    bench.happened("2")
    bench.writer.when_written(answers.append)  # the clock stands still: no new attempt is made
    until(lambda: answers == [False, False])
    bench.store.broken = False
    bench.clock.now_s += 60
    bench.writer.when_written(answers.append)
    until(lambda: answers == [False, False, True])


@pytest.mark.parametrize("broken", [False, True])
def test_who_waits_at_the_end_learns_the_truth_and_so_does_who_asks_later(bench: Bench, broken: bool) -> None:
    bench.store.broken = broken
    answers: list[bool] = []
    bench.writer.start()
    bench.happened("1")
    bench.writer.when_written(answers.append)
    bench.writer.stop(10)
    assert answers == [not broken]
    bench.writer.when_written(answers.append)
    assert answers == [not broken, False]


def test_a_waiter_that_fails_costs_nobody_else_anything(bench: Bench) -> None:
    answers: list[bool] = []
    bench.writer.when_written(lambda _written: 1 // 0)
    bench.writer.when_written(answers.append)
    bench.writer.start()
    until(lambda: answers == [True])
    bench.happened("1")
    assert bench.left() == [1]
