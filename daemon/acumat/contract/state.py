"""The state of the mat after a frame, in the words of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

JsonScalar = str | int | float | bool | None


class Presence(StrEnum):
    """What the sensors say about the mat. `BLIND` is not `EMPTY`: nobody knows."""

    EMPTY = "empty"
    CONTACT = "contact"
    LYING = "lying"
    BLIND = "blind"


class Phase(StrEnum):
    """The phase of a stay on the mat."""

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
    """The mat as a whole: ok, working with fewer sensors, or blind."""

    OK = "ok"
    DEGRADED = "degraded"
    BLIND = "blind"


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
class Condition:
    """The health of one thing: `ok`, or a reason code, with a sentence that says what to check."""

    code: str = "ok"
    text: str = ""
