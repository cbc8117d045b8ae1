"""The service loop: at each slot one frame through detection, then commands, then what the world is told."""

from __future__ import annotations

import json
import logging
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from acumat import __version__
from acumat.detect.pipeline import Pipeline
from acumat.documents import health_document, response_document, state_document, totals_document
from acumat.history.rows import Kept
from acumat.model import Command, CommandName, Condition, Event, Learned, MatState, Presence, Response, Totals
from acumat.mqtt.client import Arrived, Connected, Disconnected, Happening
from acumat.mqtt.commands import parse_command
from acumat.mqtt.publisher import Publisher
from acumat.service.checkpoint import DOCUMENT, Checkpoints, read_checkpoint
from acumat.service.commands import Answer, Commands, Steps, Undone
from acumat.service.frames import Frames
from acumat.service.keeper import Keeper
from acumat.service.pace import Pace
from acumat.service.recovery import Recovery
from acumat.service.reload import Reload
from acumat.service.routine import Routine
from acumat.service.starts import SafeMode
from acumat.service.timekeeping import TimeOfDay
from acumat_hw.clock import Clock
from acumat_hw.errors import SourceEndedError
from acumat_hw.layout import Layout
from acumat_hw.panel import Press

log = logging.getLogger(__name__)

INBOX_SIZE = 64
"""Messages that may wait for the loop; it empties the queue at every frame."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request at the control socket."""

    request: dict[str, Any]
    answer: Answer


@dataclass(frozen=True, slots=True)
class Found:
    """What the store had kept, read late because it could not be opened at the start."""

    kept: Kept


@dataclass(frozen=True, slots=True)
class Counted:
    """The store's sums for the day that has begun."""

    totals: Totals


@dataclass(frozen=True, slots=True)
class Pressed:
    """The panel's button."""

    kind: Press


Message = Happening | Asked | Undone | Steps | Counted | Found | Pressed


