"""Requests about what the mat learns: tare, and starting, cancelling and undoing a calibration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from acumat.contract.commands import Command, CommandName, Refusal, Response
from acumat.contract.documents import response_document
from acumat.contract.events import Event, EventType
from acumat.contract.learned import Learned
from acumat.detect.pipeline import Pipeline
from acumat.history.writer import Writer
from acumat.service.answers import Answers
from acumat.service.inbox import CalibrationUndone, OnAnswer
from acumat.service.request import UNREAD, Handler, Request, done, done_unless, history_away, refused
from acumat_hw.clock import Clock

CALIBRATION_ENDS = (EventType.CALIBRATION_DONE, EventType.CALIBRATION_FAILED)
CANCELLED = "The calibration is cancelled; nothing has changed."


class CalibrationRequests:
    """Tare and calibration.

    `enqueue` brings the writer's result into the loop, `on_replaced` gets the calibration now in use.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        writer: Writer,
        clock: Clock,
        answers: Answers,
        *,
        sensor_names: tuple[str, ...],
        enqueue: Callable[[CalibrationUndone], object],
        on_replaced: Callable[[Learned], None],
    ) -> None:
        self._pipeline = pipeline
        self._writer = writer
        self._clock = clock
        self._answers = answers
        self._names = sensor_names
        self._enqueue = enqueue
        self._on_replaced = on_replaced
        self._started_by: Command | None = None
        self._stage = ""
        self.outcome: dict[str, Any] | None = None
        """How the last calibration has ended; None before that."""

    @property
    def handlers(self) -> Mapping[CommandName, Handler]:
        """The handlers by command name."""
        return {
            CommandName.TARE: self.tare,
            CommandName.CALIBRATE: self.start,
            CommandName.CALIBRATE_CANCEL: self.cancel,
            CommandName.CALIBRATE_UNDO: self.undo,
        }

    @property
    def running(self) -> bool:
        """Whether a calibration is under way."""
        return self._pipeline.calibration is not None

    def tare(self, request: Request) -> Response:
        """Take the present readings as those of the empty mat."""
        return done_unless(self._pipeline.tare(), request.command, "What the mat reads now is taken for empty.")

    def start(self, request: Request, *, turned: bool) -> Response:
        """Begin a calibration; each step is reported by `follow`."""
        refusal = self._pipeline.start_calibration(turned=turned)
        if refusal is None:
            self._started_by, self._stage, self.outcome = request.command, "", None
        progress = self._pipeline.calibration
        return done_unless(refusal, request.command, "" if progress is None else progress.text)

    def cancel(self, request: Request) -> Response:
        """End the calibration under way without a result."""
        none = None if self._pipeline.cancel_calibration() else Refusal("not_calibrating", "No calibration is running.")
        return done_unless(none, request.command, CANCELLED)

    def undo(self, request: Request) -> Response | None:
        """Make the history undo the last calibration; `on_undone` sends the answer."""
        command = request.command
        if self.running:
            return refused(command, Refusal("calibrating", "A calibration is running; let it end or cancel it first."))
        if history_away(self._writer):
            text = "The history cannot be read now, so that no earlier calibration is found. Try later."
            return refused(command, Refusal("history", text))
        once = self._answers.promise(response_document(refused(command, UNREAD)), request.answer)
        self._writer.undo_calibration(self._names, lambda learned: self._enqueue(CalibrationUndone(command, once, learned)))
        return None

    def on_undone(self, message: CalibrationUndone) -> None:
        """The history has undone a calibration, or has found none."""
        if message.learned is None:
            refusal = Refusal("nothing_to_undo", "No earlier calibration of these sensors is kept.")
            message.answer(response_document(refused(message.command, refusal)))
            return
        # the baseline stays the present one: the stored one may be an hour old
        self._pipeline.adopt(replace(message.learned, baseline_us=self._pipeline.learned.baseline_us))
        self._on_replaced(self._pipeline.learned)
        message.answer(response_document(done(message.command, "The calibration before the last one holds again.")))

    def on_event(self, event: Event) -> None:
        """Note how a calibration has ended."""
        if event.event_type in CALIBRATION_ENDS:
            ok = event.event_type is EventType.CALIBRATION_DONE
            self.outcome = {"ok": ok, "reason": event.reason, "text": event.text, **event.numbers}

    def follow(self, report: OnAnswer) -> None:
        """After each reported frame: store the result of a calibration that went well, and report each new stage."""
        result = self._pipeline.take_calibration()
        if result is not None:
            self._writer.save_calibration(self._names, result.before, result.after, self._clock.wall(), result.margin)
            self._on_replaced(result.after)
        progress = self._pipeline.calibration
        stage = "" if progress is None else progress.stage
        if stage == self._stage:
            return
        self._stage = stage
        if progress is not None and self._started_by is not None:
            report(response_document(replace(done(self._started_by, progress.text), reason=progress.stage)))
