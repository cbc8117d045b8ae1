"""The service loop: at each slot one frame through detection, then commands, then what the world is told."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from acumat import __version__
from acumat.contract.commands import Command, CommandName, Response
from acumat.contract.documents import response_document, state_document, totals_document
from acumat.contract.events import Event
from acumat.contract.learned import Learned
from acumat.contract.state import Condition, MatState, Presence
from acumat.detect.pipeline import Pipeline
from acumat.guard import Guard
from acumat.mqtt.client import Connected, Disconnected, MessageReceived
from acumat.mqtt.commands import parse_command, parse_request
from acumat.mqtt.publisher import Publisher
from acumat.service.checkpoint import DOCUMENT, Checkpoints, read_checkpoint
from acumat.service.commands import Commands
from acumat.service.frames import Frames
from acumat.service.guarded_pipeline import GuardedPipeline
from acumat.service.health_report import HealthReport
from acumat.service.inbox import (
    WAITING_MOST,
    ButtonPressed,
    CalibrationUndone,
    ControlRequest,
    Inbox,
    LoopCall,
    Message,
    OnAnswer,
    StepsRead,
    StoreRestored,
    TotalsReady,
    WorkerReport,
)
from acumat.service.read_rate import ReadRate
from acumat.service.recorder import Recorder
from acumat.service.recovery import Recovery
from acumat.service.reload import Reload
from acumat.service.routine import Routine
from acumat.service.slots import Slots
from acumat.service.starts import SafeMode
from acumat.service.timekeeping import TimeOfDay
from acumat_hw.clock import Clock
from acumat_hw.errors import SourceEndedError
from acumat_hw.layout import Layout

log = logging.getLogger(__name__)

HEARD_MOST = 250
"""Messages heard before a frame, beside what is urgent: no flood may hold up the frame or a symptom that follows it."""
FAILED = "This failed inside the daemon, and may not have been done. The log names the place: journalctl -u acumat."


@dataclass(frozen=True, slots=True)
class Ends:
    """Where the loop's output goes besides history and broker; each is called in the loop."""

    told: Callable[[Event], None] = lambda _event: None
    status: Callable[[str], None] = lambda _text: None
    answered: OnAnswer = lambda _document: None
    turns: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    """What else has its turn with each frame, by name."""


