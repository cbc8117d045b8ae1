"""The work of the writer's thread: it writes the queue into the store and runs the delivery to the broker."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

from acumat.contract.documents import gap_document, rfc3339
from acumat.contract.state import Condition
from acumat.history.delivery import Delivery
from acumat.history.entries import EventEntry
from acumat.history.jobs import Entry, Job, Record
from acumat.history.outage import Outage
from acumat.history.schema import StoreUnavailableError
from acumat.history.send_rate import SendRate
from acumat.history.store import Store
from acumat.history.work_queue import WorkQueue

log = logging.getLogger(__name__)

BEAT_S = 2.0
LAST_ACKS_S = 1.0
"""Seconds that the end waits for the last acknowledgements."""
ACK_POLL_S = 0.05


class StoreWorker:
    """For one thread; `condition` and `beat_mono_s` may be read by any. `on_new_file`: the broken file was replaced."""

    def __init__(
        self,
        store: Store,
        queue: WorkQueue,
        delivery: Delivery,
        *,
        monotonic: Callable[[], float],
        on_new_file: Callable[[], None],
    ) -> None:
        self._store = store
        self._queue = queue
        self._delivery = delivery
        self._monotonic = monotonic
        self._on_new_file = on_new_file
        self._outage = Outage()
        self.condition = Condition()
        self.beat_mono_s = monotonic()
        store.on_progress(self.beat)

    @property
    def store_works(self) -> bool:
        """Whether the last attempt to use the store succeeded."""
        return not self._outage.active

    @property
    def pause_s(self) -> float:
        """Seconds without work, unless the queue gets some."""
        if self._outage.active:
            return min(BEAT_S, self._outage.retry_in_s(self._monotonic()))
        if self._delivery.due:
            return 0.0
        return SendRate.PAUSE_S if self._delivery.throttled else BEAT_S

    def turn(self) -> None:
        """Do all work, or what is possible while the store is away."""
        self.beat()
        if self._outage.retry_in_s(self.beat_mono_s):
            self._work_without_store()
        else:
            self.work()

    def beat(self) -> None:
        """Show that the thread makes progress."""
        self.beat_mono_s = self._monotonic()

    def work(self) -> None:
        """Try the store, write all that waits, and deliver."""
        try:
            if not self._store.is_open:
                self._open()
            self._write_jobs()
            self._write_documents()
            self._take_broker_reports()
            self._delivery.settle(self._store)
            self._delivery.send(self._store)
        except StoreUnavailableError as exc:
            self._on_failure(exc)
            self._work_without_store()
        else:
            self._on_success()

    def finish(self) -> None:
        """Write the last entries, wait a moment for their acknowledgements, answer all waiters, and close the store."""
        self.work()
        self._await_acks()
        left = self._queue.close()
        if left:
            log.error("%d entries could not be written to the history and are lost", left)
        self._answer(available=False)
        self._store.close()

    def _work_without_store(self) -> None:
        self._take_broker_reports()
        self._delivery.send_direct(self._queue.records)
        self._answer(available=False)

    def _await_acks(self) -> None:
        """Wait a moment for the last acknowledgements: without them the events would be sent again at the next start."""
        for _ in range(round(LAST_ACKS_S / ACK_POLL_S)):
            if self._outage.active or not self._delivery.awaits_acks:
                return
            self._queue.wait_for_ack(ACK_POLL_S)
            self.work()

    def _take_broker_reports(self) -> None:
        """Pass on to the delivery what other threads have reported."""
        news = self._queue.take_news()
        self._delivery.on_acked(news.acked)
        self._delivery.on_connection(news.connected)
        if news.reconnected:
            self._delivery.on_reconnected(self._queue.records)

    def _open(self) -> None:
        before = self._store.install
        self._store.open()
        if before not in ("", self._store.install):
            self._on_new_file()
            self._take_broker_reports()
            self._delivery.on_new_file(self._queue.records)

    def _write_jobs(self) -> None:
        while (job := self._queue.first()) is not None:
            self._queue.done(written=self._do(job))
            self._answer(available=True)
            self.beat()
            self._take_broker_reports()
            self._delivery.on_written()
            self._delivery.send(self._store)

    def _write_documents(self) -> None:
        """Write documents after the jobs before them, so that their content is never ahead of the events."""
        for name, text in self._queue.documents:
            written = self._do(Entry(_document_saver(name, text)))
            self._queue.document_done(name, text, written=written)
            self.beat()
        self._answer(available=True)

    def _do(self, job: Job) -> bool:
        """Write one entry. An unusable store stops the work; an unwritable entry must not stop the others."""
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
        unreported = self._queue.unreported if record.events else 0
        gaps = [_memory_gap(record.events[-1], unreported)] if unreported else []
        seqs = record.write(self._store, *gaps)
        self._queue.on_reported(unreported)
        self._delivery.on_stored(record, seqs)

    def _answer(self, *, available: bool) -> None:
        """Answer those who wait for their entries to be written."""
        for on_written, written in self._queue.answers(available=available):
            try:
                on_written(written)
            except Exception:
                log.exception("a caller that waited for the history failed on the answer")

    def _on_failure(self, exc: StoreUnavailableError) -> None:
        if not self._outage.active:
            log.warning("history unavailable: %s", exc)
        self._outage.failed(self._monotonic())
        self._store.close()  # the next attempt verifies the file
        self.condition = Condition(
            "store_unavailable", f"{exc}. New entries wait in memory, and events are published from there."
        )

    def _on_success(self) -> None:
        lost = self._queue.lost
        if self._outage.active:
            log.info("history is back; %d entries were lost meanwhile", lost)
        self._outage.ended()
        if lost:
            self.condition = Condition("entries_lost", f"{lost} entries were lost while the disk could not be written.")
        elif self._store.damage is not None:
            self.condition = Condition("damaged", self._store.damage)
        else:
            self.condition = Condition()


def _document_saver(name: str, text: str | None) -> Callable[[Store], object]:
    return lambda store: store.save_document(name, text)


def _memory_gap(last: EventEntry, count: int) -> EventEntry:
    """The gap for so many events lost from memory, with the date of the last event of its record."""
    wall_s, mono_s, _ = last
    text = f"{count} events were lost while the disk could not be written: neither published nor stored."
    gap = gap_document(rfc3339(wall_s), "memory_full", text, {"count": count, "first_id": None, "last_id": None})
    return wall_s, mono_s, gap
