"""What people may ask of the running daemon, applied between two frames, each with an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from acumat.coach.requests import HANDLERS
from acumat.contract.commands import Command, CommandName, Refusal, Response
from acumat.contract.documents import response_document, step_document
from acumat.contract.events import Event, EventType
from acumat.contract.learned import CalibrationProgress, CalibrationResult, Learned
from acumat.contract.state import Mode
from acumat.detect.pipeline import Pipeline
from acumat.history.writer import Writer
from acumat.mqtt.settings import AUTO, SETTING_KEYS
from acumat.service.admission import Admission
from acumat.service.answers import Answers
from acumat.service.inbox import CalibrationUndone, OnAnswer, StepsRead
from acumat.service.routine import Routine
from acumat.service.settings import Settings
from acumat_hw.clock import Clock

CALIBRATION_ENDS = (EventType.CALIBRATION_DONE, EventType.CALIBRATION_FAILED)

STEPS_SHOWN = 100

LOCAL_ONLY: Mapping[CommandName, str] = {
    CommandName.SCREEN: "These answers stay on the machine: give them there with acumat screen.",
    CommandName.ADVICE: "Say this on the machine itself, with acumat screen --advice-taken, since it lifts a caution about "
    "health. [routine] advice_over_mqtt = true in the configuration allows it from here.",
}
"""What is taken over the control socket alone: over MQTT everybody in the house can send and read."""
SAFETY = (CommandName.SYMPTOM, CommandName.STOP, CommandName.HOLD, CommandName.SCREEN, CommandName.ADVICE)
"""What the routine's safety rests on: stored in its own file, whatever the history does."""
EMPTIES = (CommandName.TARE, CommandName.CALIBRATE)
"""What takes the mat as it is read for empty."""
PASSING = (CommandName.STATUS, CommandName.PROGRAMME, CommandName.MODE, CommandName.CALIBRATE, CommandName.CALIBRATE_CANCEL)
"""Commands that change nothing which outlives the daemon: their answers wait for no disk."""


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
        enqueue: Callable[[CalibrationUndone | StepsRead], object],
        replaced: Callable[[Learned], None],
        settings: Settings,
        answers: Answers,
        admission: Admission,
        routine: Routine | None = None,
        advice_over_mqtt: bool = False,
        silence: Callable[[], bool] = lambda: False,
    ) -> None:
        self._pipeline = pipeline
        self._writer = writer
        self._clock = clock
        self._names = sensor_names
        self._status = status
        self._enqueue = enqueue
        self._replaced = replaced
        self._routine = routine
        self._answers = answers
        self._admission = admission
        self._local_only = {CommandName.SCREEN} if advice_over_mqtt else set(LOCAL_ONLY)
        self._silence = silence
        self.settings = settings
        self._calibrating: Command | None = None
        self._stage = ""
        self.outcome: dict[str, Any] | None = None
        """How the last calibration asked for has ended; None before that."""

    def heard(self, event: Event) -> None:
        """Detection's word on how a calibration went."""
        if event.event_type in CALIBRATION_ENDS:
            done = event.event_type is EventType.CALIBRATION_DONE
            self.outcome = {"ok": done, "reason": event.reason, "text": event.text, **event.numbers}

    def run(self, command: Command, answer: OnAnswer) -> None:
        """Do it now, or begin to; `answer` is called once, as soon as what has changed is stored."""
        if command.origin != "control" and command.name in self._local_only:
            refusal: Refusal | None = Refusal("local_only", LOCAL_ONLY[command.name])
        else:
            refusal = self._admission.refusal(command, about_person=self._about_person(command)) or self._occupied(command)
        if refusal is not None:
            answer(response_document(_reply(command, refusal, "")))
            return
        if command.name is CommandName.PRESS and self._pipeline.calibration is not None:
            self._press(command, answer)
            return
        if self._asks_routine(command, answer):
            return
        match command.name:
            case CommandName.STATUS:
                answer({**response_document(_done(command, "The mat's state follows.")), **self._status()})
            case CommandName.PRESS:
                self._press(command, answer)
            case CommandName.CALIBRATE:
                self._start(command, answer)
            case CommandName.CALIBRATE_CANCEL:
                none = None if self._pipeline.cancel_calibration() else Refusal("not_calibrating", "No calibration is running.")
                answer(response_document(_reply(command, none, "The calibration is cancelled; nothing has changed.")))
            case CommandName.CALIBRATE_UNDO:
                self._undo(command, answer)
            case _:
                self._give(self._set(command), command, answer, safety=False)

    def _set(self, command: Command) -> Response:
        """What is changed at once and stored with the next frame."""
        match command.name:
            case CommandName.TARE | CommandName.HOLD:
                return _reply(command, self._pipeline.tare(), "What the mat reads now is taken for empty.")
            case CommandName.MODE:
                mode = None if command.arguments["mode"] == AUTO else Mode(str(command.arguments["mode"]))
                self._pipeline.set_mode(mode)
                return _done(command, "The mat tells the mode by itself again." if mode is None else f"The mode is now {mode}.")
            case setting if setting in SETTING_KEYS:
                return _done(command, self.settings.apply(command))
            case _:
                off = Refusal("routine_off", "The routine is switched off in the configuration ([routine] enabled).")
                return _reply(command, off, "")

    def _give(self, response: Response, command: Command, answer: OnAnswer, *, safety: bool) -> None:
        """A refusal or what changes nothing at once, anything else when it is stored."""
        document = response_document(response)
        if response.ok and command.name not in PASSING:
            self._answers.hold(document, answer, safety=safety)
        else:
            answer(document)

    def _about_person(self, command: Command) -> bool:
        return command.name is CommandName.HOLD and self._routine is not None and self._routine.somebody_there

    def _occupied(self, command: Command) -> Refusal | None:
        """Nobody is taken for the empty mat while the cap counts for them, whatever detection sees or has lost."""
        if command.name not in EMPTIES or self._routine is None or not self._routine.may_be_occupied:
            return None
        return Refusal("occupied", "Somebody may still lie on the mat, which cannot tell yet. Ask again in a minute.")

    def _asks_routine(self, command: Command, answer: OnAnswer) -> bool:
        """Hand the routine what is its own; False if the command is for somebody else."""
        routine = self._routine
        if routine is None or (command.name is CommandName.HOLD and not self._about_person(command)):
            return False
        if command.name is CommandName.PROGRAMME:
            self._read_programme(command, answer)
            return True
        if command.name is not CommandName.HOLD and command.name not in HANDLERS:
            return False
        before = routine.safety_revision
        response = routine.ask(command)
        if response is not None:
            protects = command.name in SAFETY or routine.safety_revision != before  # as with redness that is still there
            self._give(response, command, answer, safety=protects)
        return response is not None

    def _read_programme(self, command: Command, answer: OnAnswer) -> None:
        if self._store_away:  # the programme is known, its history has to wait
            self.steps(StepsRead(command, answer, []))
            return
        once = self._answers.promise(_unread(command), answer)
        self._writer.programme_steps(STEPS_SHOWN, lambda steps: self._enqueue(StepsRead(command, once, steps)))

    @property
    def _store_away(self) -> bool:
        return self._writer.condition.code == "store_unavailable"

    def steps(self, found: StepsRead) -> None:
        """The programme as it stands, with the steps that the store has found."""
        routine = {} if self._routine is None else self._routine.document()
        done = response_document(_done(found.command, "The programme and its steps follow."))
        found.answer({**done, "routine": routine, "steps": [step_document(step) for step in found.steps]})

    def follow(self, say: OnAnswer) -> None:
        """After each frame: tell each new step of a calibration, keep the result of one that went well, end what is over."""
        self._answers.follow()
        self.settings.follow()
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

    def end(self) -> None:
        """The daemon ends: nobody waits for an answer any more."""
        self._answers.end()

    def undone(self, found: CalibrationUndone) -> None:
        """The store's word on an undo that was asked for."""
        if found.learned is None:
            refusal = Refusal("nothing_to_undo", "No earlier calibration of these sensors is kept.")
            found.answer(response_document(_reply(found.command, refusal, "")))
            return
        # the empty mat is today's: what is in the store may be an hour old
        self._pipeline.adopt(replace(found.learned, baseline_us=self._pipeline.learned.baseline_us))
        self._replaced(self._pipeline.learned)
        found.answer(response_document(_done(found.command, "The calibration before the last one holds again.")))

    def _start(self, command: Command, answer: OnAnswer) -> None:
        refusal = self._pipeline.start_calibration(turned=command.turned)
        if refusal is None:
            self._calibrating, self._stage, self.outcome = command, "", None
        answer(response_document(_reply(command, refusal, _prompt(self._pipeline.calibration))))

    def _press(self, command: Command, answer: OnAnswer) -> None:
        """What the button's short press is for now, the most urgent first."""
        if self._silence():
            answer(response_document(_done(command, "The buzzer is silent.")))
        elif self._pipeline.cancel_calibration():
            answer(response_document(_done(command, "The calibration is cancelled; nothing has changed.")))
        else:
            nothing = Refusal(
                "nothing_to_stop", "There is nothing to stop now. Hold the button to take the empty mat for empty."
            )
            answer(response_document(_reply(command, nothing, "")))

    def _undo(self, command: Command, answer: OnAnswer) -> None:
        if self._pipeline.calibration is not None:
            refusal = Refusal("calibrating", "A calibration is running; let it end or cancel it first.")
            answer(response_document(_reply(command, refusal, "")))
            return
        if self._store_away:
            refusal = Refusal("history", "The history cannot be read now, so that no earlier calibration is found. Try later.")
            answer(response_document(_reply(command, refusal, "")))
            return
        once = self._answers.promise(_unread(command), answer)
        self._writer.undo_calibration(self._names, lambda learned: self._enqueue(CalibrationUndone(command, once, learned)))

    def _keep(self, result: CalibrationResult) -> None:
        self._writer.save_calibration(self._names, result.before, result.after, self._clock.wall(), result.margin)
        self._replaced(result.after)


def _unread(command: Command) -> dict[str, Any]:
    """The answer where the history keeps silent for too long."""
    late = Refusal(
        "history", "The history has not answered in time; what was asked for may still happen. See the mat's health."
    )
    return response_document(_reply(command, late, ""))


def _prompt(progress: CalibrationProgress | None) -> str:
    return "" if progress is None else progress.text


def _done(command: Command, text: str) -> Response:
    return Response(command.name, ok=True, reason="done", text=text, correlation=command.correlation)


def _reply(command: Command, refusal: Refusal | None, text: str) -> Response:
    if refusal is None:
        return _done(command, text)
    return Response(command.name, ok=False, reason=refusal.reason, text=refusal.text, correlation=command.correlation)
