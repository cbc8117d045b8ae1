"""The whole of detection: one frame in, events out, and what is known of the mat. No clock, no file, no log."""

from __future__ import annotations

import math

from acumat.contract.commands import Refusal
from acumat.contract.events import Event, EventType
from acumat.contract.learned import CalibrationProgress, CalibrationResult, Learned
from acumat.contract.sessions import SessionRecord, SessionSnapshot
from acumat.contract.state import Condition, HealthState, MatState, Mode, Phase
from acumat.contract.state import Presence as Seen
from acumat.detect.explanation import Explanation, inspect
from acumat.detect.frame_log import FrameLog
from acumat.detect.lying.observer import LyingObserver
from acumat.detect.parameters import Parameters
from acumat.detect.presence.detector import PresenceDetector
from acumat.detect.presence.life import LifeDetector
from acumat.detect.presence.session import SessionTracker
from acumat.detect.presence.settled_load import SettledLoad
from acumat.detect.presence.visit import Visit
from acumat.detect.sensors.calibration import Calibration, Measured, refused_layout
from acumat.detect.sensors.health import BLIND_TEXTS, DISTRUSTED, IMPLAUSIBLE, NO_SUPPLY, SensorHealth
from acumat.detect.signal.baseline import Baseline, Origin
from acumat.detect.signal.conductance import Conductance, Reading
from acumat.detect.signal.load import Load, Loads
from acumat.detect.signal.window import Window
from acumat_hw.frame import Frame
from acumat_hw.layout import Layout

