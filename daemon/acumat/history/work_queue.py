"""The queue in which other threads leave work for the writer's thread, under one lock."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from acumat.history.backlog import Backlog
from acumat.history.jobs import Job, Record
from acumat.history.waiters import OnWritten


@dataclass(slots=True)
class BrokerNews:
    """The reports about the broker since the writer's thread last looked."""

    acked: list[int] = field(default_factory=list)
    connected: bool = False
    reconnected: bool = False


class WorkQueue:
    """Every method may be called by any thread, and only `wait` blocks."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._backlog = Backlog()
        self._news = BrokerNews()
        self._ending = False
        self._closed = False

    # for all threads

    def add(self, job: Job) -> None:
        """Add an entry or a record."""
        with self._changed:
            self._backlog.add(job)
            self._changed.notify()

    def save_document(self, name: str, text: str | None) -> None:
        """Add the newest text under this name; None removes it."""
        with self._changed:
            self._backlog.save_document(name, text)
            self._changed.notify()

    def when_written(self, on_written: OnWritten) -> bool:
        """Call `on_written` once everything added before is written. Returns False, without a call, if the queue is closed."""
        with self._changed:
            if not self._closed:
                self._backlog.wait(on_written)
                self._changed.notify()
            return not self._closed

    def on_acked(self, key: int) -> None:
        """The broker has this event."""
        with self._changed:
            self._news.acked.append(key)
            self._changed.notify()

    def on_connection(self, up: bool) -> None:
        """The connection to the broker opened or closed."""
        with self._changed:
            self._news.connected = up
            self._news.reconnected = self._news.reconnected or up
            self._changed.notify()

    def end(self) -> None:
        """The worker of the queue has to finish."""
        with self._changed:
            self._ending = True
            self._changed.notify()

    # for the writer's thread

    def wait(self, pause_s: float, *, store_works: bool) -> bool:
        """Sleep for `pause_s`, or until there is work; False when it is time to end.

        While the store does not work, only a waiting caller counts as work.
        """
        with self._changed:
            pending = self._backlog.awaited
            if store_works:
                pending = bool(self._backlog or self._news.acked or self._news.reconnected)
            if not self._ending and not pending and pause_s > 0.0:
                self._changed.wait(pause_s)
            return not self._ending

    def wait_for_ack(self, pause_s: float) -> None:
        """Sleep for `pause_s`, or until an acknowledgement comes."""
        with self._changed:
            if not self._news.acked:
                self._changed.wait(pause_s)

    def first(self) -> Job | None:
        """The next job; it stays until it is `done`."""
        with self._changed:
            return self._backlog.first()

    def done(self, *, written: bool) -> None:
        """The first job is written, or can never be."""
        with self._changed:
            if written:
                self._backlog.done()
            else:
                self._backlog.left_out()

    @property
    def documents(self) -> list[tuple[str, str | None]]:
        """Names and texts that wait."""
        with self._changed:
            return self._backlog.documents

    def document_done(self, name: str, text: str | None, *, written: bool) -> None:
        """The text is written, or can never be; a newer one stays."""
        with self._changed:
            self._backlog.document_done(name, text, written=written)

    @property
    def records(self) -> list[Record]:
        """Records with events, oldest first."""
        with self._changed:
            return self._backlog.records

    @property
    def unreported(self) -> int:
        """Events that were lost and never published."""
        with self._changed:
            return self._backlog.unreported

    def on_reported(self, count: int) -> None:
        """A gap now reports so many of them."""
        with self._changed:
            self._backlog.unreported -= count

    @property
    def lost(self) -> int:
        """Entries that will never be written."""
        with self._changed:
            return self._backlog.lost

    def answers(self, *, available: bool) -> list[tuple[OnWritten, bool]]:
        """Who gets an answer now, and which; all of them if the store is not available."""
        with self._changed:
            return self._backlog.answers(available=available)

    def take_news(self) -> BrokerNews:
        """What was reported of the broker since the last call."""
        with self._changed:
            news, self._news = self._news, BrokerNews(connected=self._news.connected)
            return news

    def close(self) -> int:
        """Accept no more waiters. Returns the number of jobs left."""
        with self._changed:
            self._closed = True
            return len(self._backlog)
