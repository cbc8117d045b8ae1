"""The thread that owns the store: it writes what other threads enqueue, and passes the outbox to the MQTT client.

An SD card can stall for seconds, so nobody else waits for it. While the store cannot be used, events are published from memory
under ids of this run, and enter the history with them later.

Threads: the loop calls the public methods, which only enqueue, and the thread of the MQTT client reports acknowledgements to
the same queue. The store, the delivery and every callback belong to the writer's thread.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from acumat.contract.learned import Learned
from acumat.contract.sessions import Totals
from acumat.contract.state import Condition
from acumat.history.checkins import CheckInRow
from acumat.history.delivery import Delivery
from acumat.history.entries import EventEntry
from acumat.history.feelings import AwayRow, WeeklyRow
from acumat.history.jobs import Entry, Record
from acumat.history.kept_events import EventRange
from acumat.history.minutes import MinuteRow
from acumat.history.repeats import Again
from acumat.history.rows import Restored, SessionRow, StepRow
from acumat.history.store import Store
from acumat.history.waiters import OnWritten
from acumat.history.work_queue import WorkQueue
from acumat.history.worker import StoreWorker

log = logging.getLogger(__name__)

T = TypeVar("T")


class Writer:
    """Every method except for `start` and `stop` only enqueues. The MQTT client reports acknowledgements to the `queue`.

    `monotonic` is the clock by which the events were decided. `deliver(key, payload)` is called in the writer's thread and must
    not block: it returns True if the event was accepted, else False. `on_new_file` is called there when a new file was begun in
    place of a broken one.
    """

    def __init__(
        self,
        store: Store,
        queue: WorkQueue,
        *,
        deliver: Callable[[int, str], bool],
        monotonic: Callable[[], float],
        on_new_file: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._queue = queue
        self._delivery = Delivery(deliver, monotonic)
        self._worker = StoreWorker(store, queue, self._delivery, monotonic=monotonic, on_new_file=on_new_file)
        self._thread: threading.Thread | None = None

    @property
    def condition(self) -> Condition:
        """The health of the history: ok, or a code and a sentence."""
        return self._worker.condition

    @property
    def beat_mono_s(self) -> float:
        """When the thread last made progress, in monotonic seconds."""
        return self._worker.beat_mono_s

    def start(self) -> None:
        """Start the thread. It opens a store that is not open yet, with as many attempts as necessary."""
        self._worker.beat()
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Write what is queued, as far as the store allows, close the store and end; waits at most `timeout_s`."""
        self._queue.end()
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
        check_ins: Sequence[CheckInRow] = (),
        minutes: Sequence[MinuteRow] = (),
        dated: bool = True,
    ) -> None:
        """Write events, a finished session and all that belongs to it in one transaction, then deliver the events."""
        self._queue.add(
            Record(tuple(events), session, dict(documents or {}), dated, tuple(steps), tuple(check_ins), tuple(minutes))
        )

    def programme_steps(self, limit: int, on_result: Callable[[list[StepRow]], object], person: int | None = None) -> None:
        """Read the last steps of the programme; `on_result` gets them in the writer's thread."""
        self._queue.add(Entry(lambda store: on_result(store.programme_steps(limit, person)), optional=True))

    def ask(self, job: Callable[[Store], T], on_result: Callable[[T], object]) -> None:
        """Do this with the store. `on_result` gets its result in the writer's thread; it is not called if memory is short."""
        self._queue.add(Entry(lambda store: on_result(job(store)), optional=True))

    def send_again(self, asked: EventRange | None, on_result: Callable[[Again], object]) -> None:
        """Send stored events again. `on_result` gets the list in the writer's thread; it is not called if memory is short."""
        self._queue.add(Entry(lambda store: on_result(self._delivery.send_again(store, asked)), optional=True))

    def save_feelings(self, *rows: CheckInRow | WeeklyRow | AwayRow) -> None:
        """Write answers about feelings, and days away, in one transaction."""
        self._queue.add(Entry(lambda store: store.save_feelings(rows)))

    def save_document(self, name: str, text: str | None) -> None:
        """Write a text under this name (None: remove it). Only the newest is written, however slow the disk."""
        self._queue.save_document(name, text)

    def when_written(self, on_written: OnWritten) -> None:
        """Ask whether everything enqueued before this call is on disk; `on_written` is called once, in the writer's thread.

        True when all of it is committed: records, entries and documents (or newer ones of the same name). False as soon as the
        store is known to be unavailable, or if something since the last such call had to be left out. At the end the truth;
        after the end at once, in the caller's thread.
        """
        if not self._queue.when_written(on_written):
            on_written(False)

    def redate(self, offset_s: float) -> None:
        """The clock was set: date the earlier entries of this boot by wall minus monotonic time."""
        self._queue.add(Entry(lambda store: store.redate(offset_s)))

    def save_learned(self, names: Sequence[str], learned: Learned) -> None:
        """Write what was learnt."""
        self._queue.add(Entry(lambda store: store.save_learned(names, learned)))

    def save_calibration(
        self, names: Sequence[str], before: Learned, after: Learned, wall_s: float, margin: float | None
    ) -> None:
        """Write a calibration and what it replaced."""
        self._queue.add(Entry(lambda store: store.save_calibration(names, before, after, wall_s, margin)))

    def undo_calibration(self, names: Sequence[str], on_result: Callable[[Learned | None], object]) -> None:
        """Undo the last calibration; `on_result` gets the values now in use (None: nothing to undo), in the writer's thread."""
        self._queue.add(Entry(lambda store: on_result(store.undo_calibration(names))))

    def totals(self, day_start_wall_s: float, on_result: Callable[[Totals, SessionRow | None], None]) -> None:
        """Sum up the sessions; `on_result` gets the totals with the last session, in the writer's thread."""
        self._queue.add(Entry(lambda store: on_result(store.totals(day_start_wall_s), store.last_session())))

    def restore(
        self, names: Sequence[str], day_start_wall_s: Callable[[], float], on_result: Callable[[Restored], object]
    ) -> None:
        """Read the data of an earlier run, once the store can be opened; `on_result` gets them in the writer's thread."""
        self._queue.add(Entry(lambda store: on_result(store.restore(names, day_start_wall_s()))))

    def on_connection(self, up: bool) -> None:
        """The connection to the broker opened or closed. On opening, everything unacknowledged is delivered again."""
        self._queue.on_connection(up)

    def _run(self) -> None:
        self._worker.work()
        while self._wait():
            self._worker.turn()
        self._worker.finish()

    def _wait(self) -> bool:
        """Sleep until there is something to do; False when it is time to end."""
        return self._queue.wait(self._worker.pause_s, store_works=self._worker.store_works)
