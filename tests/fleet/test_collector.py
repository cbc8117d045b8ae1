"""The loop itself: acknowledged after COMMIT, nothing while the record is away, and said once."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from acumat.fleet.collect.auditor import Auditor
from acumat.fleet.collect.collector import Collector
from acumat.fleet.collect.messages import Message
from acumat.fleet.record.connection import RecordAwayError, connect
from acumat.fleet.record.schema import prepare
from acumat.fleet.settings import AuditSection
from tests.fleet.fake_mats import event

pytestmark = pytest.mark.broker


class FakeTransport:
    """Gives these batches in turn, then says that it is time to leave."""

    problem: str | None = None
    waiting: int | None = 7

    def __init__(self, batches: Sequence[Sequence[Message]], committed: Callable[[], int]) -> None:
        self._batches = list(batches)
        self._committed = committed
        self.acknowledged: list[tuple[int, int]] = []
        """Messages, and how many events others could see by then."""
        self.published: list[tuple[str, Any]] = []
        self.idled_s = 0.0
        self.turns = 0
        self.done = self.closed = False

    def open(self) -> None:
        """There is nothing to connect."""

    def receive(self, wait_s: float) -> list[Message]:
        self.turns += 1
        if not self._batches:
            self.done = True
            return []
        return list(self._batches.pop(0))

    def acknowledge(self, messages: Sequence[Message]) -> None:
        self.acknowledged.append((len(messages), self._committed()))

    def idle(self, wait_s: float) -> None:
        self.idled_s += wait_s

    def publish(self, topic: str, payload: str) -> None:
        self.published.append((topic, json.loads(payload)))

    def close(self) -> None:
        self.closed = True


class FakeNotify:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.alive = 0

    def ready(self) -> None:
        self.said.append("ready")

    def watchdog(self) -> None:
        self.alive += 1

    def status(self, text: str) -> None:
        self.said.append(text)


class Story:
    """A collector over batches of one mat's events; time passes while the transport idles, and 10 s a batch."""

    def __init__(self, dsn: str, batches: Sequence[Sequence[int]], connect_: Callable[[], Connection], **more: Any) -> None:
        self.dsn = dsn
        made = [[Message("acumat/mat1/event", json.dumps(event(no)).encode()) for no in batch] for batch in batches]
        self.transport = FakeTransport(made, self.stored)
        self.notify = FakeNotify()
        auditor = Auditor(self.transport, "acumat", AuditSection(settle_s=0), self.monotonic)
        self.collector = Collector(
            self.transport,
            connect_,
            auditor,
            name="one",
            kind="mqtt",
            base_topic="acumat",
            notify=self.notify,
            monotonic=self.monotonic,
            **{"stopping": lambda: self.transport.done, "retention_days": None} | more,
        )

    def monotonic(self) -> float:
        return self.transport.turns * 10 + self.transport.idled_s

    def stored(self) -> int:
        with psycopg.connect(self.dsn) as other:
            row = other.execute("SELECT count(*) FROM acumat.event").fetchone()
        return int(row[0]) if row else 0


@pytest.fixture
def record(dsn: str) -> str:
    with connect(dsn) as connection:
        prepare(connection)
    return dsn


def test_a_batch_is_acknowledged_once_others_can_see_it(record: str) -> None:
    story = Story(record, [[1, 2, 3], [4]], lambda: connect(record))
    story.collector.run()
    assert story.transport.acknowledged == [(3, 3), (1, 4)]
    assert story.transport.closed
    assert story.notify.said[0] == "ready"


def test_what_is_missing_is_asked_for_on_the_way(record: str) -> None:
    story = Story(record, [[3], []], lambda: connect(record))
    story.collector.run()
    (topic, asked), (_, listed) = story.transport.published[:2]
    assert topic == "acumat/mat1/command/events"
    assert asked == {"from": "0a0b0c0d-1", "to": "0a0b0c0d-2", "correlation": "audit:0a0b0c0d:1:2"}
    assert listed == {"correlation": "audit"}


