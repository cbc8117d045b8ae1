"""Restores the parts of the daemon from the history, at the start or late."""

from __future__ import annotations

from collections.abc import Callable

from acumat.contract.learned import Learned
from acumat.contract.state import MatState, Presence
from acumat.history.rows import Restored
from acumat.history.writer import Writer
from acumat.service.checkpoint import DOCUMENT, read_checkpoint
from acumat.service.detection import Detection
from acumat.service.inbox import StoreRestored
from acumat.service.records import Records
from acumat.service.timekeeping import DOCUMENT as CLOCK_DOCUMENT


class Restoring:
    """`start` is for a history that was read at the start, `restore_late` for one that was read later.

    `put` brings its contents into the loop, which calls `restore_late`.
    """

    def __init__(
        self,
        restored: Restored,
        writer: Writer,
        detection: Detection,
        records: Records,
        *,
        boot_id: str,
        sensor_names: tuple[str, ...],
        put: Callable[[StoreRestored], object],
    ) -> None:
        self._restored = restored
        self._writer = writer
        self._detection = detection
        self._records = records
        self._boot_id = boot_id
        self._names = sensor_names
        self._put = put
        self._late: Learned | None = None

    def start(self) -> None:
        """Before the first frame."""
        restored, records = self._restored, self._records
        if not restored.found:  # before anything else is stored, so that its sums do not include this run
            self._writer.restore(self._names, records.totals.day_start_s, self._put_restored)
        records.time_of_day.restore(restored.documents.get(CLOCK_DOCUMENT), boot_id=self._boot_id)
        records.recorder.save_documents(records.time_of_day.documents())
        checkpoint = read_checkpoint(restored.documents.get(DOCUMENT))
        self._detection.routine.know(restored.documents)
        if checkpoint is not None:
            records.recovery.start(checkpoint)
        self._detection.commands.settings.start(restored)
        documents = restored.documents if restored.found else None
        self._detection.routine.start(documents)
        self._detection.feelings.start(documents, restored.people)

    def restore_late(self, restored: Restored) -> None:
        """The history could be read only now."""
        records = self._records
        records.totals.restore_late(restored)
        records.learned.restore_late(restored)
        self._detection.commands.settings.restore_late(restored)
        self._late = restored.learned
        self._detection.routine.know(restored.documents)
        checkpoint = read_checkpoint(restored.documents.get(DOCUMENT))
        if checkpoint is not None:
            records.recovery.restore_late(checkpoint)
        self._detection.routine.on_people(restored.people)
        self._detection.routine.restore_late(restored.documents)
        self._detection.feelings.restore_late(restored.documents, restored.people)

    def after_frame(self, state: MatState) -> None:
        """Apply late what an earlier run had learnt, once the mat is empty: under a person the load would jump."""
        if self._late is None or state.presence not in (Presence.EMPTY, Presence.BLIND):
            return
        if not self._detection.pipeline.learned.calibrated:  # a calibration of this run is newer
            self._detection.pipeline.adopt(self._late)
        self._late = None
        self._records.learned.allow()

    def _put_restored(self, restored: Restored) -> None:
        """Called in the writer's thread."""
        self._put(StoreRestored(restored))
