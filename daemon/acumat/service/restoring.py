"""Hands what an earlier run has left in the history to the parts that it belongs to, at the start or late."""

from __future__ import annotations

from acumat.contract.learned import Learned
from acumat.contract.state import MatState, Presence
from acumat.detect.pipeline import Pipeline
from acumat.history.rows import Restored
from acumat.service.checkpoint import DOCUMENT, read_checkpoint
from acumat.service.recorder import Recorder
from acumat.service.recovery import Recovery
from acumat.service.routine import NullRoutine, Routine
from acumat.service.settings import Settings
from acumat.service.timekeeping import DOCUMENT as CLOCK_DOCUMENT
from acumat.service.timekeeping import TimeOfDay


class Restoring:
    """`start` is for the history as the start found it; `restore_late` for one that could be read only later."""

    def __init__(
        self,
        restored: Restored,
        *,
        boot_id: str,
        time_of_day: TimeOfDay,
        pipeline: Pipeline,
        recorder: Recorder,
        recovery: Recovery,
        settings: Settings,
        routine: Routine | NullRoutine,
    ) -> None:
        self._restored = restored
        self._boot_id = boot_id
        self._time = time_of_day
        self._pipeline = pipeline
        self._recorder = recorder
        self._recovery = recovery
        self._settings = settings
        self._routine = routine
        self._late: Learned | None = None

    def start(self) -> None:
        """Before the first frame."""
        restored = self._restored
        self._recorder.start()
        self._time.restore(restored.documents.get(CLOCK_DOCUMENT), boot_id=self._boot_id)
        self._recorder.save_documents(self._time.documents())
        checkpoint = read_checkpoint(restored.documents.get(DOCUMENT))
        if checkpoint is not None:
            self._recovery.start(checkpoint)
        self._settings.start(restored)
        self._routine.start(restored.documents if restored.found else None)

    def restore_late(self, restored: Restored) -> None:
        """The history could be read only now."""
        self._recorder.restore_late(restored)
        self._settings.found(restored)
        self._late = restored.learned
        checkpoint = read_checkpoint(restored.documents.get(DOCUMENT))
        if checkpoint is not None:
            self._recovery.restore_late(checkpoint)
        self._routine.restore_late(restored.documents)

    def after_frame(self, state: MatState) -> None:
        """Take up late what an earlier run had learnt, once nobody is there whose load would jump."""
        if self._late is None or state.presence not in (Presence.EMPTY, Presence.BLIND):
            return
        if not self._pipeline.learned.calibrated:  # a calibration of this run is newer
            self._pipeline.adopt(self._late)
        self._late = None
        self._recorder.allow_learned()
