"""The whole of detection: one frame in, events out, and what is known of the mat. No clock, no file, no log.

The order of the steps stands here: `step` for every frame, `_see` for every reading that says something of the mat.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from acumat.contract.commands import Refusal
from acumat.contract.events import Event
from acumat.contract.learned import CalibrationProgress, CalibrationResult, Learned
from acumat.contract.sessions import SessionRecord, SessionSnapshot
from acumat.contract.state import Condition, HealthState, MatState, Mode, Phase, Presence
from acumat.detect import snapshots
from acumat.detect.explanation import Explanation, inspect
from acumat.detect.frame_log import FrameLog
from acumat.detect.lying.learning import Learning
from acumat.detect.lying.observer import LyingObserver
from acumat.detect.narration import CANCELLED, LOST, Narration
from acumat.detect.parameters import Parameters
from acumat.detect.presence.detector import Edges, PresenceDetector
from acumat.detect.presence.guess import EmptyGuess
from acumat.detect.presence.machine import Cue
from acumat.detect.presence.session import SessionTracker
from acumat.detect.presence.settled_load import SettledLoad
from acumat.detect.presence.visit import Visit
from acumat.detect.sensors.calibrator import RUNNING_TARE, Calibrator
from acumat.detect.sensors.health import DISTRUSTED, SensorHealth
from acumat.detect.sensors.permission import Circumstances, refused_tare
from acumat.detect.sight import LOOKING, Sight
from acumat.detect.signal.baseline import Baseline, Origin
from acumat.detect.signal.conductance import Conductance, Reading
from acumat.detect.signal.load import Load, Loads
from acumat.detect.signal.window import Window
from acumat.detect.thresholds import Thresholds
from acumat_hw.frame import Frame
from acumat_hw.layout import Layout


class Pipeline:
    """Detection over a layout. The same frames after the same start give the same events, bit for bit.

    `learned` is what an earlier run kept, `prefix` and `first_session` name the sessions (`<prefix>-s<n>`).
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
        self._paused = self._pausing = False
        self._build(learned or Learned.nothing(len(layout.sensors)), SessionTracker(prefix, first_session))

    def _build(self, learned: Learned, sessions: SessionTracker) -> None:
        """All steps as at a start."""
        layout, p, thresholds = self._layout, self._p, self._thresholds
        self._log = FrameLog()
        self._narration = narration = Narration(self._log)
        self._conductance = Conductance(layout, p)
        self._baseline = Baseline(tuple(s.rm_ohm for s in layout.sensors), learned.baseline_us, p)
        self._loads = loads = Loads(layout, learned, p)
        self._health = SensorHealth(layout, p, thresholds)
        self._window = Window(p.tare_s, p.gap_s)
        self._calibrator = Calibrator(layout, p, thresholds)
        self._sight = Sight(p, self._health, self._baseline, narration)
        self._guess = EmptyGuess(p, thresholds, self._baseline, loads.default_us)
        self._settled = settled = SettledLoad(loads.shape.head_half, p)
        self._detector = PresenceDetector(p, settled, thresholds)
        self._visit = Visit(
            p,
            thresholds,
            detector=self._detector,
            sessions=sessions,
            narration=narration,
            head_half=loads.shape.head_half,
        )
        learning = Learning(layout, p, loads=loads, settled=settled, wear_loads=learned.sessions, narration=narration)
        self._observer = LyingObserver(
            layout, p, thresholds, visit=self._visit, health=self._health, learning=learning, narration=narration
        )
        self._frame_s = -math.inf
        self._reading: Reading | None = None
        self._load: Load | None = None
        self._empty_since_s: float | None = None
        self._to_report: list[Callable[[], None]] = []
        """What was done between two frames, to be reported at the next."""

    # one frame, in the order of the steps

    def step(self, frame: Frame) -> tuple[Event, ...]:
        """One frame: the events that it decided, in order. One that comes no later than the last says nothing new.

        So nothing here grows with the rate of frames: everything that is kept is bounded in time.
        """
        t_s = frame.t_mono_s
        if t_s - self._frame_s < self._p.frame_least_s:
            return ()
        self._frame_s = t_s
        self._log.begin(t_s)
        self._report()
        if self._paused:
            self._begin_pause()
            return self._log.events
        lost_s = self._sight.goes_blind(t_s)
        if lost_s is not None:
            self._lose(lost_s)
        self._close_overdue(t_s)
        self._observer.hear(frame, self._baseline.us)
        reading = self._conductance.step(frame)
        if reading is not None:
            self._read(reading)
        self._close_overdue(t_s)
        self._judge_sensors(frame, reading)
        return self._log.events

    def _read(self, reading: Reading) -> None:
        self._health.note(reading)
        if not self._health.suffices(reading.us):
            self._sight.too_few()
            return
        self._reading = reading
        trusted = self._health.trusted(reading)
        if self._sight.usable(reading, trusted):
            self._see(trusted)
        elif self._sight.supply_lost:
            self._window.add(trusted)  # somebody may know better, and take the tare

    def _see(self, reading: Reading) -> None:
        t_s = reading.t_mono_s
        if not self._baseline.known and not self._learn_start(reading):
            return
        if self._sight.blind:
            self._sight.regain(t_s)
            self._empty_since_s = t_s
        self._baseline.follow(reading, empty_for_s=None if self._empty_since_s is None else t_s - self._empty_since_s)
        load = self._load = self._loads.of(reading, self._baseline.us)
        edges = self._detector.step(load)
        self._arrive(load, edges)
        if edges.lying_off_s is not None or edges.contact_off_s is not None:
            self._leave(load, edges)
        elif self._visit.lying:
            self._lie(load)
        elif self._visit.touched:
            self._touch(load, reading)
        self._observer.step(load)
        if self._baseline.origin is Origin.ASSUMED and not self._visit.lying and self._guess.step(reading):
            self._narration.baseline_revoked()
        self._window.add(reading)
        if self._calibrator.running:
            self._calibrate(reading)
        self._sight.look(t_s, self._visit)

    def _learn_start(self, reading: Reading) -> bool:
        if not self._baseline.watch(reading):
            return False
        if self._baseline.origin is Origin.PRESUMED_LOADED:
            self._narration.presumed_loaded()
        else:
            self._narration.baseline_assumed(self._p.steady_s)
        return True

    def _arrive(self, load: Load, edges: Edges) -> None:
        known = self._visit.arrive(load, edges)
        if edges.contact_on_s is not None:
            self._empty_since_s = None
            self._calibrator.on_contact()
        if edges.lying_on_s is not None:
            self._observer.begin(load.t_mono_s, known)

    def _lie(self, load: Load) -> None:
        t_s = load.t_mono_s
        verdict = self._visit.judge(load, breathes=self._observer.breathes_steadily)
        if verdict is Cue.LIFELESS:
            self._observer.stop("not_alive", t_s)
            self._visit.withdraw(load)
            return
        if verdict is Cue.ALIVE:
            self._visit.confirm()
        self._visit.lie(t_s, self._calibrator.until_s(t_s))
        self._observer.lie(load, calibrated=self._loads.calibrated)

    def _touch(self, load: Load, reading: Reading) -> None:
        """A person may lie there after all; a faint contact that never moves is what a load left behind."""
        if self._visit.touch(load):
            self._observer.begin(load.t_mono_s)
        elif self._visit.left_behind(load.t_mono_s):
            self._baseline.tare(reading)

    def _leave(self, load: Load, edges: Edges) -> None:
        if edges.lying_off_s is not None:
            self._visit.get_up(load, edges.lying_off_s)
            self._observer.stop("left", edges.lying_off_s)
        if edges.contact_off_s is not None:
            self._visit.leave(edges.contact_off_s)
            self._empty_since_s = load.t_mono_s
            self._baseline.settle(person=self._visit.session_open)

    def _lose(self, last_s: float) -> None:
        if self._calibrator.stop():
            self._narration.calibration_failed(LOST)
        self._observer.lose("no_readings", last_s)
        self._visit.lose(last_s)
        self._empty_since_s = None

    def _close_overdue(self, t_s: float) -> None:
        record = self._visit.close_overdue(t_s, blind=self._sight.blind, back_s=self._sight.back_s)
        self._observer.session_over(record)

    def _judge_sensors(self, frame: Frame, reading: Reading | None) -> None:
        lying = self._visit.lying
        loaded = lying or self._visit.touched
        load = None if self._sight.blind else self._load
        reporting = self._sight.blames(frame.t_mono_s)
        for change in self._health.step(frame, reading, load, loaded=loaded, lying=lying, reporting=reporting):
            if change.condition.code != "ok":
                self._narration.sensor_failed(change.condition, change.sensor.name)
                continue
            if load is not None and reading is not None and not loaded and change.before in DISTRUSTED:
                self._baseline.take(change.index, reading.us[change.index])
            self._narration.sensor_recovered(change.sensor.where, change.sensor.name)

    def _calibrate(self, reading: Reading) -> None:
        outcome = self._calibrator.step(reading, self._log.t_s, self._circumstances(reading.t_mono_s))
        if isinstance(outcome, Refusal):
            self._narration.calibration_failed(outcome)
        elif outcome is not None:
            before, learned = self.learned, outcome.learned
            self.adopt(learned)
            self._calibrator.keep(before, outcome)
            self._narration.calibrated(outcome.margin, learned.gains, turned=learned.turned)

    def _begin_pause(self) -> None:
        """The first frame of a pause closes what is open, at the last moment that was seen."""
        if not self._pausing:
            return
        self._pausing = False
        self.cancel_calibration()
        self._report()
        last_s = self._last_s
        self._observer.lose("paused", last_s)
        self._observer.session_over(self._visit.stop("paused", last_s))
        self._empty_since_s = None
        self._sight.pause(last_s)

    def _report(self) -> None:
        to_report, self._to_report = self._to_report, []
        for report in to_report:
            report()

    @property
    def _last_s(self) -> float:
        """The last moment that was seen."""
        return self._log.t_s if self._sight.usable_s is None else self._sight.usable_s

    # what is asked and set between two frames

    @property
    def learned(self) -> Learned:
        """What is worth keeping over a restart."""
        loads, wear_loads = self._loads, self._observer.learning.wear.sessions
        return Learned(self._baseline.kept_us, loads.gains, loads.reference_us, loads.calibrated, loads.turned, wear_loads)

    def adopt(self, learned: Learned) -> None:
        """Go on with these gains, this reference and, where it is given, this baseline."""
        self._loads.adopt(learned)
        self._observer.learning.wear.sessions = learned.sessions
        self._baseline.adopt(learned.baseline_us)

    def take_records(self) -> tuple[SessionRecord, ...]:
        """Sessions finished since the last call."""
        return self._visit.sessions.take_finished()

    @property
    def sensor_conditions(self) -> tuple[Condition, ...]:
        """The health of each sensor, in the order of the layout."""
        return self._health.conditions

    @property
    def sensor_loads_us(self) -> tuple[float | None, ...]:
        """The load on each sensor in microsiemens, in the order of the layout; None for one without a load."""
        return (None,) * len(self._layout.sensors) if self._load is None else self._load.us

    @property
    def doubts_empty(self) -> bool:
        """Whether what is taken for the empty mat is a guess, and so much that it may be somebody who lies there."""
        return self._guess.doubtful

    @property
    def paused(self) -> bool:
        """Whether measuring is paused: the mat is blind by somebody's wish."""
        return self._paused

    def pause(self) -> None:
        """See nothing from the next frame on; what is open is closed then."""
        if not self._paused:
            self._paused = self._pausing = True

    def end_pause(self) -> None:
        """See again from the next frame on, as after a time without readings."""
        if self._paused:
            self._paused = self._pausing = False
            self._narration.resumed()

    @property
    def guest(self) -> bool:
        """Whether somebody else lies there: such a session is marked, and nothing is learnt of it."""
        return self._visit.guest

    @guest.setter
    def guest(self, on: bool) -> None:
        self._visit.guest = on

    @property
    def guest_lies_there(self) -> bool:
        """Whether the session under way is a guest's, or if there is none, the next one."""
        session = self._visit.sessions.open
        return self._visit.guest if session is None else session.guest

    def retune(self, parameters: Parameters) -> None:
        """Go on with another sensitivity; what is on the mat stays what it is until it crosses the new levels."""
        self._thresholds.change_to(parameters)

    def set_mode(self, mode: Mode | None) -> None:
        """Somebody says how the mat is being used; None: the mat finds out. Holds until a session has ended."""
        self._observer.set_mode(mode)

    @property
    def calibration(self) -> CalibrationProgress | None:
        """Where the running calibration stands; None when none runs."""
        return self._calibrator.progress

    def start_calibration(self, *, turned: bool = False) -> Refusal | None:
        """Begin to calibrate, with a second lie-down end for end if `turned`; or why not."""
        return self._calibrator.start(self._circumstances(self._log.t_s), turned=turned)

    def cancel_calibration(self) -> bool:
        """Stop calibrating and change nothing; False if none was running."""
        if not self._calibrator.stop():
            return False
        self._to_report.append(lambda: self._narration.calibration_failed(CANCELLED))
        return True

    def take_calibration(self) -> CalibrationResult | None:
        """A calibration that finished well since the last call."""
        return self._calibrator.take_result()

    def tare(self) -> Refusal | None:
        """Take what is read now for the empty mat; or why not."""
        if self._calibrator.running:
            return RUNNING_TARE
        load, calm_us = self._load, self._p.calm_spread_x * 2.0 * self._loads.default_us
        now = self._circumstances(self._log.t_s if load is None else load.t_mono_s)
        refusal = refused_tare(now, self._window, calm_us, self._p)
        if refusal is None:
            self._baseline.adopt(self._window.medians_us())
            self._to_report.append(self._narration.tared)
        return refusal

    def _circumstances(self, t_s: float) -> Circumstances:
        visit, sight, load = self._visit, self._sight, self._load
        return Circumstances(
            paused=self._paused,
            blind=sight.blind,
            supply_lost=sight.supply_lost,
            guest=visit.guest,
            lying=visit.lying,
            touched=visit.touched,
            session_open=visit.session_open,
            load_pct=None if load is None or sight.blind else load.pct,
            lifeless=visit.lifeless(t_s),
            conditions=self._health.conditions,
        )

    # another run

    @property
    def snapshot(self) -> SessionSnapshot | None:
        """The session under way as of the last usable reading, to be continued by another run; None if there is none."""
        return snapshots.session_snapshot(self._visit, self._known, self._sight.usable_s)

    @property
    def pending_lying(self) -> SessionSnapshot | None:
        """Whoever was found to lie here while no session may begin: one that has no id yet. None if there is nobody."""
        return snapshots.pending_lying(self._visit, self._known, self._sight.usable_s, self._calibrator.last_s)

    @property
    def _known(self) -> snapshots.Known:
        return snapshots.known(self._baseline, self._settled, self._observer)

    def name_session(self) -> str:
        """An id for a session that an earlier run saw and did not name."""
        return self._visit.sessions.name()

    def carry_on(self, snapshot: SessionSnapshot, *, hold: bool = False) -> None:
        """Start with the empty mat that an earlier run knew while somebody lay here.

        With `hold` no session begins until `resume` or `release`: it is not known yet whether the earlier one goes on.
        """
        snapshots.carry_on(snapshot, self._baseline, self._visit, hold=hold)

    def resume(self, snapshot: SessionSnapshot) -> bool:
        """Go on with a session of an earlier run; False if another one has begun meanwhile.

        If nobody lies there it ends by itself at its last sure moment, after as long as lifts and lost sensors are waited out.
        """
        if self._visit.session_open:
            return False
        known = self._visit.take_up(snapshot)
        if known is not None:
            self._observer.carry_on(self._log.t_s, known)
        return True

    def release(self) -> None:
        """Sessions may begin: no earlier one goes on."""
        self._visit.session_pending = False

    def begin_anew(self, learned: Learned, session: SessionSnapshot | None, t_s: float, reason: str, text: str) -> None:
        """Forget all but this, as a restart does; what was set and the sessions' numbers stay. Blind, for this reason."""
        before = self._visit
        self._build(learned, before.sessions.successor())
        self._visit.guest, self._visit.session_pending = before.guest, before.session_pending
        self._pausing = self._paused
        self._log.begin(t_s)
        if session is not None:
            self.carry_on(session, hold=before.session_pending)
            self.resume(session)
        self._log.set_reason(reason, text)

    def finish(self, reason: str, *, close: bool = True) -> tuple[Event, ...]:
        """The daemon stops: what is open ends at the last moment that is sure, with this reason; a session only if `close`."""
        self._log.begin(self._log.t_s)
        self.cancel_calibration()
        self._report()
        self._observer.stop(reason, self._last_s)
        if close:
            self._observer.session_over(self._visit.stop(reason, self._last_s))
        else:
            self._visit.suspend(reason)
        return self._log.events

    # what is known now

    def inspect(self) -> Explanation:
        """What each step saw at the last frame, beside its limits: why the mat thinks what it does."""
        return inspect(
            self._layout,
            self._p,
            self._thresholds,
            t_s=self._log.t_s,
            sight=self._sight,
            reading=self._reading,
            load=self._load,
            conditions=self._health.conditions,
            baseline=self._baseline,
            loads=self._loads,
            detector=self._detector,
            visit=self._visit,
            observer=self._observer,
        )

    @property
    def state(self) -> MatState:
        """The mat as it is known after the last frame."""
        visit, sight, load, t_s = self._visit, self._sight, self._load, self._log.t_s
        session, seconds = visit.sessions.open, visit.sessions.seconds(t_s)
        reason, text = LOOKING if sight.looking and not sight.blind else self._log.reason
        state = MatState(
            health=self._health_state(),
            session_id=None if session is None else session.session_id,
            session_s=None if seconds is None else seconds[0],
            contact_s=None if seconds is None else seconds[1],
            mode=self._observer.mode,
            reason=reason,
            reason_text=text,
        )
        if sight.blind or sight.looking or load is None:
            return state
        reference = "learnt" if self._loads.reference_us else "default"
        if visit.lying:
            state = replace(state, presence=Presence.LYING, confirmed=visit.confirmed, load=load.pct, reference=reference)
            return self._observer.add_to(state, t_s)
        if visit.touched:
            phase = Phase.LEAVING if visit.session_open else Phase.CONTACT
            return replace(state, presence=Presence.CONTACT, phase=phase, load=load.pct, reference=reference)
        return replace(state, presence=Presence.EMPTY, load=load.pct, reference=reference)

    def _health_state(self) -> HealthState:
        if self._paused:  # blind by somebody's wish is no fault
            return HealthState.OK if self._health.all_ok else HealthState.DEGRADED
        if self._sight.blind or self._sight.looking or self._reading is None:
            return HealthState.BLIND
        degraded = None in self._reading.us or not self._health.all_ok
        return HealthState.DEGRADED if degraded else HealthState.OK