def test_the_record_is_waited_for_and_that_is_said_once(record: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    tries = 0
    ended: list[Connection] = []

    def sometimes() -> Connection:
        nonlocal tries
        tries += 1
        if 2 <= tries <= 9:
            raise RecordAwayError("The database does not answer")
        ended.append(connect(record))
        return ended[-1]

    story = Story(record, [[1], [2]], sometimes)
    receive = story.transport.receive

    def cut(wait_s: float) -> list[Message]:
        if len(story.transport.acknowledged) == 1 and len(ended) == 1:
            ended[0].close()  # as a server does that ends
        return receive(wait_s)

    story.transport.receive = cut  # type: ignore[method-assign]
    story.collector.run()
    assert story.transport.acknowledged == [(1, 1), (1, 2)]
    assert tries == 10
    said = [re.split("[.;]", each.message)[0] for each in caplog.records]
    assert said == ["The database does not answer", "The record works again"]
    assert story.transport.idled_s > 0.1
    assert story.notify.alive > 8, "a collector that waits is alive"


def test_one_that_leaves_while_the_record_is_away_acknowledges_nothing(record: str) -> None:
    away = False

    def never() -> Connection:
        if away:
            raise RecordAwayError("The database does not answer")
        return connect(record)

    idled: Callable[[], bool] = lambda: story.transport.idled_s > 3  # noqa: E731
    story: Story = Story(record, [[1]], never, stopping=idled)
    receive = story.transport.receive

    def cut(wait_s: float) -> list[Message]:
        nonlocal away
        away = True
        story.collector._record.drop()
        return receive(wait_s)

    story.transport.receive = cut  # type: ignore[method-assign]
    story.collector.run()
    assert story.transport.acknowledged == []
    assert story.stored() == 0


def test_it_notes_how_it_fares(record: str) -> None:
    story = Story(record, [[1, 2], [2], [5]], lambda: connect(record))
    story.collector.run()
    with psycopg.connect(record) as other:
        row = other.execute("SELECT name, events, repeated, waiting, started_at <= now() FROM acumat.collector").fetchone()
    assert row == ("one", 3, 1, 7, True)


def test_what_is_set_aside_stays_bounded_while_it_runs(record: str) -> None:
    story = Story(record, [[1], [2]], lambda: connect(record))
    receive = story.transport.receive

    def flooded(wait_s: float) -> list[Message]:
        if len(story.transport.acknowledged) == 1:  # after what is done at the start
            with psycopg.connect(record) as other:
                other.execute(
                    """INSERT INTO acumat.set_aside (topic, digest, reason, detail, payload, size_bytes, last_at)
                       SELECT 't', int4send(g), '', '', '', 0, now() - make_interval(secs => g)
                       FROM generate_series(1, 10100) g"""
                )
        return receive(wait_s)

    story.transport.receive = flooded  # type: ignore[method-assign]
    story.collector.run()
    with psycopg.connect(record) as other:
        assert other.execute("SELECT count(*) FROM acumat.set_aside").fetchone() == (10_000,)


def test_a_month_that_is_not_there_is_made(record: str) -> None:
    story = Story(record, [], lambda: connect(record))
    at = datetime(2033, 3, 3, tzinfo=UTC).isoformat()
    story.transport._batches.append([Message("acumat/mat1/event", json.dumps(event(1, at=at)).encode())])
    story.collector.run()
    assert story.transport.acknowledged == [(1, 1)]


def test_a_clock_that_is_ahead_drops_nothing(record: str) -> None:
    month = datetime.now(UTC).replace(day=1)
    stored = Story(record, [], lambda: connect(record))
    for number, at in enumerate((month - timedelta(days=20), month), 1):
        stored.transport._batches.append([Message("acumat/mat1/event", json.dumps(event(number, at=at.isoformat())).encode())])
    stored.collector.run()
    ahead = datetime.now(UTC) + timedelta(days=3000)
    Story(record, [], lambda: connect(record), retention_days=31, wall=lambda: ahead).collector.run()
    assert stored.stored() == 2
