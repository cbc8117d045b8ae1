"""Stores what detection has learnt: seldom, and only changes, since a card wears out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from acumat.contract.learned import Learned
from acumat.history.rows import Restored
from acumat.history.writer import Writer
from acumat_hw.clock import Clock

SAVE_DRIFT_S = 3600.0
DRIFT_SHARE = 0.01
"""The baseline's drift is stored once an hour at most, and only beyond 1 % of a sensor's reference load."""


class Learner(Protocol):
    """Learns the baseline and the gains of the sensors."""

    @property
    def learned(self) -> Learned: ...


class LearnedRecord:
    """Compares what `detection` has learnt with what the store holds."""

    def __init__(
        self, writer: Writer, clock: Clock, detection: Learner, *, restored: Restored, sensor_names: Sequence[str]
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._detection = detection
        self._names = tuple(sensor_names)
        self._saved = restored.learned
        self._saved_at_s = clock.monotonic()
        self._may_save = restored.found
        """Until the store has been read, nothing newly learnt may replace its content."""

    def save(self) -> None:
        """Store what was learnt, if it is new."""
        learned = self._detection.learned
        if self._may_save and learned != self._saved:
            self._writer.save_learned(self._names, learned)
        self.is_stored(learned)

    def is_stored(self, learned: Learned) -> None:
        """The store has this already, as after a calibration or its undoing."""
        self._saved, self._saved_at_s = learned, self._clock.monotonic()

    def restore_late(self, restored: Restored) -> None:
        """The content of the store, read late. It stays until `allow` is called."""
        self._saved = restored.learned

    def allow(self) -> None:
        """The content of the store has been restored: from now on new values are stored."""
        self._may_save = True

    def follow_drift(self) -> None:
        """With each reported frame: store the drift of the empty mat now and then."""
        if self._clock.monotonic() - self._saved_at_s < SAVE_DRIFT_S:
            return
        now = self._detection.learned
        scale_us = (now.reference_us or 1000.0) / len(now.baseline_us)
        pairs = zip(now.baseline_us, self._saved.baseline_us, strict=True)
        if any(new is not None and abs(new - (old or 0.0)) > DRIFT_SHARE * scale_us for new, old in pairs):
            self.save()
        else:
            self._saved_at_s = self._clock.monotonic()
