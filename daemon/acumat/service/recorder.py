"""Records what detection and the routine report: events and sessions with wall times, and documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from acumat.contract.documents import event_document
from acumat.contract.events import Event, EventType
from acumat.contract.sessions import Profile, SessionRecord
from acumat.history.checkins import CheckInRow
from acumat.history.entries import EventEntry
from acumat.history.minutes import MinuteRow
from acumat.history.payload import FELT
from acumat.history.rows import SessionRow, StepRow
from acumat.history.writer import Writer
from acumat.service.learned_record import LearnedRecord
from acumat.service.machine_zone import zone_name
from acumat.service.session_totals import SessionTotals
from acumat.service.timekeeping import TimeOfDay
from acumat_hw.clock import Clock

WORTH_SAVING = {EventType.SESSION_ENDED, EventType.TARE_DONE}


class Recorder:
    """Hands everything to the writer, the events of one frame in one transaction. `profile` is stored with each session.

    `shares_check_ins`: whether events, which go to the broker, carry the answers of a check-in.
    """

    def __init__(
        self,
        writer: Writer,
        clock: Clock,
        time_of_day: TimeOfDay,
        *,
        totals: SessionTotals,
        learned: LearnedRecord,
        profile: Profile,
        shares_check_ins: bool,
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._time = time_of_day
        self._totals = totals
        self._learned = learned
        self._profile = profile
        self._shares_check_ins = shares_check_ins
        self.whose: Callable[[str], tuple[int | None, bool]] = _owners
        """Whose a session is, by its id, and whether that is a guess."""

    def wall_of(self, t_mono_s: float) -> float:
        """Unix time of a monotonic time, by the clock as it is now."""
        return self._time.offset_s + t_mono_s

    def record(
        self,
        events: Sequence[Event],
        records: Sequence[SessionRecord],
        documents: Mapping[str, str | None] | None = None,
        minutes: Sequence[MinuteRow] = (),
    ) -> None:
        """Write events and finished sessions of one frame, and what was learnt from a session.

        `documents` are written in the same transaction, by name (None: removed), and so are the minutes of the session.
        """
        self._write(events, [self._row(record) for record in records], documents, minutes)
        if any(event.event_type in WORTH_SAVING for event in events):
            self._learned.save()

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

    def record_routine(self, events: Sequence[Event], documents: Mapping[str, str | None], steps: Sequence[StepRow]) -> None:
        """Write the routine's events together with the state after them, so that no cue is reported and then forgotten."""
        entries = [self._entry(event) for event in events]
        check_ins = [self._check_in(event) for event in events if event.event_type is EventType.CHECK_IN]
        self._writer.record(entries, None, documents=documents, steps=steps, check_ins=check_ins, dated=self._time.known)

    def save_documents(self, documents: Mapping[str, str | None]) -> None:
        """Store documents by name (None: removed), when the disk has time for them."""
        for name, text in documents.items():
            self._writer.save_document(name, text)

    def on_clock_set(self) -> None:
        """The time of day has become known: date the earlier entries of this boot, and sum up the days again."""
        self._writer.redate(self._time.offset_s)
        self._totals.redate(self._time.offset_s)

    def _write(
        self,
        events: Sequence[Event],
        rows: Sequence[SessionRow],
        documents: Mapping[str, str | None] | None,
        minutes: Sequence[MinuteRow] = (),
    ) -> None:
        entries = [self._entry(event) for event in events]
        for row in rows[:-1]:
            self._writer.record((), row)
        if entries or rows or documents or minutes:
            last = rows[-1] if rows else None
            self._writer.record(entries, last, documents=documents, minutes=minutes, dated=self._time.known)
        for row in rows:
            self._totals.count(row)

    def _entry(self, event: Event) -> EventEntry:
        document = event_document(event, self.wall_of)
        if not self._time.known:
            document["clock_set"] = False  # a reader must not trust `at`
        if event.event_type is EventType.CHECK_IN and not self._shares_check_ins:
            document |= dict.fromkeys(FELT)  # the check-in itself has them
        return self.wall_of(event.t_mono_s), event.t_mono_s, document

    def _check_in(self, event: Event) -> CheckInRow:
        """The stored row of a check-in; its event is written with the others."""
        wall_s, numbers = self.wall_of(event.t_mono_s), event.numbers
        calm, discomfort, session_id = (numbers.get(name) for name in ("calm", "discomfort", "session_id"))
        return CheckInRow(
            event.reason,
            wall_s,
            event.t_mono_s,
            calm if isinstance(calm, int) else None,
            discomfort if isinstance(discomfort, int) else None,
            session_id if isinstance(session_id, str) else None,
            self.whose(str(session_id))[0],
            dated=self._time.known,
            zone=zone_name(),
        )

    def _row(self, record: SessionRecord) -> SessionRow:
        number = re.search(r"\d+$", record.session_id)
        start_wall_s = self.wall_of(record.start_mono_s)
        end_wall_s = start_wall_s + record.wall_s
        person, guessed = (None, False) if record.guest else self.whose(record.session_id)
        return SessionRow(
            int(number[0]) if number else 0,
            record,
            start_wall_s,
            end_wall_s,
            self._profile,
            self._time.known,
            person=person,
            zone=zone_name(),
            guessed=guessed,
        )


def _owners(_session_id: str) -> tuple[None, bool]:
    """For a mat with one owner."""
    return None, False
