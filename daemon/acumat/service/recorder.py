"""Records what detection reports: events and sessions with wall times, totals by day, and what was learnt."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import time
from typing import Any, Protocol

from acumat.contract.documents import event_document, no_session_document, session_document
from acumat.contract.events import Event, EventType
from acumat.contract.learned import Learned
from acumat.contract.sessions import Profile, SessionRecord, Totals
from acumat.history.entries import EventEntry
from acumat.history.rows import Restored, SessionRow, StepRow
from acumat.history.writer import Writer
from acumat.service.day_start import day_start_wall_s
from acumat.service.inbox import StoreRestored, TotalsReady
from acumat.service.timekeeping import TimeOfDay
from acumat_hw.clock import Clock

SAVE_DRIFT_S = 3600.0
DRIFT_SHARE = 0.01
"""Drift of the empty mat is saved once an hour at most, and only beyond 1 % of a sensor's reference load: a card wears out."""
DAY_CHECK_S = 10.0
WORTH_SAVING = {EventType.SESSION_ENDED, EventType.TARE_DONE}


class Learner(Protocol):
    """What learns the empty mat and the gains of its sensors."""

    @property
    def learned(self) -> Learned: ...


class Recorder:
    """Knows the totals and the last session at any time; the writer stores them.

    `put` brings what the store has found into the loop, which hands sums to `add_totals`.
    """

    def __init__(
        self,
        writer: Writer,
        clock: Clock,
        time_of_day: TimeOfDay,
        detection: Learner,
        *,
        restored: Restored,
        sensor_names: Sequence[str],
        profile: Profile,
        day_starts_at: time,
        put: Callable[[TotalsReady | StoreRestored], object],
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._time = time_of_day
        self._detection = detection
        self._names = tuple(sensor_names)
        self._profile = profile
        self._day_starts_at = day_starts_at
        self._put = put
        self._day_s = day_start_wall_s(clock.wall(), day_starts_at)
        self._day_checked_s = self._saved_at_s = clock.monotonic()
        self._totals = restored.totals
        self._last = restored.last_session
        self._last_is_ours = False
        self._saved = restored.learned
        self._may_save = restored.found
        """Until the store has been read, nothing that is learnt may replace what it holds."""
        self._since_asked: deque[list[SessionRow]] = deque() if restored.found else deque([[]])
        """For each sum asked of the store: the sessions since, which it does not know."""
        self._document: Mapping[str, Any] = {}
        self._document_of: tuple[SessionRow | None, Totals] | None = None

    def start(self) -> None:
        """Before anything is recorded: where the store could not be read, ask for what it holds until now."""
        if not self._may_save:
            self._writer.kept(self._names, self._day_start_now_s, self._put_restored)

    @property
    def totals(self) -> Totals:
        """Sessions and minutes, today and since ever."""
        return self._totals

    def wall_of(self, t_mono_s: float) -> float:
        """Unix time of a monotonic time, by what the clock says now."""
        return self._clock.wall() - self._clock.monotonic() + t_mono_s

    def record(
        self, events: Sequence[Event], records: Sequence[SessionRecord], documents: Mapping[str, str | None] | None = None
    ) -> None:
        """Write events and finished sessions, those of one frame in one transaction, and what a session has taught.

        `documents` are written in the same transaction, by name (None: removed).
        """
        self._write(events, [self._row(record) for record in records], documents)
        if any(event.event_type in WORTH_SAVING for event in events):
            self.save_learned()

    def record_interrupted(
        self,
        record: SessionRecord,
        events: Sequence[Event],
        *,
        offset_s: float,
        boot_id: str,
        dated: bool,
        documents: Mapping[str, str | None],
    ) -> None:
        """Write a session of an earlier run, closed at the last moment that run knew, by the clock of then."""
        row = self._row(record)
        start_wall_s = record.start_mono_s + offset_s
        row = replace(row, start_wall_s=start_wall_s, end_wall_s=start_wall_s + record.wall_s, boot_id=boot_id, dated=dated)
        self._write(events, [row], documents)

    def _write(self, events: Sequence[Event], rows: Sequence[SessionRow], documents: Mapping[str, str | None] | None) -> None:
        entries = [self._entry(event) for event in events]
        for row in rows[:-1]:
            self._writer.record((), row)
        if entries or rows or documents:
            self._writer.record(entries, rows[-1] if rows else None, documents=documents, dated=self._time.known)
        for row in rows:
            self._count(row)

    def _entry(self, event: Event) -> EventEntry:
        document = event_document(event, "", self.wall_of, late=False)
        if not self._time.known:
            document["clock_set"] = False  # a reader must not trust `at`
        return self.wall_of(event.t_mono_s), event.t_mono_s, document

    def record_routine(self, events: Sequence[Event], documents: Mapping[str, str | None], steps: Sequence[StepRow]) -> None:
        """Write the routine's events together with the state that they have led to: no cue is reported and forgotten."""
        entries = [self._entry(event) for event in events]
        self._writer.record(entries, None, documents=documents, steps=steps, dated=self._time.known)

    def save_documents(self, documents: Mapping[str, str | None]) -> None:
        """Store documents by name (None: removed), each when the disk has time for it."""
        for name, text in documents.items():
            self._writer.save_document(name, text)

    def save_learned(self) -> None:
        """Store what was learnt, if it is new."""
        learned = self._detection.learned
        if self._may_save and learned != self._saved:
            self._writer.save_learned(self._names, learned)
        self.learned_is_stored(learned)

    def learned_is_stored(self, learned: Learned) -> None:
        """The store holds this as learnt already, as after a calibration or its undoing."""
        self._saved, self._saved_at_s = learned, self._clock.monotonic()

    def allow_learned(self) -> None:
        """What the store holds is known by now: from here on what is learnt is worth storing."""
        self._may_save = True

    def follow_drift(self) -> None:
        """Once a frame: store the drift of the empty mat now and then."""
        if self._clock.monotonic() - self._saved_at_s < SAVE_DRIFT_S:
            return
        now = self._detection.learned
        scale_us = (now.reference_us or 1000.0) / len(now.baseline_us)
        pairs = zip(now.baseline_us, self._saved.baseline_us, strict=True)
        if any(new is not None and abs(new - (old or 0.0)) > DRIFT_SHARE * scale_us for new, old in pairs):
            self.save_learned()
        else:
            self._saved_at_s = self._clock.monotonic()

    def session_document(self) -> Mapping[str, Any]:
        """The last finished session with the totals, every key null where there was none.

        It is the same object as long as nothing has changed.
        """
        if self._document_of is None or self._document_of[0] is not self._last or self._document_of[1] is not self._totals:
            self._document_of = (self._last, self._totals)
            self._document = self._new_document()
        return self._document

    def _new_document(self) -> Mapping[str, Any]:
        if self._last is None:
            return no_session_document(self._profile, self._totals)
        row = self._last
        offset_s = row.start_wall_s - row.record.start_mono_s
        return session_document(row.record, row.profile, lambda t_mono_s: t_mono_s + offset_s, self._totals)

    def follow_day(self) -> None:
        """Once a frame: where a new day has begun (or the clock was set), ask the store for its sums."""
        now_s = self._clock.monotonic()
        if now_s - self._day_checked_s < DAY_CHECK_S:
            return
        self._day_checked_s = now_s
        day_s = self._day_start_now_s()
        if day_s != self._day_s:
            self._ask_totals(day_s)

    def on_clock_set(self) -> None:
        """The time of day has become known: date what this boot wrote before, and sum up the days again."""
        offset_s = self._clock.wall() - self._clock.monotonic()
        self._writer.redate(offset_s)
        if self._last is not None and not self._last.dated and not self._last.boot_id and self._last_is_ours:
            start_wall_s = self._last.record.start_mono_s + offset_s
            self._last = replace(
                self._last, start_wall_s=start_wall_s, end_wall_s=start_wall_s + self._last.record.wall_s, dated=True
            )
        self._ask_totals(self._day_start_now_s())

    def add_totals(self, totals: Totals) -> None:
        """The sum that was asked for first; the sessions since then are added."""
        self._totals = totals
        for row in self._since_asked.popleft():
            self._add(row)

    def restore_late(self, restored: Restored) -> None:
        """What an earlier run has left, read late."""
        self._last = self._last or restored.last_session
        self._saved = restored.learned
        self.add_totals(restored.totals)

    def _ask_totals(self, day_s: float) -> None:
        self._day_s = day_s
        self._totals = replace(self._totals, sessions_today=0, minutes_today=0.0)
        self._since_asked.append([])
        self._writer.totals(day_s, self._put_totals)

    def _day_start_now_s(self) -> float:
        """When the day that it is now began, as Unix time."""
        return day_start_wall_s(self._clock.wall(), self._day_starts_at)

    def _put_restored(self, restored: Restored) -> None:
        """Called in the writer's thread."""
        self._put(StoreRestored(restored))

    def _put_totals(self, totals: Totals) -> None:
        """Called in the writer's thread."""
        self._put(TotalsReady(totals))

    def _row(self, record: SessionRecord) -> SessionRow:
        number = re.search(r"\d+$", record.session_id)
        start_wall_s = self.wall_of(record.start_mono_s)
        return SessionRow(
            int(number[0]) if number else 0,
            record,
            start_wall_s,
            start_wall_s + record.wall_s,
            self._profile,
            self._time.known,
        )

    def _count(self, row: SessionRow) -> None:
        self._last, self._last_is_ours = row, True
        for since in self._since_asked:
            since.append(row)
        self._add(row)

    def _add(self, row: SessionRow) -> None:
        if row.record.guest:
            return
        minutes = row.record.contact_s / 60.0
        today = row.end_wall_s >= self._day_s
        self._totals = Totals(
            self._totals.sessions_total + 1,
            self._totals.minutes_total + minutes,
            self._totals.sessions_today + today,
            self._totals.minutes_today + (minutes if today else 0.0),
        )
