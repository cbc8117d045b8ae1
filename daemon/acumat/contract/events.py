"""What happens: the closed list of event types, and one event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from acumat.contract.state import JsonScalar


class EventType(StrEnum):
    """The closed list of events."""

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
    GUEST_FOUND = "guest_found"
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
    PACER_STARTED = "pacer_started"
    PACER_STOPPED = "pacer_stopped"
    GUIDANCE_STOPPED = "guidance_stopped"
    GUIDANCE_CHANGED = "guidance_changed"
    SYMPTOM_STOP = "symptom_stop"
    COOL_DOWN_STARTED = "cool_down_started"
    COOL_DOWN_ENDED = "cool_down_ended"
    REDNESS = "redness"
    CHECK_IN = "check_in"
    PROGRAMME_STEP = "programme_step"


OF_THE_MACHINE = (
    EventType.SENSOR_FAILED,
    EventType.SENSOR_RECOVERED,
    EventType.BLIND_STARTED,
    EventType.BLIND_ENDED,
    EventType.TARE_DONE,
    EventType.CALIBRATION_DONE,
    EventType.CALIBRATION_FAILED,
    EventType.RECALIBRATION_ADVISED,
    EventType.GAP,
)
"""Events without personal data; those of the routine say how somebody feels. Only these are shown to strangers: in a bundle,
and on the page of many mats."""

NOBODY_LIES = ("not_alive", "upright", "pet")
"""Reasons why a lying is withdrawn as no lying person: a thing, somebody who sits or stands, a pet."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, decided at `t_mono_s`; `edge_mono_s` is when it really began, if that was earlier.

    `numbers` are the figures behind the decision, in JSON's types.
    """

    event_type: EventType
    t_mono_s: float
    reason: str
    text: str
    edge_mono_s: float | None = None
    numbers: Mapping[str, JsonScalar] = field(default_factory=dict)
