"""The whole of detection: frames in, events out; what is asked and set in between; restarts. No clock, no file, no log."""

from __future__ import annotations

from acumat.contract.commands import Refusal
from acumat.contract.events import Event
from acumat.contract.learned import CalibrationProgress, CalibrationResult, Learned
from acumat.contract.sessions import SessionRecord, SessionSnapshot
from acumat.contract.state import Condition, MatState, Mode
from acumat.detect import snapshots
from acumat.detect.explanation import Explanation, inspect
from acumat.detect.mat_state import mat_state
from acumat.detect.narration import CANCELLED
from acumat.detect.parameters import Parameters
from acumat.detect.presence.session import SessionTracker
from acumat.detect.sensors.calibrator import RUNNING_TARE
from acumat.detect.sensors.permission import refused_tare
from acumat.detect.steps import Steps
from acumat.detect.thresholds import Thresholds
from acumat_hw.frame import Frame
from acumat_hw.layout import Layout


class Pipeline:
    """Detection over a layout. The same frames after the same start give the same events, bit for bit.

    `learned` is what an earlier run stored, `prefix` and `first_session` name the sessions (`<prefix>-s<n>`).
    """

    def __init__(
        self,
        layout: Layout,
        *,
        learned: Learned | None = None,
        parameters: Parameters | None = None,
        prefix: str = "replay",
        first_session: int = 1,
    ) -> None:
        self._layout = layout
        self._p = (parameters or Parameters()).for_sensors(len(layout.sensors))
        self._thresholds = Thresholds.of(self._p)
        self._paused = False
        self._steps = self._start(learned or Learned.nothing(len(layout.sensors)), SessionTracker(prefix, first_session))

    def _start(self, learned: Learned, sessions: SessionTracker) -> Steps:
        return Steps(self._layout, self._p, self._thresholds, learned, sessions)

    def step(self, frame: Frame) -> tuple[Event, ...]:
        """One frame: the events that it decided, in order. One that comes no later than the last says nothing new."""
        return self._steps.step(frame, paused=self._paused)

    # what is asked and set between two frames

    @property
    def learned(self) -> Learned:
        """The values worth keeping over a restart."""
        return self._steps.learned

    @property
    def gains(self) -> tuple[float, ...]:
        """By sensor, in the order of the layout; the same object until others are used."""
        return self._steps.loads.gains

    @property
    def calibrated(self) -> bool:
        """Whether gains and reference are those of a calibration."""
        return self._steps.loads.calibrated

    def adopt(self, learned: Learned) -> None:
        """Use these gains, this reference and, where it is given, this baseline."""
        self._steps.adopt(learned)

    def take_records(self) -> tuple[SessionRecord, ...]:
        """Sessions finished since the last call."""
        return self._steps.visit.sessions.take_finished()

    @property
    def sensor_conditions(self) -> tuple[Condition, ...]:
        """The health of each sensor, in the order of the layout."""
        return self._steps.health.conditions

    @property
    def sensor_loads_us(self) -> tuple[float | None, ...]:
        """The load on each sensor in microsiemens, in the order of the layout; None for one without a load."""
        return (None,) * len(self._layout.sensors) if self._steps.load is None else self._steps.load.us

    @property
    def doubts_empty(self) -> bool:
        """Whether what is taken for the empty mat is a guess, and so much that it may be somebody who lies there."""
        return self._steps.guess.doubtful

    @property
    def paused(self) -> bool:
        """Whether measuring is paused: the mat is blind by somebody's wish."""
        return self._paused

    def pause(self) -> None:
        """See nothing from the next frame on; what is open is closed then."""
        self._paused = True

    def end_pause(self) -> None:
        """See again from the next frame on, as after a time without readings."""
        if self._paused:
            self._paused = False
            self._steps.end_pause()

    @property
    def guest(self) -> bool:
        """Whether somebody else lies there: such a session is marked, and nothing is learnt of it."""
        return self._steps.visit.guest

    @guest.setter
    def guest(self, on: bool) -> None:
        self._steps.visit.guest = on

    @property
    def paced(self) -> bool:
        """Whether the person is given a breath to follow, which is then no sign of sleep."""
        return self._steps.observer.paced

    @paced.setter
    def paced(self, on: bool) -> None:
        self._steps.observer.paced = on

    @property
    def guest_lies_there(self) -> bool:
        """Whether the session under way is a guest's, or if there is none, the next one."""
        session = self._steps.visit.sessions.open
        return self._steps.visit.guest if session is None else session.guest

    @property
    def settled_us(self) -> tuple[float, ...] | None:
        """The settled load of who lies here on each sensor, in microsiemens before gains; None until all of it is known."""
        settled_us = self._steps.settled.us
        if settled_us is None or None in settled_us:
            return None
        return tuple([(us or 0.0) / gain for us, gain in zip(settled_us, self._steps.loads.gains, strict=True)])

    @property
    def same_body(self) -> bool:
        """Whether sessions are of one and the same person: only then may a load that has changed mean that the mat has."""
        return self._steps.observer.same_body

    @same_body.setter
    def same_body(self, on: bool) -> None:
        self._steps.observer.same_body = on

    def retune(self, parameters: Parameters) -> None:
        """Go on with another sensitivity; what is on the mat stays what it is until it crosses the new levels."""
        self._thresholds.change_to(parameters)

    def set_mode(self, mode: Mode | None) -> None:
        """Somebody says how the mat is being used; None: the mat finds out. Holds until a session has ended."""
        self._steps.observer.set_mode(mode)

    @property
    def calibration(self) -> CalibrationProgress | None:
        """Where the running calibration stands; None when none runs."""
        return self._steps.calibrator.progress

    def start_calibration(self, *, turned: bool = False) -> Refusal | None:
        """Begin to calibrate, with a second lie-down end for end if `turned`; or why not."""
        steps = self._steps
        return steps.calibrator.start(steps.circumstances(steps.log.t_s, paused=self._paused), turned=turned)

    def cancel_calibration(self) -> bool:
        """Stop calibrating and change nothing; False if none was running."""
        steps = self._steps
        if not steps.calibrator.stop():
            return False
        steps.report_next(lambda: steps.narration.calibration_failed(CANCELLED))
        return True

    def take_calibration(self) -> CalibrationResult | None:
        """A calibration that finished well since the last call."""
        return self._steps.calibrator.take_result()

    def tare(self) -> Refusal | None:
        """Take what is read now for the empty mat; or why not."""
        steps = self._steps
        if steps.calibrator.running:
            return RUNNING_TARE
        now = steps.circumstances(steps.log.t_s if steps.load is None else steps.load.t_mono_s, paused=self._paused)
        refusal = refused_tare(now, steps.window, self._p.calm_spread_x * 2.0 * steps.loads.default_us, self._p)
        if refusal is None:
            steps.baseline.adopt(steps.window.medians_us())
            steps.report_next(steps.narration.tared)
        return refusal

    # another run

    @property
    def snapshot(self) -> SessionSnapshot | None:
        """The session under way as of the last usable reading, to be continued by another run; None if there is none."""
        return snapshots.session_snapshot(self._steps)

    @property
    def pending_lying(self) -> SessionSnapshot | None:
        """A person confirmed while no session may begin, as a session without an id; None if there is nobody."""
        return snapshots.pending_lying(self._steps)

    def name_session(self) -> str:
        """An id for a session that an earlier run saw and did not name."""
        return self._steps.visit.sessions.name()

    def carry_on(self, snapshot: SessionSnapshot, *, hold: bool = False) -> None:
        """Start with the empty mat that an earlier run knew while somebody lay here.

        With `hold` no session begins until `resume` or `release`: it is not known yet whether the earlier one continues.
        """
        snapshots.carry_on(self._steps, snapshot, hold=hold)

    def resume(self, snapshot: SessionSnapshot) -> bool:
        """Go on with a session of an earlier run; False if another one has begun meanwhile.

        If nobody lies there it ends by itself at its last sure moment, after as long as lifts and lost sensors are waited out.
        """
        return snapshots.resume(self._steps, snapshot)

    def release(self) -> None:
        """Sessions may begin: no earlier one continues."""
        self._steps.visit.session_pending = False

    def begin_anew(self, learned: Learned, session: SessionSnapshot | None, t_s: float, reason: str, text: str) -> None:
        """Forget all but this, as a restart does; what was set and the sessions' numbers stay. Blind, for this reason."""
        before = self._steps.visit
        steps = self._steps = self._start(learned, before.sessions.successor())
        steps.visit.guest, steps.visit.session_pending = before.guest, before.session_pending
        steps.log.begin(t_s)
        if session is not None:
            self.carry_on(session, hold=before.session_pending)
            self.resume(session)
        steps.log.set_reason(reason, text)

    def finish(self, reason: str, *, close: bool = True) -> tuple[Event, ...]:
        """The daemon stops: what is open ends at the last moment that is sure, with this reason; a session only if `close`."""
        self.cancel_calibration()
        return self._steps.finish(reason, close=close)

    # what is known now

    def inspect(self) -> Explanation:
        """What each step saw at the last frame, beside its limits: why the mat thinks what it does."""
        return inspect(self._steps)

    @property
    def state(self) -> MatState:
        """The mat as it is known after the last frame."""
        return mat_state(self._steps, paused=self._paused)
