"""The thread that owns the store: writes what others enqueue and hands the outbox to whoever speaks to the broker.

An SD card can stall for seconds, so nobody else waits for it. Handing over is at least once and in order: what is not yet
acknowledged is offered again, from the oldest on, whenever the connection comes back or the daemon restarts. While the store
cannot be used, events are handed over from memory under ids of this run, and enter the history with them later.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence

from acumat.contract.documents import gap_document, rfc3339
from acumat.contract.learned import Learned
from acumat.contract.sessions import Totals
from acumat.contract.state import Condition
from acumat.history.backlog import Backlog, Written
from acumat.history.entries import EventEntry
from acumat.history.from_memory import FromMemory
from acumat.history.jobs import Entry, Job, Record
from acumat.history.rows import Restored, SessionRow, StepRow
from acumat.history.schema import StoreUnavailableError
from acumat.history.send_rate import SendRate
from acumat.history.store import Store

log = logging.getLogger(__name__)

WINDOW = 20
"""Events handed over and not yet acknowledged, at most."""
BEAT_S = 2.0
FAREWELL_S = 1.0
"""How long the end waits for the last acknowledgements."""
BACKOFF_S = (0.5, 30.0)
"""First and longest wait after a failed write; it doubles in between."""


class Writer:
    """Writes in its own thread; every method but start and stop only enqueues.

    `monotonic` is the clock by which the events were decided. `deliver(seq, payload)` is called in that thread and must not
    block: True when the event was taken, False when not now; numbers below zero are events told from memory. `fresh` tells
    that a new file was begun in place of a broken one. An event that the taker still holds may be offered again after a
    reconnect; `acked` tells that it has arrived.
    """

    def __init__(
        self,
        store: Store,
        *,
        deliver: Callable[[int, str], bool],
        monotonic: Callable[[], float],
        fresh: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._deliver = deliver
        self._fresh = fresh
        self._monotonic = monotonic
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._backlog = Backlog()
        self._acks: list[int] = []
        self._connected = False
        self._offer_again = False
        self._stopping = False
        self._ended = False
        # what follows belongs to the thread
        self._from_memory = FromMemory(deliver, monotonic)
        self._unacked: set[int] = set()
        self._handed_to = 0
        self._more = True  # the outbox may hold rows beyond the last one handed over
        self._refused = False
        self._pace = SendRate(monotonic)
        self._failures = 0
        self._retry_at_s = 0.0
        self.condition = Condition()
        self.beat_mono_s = monotonic()

    def start(self) -> None:
        """Begin to write. A store that is not open yet is opened in the thread, as often as it takes."""
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
        """Keep events, a finished session, documents and steps in one transaction, then hand the events over."""
        self._enqueue(Record(tuple(events), session, dict(documents or {}), dated, tuple(steps)))

    def programme_steps(self, limit: int, found: Callable[[list[StepRow]], object]) -> None:
        """Read the last steps of the programme; `found` gets them in the writer's thread."""
        self._enqueue(Entry(lambda store: found(store.programme_steps(limit)), optional=True))

    def save_document(self, name: str, text: str | None) -> None:
        """Keep a text under this name (None: remove it). Only the newest is written, however slow the disk."""
        with self._wake:
            self._backlog.save_document(name, text)
            self._wake.notify()

    def when_written(self, then: Written) -> None:
        """Learn whether everything enqueued before this call is on disk; `then` is called once, in the writer's thread.

        True when all of it is committed: records, entries and documents (or newer ones of the same name). False as soon as the
        store is known to be unavailable, or if something since the last such call had to be left out. At the end the truth;
        after the end at once, in the caller's thread.
        """
        with self._wake:
            ended = self._ended
            if not ended:
                self._backlog.wait(then)
                self._wake.notify()
        if ended:
            then(False)

    def redate(self, offset_s: float) -> None:
        """The clock was set: date what was written before in this boot by wall minus monotonic time."""
        self._enqueue(Entry(lambda store: store.redate(offset_s)))

    def save_learned(self, names: Sequence[str], learned: Learned) -> None:
        """Keep what was learnt."""
        self._enqueue(Entry(lambda store: store.save_learned(names, learned)))

    def save_calibration(
        self, names: Sequence[str], before: Learned, after: Learned, wall_s: float, margin: float | None
    ) -> None:
        """Keep a calibration and what it replaced."""
        self._enqueue(Entry(lambda store: store.save_calibration(names, before, after, wall_s, margin)))

    def undo_calibration(self, names: Sequence[str], done: Callable[[Learned | None], object]) -> None:
        """Take back the last calibration; `done` gets what holds now (None: nothing to undo), in the writer's thread."""
        self._enqueue(Entry(lambda store: done(store.undo_calibration(names))))

    def totals(self, day_start_wall_s: float, found: Callable[[Totals], None]) -> None:
        """Add up what has been done; `found` gets it in the writer's thread."""
        self._enqueue(Entry(lambda store: found(store.totals(day_start_wall_s))))

    def kept(self, names: Sequence[str], day_start_wall_s: Callable[[], float], found: Callable[[Restored], object]) -> None:
        """Read what an earlier run has left, as soon as the store can be opened; `found` gets it in the writer's thread."""
        self._enqueue(Entry(lambda store: found(store.kept(names, day_start_wall_s()))))

    def acked(self, seq: int) -> None:
        """The broker has this event."""
        with self._wake:
            self._acks.append(seq)
            self._wake.notify()

    def connection(self, up: bool) -> None:
        """The way to the broker opened or closed. On opening, everything unacknowledged is offered again."""
        with self._wake:
            self._connected = up
            self._offer_again = self._offer_again or up
            self._wake.notify()

    def _enqueue(self, job: Job) -> None:
        with self._wake:
            self._backlog.add(job)
            self._wake.notify()

    def _run(self) -> None:
        self._work()
        while self._wait():
            self.beat_mono_s = self._monotonic()
            if self._monotonic() >= self._retry_at_s:
                self._work()
            else:
                self._tell_from_memory()
                self._answer(available=False)
        self._work()  # what came last
        self._await_acks()
        with self._wake:
            self._ended = True
        if len(self._backlog):
            log.error("%d entries could not be written to the history and are lost", len(self._backlog))
        self._answer(available=False)
        self._store.close()

    def _answer(self, *, available: bool) -> None:
        """Tell those who wait what has become of their entries."""
        with self._wake:
            answers = self._backlog.answers(available=available)
        for then, written in answers:
            try:
                then(written)
            except Exception:
                log.exception("whoever waited for the history could not take the answer")

    def _await_acks(self) -> None:
        """What was handed over last is acknowledged within moments; else it would be sent again at the next start."""
        for _ in range(round(FAREWELL_S / 0.05)):
            if not self._unacked or not self._connected or self._failures:
                return
            with self._wake:
                if not self._acks:
                    self._wake.wait(0.05)
            self._work()

    def _wait(self) -> bool:
        """Sleep until there is something to do or a beat is due; False when it is time to end."""
        with self._wake:
            if not self._stopping and not self._due():
                self._wake.wait(self._pause_s())
            return not self._stopping

    def _due(self) -> bool:
        if self._failures:
            return self._backlog.awaited or self._monotonic() >= self._retry_at_s
        return bool(self._backlog or self._acks or self._offer_again) or self._can_hand_over()

    def _can_hand_over(self) -> bool:
        return self._connected and self._more and not self._refused and len(self._unacked) < WINDOW and self._pace.allows()

    def _pause_s(self) -> float:
        if self._failures:
            return min(BEAT_S, max(0.01, self._retry_at_s - self._monotonic()))
        return BEAT_S if self._pace.allows() else self._pace.PAUSE_S

    def _work(self) -> None:
        try:
            if not self._store.is_open:
                self._open()
            self._write_jobs()
            self._write_documents()
            self._settle_acks()
            self._hand_over()
        except StoreUnavailableError as exc:
            self._failed(exc)
            self._tell_from_memory()
            self._answer(available=False)
        else:
            self._succeeded()

    def _open(self) -> None:
        before = self._store.install
        self._store.open()
        if self._store.install != before:  # a fresh file counts from 1 again
            self._fresh()  # acknowledgements still to come belong to events of the old one
            with self._wake:
                self._acks.clear()
            self._unacked.clear()
            self._handed_to, self._more = 0, True

    def _write_jobs(self) -> None:
        while True:
            with self._wake:
                job = self._backlog.first()
            if job is None:
                return
            written = self._do(job)
            self._more = True
            with self._wake:
                if written:
                    self._backlog.done()
                else:
                    self._backlog.left_out()
            self._answer(available=True)
            self.beat_mono_s = self._monotonic()
            self._hand_over()

    def _write_documents(self) -> None:
        """After the jobs that were there before them, so that what they tell is never ahead of the events."""
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
            untold = self._backlog.untold
        if untold and record.events:
            wall_s, mono_s, _ = record.events[-1]
            text = f"{untold} events were lost while the disk could not be written: neither told nor kept."
            gap = gap_document(rfc3339(wall_s), "memory_full", text, {"count": untold, "first_id": None, "last_id": None})
            record.add((wall_s, mono_s, gap))
        seqs = record.write(self._store)
        if untold and record.events:
            with self._wake:
                self._backlog.untold -= untold
        moved = self._from_memory.stored(record, seqs)
        self._unacked.difference_update(moved)
        self._unacked.update(moved.values())

    def _settle_acks(self) -> None:
        with self._wake:
            acks = list(self._acks)
        if not acks:
            return
        kept = [seq for ack in acks if (seq := self._kept_as(ack)) is not None]
        if kept:
            self._store.delete_acked(kept)
        self._unacked.difference_update(kept)
        self._from_memory.forget(acks)
        self._more = True
        with self._wake:
            del self._acks[: len(acks)]

    def _kept_as(self, ack: int) -> int | None:
        """The number of an acknowledged event in the store; None for one that was told from memory and still waits there."""
        if ack > 0:
            return ack
        seq = self._from_memory.acked(ack)
        if seq is None:
            self._unacked.discard(ack)
        return seq

    def _hand_over(self) -> None:
        with self._wake:
            connected, again, self._offer_again = self._connected, self._offer_again, False
        self._refused = False
        if again:
            self._unacked.clear()
            self._handed_to, self._more = 0, True
        while connected and self._more and len(self._unacked) < WINDOW and self._pace.allows():
            room = min(WINDOW - len(self._unacked), self._pace.room)
            rows = self._store.outbox_after(self._handed_to, room, self._monotonic())
            self._more = len(rows) == room
            for seq, payload in rows:
                if seq in self._unacked:  # told from memory already, and under way
                    self._handed_to = seq
                    continue
                if not self._deliver(seq, payload):
                    self._more = self._refused = True  # asked again at the next beat, event or acknowledgement
                    return
                self._pace.spend()
                self._handed_to = seq
                self._unacked.add(seq)

    def _tell_from_memory(self) -> None:
        """While the store is away: what waits in memory goes to the broker all the same, in order, each once a connection."""
        with self._wake:
            records = self._backlog.records
            connected, again, self._offer_again = self._connected, self._offer_again, False
            self._acks = [ack for ack in self._acks if self._kept_as(ack) is not None]
        if again:
            self._unacked.clear()
            for record in records:
                record.offer_again()
        if not connected:
            return
        for key in self._from_memory.offer(records, WINDOW - len(self._unacked)):
            self._unacked.add(key)

    def _failed(self, exc: StoreUnavailableError) -> None:
        first_s, longest_s = BACKOFF_S
        self._retry_at_s = self._monotonic() + min(longest_s, first_s * 2 ** min(self._failures, 10))
        self._failures += 1
        self._store.close()  # the next attempt checks the file anew
        if self._failures == 1:
            log.warning("history unavailable: %s", exc)
        self.condition = Condition("store_unavailable", f"{exc}. What is new waits in memory, and events are told from there.")

    def _succeeded(self) -> None:
        lost = self._backlog.lost
        if self._failures:
            log.info("history is back; %d entries were lost meanwhile", lost)
        self._failures, self._retry_at_s = 0, 0.0
        if lost:
            self.condition = Condition("entries_lost", f"{lost} entries were lost while the disk could not be written.")
        elif self._store.damage is not None:
            self.condition = Condition("damaged", self._store.damage)
        else:
            self.condition = Condition()
