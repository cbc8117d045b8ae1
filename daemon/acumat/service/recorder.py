"""Turns what detection tells into what is kept: events and sessions with wall times, totals by day, and what was learnt."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import time
from typing import Any

from acumat.contract.documents import event_document, no_session_document, session_document
from acumat.contract.events import Event, EventType
from acumat.contract.learned import Learned
from acumat.contract.sessions import Profile, SessionRecord, Totals
from acumat.history.entries import EventEntry
from acumat.history.rows import Restored, SessionRow, StepRow
from acumat.history.writer import Writer
from acumat.service.day_start import day_start_wall_s
from acumat_hw.clock import Clock

SAVE_DRIFT_S = 3600.0
DRIFT_SHARE = 0.01
"""Drift of the empty mat is saved once an hour at most, and only beyond 1 % of a sensor's reference load: a card wears out."""
DAY_CHECK_S = 10.0
WORTH_SAVING = {EventType.SESSION_ENDED, EventType.TARE_DONE}


class Recorder:
    """Knows the totals and the last session at any time; the writer keeps them."""

    def __init__(
        self,
        writer: Writer,
        clock: Clock,
        *,
        kept: Restored,
        sensor_names: Sequence[str],
        profile: Profile,
        day_starts_at: time,
        time_known: Callable[[], bool] = lambda: True,
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._names = tuple(sensor_names)
        self._profile = profile
        self._day_starts_at = day_starts_at
        self._time_known = time_known
        self._day_s = day_start_wall_s(clock.wall(), day_starts_at)
        self._day_checked_s = clock.monotonic()
        self._totals = kept.totals
        self._last = kept.last_session
        self._last_is_ours = False
        self._saved = kept.learned
        self._trusted = kept.found
        """Until what was kept has been read, nothing that is learnt may take its place."""
        self._asked: deque[list[SessionRow]] = deque() if kept.found else deque([[]])
        """For each sum asked of the store: the sessions since, which it does not know."""
        self._saved_at_s = clock.monotonic()

    @property
    def totals(self) -> Totals:
        """Sessions and minutes, today and since ever."""
        return self._totals

    def wall_of(self, t_mono_s: float) -> float:
        """Unix time of a monotonic time, by what the clock says now."""
        return self._clock.wall() - self._clock.monotonic() + t_mono_s

    def keep(
        self,
        events: Sequence[Event],
        records: Sequence[SessionRecord],
        learned: Callable[[], Learned],
        documents: Mapping[str, str | None] | None = None,
    ) -> None:
        """Write events and finished sessions, those of one frame in one transaction, and what a session has taught.

        `documents` are written in the same transaction, by name (None: removed).
        """
        self._record(events, [self._row(record) for record in records], documents)
        if any(event.event_type in WORTH_SAVING for event in events):
            self.save(learned())

    def keep_interrupted(
        self,
        record: SessionRecord,
        events: Sequence[Event],
        *,
        offset_s: float,
        boot_id: str,
        dated: bool,
        documents: Mapping[str, str | None],
    ) -> None:
        """Write a session of an earlier run, closed where that run last saw it, by the clock of then."""
        row = self._row(record)
        start_wall_s = record.start_mono_s + offset_s
        row = replace(row, start_wall_s=start_wall_s, end_wall_s=start_wall_s + record.wall_s, boot_id=boot_id, dated=dated)
        self._record(events, [row], documents)

    def _record(self, events: Sequence[Event], rows: Sequence[SessionRow], documents: Mapping[str, str | None] | None) -> None:
        entries = [self._entry(event) for event in events]
        for row in rows[:-1]:
            self._writer.record((), row)
        if entries or rows or documents:
            self._writer.record(entries, rows[-1] if rows else None, documents=documents, dated=self._time_known())
        for row in rows:
            self._count(row)

    def _entry(self, event: Event) -> EventEntry:
        document = event_document(event, "", self.wall_of, late=False)
        if not self._time_known():
            document["clock_set"] = False  # a reader must not trust `at`
        return self.wall_of(event.t_mono_s), event.t_mono_s, document

    def keep_routine(self, events: Sequence[Event], documents: Mapping[str, str | None], steps: Sequence[StepRow]) -> None:
        """Write the routine's events with the state that they have led to: a cue is never told and forgotten."""
        entries = [self._entry(event) for event in events]
        self._writer.record(entries, None, documents=documents, steps=steps, dated=self._time_known())

    def save_documents(self, documents: Mapping[str, str | None]) -> None:
        """Keep documents by name (None: removed), each when the disk has time for it."""
        for name, text in documents.items():
            self._writer.save_document(name, text)

    def save(self, learned: Learned) -> None:
        """Keep what was learnt, if it is news."""
        if self._trusted and learned != self._saved:
            self._writer.save_learned(self._names, learned)
        self._saved, self._saved_at_s = learned, self._clock.monotonic()

    def replaced(self, learned: Learned) -> None:
        """The store has taken this as learnt already, with a calibration or its undoing."""
        self._saved, self._saved_at_s = learned, self._clock.monotonic()

    def trust(self) -> None:
        """What was kept is known by now: from here on what is learnt is worth keeping."""
        self._trusted = True

    def follow_drift(self, learned: Callable[[], Learned]) -> None:
        """Keep the empty mat's drift now and then."""
        if self._clock.monotonic() - self._saved_at_s < SAVE_DRIFT_S:
            return
        now = learned()
        scale_us = (now.reference_us or 1000.0) / len(now.baseline_us)
        pairs = zip(now.baseline_us, self._saved.baseline_us, strict=True)
        if any(new is not None and abs(new - (old or 0.0)) > DRIFT_SHARE * scale_us for new, old in pairs):
            self.save(now)
        else:
            self._saved_at_s = self._clock.monotonic()

    def session_document(self) -> Mapping[str, Any]:
        """The last finished session with the totals, every key null where there was none."""
        if self._last is None:
            return no_session_document(self._profile, self._totals)
        row = self._last
        offset_s = row.start_wall_s - row.record.start_mono_s
        return session_document(row.record, row.profile, lambda t_mono_s: t_mono_s + offset_s, self._totals)

    def day_changed(self, found: Callable[[Totals], None]) -> bool:
        """Whether a new day has begun (or the clock was set); the sums of the new day are looked up and given to `found`."""
        now_s = self._clock.monotonic()
        if now_s - self._day_checked_s < DAY_CHECK_S:
            return False
        self._day_checked_s = now_s
        day_s = day_start_wall_s(self._clock.wall(), self._day_starts_at)
        if day_s == self._day_s:
            return False
        self._sum_up(day_s, found)
        return True

    def clock_set(self, found: Callable[[Totals], None]) -> None:
        """The time of day has become known: what this boot wrote before is dated anew, and days are summed up again."""
        offset_s = self._clock.wall() - self._clock.monotonic()
        self._writer.redate(offset_s)
        if self._last is not None and not self._last.dated and not self._last.boot_id and self._last_is_ours:
            start_wall_s = self._last.record.start_mono_s + offset_s
            self._last = replace(
                self._last, start_wall_s=start_wall_s, end_wall_s=start_wall_s + self._last.record.wall_s, dated=True
            )
        self._sum_up(day_start_wall_s(self._clock.wall(), self._day_starts_at), found)

    def _sum_up(self, day_s: float, found: Callable[[Totals], None]) -> None:
        self._day_s = day_s
        self._totals = replace(self._totals, sessions_today=0, minutes_today=0.0)
        self._asked.append([])
        self._writer.totals(day_s, found)

    def counted(self, totals: Totals) -> None:
        """The sum that was asked for first; what came since is added."""
        self._totals = totals
        for row in self._asked.popleft():
            self._add(row)

    def found(self, kept: Restored) -> None:
        """What an earlier run has left, read late."""
        self._last = self._last or kept.last_session
        self._saved = kept.learned
        self.counted(kept.totals)

    def _row(self, record: SessionRecord) -> SessionRow:
        number = re.search(r"\d+$", record.session_id)
        start_wall_s = self.wall_of(record.start_mono_s)
        return SessionRow(
            int(number[0]) if number else 0,
            record,
            start_wall_s,
            start_wall_s + record.wall_s,
            self._profile,
            self._time_known(),
        )

    def _count(self, row: SessionRow) -> None:
        self._last, self._last_is_ours = row, True
        for since in self._asked:
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
