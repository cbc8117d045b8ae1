"""The thread that owns the store: it writes what others enqueue, and hands the outbox to whoever speaks to the broker.

An SD card can stall for seconds, so nobody else waits for it. While the store cannot be used, events are published from memory
under ids of this run, and enter the history with them later.

Threads: the loop and the thread of the MQTT client call the public methods, which only enqueue under one lock. The store, the
delivery and every callback belong to the writer's thread.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from acumat.contract.documents import gap_document, rfc3339
from acumat.contract.learned import Learned
from acumat.contract.sessions import Totals
from acumat.contract.state import Condition
from acumat.history.backlog import Backlog, Written
from acumat.history.delivery import Delivery
from acumat.history.entries import EventEntry
from acumat.history.jobs import Entry, Job, Record
from acumat.history.outage import Outage
from acumat.history.rows import Restored, SessionRow, StepRow
from acumat.history.schema import StoreUnavailableError
from acumat.history.send_rate import SendRate
from acumat.history.store import Store

log = logging.getLogger(__name__)

BEAT_S = 2.0
LAST_ACKS_S = 1.0
"""How long the end waits for the last acknowledgements."""


@dataclass(slots=True)
class _FromBroker:
    """What other threads have reported of the broker since the writer's thread last looked."""

    acked: list[int] = field(default_factory=list)
    connected: bool = False
    reconnected: bool = False


