"""Parts whose threads work when the test says so, in the test's own thread."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from pathlib import Path

from acumat.coach.rules import Rules
from acumat.contract.learned import Learned
from acumat.contract.sessions import Profile
from acumat.history.rows import Restored
from acumat.history.writer import Writer
from acumat.service.inbox import TotalsReady
from acumat.service.learned_record import LearnedRecord, Learner
from acumat.service.people import People
from acumat.service.recorder import Recorder
from acumat.service.routine import Routine
from acumat.service.safety_file import SafetyFile, Then
from acumat.service.session_totals import SessionTotals
from acumat.service.timekeeping import TimeOfDay
from acumat_hw.clock import Clock


class HandSafetyFile(SafetyFile):
    """Writes at once; on a `slow` card only when `turn` is called."""

    slow = False

    def _begin(self) -> None:
        pass

    def save(self, text: str, *, everywhere: bool = False) -> None:
        super().save(text, everywhere=everywhere)
        if not self.slow:
            self.turn()
        while self._waiting is not None and not self.slow and not self._failed:
            self.turn()

    def when_stored(self, then: Then) -> None:
        super().when_stored(then)
        if not self.slow:
            self.turn()


def ignore(_message: TotalsReady) -> None:
    """No sum is asked for here."""


class NothingLearned:
    """A detection that has not seen anything yet."""

    def __init__(self, sensors: int) -> None:
        self.learned = Learned.nothing(sensors)


def recorder_on(
    writer: Writer,
    clock: Clock,
    time_of_day: TimeOfDay,
    detection: Learner,
    restored: Restored,
    names: tuple[str, ...],
    put: Callable[[TotalsReady], object] = ignore,
    shares_check_ins: bool = False,
) -> tuple[Recorder, SessionTotals, LearnedRecord]:
    """A recorder with its totals and what it knows to be learnt, for a person whose day begins at four."""
    totals = SessionTotals(writer, clock, restored=restored, profile=Profile(), day_starts_at=time(4), put=put)
    learned = LearnedRecord(writer, clock, detection, restored=restored, sensor_names=names)
    recorder = Recorder(
        writer, clock, time_of_day, totals=totals, learned=learned, profile=Profile(), shares_check_ins=shares_check_ins
    )
    return recorder, totals, learned


def routine_on(
    writer: Writer, clock: Clock, restored: Restored, names: tuple[str, ...], file: Path, *, known: bool, boot: str = "boot"
) -> Routine:
    """A routine that has started, with its own safety file; `known`: the history could be read."""
    time_of_day = TimeOfDay(clock, None)
    recorder, _, _ = recorder_on(writer, clock, time_of_day, NothingLearned(len(names)), restored, names)
    routine = Routine(
        clock,
        Rules(),
        boot=boot,
        time_of_day=time_of_day,
        record=recorder.record_routine,
        file=HandSafetyFile(file),
        people=People(restored.people, shown=False),
    )
    routine.start(restored.documents if known else None)
    return routine
