"""A visit from the first touch to the closed session. Its rules give cues, and the table of `machine` says what they mean."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from acumat.contract.events import EventType as E
from acumat.contract.sessions import SessionRecord, SessionSnapshot
from acumat.detect.narration import Narration
from acumat.detect.parameters import Parameters
from acumat.detect.presence.bearing import Bearing, Other
from acumat.detect.presence.detector import Edges, PresenceDetector
from acumat.detect.presence.examination import Examination
from acumat.detect.presence.landing import LoadingCourse
from acumat.detect.presence.machine import LYING, OPEN, PERSON, TOUCHED, UNDECIDED, UNPROVEN, Cue, State, transition
from acumat.detect.presence.search import LifeSearch
from acumat.detect.presence.session import SessionTracker
from acumat.detect.signal.load import Load
from acumat.detect.thresholds import Thresholds

SEEN_EMPTY_S = 3.0
"""Readings that are back, and nothing on the mat for so long: whoever lay there has got up."""

REASONS = {Other.UPRIGHT: "upright", Other.TWO: "upright", Other.PET: "pet"}
"""The code of why nobody lies there, by what is likeliest instead."""
NOT_ALIVE = "not_alive"
"""The same of anything else: a thing."""

Sentences = Mapping[E, Callable[[], None]]
"""The sentence of each event that the table may emit at a cue."""


class Visit:
    """The person or thing on the mat now, and the session that comes of it. Times are monotonic seconds."""

    def __init__(
        self,
        parameters: Parameters,
        thresholds: Thresholds,
        *,
        detector: PresenceDetector,
        bearing: Bearing,
        sessions: SessionTracker,
        narration: Narration,
        head_half: tuple[int, ...],
    ) -> None:
        """`head_half` holds the indices of the sensors in the head's half."""
        self._p = parameters
        self._detector = detector
        self._narration = narration
        self.sessions = sessions
        self._test = Examination(parameters, thresholds, detector=detector, bearing=bearing, head_half=head_half)
        self._reported: LoadingCourse | None = None
        """The course of the last load that was judged to be dropped or not."""
        self._state = State.EMPTY
        self.guest = False
        """Whether somebody else lies here: nothing is learnt of them."""
        self.session_pending = False
        """No session begins: an earlier one may turn out to continue. Lying meanwhile becomes a session all the same."""
        self.contact_since_s: float | None = None
        self.lying_since_s: float | None = None
        self._earlier: SessionSnapshot | None = None
        """The session taken up from an earlier run, until its person is seen again."""

    @property
    def state(self) -> State:
        """Where the visit stands."""
        return self._state

    @property
    def lying(self) -> bool:
        """Whether something lies there, person or not."""
        return self._state in LYING

    @property
    def touched(self) -> bool:
        """Whether something is only in contact."""
        return self._state in TOUCHED

    @property
    def confirmed(self) -> bool:
        """Whether what lies there counts as a person."""
        return self._state in PERSON

    @property
    def proven(self) -> bool:
        """Whether what lies there is not tested any more."""
        return self._state not in UNPROVEN

    @property
    def unsure(self) -> bool:
        """Whether what lies there has had its time, and it is still open whether it is a person."""
        return self._state in UNDECIDED

    @property
    def session_open(self) -> bool:
        """Whether a session is under way, lifts included."""
        return self._state in OPEN

    @property
    def loading(self) -> LoadingCourse | None:
        """How the load came on; None before that is known, or if nobody saw it."""
        return self._test.course

    @property
    def life(self) -> LifeSearch:
        """The evidence of life in what is on the mat."""
        return self._test.life

    @property
    def earlier(self) -> SessionSnapshot | None:
        """The session taken up from an earlier run, as long as its person has not been seen again."""
        return self._earlier

    # one reading, in this order

    def on_edges_on(self, load: Load, edges: Edges) -> SessionSnapshot | None:
        """Take in what came onto the mat. Gives the earlier run's session if its person turns out to lie there still."""
        self._test.note(load, edges)
        if edges.contact_on_s is not None:
            self._begin_new_contact(load, edges.contact_on_s)
        return None if edges.lying_on_s is None else self._begin_lying(load, edges.lying_on_s)

    def was_there(self) -> None:
        """What the next load shows has been there before, and nobody saw how it came on."""
        self._test.was_there()

    def on_contact(self, load: Load, step_us: tuple[float, ...], *, breathes: bool) -> Cue | None:
        """While there is only contact: whether that turns out to be a person now. The rest as in `Examination.judge`."""
        since_s = self._test.look(load, step_us, self.contact_since_s, breathes=breathes)
        if since_s is None:
            return None
        self.lying_since_s = since_s
        return Cue.FOUND

    def find(self, load: Load) -> SessionRecord | None:
        """What was only in contact is a person. Gives the session that was open if this is not the one who left."""
        another = self.session_open and not self._test.likeness.same
        record = self._close(Cue.ANOTHER, "got_up") if another else None
        since_s = load.t_mono_s if self.lying_since_s is None else self.lying_since_s
        swing_pct, evidence = self.life.swings.swing_pct, self.life.evidence
        self._detector.set_lying(load)
        self._take(
            Cue.FOUND,
            {
                E.LYING_STARTED: lambda: self._narration.person_found(load.pct, evidence.reason, since_s),
                E.LYING_CONFIRMED: lambda: self._narration.found_confirmed(evidence.reason, swing_pct, evidence.total),
            },
        )
        self._earlier = None
        self.sessions.resume(since_s)
        return record

    def lifeless(self, t_s: float) -> bool:
        """Whether what is in contact has shown nothing of a person for a while."""
        return self.touched and self._test.rest.lifeless(t_s)

    def left_behind(self, t_s: float) -> bool:
        """Whether what is in contact is only what somebody left behind."""
        return self.touched and self._test.rest.left_behind(t_s)

    def judge(self, load: Load, step_us: tuple[float, ...], *, breathes: bool) -> Cue | None:
        """What the test says of what lies there; None while that goes on. As in `Examination.judge`."""
        if self._state not in UNPROVEN or self.lying_since_s is None:
            return None
        cue = self._test.judge(load, step_us, self.lying_since_s, breathes=breathes)
        return None if cue is Cue.UNDECIDED and self.unsure else cue

    def confirm(self) -> SessionRecord | None:
        """The load is a person. A new lying is dated back to where its load came on.

        Gives the session that was open if this is somebody else than the person who left.
        """
        record = self.part() if self.session_open and not self._test.likeness.same else None
        new = self._state in (State.PROVISIONAL, State.UNSURE)
        evidence = self.life.evidence
        self._take(
            Cue.ALIVE,
            {
                E.LYING_CONFIRMED: lambda: self._narration.person_confirmed(
                    evidence.reason, self.life.swings.swing_pct, evidence.total
                )
            },
        )
        if new and record is None:
            self.lying_since_s = self._lying_began_s()
        return record

    def part(self) -> SessionRecord | None:
        """The session under way ended when its person left last; what came back since is somebody else."""
        self.sessions.not_resumed()
        return self._close(Cue.ANOTHER, "got_up")

    def doubt(self) -> None:
        """Its time is over, and the evidence does not decide."""
        self._test.doubt(self._lying_began_s())
        self._take(Cue.UNDECIDED)
        self._narration.unsure(self._p.confirm_within_s)

    @property
    def why_nobody(self) -> str:
        """The code of why nobody lies there, as far as can be told now."""
        other = self._test.other
        return REASONS.get(other, NOT_ALIVE) if other else NOT_ALIVE

    def withdraw(self, load: Load) -> None:
        """Nobody lies there. It stays watched: the evidence goes on."""
        reason, other, kind = self.why_nobody, self._test.other, self._test.bearing.kind
        self._test.withdraw(load, self.lying_since_s or 0.0, self._lying_began_s())
        self._detector.withdraw(load)
        self.lying_since_s = None
        self.sessions.not_resumed()
        within_s = self._p.confirm_within_s
        self._take(Cue.LIFELESS, {E.LYING_WITHDRAWN: lambda: self._narration.withdrawn(reason, other, kind, within_s)})

    def on_lying(self, t_s: float, calibrated_until_s: float) -> None:
        """While something lies there. Lying up to `calibrated_until_s` calibrates, and is no session."""
        if not self.confirmed or self.lying_since_s is None:
            return
        if self._state is State.CONFIRMED and not self.session_pending:
            self._begin_session(t_s, self.lying_since_s, calibrated_until_s)
        if self.sessions.open is not None:
            self.sessions.open.guest |= self.guest
        course = self._test.land(t_s, self.lying_since_s)
        if course is not None and course is not self._reported and course.loading_s < self._p.dropped_s:
            self._narration.dropped(course.loading_s, course.from_s)
        self._reported = course

    def on_lying_off(self, load: Load, edge_s: float) -> None:
        """The load has left, perhaps only to sit; a contact that remains must show life again."""
        self._begin_pending(load.t_mono_s)
        if self._state is State.IN_SESSION:
            self._test.likeness.leave(self._detector.settled.us)
        elif self._state is State.RETURNED and not self._test.likeness.same:
            self._take(Cue.UNDECIDED)
        since_s, unsure = self.lying_since_s or edge_s, self.unsure
        self._take(
            Cue.LYING_OFF,
            {
                E.GOT_UP: lambda: self._narration.got_up(load.pct, edge_s),
                E.LYING_WITHDRAWN: lambda: (
                    self._narration.left_unsure(load.pct, since_s, edge_s - since_s)
                    if unsure
                    else self._narration.left_unconfirmed(load.pct)
                ),
            },
        )
        if unsure:
            self.sessions.not_resumed()
        else:
            self.sessions.lift(edge_s)
        self.lying_since_s = None
        self._test.leave(load.t_mono_s)
        self._begin_contact(edge_s)

    def on_contact_off(self, edge_s: float) -> None:
        """Nothing is on the mat any more."""
        self._take(Cue.CONTACT_OFF, {E.CONTACT_ENDED: lambda: self._narration.contact_ended(edge_s)})
        self.contact_since_s = None
        self.life.reset()

    # what ends it

    def close_overdue(self, t_s: float, *, blind: bool, back_s: float) -> SessionRecord | None:
        """The session that ends now since nobody came back in time. Blindness is waited out longer, since nobody knows.

        `back_s` is when the readings came back last.
        """
        session = self.sessions.open
        if session is None or self.lying or session.lying_since_s is not None:
            return None
        # who was seen to get up before a restart has as long to come back as without one
        seen_s = session.left_s if blind or session.carried else max(session.left_s, back_s)
        if not blind and self._state is State.LIFTED and t_s - back_s >= SEEN_EMPTY_S:
            self.sessions.seen_empty()
        if t_s - seen_s < (self._p.blind_keep_s if blind else self._p.merge_s):
            return None
        if session.interrupted:
            return self._close(Cue.OVERDUE, "interrupted")
        unseen = blind or back_s > session.left_s
        return self._close(Cue.OVERDUE, "lost_signal" if unseen and not session.carried else "got_up")

    def on_blind(self, last_s: float) -> None:
        """The sensors were lost after `last_s`; nobody knows what happens from now on."""
        self._begin_pending(last_s)
        self.sessions.lift(last_s, seen=False)
        self._take(Cue.LOST, self._interrupted("no_readings"))
        self._forget()

    def on_stopped(self, reason: str, last_s: float) -> SessionRecord | None:
        """Measuring ends or is paused: what is open ends at `last_s`; the session that ended."""
        self._begin_pending(last_s)
        self.sessions.lift(last_s)
        record = self._close(Cue.STOPPED, reason)
        self._forget()
        return record

    def on_suspended(self, reason: str) -> None:
        """The daemon stops, and leaves an open session to the next run."""
        self._take(Cue.SUSPENDED, self._interrupted(reason))
        self._forget()

    # an earlier run's session

    def take_up(self, snapshot: SessionSnapshot) -> SessionSnapshot | None:
        """Continue a session of an earlier run with whoever lies here by now; the session if that is its person."""
        self.session_pending = False
        self._earlier = snapshot
        self.sessions.reopen(snapshot)
        settled = self._detector.settled
        if settled.us is None and snapshot.own_us is not None:
            settled.carry_on(snapshot.own_us)
        self._take(Cue.TAKEN_UP)
        return None if self.lying_since_s is None else self._return(self.lying_since_s)

    # how it is done

    def _take(self, cue: Cue, sentences: Sentences | None = None) -> None:
        """Go where the table says, and emit what it says."""
        earlier = self._earlier
        taken = transition(self._state, cue, known=earlier is not None and earlier.lying_since_mono_s is not None)
        self._state = taken.next
        for event_type in taken.emits:
            (sentences or {})[event_type]()

    def _begin_new_contact(self, load: Load, since_s: float) -> None:
        self._begin_contact(since_s)
        self._test.landed(load.t_mono_s)
        self._take(Cue.CONTACT_ON, {E.CONTACT_STARTED: lambda: self._narration.contact_started(load.pct, since_s)})

    def _begin_contact(self, since_s: float) -> None:
        self.contact_since_s = since_s
        self._test.begin_contact(since_s)

    def _begin_lying(self, load: Load, since_s: float) -> SessionSnapshot | None:
        self.lying_since_s = since_s
        self._test.begin_lying(load.t_mono_s)
        self._take(Cue.LYING_ON, {E.LYING_STARTED: lambda: self._narration.lying_started(load.pct, since_s)})
        return self._return(since_s) if self.session_open else None

    def _return(self, back_s: float) -> SessionSnapshot | None:
        """Lying here again in an open session; the session of an earlier run if its person lay there when that ended."""
        earlier, self._earlier = self._earlier, None
        self._test.likeness.begin(back_s)
        self.sessions.resume(back_s)
        if earlier is None or earlier.lying_since_mono_s is None:
            return None
        self.lying_since_s = earlier.lying_since_mono_s
        return earlier

    def _lying_began_s(self) -> float:
        """When the load of what lies here came on for good."""
        return self._test.lying_began_s(self.contact_since_s, self.lying_since_s or 0.0)

    def _begin_session(self, t_s: float, since_s: float, calibrated_until_s: float) -> None:
        """Lying for a calibration is no session; whoever stays long after it began one when it ended."""
        if since_s <= calibrated_until_s:
            if t_s - calibrated_until_s < self._p.calibration_leave_s:
                return
            since_s = calibrated_until_s
        session_id = self.sessions.begin(since_s)
        self._take(Cue.BEGIN, {E.SESSION_STARTED: lambda: self._narration.session_started(session_id, since_s)})

    def _begin_pending(self, t_s: float) -> None:
        """A person who lies here while an earlier session is pending has had a session: it begins before it is too late."""
        if self.session_pending and self._state is State.CONFIRMED and self.lying_since_s is not None:
            self.session_pending = False
            self._begin_session(t_s, self.lying_since_s, -math.inf)

    def _close(self, cue: Cue, reason: str) -> SessionRecord | None:
        self._earlier = None
        record = self.sessions.end(reason)
        self._detector.settled.forget()
        sentences = self._interrupted(reason)
        if record is not None:
            sentences[E.SESSION_ENDED] = lambda: self._narration.session_ended(record)
        self._take(cue, sentences)
        return record

    def _interrupted(self, reason: str) -> dict[E, Callable[[], None]]:
        return {E.LYING_WITHDRAWN: lambda: self._narration.interrupted_unconfirmed(reason)}

    def _forget(self) -> None:
        self.contact_since_s = self.lying_since_s = None
        self._detector.forget()
