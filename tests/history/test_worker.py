"""The worker without a thread: a store that fails and comes back, gaps for what was lost, and new files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from acumat.history.backlog import JOBS_KEPT
from acumat.history.delivery import Delivery
from acumat.history.entries import EventEntry
from acumat.history.jobs import Entry, Record
from acumat.history.outage import BACKOFF_S
from acumat.history.rows import SessionRow
from acumat.history.schema import StoreUnavailableError
from acumat.history.store import Store
from acumat.history.work_queue import WorkQueue
from acumat.history.worker import StoreWorker
from tests.hw.bench import JumpingClock


class FragileStore(Store):
    """A real store on a disk that can be made to fail, at the opening or at the writing."""

    opens = writes = True
    attempts = 0

    def open(self) -> None:
        self.attempts += 1
        if not self.opens:
            raise StoreUnavailableError("the disk is away")
        super().open()

    def record(self, events: Any, session: SessionRow | None = None, **options: Any) -> list[int]:
        if not self.writes:
            raise StoreUnavailableError("the disk is full")
        return super().record(events, session, **options)


class Bench:
    """A worker with a queue that the test fills, and a broker that takes everything and acknowledges what the test says."""

    def __init__(self, path: Path) -> None:
        self.clock, self.queue, self.store = JumpingClock(), WorkQueue(), FragileStore(path)
        self.published: list[tuple[int, dict[str, Any]]] = []
        self.new_files = 0
        delivery = Delivery(self._deliver, self.clock.monotonic)
        self.worker = StoreWorker(
            self.store, self.queue, delivery, monotonic=self.clock.monotonic, on_new_file=self._on_new_file
        )

    def _deliver(self, key: int, payload: str) -> bool:
        self.published.append((key, json.loads(payload)))
        return True

    def _on_new_file(self) -> None:
        self.new_files += 1

    def happens(self, *texts: str) -> None:
        events: tuple[EventEntry, ...] = tuple((1.7e9, self.clock.monotonic(), {"text": text}) for text in texts)
        self.queue.add(Record(events, None, {}, dated=True))

    def texts(self) -> list[str]:
        return [document["text"] for _, document in self.published]

    def later(self) -> None:
        """Once the next attempt is due."""
        self.clock.sleep(BACKOFF_S[1])
        self.worker.turn()

    def in_outbox(self) -> list[str]:
        return [json.loads(payload)["text"] for _, payload in self.store.outbox_after(0, 1000, self.clock.monotonic())]

    def in_history(self) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.store.path)) as db:
            return [json.loads(row[0]) for row in db.execute("SELECT payload FROM event ORDER BY seq")]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "history.db")
    yield bench
    bench.store.close()


def test_a_failing_store_is_tried_ever_more_seldom_and_at_once_after_it_works_again(bench: Bench) -> None:
    bench.store.opens = False
    waits = []
    for _ in range(10):
        bench.worker.turn()
        waits.append(bench.worker.pause_s)
        tried = bench.store.attempts
        bench.worker.turn()
        assert bench.store.attempts == tried, "not before the wait is over"
        while bench.worker.pause_s:
            bench.clock.sleep(bench.worker.pause_s)
    assert waits[:3] == [0.5, 1.0, 2.0]
    assert bench.worker.condition.code == "store_unavailable"
    bench.store.opens = True
    bench.worker.turn()
    assert (bench.worker.condition.code, bench.worker.store_works) == ("ok", True)
    bench.store.opens = False
    bench.store.close()
    bench.worker.turn()
    assert bench.worker.pause_s == BACKOFF_S[0]


def test_events_published_while_the_store_never_opened_are_acknowledged_after_it_did(bench: Bench) -> None:
    bench.store.opens = False
    bench.queue.on_connection(True)
    bench.happens("one", "two")
    bench.worker.turn()
    assert bench.texts() == ["one", "two"]
    bench.store.opens = True
    bench.later()
    assert bench.new_files == 0, "no file was replaced: what is in flight stays valid"
    assert bench.in_outbox() == ["one", "two"]
    for key, _ in list(bench.published):
        bench.queue.on_acked(key)
    bench.worker.turn()
    assert bench.in_outbox() == []
    assert bench.texts() == ["one", "two"]


def test_what_was_in_flight_from_a_file_that_is_replaced_is_sent_again_from_the_new_one(bench: Bench) -> None:
    bench.worker.turn()
    bench.queue.on_connection(True)
    bench.store.writes = False
    bench.happens("one")
    bench.worker.turn()
    assert bench.texts() == ["one"]
    bench.store.path.write_bytes(b"not a database " * 400)
    bench.store.writes = True
    bench.later()
    assert bench.new_files == 1
    assert bench.texts() == ["one", "one"]
    assert len({document["id"] for _, document in bench.published}) == 1
    bench.queue.on_acked(bench.published[1][0])
    bench.worker.turn()
    assert bench.in_outbox() == []


def test_a_gap_for_what_memory_lost_is_written_once_however_often_the_store_fails(bench: Bench) -> None:
    bench.store.writes = False
    for number in range(JOBS_KEPT + 3):
        bench.happens(str(number))
    for _ in range(4):
        bench.later()
    bench.store.writes = True
    bench.later()
    bench.happens("after")
    bench.worker.turn()
    gaps = [each for each in bench.in_history() if each.get("event_type") == "gap"]
    assert [(gap["reason"], gap["count"]) for gap in gaps] == [("memory_full", 3)]
    assert bench.worker.condition.code == "entries_lost"


def test_an_entry_that_raises_costs_only_itself(bench: Bench) -> None:
    done: list[bool] = []
    bench.queue.add(Entry(lambda _store: 1 // 0))
    bench.queue.add(Entry(lambda store: done.append(store.is_open)))
    bench.worker.turn()
    assert done == [True]
    assert bench.worker.condition.code == "entries_lost"


def test_the_end_answers_everybody_and_takes_nobody_more(bench: Bench) -> None:
    answers: list[bool] = []
    bench.happens("one")
    bench.queue.when_written(answers.append)
    bench.worker.finish()
    assert answers == [True]
    assert not bench.queue.when_written(answers.append)
    assert not bench.store.is_open