class Inbox:
    """The one way into the loop, from any thread. What does not fit is refused: nobody may fill the memory."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Message] = queue.Queue(INBOX_SIZE)
        self._shut = False
        self.refused = 0

    def put(self, message: Message) -> bool:
        """Never blocks; connects and disconnects always find room, since the loop would believe in a dead connection."""
        if isinstance(message, Arrived) and self._queue.qsize() >= INBOX_SIZE // 2:
            self.refused += 1
            return False
        try:
            self._queue.put_nowait(message)
        except queue.Full:
            self.refused += 1
            return False
        return True

    def ask(self, request: dict[str, Any], answer: Answer) -> None:
        """A request of the control socket."""
        if not self.put(Asked(request, answer)):
            answer(response_document(Response("", ok=False, reason="busy", text="Too many requests wait; try again.")))
        elif self._shut:
            self.shut()

    def shut(self) -> None:
        """The loop has ended: nobody waits for an answer that never comes."""
        self._shut = True
        for message in self.take():
            if isinstance(message, Asked):
                text = "The daemon is stopping or starting over."
                message.answer(response_document(Response("", ok=False, reason="stopping", text=text)))

    def take(self) -> list[Message]:
        """All that waits now."""
        messages: list[Message] = []
        while True:
            try:
                messages.append(self._queue.get_nowait())
            except queue.Empty:
                return messages


@dataclass(slots=True)
class Slots:
    """An absolute schedule: a slow frame makes no later one late, and a slot that was missed is skipped and counted."""

    clock: Clock
    rate_hz: float
    start_s: float
    next: int = 0
    skipped: int = 0

    def wait(self) -> None:
        """Sleep until the next slot."""
        self.clock.sleep(self.start_s + self.next / self.rate_hz - self.clock.monotonic())

    def done(self, stride: int = 1) -> None:
        """The frame of this slot is dealt with, and so many slots on is the next one wanted."""
        due = int((self.clock.monotonic() - self.start_s) * self.rate_hz + 1e-6)
        self.next += stride
        self.skipped += max(0, due - self.next)
        self.next = max(self.next, due)


@dataclass(frozen=True, slots=True)
class Ends:
    """Where the loop's output goes besides history and broker; each is called in the loop."""

    told: Callable[[Event], None] = lambda _event: None
    status: Callable[[str], None] = lambda _text: None
    answered: Answer = lambda _document: None
    beat: Callable[[], None] = lambda: None


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
        keeper: Keeper,
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
        self._keeper = keeper
        self._time = time_of_day
        self._checkpoints = checkpoints
        self._recovery = recovery
        self._recovered = recovery.closed
        self._reload = reload
        self._safe = safe
        self._dark = safe.text if safe is not None and safe.dark else ""
        """Why the mat is not read any more; empty while it is."""
        self._routine = routine
        self._publisher = publisher
        self._inbox = inbox
        self._connection = connection
        self._parts = parts
        self._ends = ends
        self._clock = clock
        self._slots = Slots(clock, rate_hz, clock.monotonic())
        self._pace = Pace(rate_hz, idle_rate_hz)
        self._commands = commands(self)
        self._state = MatState()
        self._health_told: object = None
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
        self._show()
        first = True
        try:
            while not self._stop.is_set():
                self._slots.wait()
                slots = self._turn() if self._safe is None else self._safe_turn()
                if self._reload.due():
                    self.stop()
                self._slots.done(slots)
                if first:
                    ready()
                    first = False
        except SourceEndedError as exc:
            log.info("%s", exc)
            self._over = True
        finally:
            self._finish()

    def status(self) -> dict[str, Any]:
        """Everything that can be told now."""
        progress = self._pipeline.calibration
        return {
            "mat": self._mat_id,
            "version": __version__,
            "layout": self._layout.name,
            "state": state_document(self._state if self._dark else self._pipeline.state),
            "health": self._health(),
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
        }

    def _safe_turn(self) -> int:
        """One slot of a daemon that has died too often: whatever happens, it goes on telling why."""
        if not self._dark:
            try:
                return self._turn()
            except SourceEndedError:
                raise
            except Exception as exc:
                log.exception("the mat is not read any more in this safe mode")
                self._dark = f"{type(exc).__name__}: {exc}"
            return 1
        self._hear_all()
        self._tell_state(MatState(reason="safe_mode", reason_text=f"The mat is not read: {self._dark}"))
        if self._publisher is not None:
            self._publisher.tick()
        self._ends.beat()
        return 1

    def _hear_all(self) -> None:
        for message in self._inbox.take():
            self._hear(message)

    def _turn(self) -> int:
        """One slot: messages first, so that what was asked before the frame holds for it. Gives the slots to the next one."""
        self._hear_all()
        if self._time.tick():
            self._keeper.clock_set(lambda totals: self._put(Counted(totals)))
            self._keeper.save_documents(self._checkpoints.due(at_once=True))
            self._show()
        frame = self._frames.read()
        events = self._pipeline.step(frame)
        self._recover()  # before what this frame told is kept: a session that has just begun takes the place of an earlier one
        self._hand_on(events)
        state = self._pipeline.state
        self._guide(events, state)
        self._commands.follow(self._say)
        self._learn_late()
        self._keeper.follow_drift(lambda: self._pipeline.learned)
        if self._keeper.day_changed(lambda totals: self._put(Counted(totals))):
            self._show()
        self._tell_state(state)
        if self._publisher is not None:
            self._publisher.tick()
        self._ends.beat()
        return self._pace.step(frame, self._state, busy=self._pipeline.calibration is not None)

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
            self._ends.told(event)

    def _guide(self, events: tuple[Event, ...], state: MatState) -> None:
        """The routine's turn: it keeps its own events, together with what they change."""
        if self._routine is None:
            return
        for event in self._routine.follow(events, state):
            log.info("%s: %s", event.event_type, event.text)
            self._ends.told(event)
        if self._publisher is not None:
            self._publisher.show_routine(self._routine.document())

    def _tell_state(self, state: MatState) -> None:
        if state.presence is not self._state.presence:
            self._ends.status(f"{state.presence}: {state.reason_text}")
        self._state = state
        if self._publisher is not None:
            self._publisher.show_state(state_document(state), self._clock.monotonic())
            self._tell_health()

    def _tell_health(self) -> None:
        """Health is the same in nearly every frame: only a change is worth a document."""
        now = (self._state.health, self._pipeline.sensor_conditions, self._frames.condition, self._parts(), self._calibrated())
        if now != self._health_told and self._publisher is not None:
            self._health_told = now
            self._publisher.show_health(self._health())

    def _show(self) -> None:
        if self._publisher is not None:
            self._publisher.show_session(self._keeper.session_document())

    def _health(self) -> dict[str, Any]:
        names = [sensor.name for sensor in self._layout.sensors]
        sensors = dict(zip(names, self._pipeline.sensor_conditions, strict=True))
        parts = {"bus": self._frames.condition, **self._parts(), "calibration": self._calibrated()}
        return health_document(self._state.health, sensors, parts)

    def _calibrated(self) -> Condition:
        if self._pipeline.learned.calibrated:
            return Condition()
        return Condition("not_calibrated", "Left and right are only rough until you calibrate: acumat calibrate.")

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
            case Arrived():
                self._arrived(message)
            case Asked():
                self._asked(message)
            case Undone():
                self._commands.undone(message)
            case Steps():
                self._commands.steps(message)
            case Counted():
                self._keeper.counted(message.totals)
                self._show()
            case Pressed():
                name = CommandName.HOLD if message.kind == "long" else CommandName.PRESS
                self._run(Command(name, origin="panel"), self._ends.answered)
            case Found():
                self._found(message)

    def _found(self, message: Found) -> None:
        self._keeper.found(message.kept)
        self._commands.settings.found(message.kept)
        self._late = message.kept.learned
        checkpoint = read_checkpoint(message.kept.documents.get(DOCUMENT))
        if checkpoint is not None:
            self._recovery.late(checkpoint)
        if self._routine is not None:
            self._routine.found(message.kept.documents)
        self._show()

    def _arrived(self, message: Arrived) -> None:
        if self._publisher is None:
            return
        name = self._publisher.topics.command_name(message.topic)
        if name is None:
            self._publisher.arrived(message.topic, message.payload)
        elif not message.payload:
            pass  # this is how a retained command is taken off the broker, by us as by others: it reaches us as a message too
        elif message.retained:
            self._publisher.ignore_retained(message.topic)
        else:
            self._run(parse_command(name, message.payload), self._say)

    def _asked(self, message: Asked) -> None:
        request = dict(message.request)
        name = request.pop("command", "")
        try:
            payload = json.dumps(request).encode() if request else b""
        except RecursionError:
            payload = b"["  # nested beyond reason: refused as what it is, no JSON that can be read
        command = parse_command(str(name), payload)
        self._run(command if isinstance(command, Response) else replace(command, origin="control"), message.answer)

    def _run(self, command: Command | Response, answer: Answer) -> None:
        if isinstance(command, Response):
            answer(response_document(command))
        else:
            self._commands.run(command, answer)

    def _say(self, document: dict[str, Any]) -> None:
        if self._publisher is not None:
            self._publisher.respond(document)

    def _put(self, message: Message) -> None:
        self._inbox.put(message)

    def _finish(self) -> None:
        """Leave a session under way to the next run, with all that it needs; if the source has ended there will be none."""
        if self._over:
            events = self._pipeline.finish("daemon_stopped")
            self._hand_on(events)
            self._guide(events, self._pipeline.state)
        else:
            documents = self._checkpoints.due(at_once=True)
            events = self._pipeline.finish("daemon_stopped", close=False)
            self._keeper.keep(events, (), lambda: self._pipeline.learned, documents)
            self._report(events)
        self._keeper.save(self._pipeline.learned)
        # who lies there does not leave because the daemon does: the last state stays, and `offline` says that it is old
        self._tell_state(self._pipeline.state if self._over else self._state)
        self._inbox.shut()
        self._frames.close()
