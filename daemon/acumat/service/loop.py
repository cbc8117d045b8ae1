"""The service loop: in each slot it takes messages and reads a frame for detection. What is new it records and reports.

Most frames say nothing new. Everything beyond detection has its turn when something has happened, while somebody watches or
calibrates, and else twice a second. While somebody lies still detection takes several frames one after the other.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from acumat.contract.events import Event
from acumat.contract.state import MatState
from acumat.guard import Guard
from acumat.service.detection import Detection
from acumat.service.frames import Frames
from acumat.service.inbox import WAITING_MOST
from acumat.service.intake import Intake
from acumat.service.quiet_frames import QuietFrames
from acumat.service.read_rate import ReadRate
from acumat.service.records import Records
from acumat.service.reload import Reload
from acumat.service.reporting import Reporting
from acumat.service.restoring import Restoring
from acumat.service.slots import Slots
from acumat.service.starts import SafeMode
from acumat.service.turn import Turn
from acumat_hw.errors import SourceEndedError
from acumat_hw.frame import Frame

log = logging.getLogger(__name__)

REPORT_S = 0.45
"""Seconds from one reported frame to the next while nothing happens: every fifth is one at 10 Hz, every third at 5 Hz."""


class Inputs(NamedTuple):
    """The inputs of the loop."""

    frames: Frames
    slots: Slots
    read_rate: ReadRate
    intake: Intake
    reload: Reload


class Service:
    """One mat, from its frames to everything that is reported about it. All work is done in the thread that calls `run`.

    `safe` is the reason why this daemon ignores stored data; None in a normal start.
    """

    def __init__(
        self,
        inputs: Inputs,
        detection: Detection,
        records: Records,
        restoring: Restoring,
        reporting: Reporting,
        *,
        guard: Guard,
        safe: SafeMode | None,
    ) -> None:
        self._inputs = inputs
        self._detection = detection
        self._records = records
        self._restoring = restoring
        self._reporting = reporting
        self._guard = guard
        self._dark = safe.text if safe is not None and safe.dark else ""
        """Why the mat is not read any more; empty while it is."""
        self._reported_s = -math.inf
        """When the frame was read that was reported last."""
        self._messages = False
        """Whether messages have been handled since then."""
        self._quiet = QuietFrames()
        self._over = False
        """The source has ended: there is nothing to continue with."""
        self._stop = threading.Event()

    def open(self) -> None:
        """Restore what an earlier run has stored."""
        self._restoring.start()

    def stop(self) -> None:
        """End after the frame under way; may be called from a signal handler or another thread."""
        self._stop.set()

    def reload(self) -> None:
        """Look at the configuration with the next frame that is reported; may be called from a signal handler."""
        self._inputs.reload.ask()

    def run(self, *, ready: Callable[[], None]) -> None:
        """Work until `stop()` or until the source ends; `ready` is called after the first frame."""
        self.begin()
        first = True
        try:
            while not self._stop.is_set():
                self.turn()
                if first:
                    with self._guard.step("ready"):
                        ready()
                    first = False
                    self._inputs.slots.look(self._take)  # the broker is about to answer, and the mat to go online
        except SourceEndedError as exc:
            log.info("%s", exc)
            self._over = True
        finally:
            self.finish()

    def begin(self) -> None:
        """The first slot is now."""
        self._inputs.slots.begin()

    def turn(self) -> None:
        """Wait for the next slot and do its work. Raises SourceEndedError; any other failure costs its step alone."""
        slots = self._inputs.slots
        slots.wait(self._woken)
        self._take()  # a command counts from the frame that follows it
        stride = self._dark_turn() if self._dark else self._mat_turn()
        slots.done(stride)

    def release(self) -> None:
        """The daemon ends and the disk confirms nothing more: send the waiting answers with that remark."""
        self._detection.commands.end()

    def status(self) -> dict[str, Any]:
        """The status: everything that is known now."""
        return self._reporting.status.document()

    def _make_way(self) -> None:
        if self._inputs.reload.due():
            self.stop()

    def _take(self) -> None:
        if self._inputs.intake.waiting:
            self._catch_up()  # these frames were read before the message came
            self._inputs.intake.take()
            self._messages = True

    def _catch_up(self, *, due: bool = False) -> bool:
        """Let detection take the frames that wait. Each one with an event is reported, and the last one if it is `due`.

        Returns whether the last one was.
        """
        guarded, reported = self._detection.guarded, False
        waiting = self._quiet.take()
        for frame in waiting:
            events = guarded.step(frame)
            reported = bool(events) or (due and frame is waiting[-1])
            if reported:
                self._reported_s, self._messages = frame.t_mono_s, False
                self._report(guarded.seen(frame, events))
        return reported

    def _woken(self) -> bool:
        return self._inputs.intake.waiting

    def _dark_turn(self) -> int:
        """A turn of a daemon that has died too often and reads no sensors: it reports why, and the cap holds."""
        self._guard.do("clock", self._follow_clock)
        seen = self._detection.guarded.turn(MatState(reason="safe_mode", reason_text=f"No mat is read: {self._dark}"))
        cues = self._guide(seen)
        self._reporting.after_frame(self._reporting.completed(seen, cues))
        self._guard.do("reload", self._make_way)
        return 1

    def _mat_turn(self) -> int:
        """Read one frame and handle its results. Returns the number of slots to the next frame."""
        frames, guarded = self._inputs.frames, self._detection.guarded
        frame = self._guard.run("source", frames.read, None, passes=SourceEndedError) or frames.broken()
        calibrating = self._detection.pipeline.calibration is not None
        due = self._messages or calibrating or self._is_due(frame)
        waits = self._quiet.add(frame, guarded.state) and not due
        if waits or not self._catch_up(due=due):
            self._reporting.without_report()
        with self._guard.step("pace"):
            return self._inputs.read_rate.step(frame, guarded.state, busy=calibrating)
        return 1

    def _is_due(self, frame: Frame) -> bool:
        """Whether a frame at which nothing has happened is reported all the same. After a step back of the clock it is."""
        return self._reporting.watched or not 0.0 <= frame.t_mono_s - self._reported_s < REPORT_S

    def _report(self, seen: Turn) -> None:
        """Record and report a frame, and give every part its turn."""
        records, do = self._records, self._guard.do
        do("clock", self._follow_clock)
        # before this frame is recorded: a session that has just begun takes the place of an interrupted one
        do("recovery", records.recovery.tick)
        do("minutes", records.minutes.follow, seen.state)
        do("history", self._record, seen.events)
        cues = self._guide(seen)
        do("learning", self._restoring.after_frame, seen.state)
        do("drift", records.learned.follow_drift)
        do("day", records.totals.follow_day)
        do("reload", self._make_way)
        self._reporting.after_frame(self._reporting.completed(seen, cues))

    def _follow_clock(self) -> None:
        records = self._records
        if records.time_of_day.tick():
            records.recorder.save_documents(records.time_of_day.documents())
            records.recorder.on_clock_set()
            records.recorder.save_documents(records.session_documents(at_once=True))

    def _record(self, events: tuple[Event, ...]) -> None:
        """Store detection's events and finished sessions with the session under way, those of one frame together."""
        records = self._records
        sessions = self._detection.pipeline.take_records()
        at_once = bool(events or sessions)
        documents = records.session_documents(at_once=at_once)
        minutes = records.minutes.take() if at_once or documents else ()  # with what is written anyway
        if at_once or minutes:
            records.recorder.record(events, sessions, documents, minutes)
        else:
            records.recorder.save_documents(documents)

    def _guide(self, seen: Turn) -> tuple[Event, ...]:
        """Step the routine, which records its own events, then the commands under way. Returns the routine's events."""
        cues: tuple[Event, ...] = ()
        with self._guard.step("routine"):
            cues = self._detection.routine.follow(seen)
            self._detection.pipeline.paced = self._detection.routine.pace is not None
            self._detection.pipeline.same_body = self._detection.routine.same_body
        with self._guard.step("feelings"):
            self._detection.feelings.about(self._detection.routine.person)
            self._detection.feelings.follow(seen.state, seen.events, cues, self._detection.routine.document)
        with self._guard.step("commands"):
            for event in seen.events:
                self._detection.commands.on_event(event)
            self._detection.commands.follow(self._inputs.intake.respond)
        return cues

    def finish(self) -> None:
        """Store the session under way for the next run.

        If the source has ended there will be no next run, and the session ends.
        """
        intake, step = self._inputs.intake, self._guard.step
        self._catch_up()
        intake.take(WAITING_MOST)  # a symptom that came before the end counts
        turn = replace(self._reporting.status.turn, events=())
        with step("end"):
            turn = self._ended() if self._over else self._left(turn)
        with step("learnt"):
            self._records.learned.save()
        with step("commands"):
            self._detection.commands.follow(intake.respond)
        self._reporting.report(turn)
        with step("inbox"):
            intake.shut()
        with step("source"):
            self._inputs.frames.close()

    def _ended(self) -> Turn:
        """There is no next run: the session under way ends."""
        pipeline, guarded = self._detection.pipeline, self._detection.guarded
        events = pipeline.finish("daemon_stopped")
        self._record(events)
        seen = guarded.turn(pipeline.state, events)
        return self._reporting.completed(seen, self._guide(seen))

    def _left(self, turn: Turn) -> Turn:
        """The next run continues the session. The last state stays published: the person is still there, and `offline` marks it
        as old.
        """
        records = self._records
        documents = records.session_documents(at_once=True)
        events = self._detection.pipeline.finish("daemon_stopped", close=False)
        records.recorder.record(events, (), documents, records.minutes.take())
        for event in events:
            self._detection.commands.on_event(event)
        return self._reporting.completed(turn, events)
