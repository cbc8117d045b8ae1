"""Handles the messages to the loop: requests, news of the connection, and reports of the daemon's own threads."""

from __future__ import annotations

from typing import Any

from acumat.commands.parser import parse_command, parse_request
from acumat.contract.commands import Command, CommandName, Refusal, Response
from acumat.contract.documents import response_document
from acumat.guard import Guard
from acumat.mqtt.client import Connected, Disconnected, MessageReceived
from acumat.mqtt.publisher import Publisher
from acumat.service.detection import Detection
from acumat.service.event_link import EventLink
from acumat.service.inbox import (
    ButtonPressed,
    CalibrationUndone,
    ControlRequest,
    HistoryAnswered,
    Inbox,
    LoopCall,
    Message,
    OnAnswer,
    StepsRead,
    StoreRestored,
    TotalsReady,
    WorkerReport,
)
from acumat.service.live import Live
from acumat.service.records import Records
from acumat.service.request import refused
from acumat.service.restoring import Restoring
from acumat.service.status import Status

MESSAGES_MOST = 250
"""Messages handled before a frame, beside urgent ones: a flood must delay neither the frame nor a symptom behind it."""
FAILED = Refusal(
    "failed", "This failed inside the daemon, and may not have been done. The log names the place: journalctl -u acumat."
)


class Intake:
    """Each message is guarded separately, and every request is answered. `on_answer` gets the answers to the panel's button."""

    def __init__(
        self,
        inbox: Inbox,
        guard: Guard,
        *,
        detection: Detection,
        records: Records,
        restoring: Restoring,
        status: Status,
        publisher: Publisher,
        live: Live,
        link: EventLink,
        on_answer: OnAnswer,
    ) -> None:
        self._inbox = inbox
        self._guard = guard
        self._commands = detection.commands
        self._totals = records.totals
        self._restoring = restoring
        self._status = status
        self._publisher = publisher
        self._live = live
        self._link = link
        self._on_answer = on_answer

    @property
    def waiting(self) -> bool:
        """Whether a message waits."""
        return self._inbox.waiting

    def take(self, others: int = MESSAGES_MOST) -> None:
        """Handle the waiting messages: all urgent ones, and at most `others` of the rest."""
        for message in self._inbox.take(others):
            with self._guard.step(f"message {type(message).__name__}"):
                self._on_message(message)

    def shut(self) -> None:
        """The loop has ended."""
        self._inbox.shut()

    def run(self, command: Command | Response, answer: OnAnswer) -> None:
        """Every command is answered, also one that fails. A Response is the refusal of a request that is no command."""
        if isinstance(command, Response):
            answer(response_document(command))
            return
        answer = self._live.reported(command, answer)
        with self._guard.step(f"command {command.name}") as step:
            self._commands.run(command, answer, self._status.document)
        if step.failed:
            answer(response_document(refused(command, FAILED)))

    def respond(self, document: dict[str, Any]) -> None:
        """The answer to a command that came over MQTT."""
        self._publisher.publish_response(document)
        if document["reason"] in ("above_level", "above_latest"):
            self._publisher.refresh_numbers()

    def _on_message(self, message: Message) -> None:
        match message:
            case Connected():
                self._publisher.on_connected()
                self._link.on_connection(up=True)  # the backlog comes after what is true now
            case Disconnected():
                self._publisher.on_disconnected()
                self._link.on_connection(up=False)
            case MessageReceived():
                self._on_mqtt(message)
            case ControlRequest():
                self.run(parse_request(message.request), message.answer)
            case ButtonPressed():
                name = CommandName.HOLD if message.kind == "long" else CommandName.PRESS
                self.run(Command(name, origin="panel"), self._on_answer)
            case _:
                self._on_report(message)

    def _on_report(self, message: WorkerReport) -> None:
        """Handle the results of the daemon's own threads."""
        match message:
            case CalibrationUndone():
                self._commands.on_calibration_undone(message)
            case StepsRead():
                self._commands.on_steps_read(message)
            case HistoryAnswered():
                self._commands.on_history_answered(message)
            case TotalsReady():
                self._totals.add(message.totals, message.last)
            case LoopCall():
                message.act()
            case StoreRestored():
                self._restoring.restore_late(message.restored)

    def _on_mqtt(self, message: MessageReceived) -> None:
        name = self._publisher.topics.command_name(message.topic)
        if name is None:
            self._publisher.on_message(message.topic, message.payload)
        elif not message.payload and (message.retained or self._publisher.is_echo(message.topic)):
            pass  # when we remove a retained command from the broker, an empty message comes back to us
        elif message.retained:
            self._publisher.remove_retained_command(message.topic)
        else:
            self.run(parse_command(name, message.payload), self.respond)