class Writer:
    """Every public method but `start` and `stop` only enqueues.

    `monotonic` is the clock by which the events were decided. `deliver(key, payload)` is called in the writer's thread and must
    not block: True when the event was taken, False when not now. `on_new_file` is called there when a new file was begun in
    place of a broken one. `condition` and `beat_mono_s` may be read by any thread.
    """

    def __init__(
        self,
        store: Store,
        *,
        deliver: Callable[[int, str], bool],
        monotonic: Callable[[], float],
        on_new_file: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._monotonic = monotonic
        self._on_new_file = on_new_file
        self._thread: threading.Thread | None = None
        self._wake = threading.Condition()
        # under the lock of `_wake`
        self._backlog = Backlog()
        self._broker = _FromBroker()
        self._stopping = False
        self._ended = False
        # of the writer's thread
        self._delivery = Delivery(deliver, monotonic)
        self._outage = Outage()
        self.condition = Condition()
        self.beat_mono_s = monotonic()

    def start(self) -> None:
        """Begin to write. A store that is not open yet is opened in the thread, with as many attempts as it takes."""
        self.beat_mono_s = self._monotonic()
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Write what is queued, as far as the store allows, close the store and end; waits at most `timeout_s`."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread is None:
            self._store.close()
        else:
            self._thread.join(timeout_s)
            if self._thread.is_alive():
                log.warning("the history was still being written after %g s; its last entries may be lost", timeout_s)

    def record(
        self,
        events: Sequence[EventEntry],
        session: SessionRow | None = None,
        *,
        documents: Mapping[str, str | None] | None = None,
        steps: Sequence[StepRow] = (),
        dated: bool = True,
    ) -> None:
        """Write events, a finished session, documents and steps in one transaction, then deliver the events."""
        self._enqueue(Record(tuple(events), session, dict(documents or {}), dated, tuple(steps)))

    def programme_steps(self, limit: int, on_result: Callable[[list[StepRow]], object]) -> None:
        """Read the last steps of the programme; `on_result` gets them in the writer's thread."""
        self._enqueue(Entry(lambda store: on_result(store.programme_steps(limit)), optional=True))

    def save_document(self, name: str, text: str | None) -> None:
        """Write a text under this name (None: remove it). Only the newest is written, however slow the disk."""
        with self._wake:
            self._backlog.save_document(name, text)
            self._wake.notify()

    def when_written(self, on_written: Written) -> None:
        """Ask whether everything enqueued before this call is on disk; `on_written` is called once, in the writer's thread.

        True when all of it is committed: records, entries and documents (or newer ones of the same name). False as soon as the
        store is known to be unavailable, or if something since the last such call had to be left out. At the end the truth;
        after the end at once, in the caller's thread.
        """
        with self._wake:
            ended = self._ended
            if not ended:
                self._backlog.wait(on_written)
                self._wake.notify()
        if ended:
            on_written(False)

    def redate(self, offset_s: float) -> None:
        """The clock was set: date what was written before in this boot by wall minus monotonic time."""
        self._enqueue(Entry(lambda store: store.redate(offset_s)))

    def save_learned(self, names: Sequence[str], learned: Learned) -> None:
        """Write what was learnt."""
        self._enqueue(Entry(lambda store: store.save_learned(names, learned)))

    def save_calibration(
        self, names: Sequence[str], before: Learned, after: Learned, wall_s: float, margin: float | None
    ) -> None:
        """Write a calibration and what it replaced."""
        self._enqueue(Entry(lambda store: store.save_calibration(names, before, after, wall_s, margin)))

    def undo_calibration(self, names: Sequence[str], on_result: Callable[[Learned | None], object]) -> None:
        """Take back the last calibration; `on_result` gets what holds now (None: nothing to undo), in the writer's thread."""
        self._enqueue(Entry(lambda store: on_result(store.undo_calibration(names))))

    def totals(self, day_start_wall_s: float, on_result: Callable[[Totals], None]) -> None:
        """Add up what has been done; `on_result` gets it in the writer's thread."""
        self._enqueue(Entry(lambda store: on_result(store.totals(day_start_wall_s))))

    def restore(
        self, names: Sequence[str], day_start_wall_s: Callable[[], float], on_result: Callable[[Restored], object]
    ) -> None:
        """Read what an earlier run has left, once the store can be opened; `on_result` gets it in the writer's thread."""
        self._enqueue(Entry(lambda store: on_result(store.restore(names, day_start_wall_s()))))

    def on_acked(self, key: int) -> None:
        """The broker has this event."""
        with self._wake:
            self._broker.acked.append(key)
            self._wake.notify()

    def on_connection(self, up: bool) -> None:
        """The way to the broker opened or closed. On opening, everything unacknowledged is delivered again."""
        with self._wake:
            self._broker.connected = up
            self._broker.reconnected = self._broker.reconnected or up
            self._wake.notify()

    def _enqueue(self, job: Job) -> None:
        with self._wake:
            self._backlog.add(job)
            self._wake.notify()

    # all that follows runs in the writer's thread

    def _run(self) -> None:
        self._work()
        while self._wait():
            self._turn()
        self._work()  # what came last
        self._await_acks()
        with self._wake:
            self._ended = True
        if len(self._backlog):
            log.error("%d entries could not be written to the history and are lost", len(self._backlog))
        self._answer(available=False)
        self._store.close()

    def _wait(self) -> bool:
        """Sleep until there is something to do or a beat is due; False when it is time to end."""
        with self._wake:
            if not self._stopping and not self._due():
                self._wake.wait(self._pause_s())
            return not self._stopping

    def _due(self) -> bool:
        if self._outage.active:
            return self._backlog.awaited or not self._outage.retry_in_s(self._monotonic())
        return bool(self._backlog or self._broker.acked or self._broker.reconnected) or self._delivery.due

    def _pause_s(self) -> float:
        if self._outage.active:
            return min(BEAT_S, max(0.01, self._outage.retry_in_s(self._monotonic())))
        return SendRate.PAUSE_S if self._delivery.throttled else BEAT_S

    def _turn(self) -> None:
        self.beat_mono_s = self._monotonic()
        if self._outage.retry_in_s(self.beat_mono_s):
            self._work_without_store()
        else:
            self._work()

    def _work(self) -> None:
        try:
            if not self._store.is_open:
                self._open()
            self._write_jobs()
            self._write_documents()
            self._hear_broker()
            self._delivery.settle(self._store)
            self._delivery.send(self._store)
        except StoreUnavailableError as exc:
            self._on_failure(exc)
            self._work_without_store()
        else:
            self._on_success()

    def _work_without_store(self) -> None:
        self._hear_broker()
        with self._wake:
            records = self._backlog.records
        self._delivery.send_direct(records)
        self._answer(available=False)

    def _await_acks(self) -> None:
        """What was sent last is acknowledged within moments; else it would be sent again at the next start."""
        for _ in range(round(LAST_ACKS_S / 0.05)):
            if self._outage.active or not self._delivery.awaits_acks:
                return
            with self._wake:
                if not self._broker.acked:
                    self._wake.wait(0.05)
            self._work()

    def _hear_broker(self) -> None:
        """Pass on to the delivery what other threads have reported."""
        with self._wake:
            news, self._broker = self._broker, _FromBroker(connected=self._broker.connected)
            records = self._backlog.records if news.reconnected else []
        self._delivery.on_acked(news.acked)
        self._delivery.on_connection(news.connected)
        if news.reconnected:
            self._delivery.on_reconnected(records)

    def _open(self) -> None:
        before = self._store.install
        self._store.open()
        if before not in ("", self._store.install):
            self._on_new_file()
            self._hear_broker()
            with self._wake:
                records = self._backlog.records
            self._delivery.on_new_file(records)

    def _write_jobs(self) -> None:
        while True:
            with self._wake:
                job = self._backlog.first()
            if job is None:
                return
            written = self._do(job)
            with self._wake:
                if written:
                    self._backlog.done()
                else:
                    self._backlog.left_out()
            self._answer(available=True)
            self.beat_mono_s = self._monotonic()
            self._hear_broker()
            self._delivery.on_written()
            self._delivery.send(self._store)

    def _write_documents(self) -> None:
        """After the jobs that were there before them, so that their content is never ahead of the events."""
        with self._wake:
            waiting = self._backlog.documents
        for name, text in waiting:
            written = self._do(Entry(lambda store, name=name, text=text: store.save_document(name, text)))  # type: ignore[misc]
            with self._wake:
                self._backlog.document_done(name, text, written=written)
            self.beat_mono_s = self._monotonic()
        self._answer(available=True)

    def _do(self, job: Job) -> bool:
        """One entry. A store that cannot be used stops the work; an entry that cannot be written must not stop the others."""
        try:
            if isinstance(job, Record):
                self._do_record(job)
            else:
                job.write(self._store)
        except StoreUnavailableError:
            raise
        except Exception as exc:  # noqa: BLE001  the message may quote what is private, so that it is not logged
            where = "".join(traceback.format_tb(exc.__traceback__))
            log.error("an entry cannot be written to the history and is left out (%s)\n%s", type(exc).__name__, where)
            return False
        return True

    def _do_record(self, record: Record) -> None:
        with self._wake:
            unreported = self._backlog.unreported if record.events else 0
        gaps = [_memory_gap(record.events[-1], unreported)] if unreported else []
        seqs = record.write(self._store, *gaps)
        with self._wake:
            self._backlog.unreported -= unreported
        self._delivery.on_stored(record, seqs)

    def _answer(self, *, available: bool) -> None:
        """Answer those who wait for their entries to be written."""
        with self._wake:
            answers = self._backlog.answers(available=available)
        for on_written, written in answers:
            try:
                on_written(written)
            except Exception:
                log.exception("whoever waited for the history could not take the answer")

    def _on_failure(self, exc: StoreUnavailableError) -> None:
        if not self._outage.active:
            log.warning("history unavailable: %s", exc)
        self._outage.failed(self._monotonic())
        self._store.close()  # the next attempt verifies the file
        self.condition = Condition("store_unavailable", f"{exc}. What is new waits in memory, and events are told from there.")

    def _on_success(self) -> None:
        lost = self._backlog.lost
        if self._outage.active:
            log.info("history is back; %d entries were lost meanwhile", lost)
        self._outage.ended()
        if lost:
            self.condition = Condition("entries_lost", f"{lost} entries were lost while the disk could not be written.")
        elif self._store.damage is not None:
            self.condition = Condition("damaged", self._store.damage)
        else:
            self.condition = Condition()


def _memory_gap(last: EventEntry, count: int) -> EventEntry:
    """The gap that stands for so many events lost from memory, dated as the last event of its record."""
    wall_s, mono_s, _ = last
    text = f"{count} events were lost while the disk could not be written: neither told nor kept."
    gap = gap_document(rfc3339(wall_s), "memory_full", text, {"count": count, "first_id": None, "last_id": None})
    return wall_s, mono_s, gap
