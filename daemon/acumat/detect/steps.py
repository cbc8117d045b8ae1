"""The steps of detection and their order: `step` for every frame, `_see` for every reading that says something of the mat."""

from __future__ import annotations

import math
from collections.abc import Callable

from acumat.contract.commands import Refusal
from acumat.contract.events import Event
from acumat.contract.learned import Learned
from acumat.detect.frame_log import FrameLog
from acumat.detect.lying.learning import Learning
from acumat.detect.lying.observer import LyingObserver
from acumat.detect.narration import CANCELLED, LOST, Narration
from acumat.detect.parameters import Parameters
from acumat.detect.presence.bearing import Bearing
from acumat.detect.presence.detector import Edges, PresenceDetector
from acumat.detect.presence.guess import EmptyGuess
from acumat.detect.presence.machine import Cue
from acumat.detect.presence.recovery import Recovering, Recovery
from acumat.detect.presence.session import SessionTracker
from acumat.detect.presence.settled_load import SettledLoad
from acumat.detect.presence.visit import Visit
from acumat.detect.sensors.calibrator import Calibrator
from acumat.detect.sensors.health import DISTRUSTED, SensorHealth
from acumat.detect.sensors.permission import Circumstances
from acumat.detect.sight import Sight
from acumat.detect.signal.baseline import Baseline, Origin
from acumat.detect.signal.conductance import Conductance, Reading
from acumat.detect.signal.load import Load, Loads
from acumat.detect.signal.resolution import Resolution
from acumat.detect.signal.window import Window
from acumat.detect.thresholds import Thresholds
from acumat_hw.frame import Frame
from acumat_hw.layout import Layout


