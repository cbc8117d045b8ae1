"""What people may ask of the running daemon, applied between two frames, each with an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from acumat.detect.pipeline import Pipeline
from acumat.documents import response_document
from acumat.history.writer import Writer
from acumat.model import (
    CalibrationProgress,
    CalibrationResult,
    Command,
    CommandName,
    Event,
    EventType,
    Learned,
    Refusal,
    Response,
)
from acumat_hw.clock import Clock

CALIBRATION_ENDS = (EventType.CALIBRATION_DONE, EventType.CALIBRATION_FAILED)

Answer = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Undone:
    """The store has taken back a calibration (None: there was none); comes back through the loop's queue."""

    command: Command
    answer: Answer
    learned: Learned | None


class Commands:
    """Runs commands on detection and store. `enqueue` brings what the writer's thread finds back into the loop."""

    def __init__(
        self,
        pipeline: Pipeline,
        writer: Writer,
        clock: Clock,
        *,
        sensor_names: tuple[str, ...],
        status: Callable[[], Mapping[str, Any]],
        enqueue: Callable[[Undone], object],
        replaced: Callable[[Learned], None],
    ) -> None:
        self._pipeline = pipeline
        self._writer = writer
        self._clock = clock
        self._names = sensor_names
        self._status = status
        self._enqueue = enqueue
        self._replaced = replaced
        self._calibrating: Command | None = None
        self._stage = ""
        self.outcome: dict[str, Any] | None = None
        """How the last calibration asked for has ended; None before that."""

    def heard(self, event: Event) -> None:
        """Detection's word on how a calibration went."""
        if event.event_type in CALIBRATION_ENDS:
            done = event.event_type is EventType.CALIBRATION_DONE
            self.outcome = {"ok": done, "reason": event.reason, "text": event.text, **event.numbers}

    def run(self, command: Command, answer: Answer) -> None:
        """Do it now, or begin to; `answer` is called once here or when it is done."""
        match command.name:
            case CommandName.STATUS:
                answer({**response_document(_done(command, "The mat's state follows.")), **self._status()})
            case CommandName.TARE:
                refusal = self._pipeline.tare()
                answer(response_document(_reply(command, refusal, "What the mat reads now is taken for empty.")))
            case CommandName.MODE:
                self._pipeline.set_mode(command.mode)
                text = "The mat tells the mode by itself again." if command.mode is None else f"The mode is now {command.mode}."
                answer(response_document(_done(command, text)))
            case CommandName.CALIBRATE:
                self._start(command, answer)
            case CommandName.CALIBRATE_CANCEL:
                none = None if self._pipeline.cancel_calibration() else Refusal("not_calibrating", "No calibration is running.")
                answer(response_document(_reply(command, none, "The calibration is cancelled; nothing has changed.")))
            case CommandName.CALIBRATE_UNDO:
                self._undo(command, answer)

    def follow(self, say: Answer) -> None:
        """After each frame: tell each new step of a calibration, and keep the result of one that went well."""
        result = self._pipeline.take_calibration()
        if result is not None:
            self._keep(result)
        progress = self._pipeline.calibration
        stage = "" if progress is None else progress.stage
        if stage == self._stage:
            return
        self._stage = stage
        if progress is not None and self._calibrating is not None:
            say(response_document(replace(_done(self._calibrating, progress.text), reason=progress.stage)))

    def undone(self, found: Undone) -> None:
        """The store's word on an undo that was asked for."""
        if found.learned is None:
            refusal = Refusal("nothing_to_undo", "No earlier calibration of these sensors is kept.")
            found.answer(response_document(_reply(found.command, refusal, "")))
            return
        # the empty mat is today's: what is in the store may be an hour old
        self._pipeline.adopt(replace(found.learned, baseline_us=self._pipeline.learned.baseline_us))
        self._replaced(self._pipeline.learned)
        found.answer(response_document(_done(found.command, "The calibration before the last one holds again.")))

    def _start(self, command: Command, answer: Answer) -> None:
        refusal = self._pipeline.start_calibration(turned=command.turned)
        if refusal is None:
            self._calibrating, self._stage, self.outcome = command, "", None
        answer(response_document(_reply(command, refusal, _prompt(self._pipeline.calibration))))

    def _undo(self, command: Command, answer: Answer) -> None:
        if self._pipeline.calibration is not None:
            refusal = Refusal("calibrating", "A calibration is running; let it end or cancel it first.")
            answer(response_document(_reply(command, refusal, "")))
            return
        self._writer.undo_calibration(self._names, lambda learned: self._enqueue(Undone(command, answer, learned)))

    def _keep(self, result: CalibrationResult) -> None:
        self._writer.save_calibration(self._names, result.before, result.after, self._clock.wall(), result.margin)
        self._replaced(result.after)


def _prompt(progress: CalibrationProgress | None) -> str:
    return "" if progress is None else progress.text


def _done(command: Command, text: str) -> Response:
    return Response(command.name, ok=True, reason="done", text=text, correlation=command.correlation)


def _reply(command: Command, refusal: Refusal | None, text: str) -> Response:
    if refusal is None:
        return _done(command, text)
    return Response(command.name, ok=False, reason=refusal.reason, text=refusal.text, correlation=command.correlation)
