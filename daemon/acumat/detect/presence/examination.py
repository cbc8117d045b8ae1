"""What is on the mat under test: whether it lives and lies, since when, and whether it is the person who was there before."""

from __future__ import annotations

from acumat.detect.parameters import Parameters
from acumat.detect.presence.bearing import Bearing, Other
from acumat.detect.presence.detector import Edges, PresenceDetector
from acumat.detect.presence.evidence import Verdict
from acumat.detect.presence.landing import Landing, LoadingCourse
from acumat.detect.presence.likeness import Likeness
from acumat.detect.presence.machine import Cue
from acumat.detect.presence.rest import Rest
from acumat.detect.presence.search import LifeSearch
from acumat.detect.presence.unannounced import UnannouncedPerson
from acumat.detect.signal.load import Load
from acumat.detect.thresholds import Thresholds


class Examination:
    """Fed by the visit. It knows nothing of sessions and gives no event. Times are monotonic seconds."""

    def __init__(
        self,
        parameters: Parameters,
        thresholds: Thresholds,
        *,
        detector: PresenceDetector,
        bearing: Bearing,
        head_half: tuple[int, ...],
    ) -> None:
        """`head_half` holds the indices of the sensors in the head's half."""
        self._p = parameters
        self._thresholds = thresholds
        self._detector = detector
        self.bearing = bearing
        self.life = LifeSearch(parameters)
        self.rest = Rest(parameters, thresholds)
        self.likeness = Likeness(bearing)
        self._unannounced = UnannouncedPerson(head_half, parameters, thresholds, self.life)
        self._landing = Landing(parameters)
        self._landed_s = 0.0
        self._came_s: float | None = None
        """When the load came on of what nobody is sure of."""

    @property
    def course(self) -> LoadingCourse | None:
        """How the load came on; None before that is known, or if nobody saw it."""
        return self._landing.course

    # what comes and goes

    def note(self, load: Load, edges: Edges) -> None:
        """One load, and what changed with it."""
        if edges.contact_on_s is not None:
            self._landing.begin(load.t_mono_s)
        if self._detector.contact:
            self._landing.note(load)
        elif load.pct < self._thresholds.contact_off_pct:
            self._landing.bare(load.t_mono_s)

    def was_there(self) -> None:
        """What the next load shows has been there before, and nobody saw how it came on."""
        self._landing.was_there()

    def begin_contact(self, since_s: float) -> None:
        """Something is only in contact, since then."""
        self.rest.begin(since_s)
        self._unannounced.reset(since_s)
        self.life.begin()

    def begin_lying(self, t_s: float) -> None:
        """Something begins to lie there."""
        self._landed_s, self._came_s = t_s, None
        self.life.begin()

    def landed(self, t_s: float) -> None:
        """A new contact begins."""
        self._landed_s = t_s

    def leave(self, t_s: float) -> None:
        """What lay there has left, perhaps only to sit: what comes on from now on is seen."""
        self._landing.begin(t_s)

    def withdraw(self, load: Load, since_s: float, began_s: float) -> None:
        """What lies there since then, and whose load came on at `began_s`, is no person. It stays watched."""
        self.rest.withdrawn(max(since_s, self.life.swings.moved_s), load.t_mono_s)
        self._unannounced.withdrawn(began_s, load)

    # what it is

    def land(self, t_s: float, since_s: float) -> LoadingCourse | None:
        """How the load came on, once that is known; None before, or if nobody saw it."""
        self._landing.decide(t_s, since_s)
        return self.course

    def look(self, load: Load, step_us: tuple[float, ...], contact_since_s: float | None, *, breathes: bool) -> float | None:
        """While there is only contact: since when a person lies there, if that is found now. The rest as for `judge`."""
        self.rest.step(load)
        self.likeness.step(load)
        self.life.sat_part = self.bearing.sat_part
        if self._unannounced.may_be and load.concentrated and contact_since_s is not None:
            self._take_onset(load, contact_since_s)
        since_s = self._unannounced.step(load, step_us, breathes=breathes)
        return since_s if self.bearing.lies else None

    def judge(self, load: Load, step_us: tuple[float, ...], since_s: float, *, breathes: bool) -> Cue | None:
        """What the evidence says of what lies there since then; undecided once its time is over, None until then.

        `step_us` is what a step of each sensor's converter is worth, and `breathes` says whether a breath of one and the same
        rate has been found for a while.
        """
        t_s = load.t_mono_s
        self._take_onset(load, since_s)
        self.life.sat_part = self.bearing.sat_part
        self.likeness.step(load)
        if not load.looks_like_trunk:
            self.life.reset()  # what lives while it stands or kneels is no life lying here
        elif t_s - self._landed_s >= self._p.confirm_rest_s:
            self.life.step(load, step_us, breathes=breathes)
        verdict = self.life.evidence.verdict
        if verdict is Verdict.PERSON and self.bearing.lies:
            return Cue.ALIVE
        counted_from_s = max(since_s, min(self.life.swings.moved_s, since_s + self._p.confirm_longest_s))
        if t_s - counted_from_s < self._p.confirm_within_s:
            return None
        return Cue.LIFELESS if verdict is Verdict.THING or not load.lies else Cue.UNDECIDED

    def _take_onset(self, load: Load, since_s: float) -> None:
        """How quickly the load came on is evidence, once it is known."""
        self.land(load.t_mono_s, since_s)
        onset_s = self._landing.onset_s(load.us)
        if onset_s is not None:
            self.life.landed(onset_s)

    @property
    def other(self) -> Other | None:
        """What it looks like instead, if it is no lying person; None where it has shown no life in its time."""
        return None if self.life.evidence.verdict is Verdict.THING else self.bearing.other

    def doubt(self, began_s: float) -> None:
        """Its time is over, and the evidence does not decide; its load came on at `began_s`."""
        self._came_s = began_s

    def lying_began_s(self, contact_since_s: float | None, since_s: float) -> float:
        """When the load of what lies here came on for good. Its course is stored no longer than a decision has time."""
        if self._came_s is not None:
            return self._came_s
        return self._detector.settled.lying_began_s(contact_since_s or since_s, since_s)
