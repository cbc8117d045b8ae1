"""Steps detection frame by frame.

If a frame makes it fail, that frame is lost and detection continues from its last good state.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from acumat.contract.events import Event, EventType
from acumat.contract.learned import Learned
from acumat.contract.sessions import SessionSnapshot
from acumat.contract.state import MatState, Presence
from acumat.detect.pipeline import Pipeline
from acumat.guard import Guard
from acumat.service.turn import Turn
from acumat_hw.frame import Frame

WAIT_S = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""After the first failure, the second in a row and so on: how long the mat stays blind before the next attempt."""
GOOD_S = 60.0
"""After so long without a failure the next one counts as the first."""
GOOD_EVERY_S = 1.0
"""Seconds between two saved states to return to after a failure. One is also saved after events and after a change of gains."""
REASON = "detection_failed"
TEXT = "Detection failed on a reading and begins anew. Look at the log, and please report it: journalctl -u acumat."


class GuardedPipeline:
    """The pipeline behind a guard. It is restarted in place, since commands, settings and recovery refer to it too."""

    def __init__(self, pipeline: Pipeline, guard: Guard, monotonic: Callable[[], float]) -> None:
        self._pipeline = pipeline
        self._guard = guard
        self._monotonic = monotonic
        self._good: tuple[Learned, SessionSnapshot | None] = (pipeline.learned, pipeline.snapshot)
        self._failures = 0
        self._failed_s = self._again_s = self._good_s = monotonic()
        self._state = MatState()

    @property
    def state(self) -> MatState:
        """The mat as it was seen last."""
        return self._state

    def step(self, frame: Frame) -> tuple[Event, ...]:
        """The events of this frame. Never raises."""
        now_s = self._monotonic()
        if self._waits(now_s):
            return ()
        calibrating = self._pipeline.calibration is not None
        try:
            if now_s - self._good_s >= GOOD_EVERY_S or self._pipeline.gains is not self._good[0].gains:
                self._state = self._pipeline.state  # if this fails, what is saved now would fail again
                self._good_s, self._good = now_s, (self._pipeline.learned, self._pipeline.snapshot)
            events = self._pipeline.step(frame)
            if events:
                self._state = self._pipeline.state  # if this fails, the frame is lost with its events
                self._good_s = -math.inf
        except Exception as exc:  # noqa: BLE001  logged and counted by the guard
            self._guard.failed("detection", exc)
            return self._start_again(now_s, frame.t_mono_s, calibrating=calibrating)
        if self._failures and now_s - self._failed_s >= GOOD_S:
            self._failures = 0
        return events

    def seen(self, frame: Frame, events: tuple[Event, ...]) -> Turn:
        """The turn of the frame that was stepped last, with its events and the state after it. Never raises."""
        now_s = self._monotonic()
        if not self._waits(now_s):
            try:
                self._state = self._pipeline.state
            except Exception as exc:  # noqa: BLE001  logged and counted by the guard
                self._guard.failed("detection", exc)
                events += self._start_again(now_s, frame.t_mono_s, calibrating=self._pipeline.calibration is not None)
        return self.turn(self._state, events, frame)

    def turn(self, state: MatState, events: tuple[Event, ...] = (), frame: Frame | None = None) -> Turn:
        """A turn with this state and everything else that detection knows now. Never raises."""
        pipeline = self._pipeline
        with self._guard.step("state"):
            return Turn(
                state,
                events,
                frame,
                loads_us=pipeline.sensor_loads_us,
                sensors=pipeline.sensor_conditions,
                calibrated=pipeline.calibrated,
                calibrating=pipeline.calibration is not None,
                guest=pipeline.guest_lies_there,
                doubts_empty=state.presence is Presence.EMPTY and pipeline.doubts_empty,
                settled_us=None if state.session_id is None else pipeline.settled_us,
            )
        return Turn(MatState(reason=REASON, reason_text=TEXT), events, frame)

    def _waits(self, now_s: float) -> bool:
        """Whether the mat stays blind after a failure."""
        return self._failures > 0 and now_s < self._again_s

    def _start_again(self, now_s: float, t_s: float, *, calibrating: bool) -> tuple[Event, ...]:
        """Begin anew at the time of the frame that failed: those after it may have been read by now."""
        self._failed_s = now_s
        self._again_s = now_s + WAIT_S[min(self._failures, len(WAIT_S) - 1)]
        self._failures += 1
        with self._guard.step("detection's restart"):
            self._pipeline.begin_anew(*self._good, t_s, REASON, TEXT)
        events = []
        if calibrating:
            events.append(Event(EventType.CALIBRATION_FAILED, t_s, REASON, "Detection failed. Please calibrate again."))
        if self._state.presence is not Presence.BLIND:
            events.append(Event(EventType.BLIND_STARTED, t_s, REASON, TEXT))
        self._state = MatState(reason=REASON, reason_text=TEXT)
        with self._guard.step("state"):
            self._state = self._pipeline.state
        return tuple(events)
