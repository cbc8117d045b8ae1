"""Events that somebody asks for again: they come behind what is new, each once for each time that it was missed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from acumat.commands.events_table import PAGE_MOST
from acumat.history.bounds import Bounds, prune
from acumat.history.delivery import BURST_KEPT, REPEATS_WINDOW, WINDOW
from acumat.history.kept_events import EventRange, Kept
from acumat.history.send_rate import BURST
from acumat.history.store import Store
from tests.history.test_delivery import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "history.db")
    bench.connect()
    yield bench
    bench.store.close()


def acknowledged(bench: Bench, count: int) -> None:
    """So many events are stored, sent and acknowledged; the window and the rate are free again."""
    bench.happens(count)
    bench.store_all()
    while bench.in_outbox():
        bench.clock.sleep(1.0)
        bench.send()
        bench.delivery.on_acked(bench.broker.taken)
        bench.delivery.settle(bench.store)
    bench.clock.sleep(60.0)
    forget_taken(bench)


def forget_taken(bench: Bench) -> None:
    for each in (bench.broker.taken, bench.broker.ids, bench.broker.late):
        each.clear()


def numbers(bench: Bench) -> list[int]:
    """The numbers of what was taken, in order."""
    return [int(each.rpartition("-")[2]) for each in bench.broker.ids]


def test_they_come_with_their_ids_in_order_marked_late_and_the_outbox_stays_as_it_is(bench: Bench) -> None:
    acknowledged(bench, 5)
    assert bench.ask(2, 4) == Kept((2, 3, 4), (), more=False)
    assert bench.due()
    bench.send()
    assert (numbers(bench), bench.broker.late) == ([2, 3, 4], [True] * 3)
    assert bench.in_outbox() == []
    bench.delivery.on_acked(bench.broker.taken)
    assert not bench.due(), "nothing of it is to be taken out of the outbox"
    bench.send()
    assert len(bench.broker.ids) == 3


def test_what_is_asked_for_twice_comes_once_until_it_is_acknowledged(bench: Bench) -> None:
    acknowledged(bench, 3)
    assert bench.ask(1) == bench.ask(1)
    bench.send()
    bench.ask(2)
    bench.send()
    assert numbers(bench) == [1, 2, 3]
    bench.delivery.on_acked(bench.broker.taken)
    bench.ask(2, 2)
    bench.send()
    assert numbers(bench) == [1, 2, 3, 2]


def test_what_waits_in_the_outbox_is_counted_and_comes_once_and_not_as_late(bench: Bench) -> None:
    bench.delivery.on_connection(False)
    bench.happens(3)
    bench.store_all()
    assert bench.ask(1) == Kept((1, 2, 3), (), more=False)
    bench.connect()
    bench.send()
    bench.send()
    assert (numbers(bench), bench.broker.late) == ([1, 2, 3], [False] * 3)


def test_what_was_acknowledged_a_moment_ago_is_sent_again_all_the_same(bench: Bench) -> None:
    bench.happens(1)
    bench.store_all()
    bench.send()
    bench.delivery.on_acked([1])  # and still in the outbox
    bench.ask(1)
    bench.send()
    assert numbers(bench) == [1, 1]


def test_a_page_has_its_length_whatever_waits_in_the_outbox(bench: Bench) -> None:
    bench.happens(PAGE_MOST + 1)
    bench.store_all()
    kept = bench.ask(1)
    assert (len(kept.numbers), kept.more) == (PAGE_MOST, True)


def test_a_new_event_goes_before_all_that_is_asked_for_and_always_finds_room(bench: Bench) -> None:
    acknowledged(bench, 3 * WINDOW)
    bench.ask(1)
    bench.send()
    assert numbers(bench) == list(range(1, REPEATS_WINDOW + 1))
    assert not bench.due()
    bench.happens(1)
    bench.store_all()
    bench.send()
    assert numbers(bench)[-1] == 3 * WINDOW + 1
    bench.happens(WINDOW)  # a burst, while those asked for are not acknowledged
    bench.store_all()
    bench.send()
    assert len(bench.broker.ids) == WINDOW
    bench.delivery.on_acked(bench.broker.taken)
    bench.send()
    assert numbers(bench)[WINDOW:] == [*range(3 * WINDOW + REPEATS_WINDOW + 1, 4 * WINDOW + 2), *range(11, 20)]


def test_they_leave_half_of_the_rate_to_what_is_new(bench: Bench) -> None:
    acknowledged(bench, 2 * BURST)
    bench.ask(1)
    for _ in range(BURST):
        sent = len(bench.broker.taken)
        bench.send()
        bench.delivery.on_acked(bench.broker.taken[sent:])
    assert len(bench.broker.ids) == BURST - BURST_KEPT
    assert (bench.due(), bench.throttled()) == (False, True)
    acknowledged_until_now = len(bench.broker.ids)
    bench.happens(WINDOW)
    bench.store_all()
    bench.send()
    assert len(bench.broker.ids) == acknowledged_until_now + WINDOW
    bench.delivery.on_acked(bench.broker.taken)
    bench.clock.sleep(1.0)
    assert bench.due()
    bench.send()
    assert numbers(bench)[-1] == BURST - BURST_KEPT + REPEATS_WINDOW


def test_only_so_many_wait_and_whoever_asks_for_more_hears_it(bench: Bench) -> None:
    acknowledged(bench, PAGE_MOST + 3)
    kept = bench.ask(1)
    assert (len(kept.numbers), kept.more) == (PAGE_MOST, True)
    assert bench.ask(1) == kept
    found = bench.delivery.send_again(bench.store, EventRange(bench.store.install, PAGE_MOST + 1))
    assert (found.full, found.kept) == (True, Kept((), (), more=True))
    bench.send()
    bench.delivery.on_acked(bench.broker.taken[:2])
    assert bench.ask(PAGE_MOST + 1) == Kept((PAGE_MOST + 1, PAGE_MOST + 2), (), more=True)


def test_after_a_reconnect_what_was_not_acknowledged_comes_behind_what_is_new(bench: Bench) -> None:
    acknowledged(bench, 4)
    bench.ask(1)
    bench.send()
    bench.delivery.on_acked([2])
    bench.delivery.on_connection(False)
    bench.happens(1)
    bench.store_all()
    bench.connect()
    bench.delivery.on_acked([3])  # the answer of the connection before
    forget_taken(bench)
    bench.send()
    assert numbers(bench) == [5, 1, 4]


def test_what_is_forgotten_meanwhile_stops_nobody(bench: Bench) -> None:
    acknowledged(bench, 3)
    bench.ask(1)
    with bench.store.transaction() as db:
        db.execute("DELETE FROM event WHERE seq = 2")
    bench.send()
    assert numbers(bench) == [1, 3]
    bench.delivery.on_acked(bench.broker.taken)
    assert not bench.due()


def test_a_client_that_takes_nothing_now_is_asked_later(bench: Bench) -> None:
    acknowledged(bench, 1)
    bench.ask(1)
    bench.broker.willing = False
    bench.send()
    assert not bench.due()
    bench.broker.willing = True
    bench.send()
    assert numbers(bench) == [1]


def test_a_new_file_has_none_of_these_events(bench: Bench, tmp_path: Path) -> None:
    acknowledged(bench, 2)
    bench.ask(1)
    bench.store.close()
    bench.store = Store(tmp_path / "other.db")
    bench.store.open()
    bench.delivery.on_new_file(bench.waiting)
    bench.happens(2)
    bench.store_all()
    bench.send()
    bench.delivery.on_acked(bench.broker.taken)
    bench.send()
    assert len(bench.broker.ids) == 2


BOUNDS = replace(Bounds(), outbox_rows=8, events=40)
"""So small that the outbox overflows, and old events go, within a few steps."""
ROUNDS = 30
"""Of asking at the end: more than enough for the events that such a history holds."""


class EventsAgain(RuleBasedStateMachine):
    """A mat, a broker whose transport loses what it has acknowledged, and a record that asks until nothing is missing."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.bench = Bench(Path(self.folder.name) / "history.db", bounds=BOUNDS)
        self.record: dict[str, object] = {}
        """What has reached the record: the content of each event by its id."""
        self.passed_on = 0
        """How much of what the broker took has reached the record, or was lost."""
        self.answered = 0
        """How much of it was acknowledged, or belongs to an earlier connection."""
        self.connected = False

    def kept(self) -> dict[int, str]:
        """The ids of what is stored, by their numbers."""
        with self.bench.store.reading() as db:
            ids = [json.loads(payload)["id"] for (payload,) in db.execute("SELECT payload FROM event")]
        return {int(each.rpartition("-")[2]): each for each in ids}

    @rule(number=st.integers(1, 4))
    def happens(self, number: int) -> None:
        self.bench.happens(number)
        self.bench.store_all()

    @rule()
    def connect(self) -> None:
        self.bench.connect()
        self.connected, self.answered = True, len(self.bench.broker.taken)

    @precondition(lambda self: self.connected)
    @rule()
    def lose_connection(self) -> None:
        self.bench.delivery.on_connection(False)
        self.connected, self.answered = False, len(self.bench.broker.taken)

    @rule()
    def send(self) -> None:
        self.bench.clock.sleep(0.2)
        self.bench.send()

    @precondition(lambda self: self.connected)
    @rule()
    def acknowledge(self) -> None:
        self.bench.delivery.on_acked(self.bench.broker.taken[self.answered :])
        self.answered = len(self.bench.broker.taken)

    @rule(lost=st.booleans())
    def pass_on(self, lost: bool) -> None:
        broker = self.bench.broker
        for event_id, content in zip(broker.ids[self.passed_on :], broker.contents[self.passed_on :], strict=True):
            assert self.record.get(event_id, content) == content, "an id stands for one event for ever"
            if not lost:
                self.record[event_id] = content
        self.passed_on = len(broker.ids)

    @rule(first=st.integers(1, 60), length=st.none() | st.integers(0, 30))
    def ask(self, first: int, length: int | None) -> None:
        last = None if length is None else first + length
        found = self.bench.delivery.send_again(self.bench.store, EventRange(self.bench.store.install, first, last))
        assert found.kept is not None
        gone = {number for lowest, highest in found.kept.missing for number in range(lowest, highest + 1)}
        end = found.last_no if last is None else min(last, found.last_no)
        assert not gone & self.kept().keys()
        assert gone | set(found.kept.numbers) == set(range(first, end + 1)), "each number of the range is one or the other"

    @rule()
    def restart(self) -> None:
        self.bench.store.close()
        self.bench = Bench(self.bench.store.path, broker=self.bench.broker, bounds=BOUNDS)
        self.connected, self.answered = False, len(self.bench.broker.taken)

    @rule()
    def prune(self) -> None:
        with self.bench.store.transaction() as db:
            prune(db, BOUNDS)

    @invariant()
    def bounded(self) -> None:
        assert len(self.bench.in_outbox()) <= BOUNDS.outbox_rows + 1  # a gap comes on top until the next event
        assert len(self.bench.broker.taken) - self.answered <= WINDOW

    def teardown(self) -> None:
        try:
            self.heal()
        finally:
            self.bench.store.close()
            self.folder.cleanup()

    def heal(self) -> None:
        """The record asks until it has all that is kept; what has happened by then is sent out, too."""
        self.connect()
        for _ in range(ROUNDS):
            self.bench.clock.sleep(1.0)
            self.send()
            self.pass_on(lost=False)
            self.acknowledge()
            missing = [number for number, event_id in self.kept().items() if event_id not in self.record]
            if missing:
                self.ask(min(missing), None)
        assert set(self.kept().values()) <= self.record.keys()
        assert not self.bench.in_outbox()


EventsAgain.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestEventsAgain = EventsAgain.TestCase