LOOKING = ("looking", "The readings are back; who or what is there will show in a moment.")
PAUSED_CURE = "Measuring is paused. Switch the pause off first."


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
        kept = learned or Learned.nothing(len(layout.sensors))
        self._calibrated, self._turned = kept.calibrated, kept.turned
        self._conductance = Conductance(layout, self._p)
        self._baseline = Baseline(tuple(s.rm_ohm for s in layout.sensors), kept.baseline_us, self._p)
        self._loads = Loads(layout, kept, self._p)
        self._telling = FrameLog()
        own = self._own = SettledLoad(self._loads.shape.head_half, self._p)
        self._presence = PresenceDetector(self._p, own)
        self._visit = Visit(
            layout,
            self._p,
            loads=self._loads,
            own=own,
            presence=self._presence,
            sessions=SessionTracker(prefix, first_session),
            telling=self._telling,
            is_degraded=lambda: not self._health_of.all_ok,
            breathes=lambda: self._manner.breathes_steadily,
        )
        self._guess_life = LifeDetector(self._p)
        self._manner = LyingObserver(layout, self._p, self._visit, self._telling)
        self._visit.wear.sessions = kept.sessions
        self._frame_s = -math.inf
        self._usable_s: float | None = None
        self._blind = True
        self._paused = self._pausing = False
        self._back_s = 0.0
        self._looking = False
        """The readings are back, and who or what is there cannot be told yet: to everybody else the mat is still blind."""
        self._reading: Reading | None = None
        self._load: Load | None = None
        self._empty_since_s: float | None = None
        self._health_of = SensorHealth(layout, self._p)
        self._window = Window(self._p.tare_s, self._p.gap_s)
        self._calibration: Calibration | None = None
        self._cause: str | None = None
        """Why the readings say nothing of the mat, by the codes of `BLIND_TEXTS`; None if they do."""
        self._excused = False
        """Contact that was without life when a calibration was asked for: the person's word says that nothing is there."""
        self._calibrated_until_s = -math.inf
        """Lying up to then belongs to a calibration."""
        self._result: CalibrationResult | None = None
        self._asked: list[tuple[EventType, str, str]] = []
        """What was done between two frames, to be told at the next."""

    @property
    def learned(self) -> Learned:
        """What is worth keeping over a restart."""
        return Learned(
            self._baseline.kept_us,
            self._loads.gains,
            self._loads.reference_us,
            self._calibrated,
            self._turned,
            self._visit.wear.sessions,
        )

    def take_records(self) -> tuple[SessionRecord, ...]:
        """SessionTracker finished since the last call."""
        return self._visit.take_records()

    def step(self, frame: Frame) -> tuple[Event, ...]:
        """One frame: the events that it decided, in order. One that comes no later than the last says nothing new.

        So nothing here grows with the pace of frames: everything that is kept is bounded in time.
        """
        if frame.t_mono_s - self._frame_s < self._p.frame_least_s:
            return ()
        self._frame_s = frame.t_mono_s
        self._telling.begin(frame.t_mono_s)
        self._tell_asked()
        if self._paused:
            self._pause_begins()
            return self._telling.events
        self._check_gap(frame.t_mono_s)
        self._visit.close_overdue(frame.t_mono_s, blind=self._blind, back_s=self._back_s)
        self._manner.hear(frame, self._baseline.us, self._health_of.codes)
        reading = self._conductance.step(frame)
        if reading is not None:
            self._health_of.note(reading)
            if self._health_of.suffices(reading.us):
                self._reading = reading
                trusted = self._health_of.trusted(reading)
                if self._says_something(reading, trusted):
                    self._usable_s = reading.t_mono_s
                    self._see(trusted)
            elif not self._blind:
                self._cause = None
        self._visit.close_overdue(frame.t_mono_s, blind=self._blind, back_s=self._back_s)
        self._judge_sensors(frame, reading)
        return self._telling.events

    # what is asked between two frames

    @property
    def sensor_conditions(self) -> tuple[Condition, ...]:
        """The health of each sensor, in the order of the layout."""
        return self._health_of.conditions

    @property
    def sensor_loads_us(self) -> tuple[float | None, ...]:
        """The load on each sensor in microsiemens, in the order of the layout; None for one that tells nothing."""
        return (None,) * len(self._layout.sensors) if self._load is None else self._load.us

    @property
    def doubts_empty(self) -> bool:
        """Whether what is taken for the empty mat is a guess, and so much that it may be somebody who lies there."""
        taken_us = sum(us for us in self._baseline.us if us is not None)
        may_be = taken_us >= self._loads.default_us * self._p.lying_on_pct / 100.0
        return self._baseline.origin is Origin.ASSUMED and may_be

    @property
    def calibration(self) -> CalibrationProgress | None:
        """Where the running calibration stands; None when none runs."""
        return None if self._calibration is None else self._calibration.progress

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
            self._telling.say("resumed", "Measuring goes on after a pause.")

    @property
    def guest(self) -> bool:
        """Whether who lies there is somebody else: such a session is marked, and nothing is learnt of it."""
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
        """Go on with another sensitivity."""
        self._p = parameters = parameters.for_sensors(len(self._layout.sensors))
        for step in (self._presence, self._visit, self._manner, self._health_of):
            step.retune(parameters)

    def start_calibration(self, *, turned: bool = False) -> Refusal | None:
        """Begin to calibrate, with a second lie-down end for end if `turned`; or why not."""
        bad = next((each for each in self.sensor_conditions if each.code != "ok"), None)
        if self._calibration is not None:
            return Refusal("calibrating", "A calibration is running already. Finish or cancel it first.")
        if self._paused:
            return Refusal("paused", PAUSED_CURE)
        if self._visit.guest:
            text = "The guest switch is on, and a calibration learns the owner's load. Switch it off, then calibrate."
            return Refusal("guest", text)
        if self._visit.sessions.open is not None:
            return Refusal("session_open", f"A session is running. Get up and wait {self._p.merge_s:g} s, then calibrate.")
        if self._blind:
            return Refusal("blind", "The sensors cannot be read now, so there is nothing to calibrate. See the mat's health.")
        if bad is not None:
            return Refusal(f"sensor_{bad.code}", f"{bad.text} Then calibrate again.")
        refused = refused_layout(self._layout, turned=turned)
        if refused is None:
            self._calibration = Calibration(self._layout, self._p, turned=turned)
            self._excused = self._visit.lifeless(self._telling.t_s)
        return refused

    def cancel_calibration(self) -> bool:
        """Stop calibrating and change nothing; False if none was running."""
        if self._calibration is None:
            return False
        self._calibration = None
        self._asked.append((EventType.CALIBRATION_FAILED, "cancelled", "The calibration was cancelled; nothing was changed."))
        return True

    def take_calibration(self) -> CalibrationResult | None:
        """A calibration that finished well since the last call."""
        result, self._result = self._result, None
        return result

    def tare(self) -> Refusal | None:
        """Take what is read now for the empty mat; or why not."""
        if self._calibration is not None:
            return Refusal("calibrating", "A calibration is running and measures the empty mat itself.")
        if self._paused:
            return Refusal("paused", PAUSED_CURE)
        if self._blind and self._cause != NO_SUPPLY:
            return Refusal("blind", "The sensors cannot be read now. See the mat's health.")
        if self._presence.lying or self._visit.sessions.open is not None:
            return Refusal("occupied", "Somebody lies on the mat or has only just got up. Take the tare when it is empty.")
        load = self._load
        heavy = load is not None and not self._blind and load.pct > self._p.tare_most_pct
        if load is not None and heavy and not self._visit.lifeless(load.t_mono_s):
            text = f"The load is {load.pct:.0f} % of the reference: something is on the mat. "
            text += f"Take it off first; if nothing is there, keep away for {self._p.confirm_within_s:g} s and ask again."
            return Refusal("mat_loaded", text)
        calm_us = self._p.calm_spread_x * 2.0 * self._loads.default_us
        if not self._window.full or self._window.spread_us() > calm_us:
            return Refusal("not_calm", "The mat does not read steadily. Keep off it for a few seconds and ask again.")
        self._baseline.adopt(self._window.medians_us())
        self._asked.append((EventType.TARE_DONE, "asked", "What the mat reads now counts as empty."))
        return None

    def set_mode(self, mode: Mode | None) -> None:
        """Somebody says how the mat is being used; None lets it tell by itself. Holds until a session has ended."""
        self._manner.set_mode(mode)

    def adopt(self, learned: Learned) -> None:
        """Go on with these gains, this reference and, where it is given, this baseline."""
        self._loads.gains, self._loads.reference_us = learned.gains, learned.reference_us
        self._calibrated, self._turned = learned.calibrated, learned.turned
        self._visit.wear.sessions = learned.sessions
        self._baseline.adopt(learned.baseline_us)

    @property
    def snapshot(self) -> SessionSnapshot | None:
        """The session under way as of the last usable reading, to be gone on with by another run; None if there is none."""
        session = self._visit.sessions.open
        if session is None:
            return None
        if session.interrupted and self._visit.earlier is not None:  # it stands as the earlier run left it
            return self._visit.earlier
        lay = session.lying_since_s is not None
        sure_s = session.left_s if not lay or self._usable_s is None else max(self._usable_s, session.lying_since_s or 0.0)
        return SessionSnapshot(
            session_id=session.session_id,
            start_mono_s=session.start_s,
            sure_mono_s=sure_s,
            lying_since_mono_s=(self._visit.lying_since_s or session.lying_since_s) if lay else session.unseen_since_s,
            contact_s=session.contact_s + (sure_s - (session.lying_since_s or 0.0) if lay else 0.0),
            lifts=session.lifts,
            sums=session.sums,
            baseline_us=self._baseline.us,
            baseline_origin=self._baseline.origin,
            baseline_sure=self._baseline.sure,
            own_us=self._own.us,
            learnt=self._visit.learnt,
            settled=self._visit.settled,
            guest=session.guest,
        )

    @property
    def meanwhile(self) -> SessionSnapshot | None:
        """Who was found to lie here while no session may begin: one that has no id yet. None if there is nobody."""
        visit, since_s = self._visit, self._visit.lying_since_s
        if not visit.held or not visit.confirmed or since_s is None or since_s <= self._calibrated_until_s:
            return None
        sure_s = since_s if self._usable_s is None else max(self._usable_s, since_s)
        return SessionSnapshot(
            session_id="",
            start_mono_s=since_s,
            sure_mono_s=sure_s,
            lying_since_mono_s=since_s,
            contact_s=sure_s - since_s,
            lifts=0,
            sums={},
            baseline_us=self._baseline.us,
            baseline_origin=self._baseline.origin,
            baseline_sure=self._baseline.sure,
            own_us=self._own.us,
            learnt=visit.learnt,
            settled=visit.settled,
            guest=visit.guest,
        )

    def name_session(self) -> str:
        """An id for a session that an earlier run saw and did not name."""
        return self._visit.sessions.name()

    def carry_on(self, snapshot: SessionSnapshot, *, hold: bool = False) -> None:
        """Start with the empty mat that an earlier run knew while somebody lay here.

        With `hold` no session begins until `resume` or `release`: it is not known yet whether the earlier one goes on.
        """
        self._baseline.carry_on(snapshot.baseline_us, Origin(snapshot.baseline_origin), sure=snapshot.baseline_sure)
        self._visit.held = hold

    def resume(self, snapshot: SessionSnapshot) -> bool:
        """Go on with a session of an earlier run; False if another one has begun meanwhile.

        If nobody lies there it ends by itself at its last sure moment, after as long as lifts and lost sensors are waited out.
        """
        if self._visit.sessions.open is not None:
            return False
        self._visit.resume(snapshot, self._telling.t_s)
        return True

    def begin_anew(self, learned: Learned, session: SessionSnapshot | None, t_s: float, reason: str, text: str) -> None:
        """Forget all but this, as a restart does; what was set and the sessions' numbers stay. Blind, for this reason."""
        sessions, held, guest, paused = self._visit.sessions, self._visit.held, self._visit.guest, self._paused
        Pipeline.__init__(self, self._layout, learned=learned, parameters=self._p)
        self._visit.sessions.continue_from(sessions)
        self._visit.guest, self._visit.held = guest, held
        self._paused = self._pausing = paused
        self._telling.begin(t_s)
        if session is not None:
            self.carry_on(session, hold=held)
            self.resume(session)
        self._telling.say(reason, text)

    def release(self) -> None:
        """SessionTracker may begin: no earlier one goes on."""
        self._visit.held = False

    def finish(self, reason: str, *, close: bool = True) -> tuple[Event, ...]:
        """The daemon stops: what is open ends at the last moment that is sure, with this reason; a session only if `close`."""
        self._telling.begin(self._telling.t_s)
        self.cancel_calibration()
        self._tell_asked()
        self._visit.finish(reason, self._telling.t_s if self._usable_s is None else self._usable_s, close=close)
        return self._telling.events

    def _pause_begins(self) -> None:
        """The first frame of a pause closes what is open, at the last moment that was seen."""
        if not self._pausing:
            return
        self._pausing = False
        self.cancel_calibration()
        self._tell_asked()
        sure_s = self._telling.t_s if self._usable_s is None else self._usable_s
        self._visit.finish("paused", sure_s, close=True)
        self._manner.lost()
        self._visit.contact_since_s = self._empty_since_s = None
        self._telling.say("paused", "Measuring is paused: nothing is told or recorded until it is switched on again.")
        if not self._blind:
            self._blind = True
            self._telling.tell(EventType.BLIND_STARTED, *self._telling.reason, edge_s=sure_s)

    def _tell_asked(self) -> None:
        asked, self._asked = self._asked, []
        for event_type, reason, text in asked:
            self._telling.tell(event_type, reason, text)

    def _judge_sensors(self, frame: Frame, reading: Reading | None) -> None:
        lying = self._presence.lying
        loaded = self._presence.contact or lying
        load = self._load if not self._blind else None
        t_s = frame.t_mono_s
        # while the whole mat is about to go blind, or has only just come back, no sensor is blamed
        sees = self._usable_s is not None and t_s - self._usable_s < 1.0
        telling = sees and not self._blind and t_s - self._back_s >= self._p.missing_s
        for change in self._health_of.step(frame, reading, load, loaded=loaded, lying=lying, telling=telling):
            if change.condition.code == "ok":
                if load is not None and reading is not None and not loaded and change.before in DISTRUSTED:
                    self._baseline.take(change.index, reading.us[change.index])
                text = f"{change.sensor.where} works again."
                self._telling.tell(EventType.SENSOR_RECOVERED, "readings_back", text, sensor=change.sensor.name)
            else:
                condition = change.condition
                self._telling.tell(EventType.SENSOR_FAILED, condition.code, condition.text, sensor=change.sensor.name)

    def _calibrate(self, reading: Reading) -> None:
        if self._calibration is None:
            return
        self._calibrated_until_s = self._telling.t_s
        thing = self._excused and self._visit.lifeless(reading.t_mono_s)
        loaded = self._presence.lying or (self._presence.contact and not thing)
        outcome = self._calibration.step(reading, loaded=loaded, conditions=self.sensor_conditions)
        if isinstance(outcome, Refusal):
            self._fail_calibration(outcome)
        elif outcome is not None:
            self._finish_calibration(outcome)

    def _finish_calibration(self, measured: Measured) -> None:
        before, self._calibration = self.learned, None
        self.adopt(measured.learned)
        self._result = CalibrationResult(before, measured.learned, measured.margin)
        gains = measured.learned.gains
        self._telling.tell(
            EventType.CALIBRATION_DONE,
            "measured",
            f"Calibrated: your load stands {_times(measured.margin)} above the empty mat.",
            margin=measured.margin,
            gain_min=min(gains),
            gain_max=max(gains),
            turned=measured.learned.turned,
        )

    def _fail_calibration(self, refusal: Refusal) -> None:
        self._calibration = None
        self._telling.tell(EventType.CALIBRATION_FAILED, refusal.reason, refusal.text)

    # what a frame means, in the order of the steps

    def _check_gap(self, t_s: float) -> None:
        if self._usable_s is None or t_s - self._usable_s <= self._p.gap_s or self._blind:
            return
        if self._cause is not None:
            self._telling.say(self._cause, BLIND_TEXTS[self._cause])
        else:
            self._telling.say("no_readings", f"No usable reading for {t_s - self._usable_s:.1f} s: the mat is blind.")
        self._telling.tell(EventType.BLIND_STARTED, *self._telling.reason, edge_s=self._usable_s)
        self._blind = True
        if self._calibration is not None:
            self._fail_calibration(Refusal("no_readings", "The sensors were lost. Check the mat's health and calibrate again."))
        self._visit.lost(self._usable_s)
        self._manner.lost()
        self._empty_since_s = None

    def _see(self, reading: Reading) -> None:
        if not self._baseline.known and not self._learn_start(reading):
            return
        if self._blind:
            self._blind = False
            self._looking = True
            self._back_s = reading.t_mono_s
            self._empty_since_s = reading.t_mono_s
            if self._telling.reason[0] not in ("baseline_assumed", "presumed_loaded", "resumed"):
                self._telling.say("readings_back", "Readings are there, and the baseline is known.")
            self._telling.tell(EventType.BLIND_ENDED, *self._telling.reason)
        t_s = reading.t_mono_s
        empty_for_s = None if self._empty_since_s is None else t_s - self._empty_since_s
        self._baseline.follow(reading, empty_for_s=empty_for_s)
        load = self._load = self._loads.of(reading, self._baseline.us)
        edges = self._presence.step(load)
        self._visit.arrive(load, edges)
        if edges.contact_on_s is not None:
            self._empty_since_s = None
            self._excused = False
        if self._presence.lying:
            # while it runs, a calibration reaches up to now
            until_s = self._calibrated_until_s if self._calibration is None else t_s
            self._visit.lie(load, calibrated=self._calibrated, calibrated_until_s=until_s)
        elif self._presence.contact:
            self._rest(load, reading)
        self._visit.leave(load, edges)
        self._manner.step(load, lying=self._presence.lying, contact=self._presence.contact)
        if edges.contact_off_s is not None:
            self._empty_since_s = t_s
            self._baseline.settle(person=self._visit.sessions.open is not None)
        if self._baseline.origin is Origin.ASSUMED and not self._presence.lying:
            self._watch_guess(reading)
        self._window.add(reading)
        self._calibrate(reading)
        self._looking = self._looking and not self._has_looked(t_s)

    def _has_looked(self, t_s: float) -> bool:
        """Whether it shows who is there: a lying, an empty mat, or a contact that has become no lying in its time.

        Whoever lay here before and lies here still is in contact first. That must not be shown as having got up.
        """
        if self._presence.lying:
            return True
        if self._presence.contact:
            in_doubt = self._visit.sessions.open is not None or self._visit.held
            since_s = self._visit.contact_since_s
            return not in_doubt and since_s is not None and t_s - since_s >= self._p.look_contact_s
        return t_s - self._back_s >= self._p.look_s

    def _says_something(self, reading: Reading, trusted: Reading) -> bool:
        """Whether these readings are of a mat: one without its supply reads as an empty one does, and knows nothing."""
        implausible, lost = self._blind and self._cause == IMPLAUSIBLE, self._baseline.lost(trusted)
        self._cause = self._health_of.blinded_by(reading, trusted, implausible=implausible, lost=lost)
        if self._cause is None:
            return True
        if self._cause == NO_SUPPLY:
            self._window.add(trusted)  # somebody may know better, and take the tare
        if self._blind:
            self._telling.say(self._cause, BLIND_TEXTS[self._cause])
        return False

    def _learn_start(self, reading: Reading) -> bool:
        if not self._baseline.watch(reading):
            return False
        if self._baseline.origin is Origin.PRESUMED_LOADED:
            self._telling.say(
                "presumed_loaded", "The sensors stand above half of their supply: something seems to lie there already."
            )
        else:
            self._telling.say(
                "baseline_assumed", f"Steady for {self._p.steady_s:g} s: the mat is taken for empty until it shows otherwise."
            )
        return True

    def _watch_guess(self, reading: Reading) -> None:
        """A mat presumed empty that breathes is not, even if creep has made it look touched meanwhile."""
        if not self.doubts_empty:
            return
        self._guess_life.step(reading.t_mono_s, sum(us for us in reading.us if us is not None))
        if self._guess_life.alive:
            self._baseline.revoke()
            self._guess_life.reset()
            self._telling.say("baseline_revoked", "What was taken for an empty mat breathes or moves: somebody lies there.")

    def _rest(self, load: Load, reading: Reading) -> None:
        """A faint contact that never moves is what a load left behind."""
        self._visit.touch(load)
        if self._visit.left_behind(load.t_mono_s):
            self._baseline.tare(reading)

    # what is known now

    def inspect(self) -> Explanation:
        """What each step saw at the last frame, beside its limits: why the mat thinks what it does."""
        return inspect(
            self._layout,
            self._p,
            t_s=self._telling.t_s,
            blind=self._blind,
            usable_s=self._usable_s,
            calibrated=self._calibrated,
            no_supply=self._cause == NO_SUPPLY,
            reading=self._reading,
            load=self._load,
            conditions=self.sensor_conditions,
            baseline=self._baseline,
            loads=self._loads,
            presence=self._presence,
            visit=self._visit,
        )

    @property
    def state(self) -> MatState:
        """The mat as it is known after the last frame."""
        health = self._health()
        visit, t_s = self._visit, self._telling.t_s
        seconds = visit.sessions.seconds(t_s)
        session_id = visit.sessions.open.session_id if visit.sessions.open else None
        session_s, contact_s = seconds or (None, None)
        load = self._load
        common = {
            "health": health,
            "session_id": session_id,
            "session_s": session_s,
            "contact_s": contact_s,
            "mode": self._manner.mode,
            "reason": self._telling.reason[0],
            "reason_text": self._telling.reason[1],
        }
        if self._looking and not self._blind:
            common |= {"reason": LOOKING[0], "reason_text": LOOKING[1]}
        if self._blind or load is None or self._looking:
            return MatState(presence=Seen.BLIND, **common)  # type: ignore[arg-type]
        known = {"load": load.pct, "reference": "learnt" if self._loads.reference_us else "default"}
        if self._presence.lying and visit.lying_since_s is not None:
            balance = visit.balance
            return MatState(
                presence=Seen.LYING,
                confirmed=visit.confirmed,
                phase=visit.phase(t_s),
                lateral=balance.lateral,
                head_foot=balance.head_foot,
                lopsided=None if balance.lateral is None else visit.lopsided,
                shares=balance.shares,
                evenness=balance.evenness,
                cop_mm=balance.cop_mm,
                still=visit.still,
                restlessness=visit.restlessness_pct,
                **self._manner.known,
                **known,  # type: ignore[arg-type]
                **common,  # type: ignore[arg-type]
            )
        if self._presence.contact:
            phase = Phase.LEAVING if visit.sessions.open else Phase.CONTACT
            return MatState(presence=Seen.CONTACT, phase=phase, **known, **common)  # type: ignore[arg-type]
        return MatState(presence=Seen.EMPTY, **known, **common)  # type: ignore[arg-type]

    def _health(self) -> HealthState:
        if self._paused:  # blind by somebody's wish is no fault
            return HealthState.OK if self._health_of.all_ok else HealthState.DEGRADED
        if self._blind or self._looking or self._reading is None:
            return HealthState.BLIND
        degraded = None in self._reading.us or not self._health_of.all_ok
        return HealthState.DEGRADED if degraded else HealthState.OK


def _times(margin: float) -> str:
    """A margin in words; beyond a thousand it says only that the empty mat is very quiet."""
    return f"{margin:.0f} times" if margin < 1000 else "more than 1000 times"