class Steps:
    """All steps from one start on. `learned` is what is known then, `sessions` names the sessions to come."""

    def __init__(
        self, layout: Layout, parameters: Parameters, thresholds: Thresholds, learned: Learned, sessions: SessionTracker
    ) -> None:
        self.p = p = parameters
        self.layout, self.thresholds = layout, thresholds
        self.log = FrameLog()
        self.narration = narration = Narration(self.log)
        self.conductance = Conductance(layout, p)
        self.resolution = Resolution(layout)
        self.baseline = Baseline(tuple(s.rm_ohm for s in layout.sensors), learned.baseline_us, p)
        self.loads = loads = Loads(layout, learned, p)
        self.health = SensorHealth(layout, p, self.resolution, thresholds)
        self.window = Window(p.tare_s, p.gap_s)
        self.calibrator = Calibrator(layout, p, thresholds)
        self.sight = Sight(p, self.health, self.baseline, narration)
        self.guess = EmptyGuess(
            p, thresholds, self.baseline, self.resolution, default_us=loads.default_us, head_half=loads.shape.head_half
        )
        self.recovery = Recovery(self.resolution)
        self.settled = settled = SettledLoad(loads.shape.head_half, p)
        self.detector = PresenceDetector(p, settled, thresholds)
        self.bearing = Bearing(loads.shape)
        self.visit = Visit(
            p,
            thresholds,
            detector=self.detector,
            bearing=self.bearing,
            sessions=sessions,
            narration=narration,
            head_half=loads.shape.head_half,
        )
        learning = Learning(layout, p, loads=loads, settled=settled, wear_loads=learned.sessions, narration=narration)
        self.observer = LyingObserver(
            layout,
            p,
            thresholds,
            visit=self.visit,
            bearing=self.bearing,
            health=self.health,
            learning=learning,
            narration=narration,
        )
        self._zero_us: tuple[float | None, ...] = (0.0,) * len(layout.sensors)
        self._frame_s = -math.inf
        self.reading: Reading | None = None
        self.load: Load | None = None
        self._empty_since_s: float | None = None
        self._to_report: list[Callable[[], None]] = []
        """Reports of what was done between two frames, for the next one."""
        self._in_pause = False

    def step(self, frame: Frame, *, paused: bool) -> tuple[Event, ...]:
        """One frame: the events that it decided, in order. One that comes no later than the last says nothing new.

        So nothing here grows with the rate of frames: everything that is stored is bounded in time.
        """
        t_s = frame.t_mono_s
        if t_s - self._frame_s < self.p.frame_least_s:
            return ()
        self._frame_s = t_s
        self.log.begin(t_s)
        self._report()
        if paused:
            self._pause()
            return self.log.events
        lost_s = self.sight.goes_blind(t_s)
        if lost_s is not None:
            self._lose(lost_s)
        self._close_overdue(t_s)
        self.resolution.step(frame.codes)
        searches = self.guess.searches(t_s)
        self.observer.sample_breath(frame, self._zero_us if searches else self.baseline.us, nobody_seen=searches)
        reading = self.conductance.step(frame)
        if reading is not None:
            self._read(reading)
        self._close_overdue(t_s)
        self._judge_sensors(frame, reading)
        return self.log.events

    def _read(self, reading: Reading) -> None:
        self.health.note(reading)
        if not self.health.suffices(reading.us):
            self.sight.too_few()
            return
        self.reading = reading
        trusted = self.health.trusted(reading)
        if self.sight.usable(reading, trusted):
            self._see(trusted)
        elif self.sight.supply_lost:
            self.window.add(trusted)  # somebody may know better, and take the tare

    def _see(self, reading: Reading) -> None:
        t_s = reading.t_mono_s
        if not self.baseline.known and not self._learn_start(reading):
            return
        if self.sight.blind:
            self.sight.regain(t_s)
            self._empty_since_s = t_s
        self.baseline.follow(reading, empty_for_s=None if self._empty_since_s is None else t_s - self._empty_since_s)
        load = self.load = self.loads.of(reading, self.baseline.us, lies=self.bearing.lying_nats >= 0.0)
        edges = self.detector.step(load)
        self._arrive(load, edges)
        self._bear(load)
        if edges.lying_off_s is not None or edges.contact_off_s is not None:
            self._leave(load, edges)
        elif self.visit.lying:
            self._recover(load, reading)
            self._lie(load, reading)
        elif self.visit.touched:
            self._touch(load, reading)
        self.observer.step(load)
        if not self.visit.lying and self.guess.searches(t_s):
            self._doubt(reading)
        self.window.add(reading)
        if self.calibrator.running:
            self._calibrate(reading)
        self.sight.look(t_s, self.visit)

    def _learn_start(self, reading: Reading) -> bool:
        self.guess.watch(reading)
        if not self.baseline.watch(reading):
            return False
        if self.baseline.origin is Origin.PRESUMED_LOADED:
            self.visit.was_there()
            self.detector.was_there(self.guess.since_s)
            self.narration.presumed_loaded()
        else:
            self.narration.baseline_assumed(self.p.steady_s)
        return True

    def _doubt(self, reading: Reading) -> None:
        """What was taken for the empty mat may be somebody who lies there."""
        if self.guess.step(reading, looks_alike=self.observer.looks_alike):
            self.visit.was_there()
            self.detector.was_there(self.guess.since_s)
            self.narration.baseline_revoked()

    def _arrive(self, load: Load, edges: Edges) -> None:
        known = self.visit.on_edges_on(load, edges)
        if edges.contact_on_s is not None:
            self._empty_since_s = None
            self.recovery.begin(edges.contact_on_s)
            self.calibrator.on_contact()
        if edges.lying_on_s is not None:
            self.observer.begin(load.t_mono_s, known)

    def _bear(self, load: Load) -> None:
        if not self.detector.contact:
            self.bearing.reset(load.t_mono_s)
            return
        breath, self.bearing.light_people = self.observer.breath, self.thresholds.light_people
        self.bearing.step(load, per_min=None if breath is None else breath.per_min)

    def _lie(self, load: Load, reading: Reading) -> None:
        t_s = load.t_mono_s
        verdict = None
        if not self.visit.proven:
            verdict = self.visit.judge(load, self._step_us(reading), breathes=self.observer.breathes_steadily)
        if verdict is Cue.LIFELESS:
            self.observer.stop(self.visit.why_nobody, t_s)
            self.visit.withdraw(load)
            return
        if verdict is Cue.ALIVE:
            self.observer.session_over(self.visit.confirm())
        elif verdict is Cue.UNDECIDED:
            self.visit.doubt()
        self.visit.on_lying(t_s, self.calibrator.until_s(t_s))
        self.observer.measure(load, calibrated=self.loads.calibrated)

    def _touch(self, load: Load, reading: Reading) -> None:
        """A person may lie there after all; what only recovers, or is faint and never moves, is what a load left behind."""
        recovers = self._recover(load, reading)
        if self.visit.on_contact(load, self._step_us(reading), breathes=self.observer.breathes_steadily) is Cue.FOUND:
            self.observer.session_over(self.visit.find(load))
            self.observer.begin(load.t_mono_s)
        elif recovers is not None:
            if self.baseline.origin is Origin.PRESUMED_LOADED:
                self.baseline.tare(reading)
            else:
                self.baseline.leave(reading, loaded_s=recovers.loaded_s, left_s=recovers.left_s)
            self.detector.left_since(max(recovers.left_s, self.visit.contact_since_s or 0.0))
        elif self.visit.left_behind(load.t_mono_s):
            self.baseline.tare(reading)

    def _step_us(self, reading: Reading) -> tuple[float, ...]:
        """What one step of each sensor's converter is worth in its load."""
        return tuple([gain * us for gain, us in zip(self.loads.gains, self.resolution.step_us(reading.us), strict=True)])

    def _recover(self, load: Load, reading: Reading) -> Recovering | None:
        return self.recovery.step(load, reading, sure=self.baseline.origin is not Origin.PRESUMED_LOADED)

    def _leave(self, load: Load, edges: Edges) -> None:
        if edges.lying_off_s is not None:
            self.visit.on_lying_off(load, edges.lying_off_s)
            self.observer.stop("left", edges.lying_off_s)
        if edges.contact_off_s is not None:
            self.visit.on_contact_off(edges.contact_off_s)
            self._empty_since_s = load.t_mono_s
            self.baseline.settle(person=self.visit.session_open)

    def _lose(self, last_s: float) -> None:
        if self.calibrator.stop():
            self.narration.calibration_failed(LOST)
        self.observer.on_blind("no_readings", last_s)
        self.visit.on_blind(last_s)
        self._empty_since_s = None

    def _close_overdue(self, t_s: float) -> None:
        record = self.visit.close_overdue(t_s, blind=self.sight.blind, back_s=self.sight.back_s)
        if record is not None:
            self.observer.session_over(record)

    def _judge_sensors(self, frame: Frame, reading: Reading | None) -> None:
        lying = self.visit.lying
        loaded = lying or self.visit.touched
        load = None if self.sight.blind else self.load
        reporting = self.sight.blames(frame.t_mono_s)
        for change in self.health.step(frame, reading, load, loaded=loaded, lying=lying, reporting=reporting):
            if change.condition.code != "ok":
                self.narration.sensor_failed(change.condition, change.sensor.name)
                continue
            if load is not None and reading is not None and not loaded and change.before in DISTRUSTED:
                self.baseline.take(change.index, reading.us[change.index])
            self.narration.sensor_recovered(change.sensor.where, change.sensor.name)

    def _calibrate(self, reading: Reading) -> None:
        outcome = self.calibrator.step(reading, self.log.t_s, self.circumstances(reading.t_mono_s, paused=False))
        if isinstance(outcome, Refusal):
            self.narration.calibration_failed(outcome)
        elif outcome is not None:
            before, learned = self.learned, outcome.learned
            self.adopt(learned)
            self.calibrator.finish(before, outcome)
            self.narration.calibrated(outcome.margin, learned.gains, turned=learned.turned)

    def _pause(self) -> None:
        """The first frame of a pause closes what is open, at the last moment that was seen."""
        if self._in_pause:
            return
        self._in_pause = True
        if self.calibrator.stop():
            self.narration.calibration_failed(CANCELLED)
        last_s = self.last_s
        self.observer.on_blind("paused", last_s)
        self.observer.session_over(self.visit.on_stopped("paused", last_s))
        self._empty_since_s = None
        self.sight.pause(last_s)

    def end_pause(self) -> None:
        """The next frame is seen again, as after a time without readings."""
        self._in_pause = False
        self.narration.resumed()

    @property
    def last_s(self) -> float:
        """The last moment that was seen."""
        return self.log.t_s if self.sight.usable_s is None else self.sight.usable_s

    @property
    def learned(self) -> Learned:
        """The values worth keeping over a restart."""
        loads, wear_loads = self.loads, self.observer.learning.wear.sessions
        return Learned(self.baseline.kept_us, loads.gains, loads.reference_us, loads.calibrated, loads.turned, wear_loads)

    def adopt(self, learned: Learned) -> None:
        """Use these gains, this reference and, where it is given, this baseline."""
        self.loads.adopt(learned)
        self.observer.learning.wear.sessions = learned.sessions
        self.baseline.adopt(learned.baseline_us)

    def circumstances(self, t_s: float, *, paused: bool) -> Circumstances:
        """The mat as a calibration or a tare has to find it."""
        visit, sight, load = self.visit, self.sight, self.load
        return Circumstances(
            paused=paused,
            blind=sight.blind,
            supply_lost=sight.supply_lost,
            guest=visit.guest,
            lying=visit.lying,
            touched=visit.touched,
            session_open=visit.session_open,
            load_pct=None if load is None or sight.blind else load.pct,
            lifeless=visit.lifeless(t_s),
            conditions=self.health.conditions,
        )

    def report_next(self, report: Callable[[], None]) -> None:
        """Report at the next frame what was done between two."""
        self._to_report.append(report)

    def finish(self, reason: str, *, close: bool) -> tuple[Event, ...]:
        """The daemon stops: what is open ends at the last moment that is sure; a session only if `close`."""
        self.log.begin(self.log.t_s)
        self._report()
        self.observer.stop(reason, self.last_s)
        if close:
            self.observer.session_over(self.visit.on_stopped(reason, self.last_s))
        else:
            self.visit.on_suspended(reason)
        return self.log.events

    def _report(self) -> None:
        to_report, self._to_report = self._to_report, []
        for report in to_report:
            report()
