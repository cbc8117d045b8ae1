"""Parts whose threads work when the test says so, in the test's own thread."""

from __future__ import annotations

from datetime import time
from pathlib import Path

from acumat.coach.rules import Rules
from acumat.contract.learned import Learned
from acumat.contract.sessions import Profile
from acumat.history.rows import Restored
from acumat.history.writer import Writer
from acumat.service.inbox import StoreRestored, TotalsReady
from acumat.service.recorder import Recorder
from acumat.service.routine import Routine
from acumat.service.safety_file import SafetyFile, Then
from acumat.service.timekeeping import TimeOfDay
from acumat_hw.clock import Clock


class HandSafetyFile(SafetyFile):
    """Writes at once; on a `slow` card only when `turn` is called."""

    slow = False

    def _begin(self) -> None:
        pass

    def save(self, text: str) -> None:
        super().save(text)
        if not self.slow:
            self.turn()

    def when_stored(self, then: Then) -> None:
        super().when_stored(then)
        if not self.slow:
            self.turn()


def ignore(_message: TotalsReady | StoreRestored) -> None:
    """The recorder asks for no sum here."""


class NothingLearned:
    """A detection that has not seen anything yet."""

    def __init__(self, sensors: int) -> None:
        self.learned = Learned.nothing(sensors)


def routine_on(
    writer: Writer, clock: Clock, restored: Restored, names: tuple[str, ...], file: Path, *, known: bool, boot: str = "boot"
) -> Routine:
    """A routine that has started, with its own safety file; `known`: the history could be read."""
    time_of_day = TimeOfDay(clock, None)
    recorder = Recorder(
        writer,
        clock,
        time_of_day,
        NothingLearned(len(names)),
        restored=restored,
        sensor_names=names,
        profile=Profile(),
        day_starts_at=time(4, 0),
        put=ignore,
    )
    routine = Routine(
        clock, Rules(), boot=boot, time_of_day=time_of_day, record=recorder.record_routine, file=HandSafetyFile(file)
    )
    routine.start(restored.documents if known else None)
    return routine