class Service:
    """One mat, from its frames to everything that is told of it. All its work is done in the thread that calls `run`."""

    def __init__(
        self,
        *,
        mat_id: str,
        layout: Layout,
        clock: Clock,
        rate_hz: float,
        idle_rate_hz: float,
        frames: Frames,
        pipeline: Pipeline,
        guard: Guard,
        keeper: Recorder,
        time_of_day: TimeOfDay,
        checkpoints: Checkpoints,
        recovery: Recovery,
        reload: Reload,
        safe: SafeMode | None,
        routine: Routine | None,
        commands: Callable[[Service], Commands],
        publisher: Publisher | None,
        inbox: Inbox,
        connection: Callable[[bool], None],
        parts: Callable[[], Mapping[str, Condition]],
        ends: Ends,
    ) -> None:
        self._mat_id = mat_id
        self._layout = layout
        self._frames = frames
        self._pipeline = pipeline
        self._guard = guard
        self._detection = GuardedPipeline(pipeline, guard, clock.monotonic)
        self._keeper = keeper
        self._time = time_of_day
        self._checkpoints = checkpoints
        self._recovery = recovery
        self._recovered = recovery.closed
        self._reload = reload
        self._dark = safe.text if safe is not None and safe.dark else ""
        """Why the mat is not read any more; empty while it is."""
        self._routine = routine
        self._publisher = publisher
        self._inbox = inbox
        self._connection = connection
        self._health = HealthReport(layout, pipeline, frames, parts, clock.monotonic)
        self._ends = ends
        self._clock = clock
        self._slots = Slots(clock, rate_hz, clock.monotonic())
        self._pace = ReadRate(rate_hz, idle_rate_hz)
        self._commands = commands(self)
        self._state = MatState()
        self._late: Learned | None = None
        self._over = False
        """The source has ended: there is nothing to go on with."""
        self._stop = threading.Event()

    def stop(self) -> None:
        """End after the frame under way; may be called from a signal handler or another thread."""
        self._stop.set()

    def reload(self) -> None:
        """Look at the configuration after the frame under way; may be called from a signal handler."""
        self._reload.ask()

    def run(self, *, ready: Callable[[], None]) -> None:
        """Work until `stop()` or until the source ends; `ready` is called after the first frame."""
        self._slots.start_s = self._clock.monotonic()
        self._guarded("session document", self._show)
        first = True
        try:
            while not self._stop.is_set():
                self._slots.wait(lambda: self._inbox.waiting)
                slots = self._dark_turn() if self._dark else self._turn()
                if self._guard.run("reload", self._reload.due, False):
                    self.stop()
                self._slots.done(slots)
                if first:
                    self._guarded("ready", ready)
                    first = False
        except SourceEndedError as exc:
            log.info("%s", exc)
            self._over = True
        finally:
            self._finish()

    def release(self) -> None:
        """The daemon ends, and what the disk has not confirmed by now will not be: answers that wait for it say so."""
        self._commands.end()

    def status(self) -> dict[str, Any]:
        """Everything that can be told now."""
        progress = self._pipeline.calibration
        return {
            "mat": self._mat_id,
            "version": __version__,
            "layout": self._layout.name,
            "state": state_document(self._state),
            "health": self._health.document(self._state),
            "totals": totals_document(self._keeper.totals),
            "last_session": self._keeper.session_document(),
            "routine": None if self._routine is None else self._routine.document(),
            "calibration": None
            if progress is None
            else {"stage": progress.stage, "text": progress.text, "seconds_left": round(progress.seconds_left, 1)},
            "calibration_outcome": self._commands.outcome,
            "settings": self._commands.settings.document(),
            "frames_skipped": self._slots.skipped,
            "messages_refused": self._inbox.refused,
            "steps_failed": self._guard.failures,
        }

    def _guarded(self, part: str, step: Callable[[], object]) -> None:
        self._guard.run(part, step, None)

    def _dark_turn(self) -> int:
        """One slot of a daemon that has died too often, sensors included: it goes on telling why, and the cap holds."""
        self._hear_all()
        self._guarded("clock", self._follow_time)
        state = MatState(reason="safe_mode", reason_text=f"No mat is read: {self._dark}")
        self._guarded("routine", lambda: self._guide((), state))
        self._guarded("commands", lambda: self._commands.follow(self._say))
        self._guarded("state", lambda: self._tell_state(state))
        self._take_turns()
        return 1

    def _turn(self) -> int:
        """One slot: messages first, so that what was asked before the frame holds for it. Gives the slots to the next one.

        Each step is guarded by itself: none can end the loop, or keep the others from their turn.
        """
        self._hear_all()
        self._guarded("clock", self._follow_time)
        frame = self._guard.run("source", self._frames.read, None, passes=SourceEndedError) or self._frames.broken()
        events = self._detection.step(frame)
        state = self._detection.state
        # before what this frame told is kept: a session that has just begun takes the place of an earlier one
        self._guarded("recovery", self._recover)
        self._guarded("history", lambda: self._hand_on(events))
        self._guarded("routine", lambda: self._guide(events, state))
        self._guarded("commands", lambda: self._commands.follow(self._say))
        self._guarded("learning", self._learn_late)
        self._guarded("drift", lambda: self._keeper.follow_drift(lambda: self._pipeline.learned))
        self._guarded("day", self._follow_day)
        self._guarded("state", lambda: self._tell_state(state))
        self._take_turns()
        busy = self._guard.run("calibration", lambda: self._pipeline.calibration is not None, True)
        return self._guard.run("pace", lambda: self._pace.step(frame, self._state, busy=busy), 1)

    def _take_turns(self) -> None:
        if self._publisher is not None:
            self._guarded("publisher", self._publisher.tick)
        for name, turn in self._ends.turns.items():
            self._guarded(name, turn)

    def _hear_all(self, others: int = HEARD_MOST) -> None:
        for message in self._inbox.take(others):
            self._guarded(f"message {type(message).__name__}", lambda message=message: self._hear(message))  # type: ignore[misc]

    def _follow_time(self) -> None:
        if self._time.tick():
            self._keeper.clock_set(lambda totals: self._put(TotalsReady(totals)))
            self._keeper.save_documents(self._checkpoints.due(at_once=True))
            self._show()

    def _follow_day(self) -> None:
        if self._keeper.day_changed(lambda totals: self._put(TotalsReady(totals))):
            self._show()

    def _learn_late(self) -> None:
        """Take up what an earlier run had learnt, once nobody is there whose load would jump."""
        if self._late is not None and self._state.presence in (Presence.EMPTY, Presence.BLIND):
            if not self._pipeline.learned.calibrated:  # calibrated meanwhile: that is newer
                self._pipeline.adopt(self._late)
            self._late = None
            self._keeper.trust()

    def _recover(self) -> None:
        self._recovery.tick()
        if self._recovery.closed != self._recovered:
            self._recovered = self._recovery.closed
            self._show()

    def _hand_on(self, events: tuple[Event, ...]) -> None:
        records = self._pipeline.take_records()
        documents = self._checkpoints.due(at_once=bool(events or records))
        if not events and not records:
            self._keeper.save_documents(documents)
            return
        self._keeper.keep(events, records, lambda: self._pipeline.learned, documents)
        self._report(events)
        if records and self._publisher is not None:
            self._publisher.show_session(self._keeper.session_document())

    def _report(self, events: tuple[Event, ...]) -> None:
        for event in events:
            log.info("%s: %s", event.event_type, event.text)
            self._commands.heard(event)
            self._guarded("ends", lambda event=event: self._ends.told(event))  # type: ignore[misc]

    def _guide(self, events: tuple[Event, ...], state: MatState) -> None:
        """The routine's turn: it keeps its own events, together with what they change."""
        if self._routine is None:
            return
        for event in self._routine.follow(events, state):
            log.info("%s: %s", event.event_type, event.text)
            self._guarded("ends", lambda event=event: self._ends.told(event))  # type: ignore[misc]
        if self._publisher is not None:
            self._publisher.show_routine(self._routine.document())

    def _tell_state(self, state: MatState) -> None:
        before, self._state = self._state, state
        if state.presence is not before.presence:
            self._guarded("status", lambda: self._ends.status(f"{state.presence}: {state.reason_text}"))
        if self._publisher is not None:
            self._publisher.show_state(state_document(state), self._clock.monotonic())
            if self._health.changed(state):
                self._publisher.show_health(self._health.document(state))

    def _show(self) -> None:
        if self._publisher is not None:
            self._publisher.show_session(self._keeper.session_document())

    def _hear(self, message: Message) -> None:
        match message:
            case Connected():
                if self._publisher is not None:
                    self._publisher.up()
                self._connection(True)  # the backlog comes after what is true now
            case Disconnected():
                if self._publisher is not None:
                    self._publisher.down()
                self._connection(False)
            case MessageReceived():
                self._arrived(message)
            case ControlRequest():
                self._asked(message)
            case ButtonPressed():
                name = CommandName.HOLD if message.kind == "long" else CommandName.PRESS
                self._run(Command(name, origin="panel"), self._ends.answered)
            case _:
                self._hear_report(message)

    def _hear_report(self, message: WorkerReport) -> None:
        """What the daemon's own threads have found or finished."""
        match message:
            case CalibrationUndone():
                self._commands.undone(message)
            case StepsRead():
                self._commands.steps(message)
            case TotalsReady():
                self._keeper.counted(message.totals)
                self._show()
            case LoopCall():
                message.act()
            case StoreRestored():
                self._found(message)

    def _found(self, message: StoreRestored) -> None:
        self._keeper.found(message.kept)
        self._commands.settings.found(message.kept)
        self._late = message.kept.learned
        checkpoint = read_checkpoint(message.kept.documents.get(DOCUMENT))
        if checkpoint is not None:
            self._recovery.late(checkpoint)
        if self._routine is not None:
            self._routine.found(message.kept.documents)
        self._show()

    def _arrived(self, message: MessageReceived) -> None:
        if self._publisher is None:
            return
        name = self._publisher.topics.command_name(message.topic)
        if name is None:
            self._publisher.arrived(message.topic, message.payload)
        elif not message.payload and (message.retained or self._publisher.is_echo(message.topic)):
            pass  # a retained command that we have taken off the broker reaches us as an empty message
        elif message.retained:
            self._publisher.ignore_retained(message.topic)
        else:
            self._run(parse_command(name, message.payload), self._say)

    def _asked(self, message: ControlRequest) -> None:
        command = parse_request(message.request)
        self._run(command if isinstance(command, Response) else replace(command, origin="control"), message.answer)

    def _run(self, command: Command | Response, answer: OnAnswer) -> None:
        """Every command is answered: what fails in carrying it out, too."""
        if isinstance(command, Response):
            answer(response_document(command))
        elif not self._guard.run(f"command {command.name}", lambda: self._carried_out(command, answer), False):
            failed = Response(command.name, ok=False, reason="failed", text=FAILED, correlation=command.correlation)
            answer(response_document(failed))

    def _carried_out(self, command: Command, answer: OnAnswer) -> bool:
        self._commands.run(command, answer)
        return True

    def _say(self, document: dict[str, Any]) -> None:
        if self._publisher is not None:
            self._publisher.respond(document)
            if document["reason"] in ("above_level", "above_latest"):
                self._publisher.redraw_numbers()

    def _put(self, message: Message) -> None:
        self._inbox.put(message)

    def _finish(self) -> None:
        """Leave a session under way to the next run, with all that it needs; if the source has ended there will be none."""
        self._hear_all(WAITING_MOST)  # a symptom that came before the end counts
        self._guarded("end", self._leave)
        self._guarded("learnt", lambda: self._keeper.save(self._pipeline.learned))
        self._guarded("commands", lambda: self._commands.follow(self._say))
        # who lies there does not leave because the daemon does: the last state stays, and `offline` says that it is old
        self._guarded("state", lambda: self._tell_state(self._pipeline.state if self._over else self._state))
        self._guarded("inbox", self._inbox.shut)
        self._guarded("source", self._frames.close)

    def _leave(self) -> None:
        if self._over:
            events = self._pipeline.finish("daemon_stopped")
            self._hand_on(events)
            self._guide(events, self._pipeline.state)
        else:
            documents = self._checkpoints.due(at_once=True)
            events = self._pipeline.finish("daemon_stopped", close=False)
            self._keeper.keep(events, (), lambda: self._pipeline.learned, documents)
            self._report(events)
