"""The parts of the loop that deal with stored data."""

from __future__ import annotations

from typing import NamedTuple

from acumat.service.checkpoint import Checkpoints
from acumat.service.learned_record import LearnedRecord
from acumat.service.minutes import Minutes
from acumat.service.recorder import Recorder
from acumat.service.recovery import Recovery
from acumat.service.session_totals import SessionTotals
from acumat.service.timekeeping import TimeOfDay


class Records(NamedTuple):
    """The recorder and the totals, the session under way, and the session of an interrupted run."""

    recorder: Recorder
    totals: SessionTotals
    learned: LearnedRecord
    checkpoints: Checkpoints
    recovery: Recovery
    time_of_day: TimeOfDay
    minutes: Minutes

    def session_documents(self, *, at_once: bool) -> dict[str, str | None]:
        """The documents of the session under way that are due to be stored, by name."""
        return self.checkpoints.due(self.recovery.interrupted, at_once=at_once)
