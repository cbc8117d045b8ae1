"""Frozen values that pass between the parts of the daemon, in the vocabulary of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

JsonScalar = str | int | float | bool | None


class Presence(StrEnum):
    """What the sensors say about the mat. `BLIND` is not `EMPTY`: nobody knows."""

    EMPTY = "empty"
    CONTACT = "contact"
    LYING = "lying"
    BLIND = "blind"


class Phase(StrEnum):
    """How far a visit to the mat has come."""

    CONTACT = "contact"
    SHARP = "sharp"
    SETTLING = "settling"
    SETTLED = "settled"
    LEAVING = "leaving"


class Mode(StrEnum):
    """How the mat is being used."""

    BACK = "back"
    NECK = "neck"
    LEGS = "legs"
    SITTING = "sitting"
    STANDING = "standing"
    UNKNOWN = "unknown"


class HealthState(StrEnum):
    """The mat as a whole: all well, going on with less, or unable to tell."""

    OK = "ok"
    DEGRADED = "degraded"
    BLIND = "blind"


class EventType(StrEnum):
    """The closed list of things that are told as they happen."""

    CONTACT_STARTED = "contact_started"
    CONTACT_ENDED = "contact_ended"
    LYING_STARTED = "lying_started"
    LYING_CONFIRMED = "lying_confirmed"
    LYING_WITHDRAWN = "lying_withdrawn"
    GOT_UP = "got_up"
    SESSION_STARTED = "session_started"
    SESSION_ENDED = "session_ended"
    POSTURE_SHIFT = "posture_shift"
    LOPSIDED_STARTED = "lopsided_started"
    LOPSIDED_ENDED = "lopsided_ended"
    DROPPED = "dropped"
    SETTLED = "settled"
    POSSIBLE_DOZE = "possible_doze"
    SHOULDERS_RELAXED = "shoulders_relaxed"
    SENSOR_FAILED = "sensor_failed"
    SENSOR_RECOVERED = "sensor_recovered"
    BLIND_STARTED = "blind_started"
    BLIND_ENDED = "blind_ended"
    TARE_DONE = "tare_done"
    CALIBRATION_DONE = "calibration_done"
    CALIBRATION_FAILED = "calibration_failed"
    RECALIBRATION_ADVISED = "recalibration_advised"
    GAP = "gap"
    CUE_START = "cue_start"
    CUE_HALF = "cue_half"
    CUE_LAST_MINUTE = "cue_last_minute"
    CUE_END = "cue_end"
    CUE_LOUDER = "cue_louder"
    CUE_CAP = "cue_cap"
    GUIDANCE_STOPPED = "guidance_stopped"
    GUIDANCE_CHANGED = "guidance_changed"
    SYMPTOM_STOP = "symptom_stop"
    COOL_DOWN_STARTED = "cool_down_started"
    COOL_DOWN_ENDED = "cool_down_ended"
    REDNESS = "redness"
    CHECK_IN = "check_in"
    PROGRAMME_STEP = "programme_step"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, decided at `t_mono_s`; `edge_mono_s` is when it really began, if that was earlier.

    `numbers` are the figures behind the decision, in JSON's own types.
    """

    event_type: EventType
    t_mono_s: float
    reason: str
    text: str
    edge_mono_s: float | None = None
    numbers: Mapping[str, JsonScalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MatState:
    """What is known of the mat after a frame. None means: not known. Units and ranges are those of the contract.

    `load` is in percent of the reference, `lateral` and `head_foot` run from -100 to 100, `shares` are percent by zone,
    `cop_mm` is (x, y), `session_s` counts wall seconds with lifts, `contact_s` without.
    """

    presence: Presence = Presence.BLIND
    confirmed: bool | None = None
    phase: Phase | None = None
    load: float | None = None
    reference: str | None = None
    lateral: float | None = None
    head_foot: float | None = None
    lopsided: bool | None = None
    shares: Mapping[str, float] | None = None
    evenness: float | None = None
    cop_mm: tuple[float, float] | None = None
    still: bool | None = None
    restlessness: float | None = None
    breaths_per_min: float | None = None
    breath_quality: float | None = None
    breath_evenness: float | None = None
    possible_doze: bool | None = None
    mode: Mode = Mode.UNKNOWN
    session_id: str | None = None
    session_s: float | None = None
    contact_s: float | None = None
    health: HealthState = HealthState.BLIND
    reason: str = "starting"
    reason_text: str = "The daemon has just started and has not seen the mat yet."


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A finished session. Times are monotonic; means are over the time lain, None where they could not be known."""

    session_id: str
    start_mono_s: float
    end_mono_s: float
    contact_s: float
    lifts: int
    end_reason: str
    load: float | None = None
    lateral: float | None = None
    head_foot: float | None = None
    evenness: float | None = None
    recovered: bool = False
    guest: bool = False
    """Somebody else lay there: it is kept, but enters no total and teaches nothing."""

    @property
    def wall_s(self) -> float:
        """Seconds from first to last moment, lifts included."""
        return self.end_mono_s - self.start_mono_s


@dataclass(frozen=True, slots=True)
class SessionSnapshot:
    """A session under way, with all that is needed to go on with it in another run. Times are monotonic seconds.

    `sure_mono_s` is the last moment of which it is known how it stood; `lying_since_mono_s` is None if the person had got up
    then. `contact_s` counts up to there, `sums` holds each mean's weighted sum and weight. `own_us` is what this person rests
    on each sensor, `baseline_us` the empty mat in use, with where it came from and whether it is beyond doubt.
    """

    session_id: str
    start_mono_s: float
    sure_mono_s: float
    lying_since_mono_s: float | None
    contact_s: float
    lifts: int
    sums: Mapping[str, tuple[float, float]]
    baseline_us: tuple[float | None, ...]
    baseline_origin: str
    baseline_sure: bool
    own_us: tuple[float | None, ...] | None = None
    learnt: bool = False
    settled: bool = False
    guest: bool = False

    def shifted(self, by_s: float) -> SessionSnapshot:
        """The same session by a monotonic clock that shows `by_s` more, such as that of another boot."""
        lying = self.lying_since_mono_s
        return replace(
            self,
            start_mono_s=self.start_mono_s + by_s,
            sure_mono_s=self.sure_mono_s + by_s,
            lying_since_mono_s=None if lying is None else lying + by_s,
        )

    def closed(self, reason: str) -> SessionRecord:
        """The session ended at its last sure moment."""
        means = {name: total / weight_s if weight_s > 0 else None for name, (total, weight_s) in self.sums.items()}
        return SessionRecord(
            self.session_id,
            self.start_mono_s,
            self.sure_mono_s,
            self.contact_s,
            self.lifts,
            reason,
            load=means.get("load"),
            lateral=means.get("lateral"),
            head_foot=means.get("head_foot"),
            evenness=means.get("evenness"),
            recovered=self.lying_since_mono_s is not None,
            guest=self.guest,
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """What has been done so far: since ever, and since the day's start."""

    sessions_total: int = 0
    minutes_total: float = 0.0
    sessions_today: int = 0
    minutes_today: float = 0.0


@dataclass(frozen=True, slots=True)
class Condition:
    """The health of one thing: `ok`, or a reason code, with a sentence that says what to check."""

    code: str = "ok"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Loads per sensor (microsiemens above the baseline, before gains) of the first and the last sessions since a calibration,
    and the reason of what was last advised because of them.
    """

    first_us: tuple[tuple[float, ...], ...] = ()
    recent_us: tuple[tuple[float, ...], ...] = ()
    advised: str = ""


@dataclass(frozen=True, slots=True)
class Learned:
    """What detection has learnt and keeps over restarts, all per sensor in the order of the layout.

    `baseline_us` is the conductance in microsiemens with nobody on the mat (None: not known yet). `gains` multiply what is
    above it and average 1. `reference_us` is the person's own settled load, None before any was seen.
    `calibrated` says whether the gains come from a calibration, `turned` whether that included a second lie-down end for end.
    `sessions` is what tells a worn sensor or another surface.
    """

    baseline_us: tuple[float | None, ...]
    gains: tuple[float, ...]
    reference_us: float | None = None
    calibrated: bool = False
    turned: bool = False
    sessions: Sessions = field(default_factory=Sessions)

    @classmethod
    def nothing(cls, sensors: int) -> Learned:
        """The state at first power-up."""
        return cls((None,) * sensors, (1.0,) * sensors)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something asked for was not done: a reason code, and a sentence that says what to do about it."""

    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class CalibrationProgress:
    """Where a running calibration stands; `text` is an instruction to the person.

    `seconds_left` is how much longer this stage measures at least, or where it waits for the person, how much longer it will.
    """

    stage: str
    text: str
    seconds_left: float


@dataclass(frozen=True, slots=True)
class CalibrationResult:
    """What a calibration changed. `margin`: so many times what the empty mat still shows was the load of the person."""

    before: Learned
    after: Learned
    margin: float


@dataclass(frozen=True, slots=True)
class Profile:
    """What kind of mat this is and how it is used; shown in discovery and stored with each session. Free text, optional."""

    size: str | None = None
    spikes: str | None = None
    foam: str | None = None
    cover: str | None = None
    surface: str | None = None
    body_part: str | None = None


class CommandName(StrEnum):
    """What people may ask of the running daemon."""

    CALIBRATE = "calibrate"
    CALIBRATE_CANCEL = "calibrate_cancel"
    CALIBRATE_UNDO = "calibrate_undo"
    TARE = "tare"
    PAUSE = "pause"
    GUEST = "guest"
    SENSITIVITY = "sensitivity"
    MODE = "mode"
    STATUS = "status"
    PRESS = "press"
    """A short press of the panel's button: what it means depends on what is going on."""
    HOLD = "hold"
    """A long press of the button."""
    STOP = "stop"
    SYMPTOM = "symptom"
    SCREEN = "screen"
    ADVICE = "advice"
    CHECK_IN = "check_in"
    REDNESS = "redness"
    PROGRAMME = "programme"
    PROGRAMME_SET = "programme_set"
    PROGRAMME_RESET = "programme_reset"


@dataclass(frozen=True, slots=True)
class Command:
    """A request on its way into the service loop. `turned` belongs to calibrate; `correlation` is echoed in the answer.

    `arguments` are the routine's, by the names that its commands know; `origin` is mqtt, control or panel.
    """

    name: CommandName
    turned: bool = False
    correlation: str | None = None
    origin: str = "mqtt"
    arguments: Mapping[str, JsonScalar] = field(default_factory=dict)
    """What belongs to settings and to the routine, by key."""


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to a command: done or refused, with a sentence, and figures where there are any."""

    name: str
    ok: bool
    reason: str
    text: str
    correlation: str | None = None
