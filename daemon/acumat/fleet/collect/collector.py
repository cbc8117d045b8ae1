"""The loop: a batch from the engine, into the record, acknowledged after COMMIT; and the other work that is due.

While the record cannot be used, the present batch waits and nothing is acknowledged. The log says so once, and once when it
works again. The process may be killed at any moment: unacknowledged messages come again, and stored ones are recognised by
their number.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from psycopg import Connection

from acumat.fleet.collect.audit import answers_of
from acumat.fleet.collect.auditor import Auditor
from acumat.fleet.collect.messages import Message, Transport
from acumat.fleet.collect.reading import Read, Response, read_message
from acumat.fleet.record.connection import RecordAwayError, noticing
from acumat.fleet.record.entries import Batch, EventEntry, Heard, SetAside, Stored
from acumat.fleet.record.months import due_months, existing, make, month_of, retire, wall
from acumat.fleet.record.status import CollectorStatus, note_status, trim_set_aside
from acumat.fleet.record.store import store

log = logging.getLogger(__name__)

WAIT_S = 1.0
"""Seconds that the loop waits for a message before it does other work."""
STATUS_S = 5.0
HOUSEKEEPING_S = 3600.0
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 10.0
"""Seconds of waiting for the record, shortened at random by up to a half: two collectors must not come back in step."""
MANY_ASIDE = timedelta(minutes=1)
"""Seconds between two log entries about messages that are set aside."""

T = TypeVar("T")


class Notify(Protocol):
    """Messages to the service manager."""

    def ready(self) -> None: ...
    def watchdog(self) -> None: ...
    def status(self, text: str) -> None: ...


@dataclass(slots=True)
class _Held:
    """The connection to the record, made anew after each failure."""

    connect: Callable[[], Connection]
    connection: Connection | None = None

    def get(self) -> Connection:
        if self.connection is None:
            self.connection = self.connect()
        return self.connection

    def drop(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()


class Collector:
    """`stopping` returns whether to end; `wall` returns the time in UTC, `monotonic` seconds."""

    def __init__(
        self,
        transport: Transport,
        connect: Callable[[], Connection],
        auditor: Auditor,
        *,
        name: str,
        kind: str,
        base_topic: str,
        retention_days: int | None,
        notify: Notify,
        monotonic: Callable[[], float],
        stopping: Callable[[], bool],
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._transport = transport
        self._record = _Held(connect)
        self._auditor = auditor
        self._name, self._kind, self._base_topic = name, kind, base_topic
        self._retention_days = retention_days
        self._notify = notify
        self._monotonic, self._wall = monotonic, wall
        self._stopping = stopping
        self._started_at = wall()
        self._total = Stored()
        self._months: set[datetime] = set()
        self._status_s = self._housekeeping_s = monotonic()
        self._aside_logged_at: datetime | None = None

    def run(self) -> None:
        """Collect until it is time to end. Raises InputError for a fault that no waiting corrects."""
        try:
            self._transport.open()
            self._with_record(self._keep_house)
            self._notify.ready()
            while not self._stopping():
                self._turn()
        finally:
            self._transport.close()
            self._record.drop()

    def _turn(self) -> None:
        messages = self._transport.receive(WAIT_S)
        if messages:
            batch = self._batch(messages)
            stored = self._with_record(lambda connection: self._store(connection, batch))
            if stored is None:  # it ends; unacknowledged messages come again
                return
            self._total += stored
            self._transport.acknowledge(messages)
        self._notify.watchdog()
        self._with_record(self._auditor.turn)
        now_s = self._monotonic()
        if now_s >= self._status_s:
            self._status_s = now_s + STATUS_S
            self._with_record(self._note_status)
        if now_s >= self._housekeeping_s:
            self._with_record(self._keep_house)

    def _batch(self, messages: Sequence[Message]) -> Batch:
        now = self._wall()
        found: list[Read] = [each for message in messages for each in read_message(self._base_topic, message, now)]
        aside = tuple(each for each in found if isinstance(each, SetAside))
        if aside and (self._aside_logged_at is None or now - self._aside_logged_at > MANY_ASIDE):
            self._aside_logged_at = now
            first = aside[0]
            log.warning("%d messages are set aside, one of them from %s: %s", len(aside), first.topic, first.detail)
        return Batch(
            tuple(each for each in found if isinstance(each, EventEntry)),
            tuple(each for each in found if isinstance(each, Heard)),
            aside,
            tuple(answer for each in found if isinstance(each, Response) for answer in answers_of(each)),
        )

    def _store(self, connection: Connection, batch: Batch) -> Stored:
        months = {month for each in batch.events if each.at is not None and (month := month_of(each.at)) is not None}
        if not months <= self._months:
            make(connection, months - self._months)
            self._months |= months
        return store(connection, batch)

    def _keep_house(self, connection: Connection) -> bool:
        """Make partitions ahead, and drop old ones."""
        self._housekeeping_s = self._monotonic() + HOUSEKEEPING_S
        now = self._wall()
        make(connection, due_months(now))
        if self._retention_days is not None:
            # a clock that is ahead, ours or the database's, must not drop what is young by the other
            dropped = retire(connection, self._retention_days, min(now, wall(connection)))
            if dropped:
                log.info("dropped what is older than %d days: %s", self._retention_days, ", ".join(dropped))
        self._months = existing(connection)
        return True

    def _note_status(self, connection: Connection) -> bool:
        waiting, total = self._transport.waiting, self._total
        status = CollectorStatus(
            self._name, self._kind, self._started_at, total.events, total.repeated, total.set_aside, waiting
        )
        note_status(connection, status)
        trim_set_aside(connection)  # each time: a mat may send thousands of them within the hour
        problem = self._transport.problem
        self._notify.status(
            problem or f"{total.events} events stored, {total.repeated} known before, {total.set_aside} set aside"
        )
        return True

    def _with_record(self, step: Callable[[Connection], T]) -> T | None:
        """Do it, however long that takes; None if it is time to end before."""
        wait_s = FIRST_WAIT_S
        said = False
        while not self._stopping():
            try:
                with noticing():
                    found = step(self._record.get())
            except RecordAwayError as error:
                self._record.drop()
                if not said:
                    log.warning("%s. Nothing is acknowledged until it works again.", error)
                    self._notify.status(f"waiting for the record: {error}")
                said = True
                self._pause(wait_s * (0.5 + random.random() / 2))  # noqa: S311
                wait_s = min(2 * wait_s, LONGEST_WAIT_S)
                continue
            if said:
                log.warning("The record works again.")
            return found
        return None

    def _pause(self, seconds: float) -> None:
        """Wait, or end sooner on request."""
        end_s = self._monotonic() + seconds
        while not self._stopping() and (left_s := end_s - self._monotonic()) > 0:
            self._transport.idle(min(left_s, WAIT_S))
            self._notify.watchdog()
