"""Passes commands to their handlers: who may give them, which go first, and when the answer goes out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from acumat.commands.spec import Answered, CommandSpec
from acumat.commands.table import COMMANDS
from acumat.contract.commands import Command, CommandName, Refusal, Response
from acumat.contract.documents import response_document
from acumat.contract.events import Event
from acumat.service.admission import Admission
from acumat.service.answers import Answers
from acumat.service.calibration_requests import CANCELLED, CalibrationRequests
from acumat.service.feeling_requests import FeelingRequests
from acumat.service.history_requests import HistoryRequests
from acumat.service.inbox import CalibrationUndone, HistoryAnswered, OnAnswer, StepsRead
from acumat.service.request import Handler, Request, done, refused
from acumat.service.routine_requests import RoutineRequests
from acumat.service.settings import Settings

OCCUPIED = Refusal("occupied", "Somebody may still lie on the mat, which cannot tell yet. Ask again in a minute.")
"""While the cap counts for a person, the mat is not taken as empty, whatever detection sees or has lost."""
WATCHING = "What the mat sees is shown from now on."
NOTHING_TO_STOP = Refusal("nothing_to_stop", "There is nothing to stop now. Hold the button to take the empty mat for empty.")


class Commands:
    """Accepts commands and carries them out between two frames, each with one answer.

    `allowed` are the settings of the configuration that allow a local command over MQTT. `silence` ends the buzzer's sound and
    returns whether there was one. `hello` makes the first line of the feed from the answer to `watch` and the rate.
    """

    def __init__(
        self,
        admission: Admission,
        answers: Answers,
        *,
        calibration: CalibrationRequests,
        settings: Settings,
        routine: RoutineRequests,
        history: HistoryRequests,
        feelings: FeelingRequests,
        allowed: Collection[str],
        silence: Callable[[], bool],
        hello: Callable[[Mapping[str, Any], float], Mapping[str, Any]],
    ) -> None:
        self._admission = admission
        self._answers = answers
        self._calibration = calibration
        self._routine = routine
        self._history = history
        self._feelings = feelings
        self._allowed = allowed
        self._silence = silence
        self._hello = hello
        self.settings = settings
        self.handlers: Mapping[CommandName, Handler] = {
            **calibration.handlers,
            **settings.handlers,
            **routine.handlers,
            **history.handlers,
            **feelings.handlers,
            CommandName.STATUS: self.status,
            CommandName.WATCH: self.watch,
            CommandName.PRESS: self.press,
        }
        """The handler of each command. A hold has none: it stands for a symptom or a tare."""

    @property
    def outcome(self) -> dict[str, Any] | None:
        """How the last calibration has ended; None before that."""
        return self._calibration.outcome

    def run(self, command: Command, answer: OnAnswer, status: Callable[[], Mapping[str, Any]]) -> None:
        """Carry out the command, or begin to. `answer` is called once; for a change, when it is stored."""
        spec = COMMANDS[self._meaning(command.name)]
        refusal = self._refusal(command, spec)
        if refusal is not None:
            answer(response_document(refused(command, refusal)))
            return
        before = self._routine.safety_revision
        response = self.handlers[spec.name](Request(command, answer, status), **command.arguments)
        if response is None:
            return
        document = response_document(response)
        if response.ok and spec.answered is Answered.WHEN_STORED:
            safety = spec.safety or self._routine.safety_revision != before  # as with redness that is still there
            self._answers.hold(document, answer, safety=safety)
        else:
            answer(document)

    def status(self, request: Request) -> None:
        """Everything known, in one answer. How somebody feels stays on the machine."""
        felt = {"wellbeing": self._feelings.document()} if request.command.origin == "control" else {}
        request.answer({**response_document(done(request.command, "The mat's state follows.")), **request.status(), **felt})

    def watch(self, request: Request, *, rate_hz: float) -> None:
        """The feed's first line, after which the socket belongs to the feed."""
        answer = replace(done(request.command, WATCHING), reason="watching")
        request.answer(dict(self._hello(response_document(answer), rate_hz)))

    def press(self, request: Request) -> Response | None:
        """A short press of the button ends the most urgent thing that is going on."""
        response = None if self._calibration.running else self._routine.press(request)
        if response is None:
            request.answer(response_document(self._end_something(request)))
        return response

    def on_event(self, event: Event) -> None:
        """An event of detection."""
        self._calibration.on_event(event)
        self.settings.on_event(event)

    def on_steps_read(self, message: StepsRead) -> None:
        """The history has read the steps of the programme."""
        self._routine.on_steps_read(message)

    def on_history_answered(self, message: HistoryAnswered) -> None:
        """The history has carried out a request."""
        self._history.on_answered(message)

    def on_calibration_undone(self, message: CalibrationUndone) -> None:
        """The history has undone a calibration, or has found none."""
        self._calibration.on_undone(message)

    def follow(self, report: OnAnswer) -> None:
        """After each reported frame: give answers that are due, end a pause that is over, report a calibration's next step."""
        self._answers.follow()
        self.settings.follow()
        self._calibration.follow(report)

    def end(self) -> None:
        """The daemon ends: send every waiting answer now."""
        self._answers.end()

    def _meaning(self, name: CommandName) -> CommandName:
        if name is not CommandName.HOLD:
            return name
        return CommandName.SYMPTOM if self._routine.somebody_there else CommandName.TARE

    def _refusal(self, command: Command, spec: CommandSpec) -> Refusal | None:
        asked = COMMANDS[command.name]
        if not asked.taken_from(command.origin, configured=asked.allowed_by in self._allowed):
            return Refusal("local_only", spec.local_only)
        too_many = self._admission.refusal(command.origin, spec)
        if too_many is not None:
            return too_many
        return OCCUPIED if spec.takes_mat_as_empty and self._routine.may_be_occupied else None

    def _end_something(self, request: Request) -> Response:
        if self._silence():
            return done(request.command, "The buzzer is silent.")
        if self._calibration.running:
            self._calibration.cancel(request)
            return done(request.command, CANCELLED)
        return refused(request.command, NOTHING_TO_STOP)
