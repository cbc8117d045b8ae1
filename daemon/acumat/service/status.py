"""The daemon's answer to `status`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from acumat import __version__
from acumat.contract.documents import state_document, totals_document
from acumat.contract.feed import calibration_document
from acumat.contract.state import MatState
from acumat.guard import Guard
from acumat.service.detection import Detection
from acumat.service.health_report import HealthReport
from acumat.service.inbox import Inbox
from acumat.service.records import Records
from acumat.service.slots import Slots
from acumat.service.turn import Turn


class Status:
    """Built on each request from the last turn and the present state of each part."""

    def __init__(
        self,
        mat_id: str,
        layout_name: str,
        detection: Detection,
        *,
        health: HealthReport,
        records: Records,
        slots: Slots,
        inbox: Inbox,
        guard: Guard,
    ) -> None:
        self._mat_id = mat_id
        self._layout_name = layout_name
        self._detection = detection
        self._health = health
        self._records = records
        self._slots = slots
        self._inbox = inbox
        self._guard = guard
        pipeline = detection.pipeline
        self.turn = Turn(MatState(), sensors=pipeline.sensor_conditions, calibrated=pipeline.learned.calibrated)
        """The last one."""

    def after_frame(self, turn: Turn) -> None:
        """Take this as the last turn."""
        self.turn = turn

    def document(self) -> dict[str, Any]:
        """As `status` answers it."""
        turn = replace(self.turn, conditions=self._health.conditions(self.turn))
        return {
            "mat": self._mat_id,
            "version": __version__,
            "layout": self._layout_name,
            "state": state_document(turn.state),
            "health": self._health.document(turn),
            "totals": totals_document(self._records.totals.now),
            "last_session": self._records.totals.document(),
            "routine": self._detection.routine.document(),
            "session_plan_min": self._detection.routine.plan_min,
            "calibration": calibration_document(self._detection.pipeline.calibration),
            "calibration_outcome": self._detection.commands.outcome,
            "settings": self._detection.commands.settings.document(),
            "frames_skipped": self._slots.skipped,
            "messages_refused": self._inbox.refused,
            "steps_failed": self._guard.failures,
        }
