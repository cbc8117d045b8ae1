"""When a state document is worth saying: edges at once, everything else slowly and only if it moved.

Home Assistant writes a row of its database for every entity that changes, so this is also what keeps that database small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from acumat.contract.state import Presence

Value = Mapping[str, float] | Sequence[float] | float | None

EDGE_KEYS: tuple[str, ...] = (
    "presence",
    "confirmed",
    "phase",
    "reference",
    "lopsided",
    "possible_doze",
    "mode",
    "session_id",
    "health",
    "reason",
)
"""Said at once: people and automations act on these."""

COMING_KEYS: tuple[str, ...] = ("presence", "confirmed", "session_id", "health")
"""Edges after which the slow keys are new. After others, such as a doze that comes and goes, they keep their pace."""

DEADBANDS: dict[str, float] = {
    "load": 1.0,  # percent of the reference
    "lateral": 2.0,  # points
    "head_foot": 2.0,  # points
    "shares": 2.0,  # points, of any zone
    "evenness": 0.02,
    "cop_mm": 10.0,  # millimetres, on either axis: about 2 % of the mat
    "still": 0.5,  # any change of a truth value
    "restlessness": 5.0,  # points: under two epochs of the thirty
    "breaths_per_min": 0.5,
    "breath_quality": 0.1,
    "breath_evenness": 0.05,
    "session_s": 15.0,  # seconds; below the pace, so that a running session counts on even if nobody moves
    "contact_s": 15.0,
}
"""How far a slow key must have moved from what was last said."""

SILENT_KEYS: tuple[str, ...] = ("reason_text",)
"""Never a reason to speak: the sentence goes along with its code."""

OCCUPIED_PACE_S = 30.0
IDLE_PACE_S = 60.0
QUICK_PACE_S = 5.0
"""The slow pace would leave a person who has just lain down for half a minute with the figures of the first moment, or with
none. So after somebody has come the slow keys may speak once at this pace, and each of them once more when it becomes known."""


class Deadband:
    """Remembers what was last said. One document goes to one place: one object a connection."""

    def __init__(self) -> None:
        self._said: Mapping[str, Any] | None = None
        self._said_s = 0.0
        self._quick = False
        self._introduced: set[str] = set()

    def forget(self) -> None:
        """What was said may be lost: the next document is wanted."""
        self._said = None

    def wants(self, document: Mapping[str, Any], t_mono_s: float) -> bool:
        """Whether this document is to be published now (monotonic seconds); if so it counts as said."""
        said = self._said
        if said is None or any(document.get(key) != said.get(key) for key in EDGE_KEYS):
            if said is None or any(document.get(key) != said.get(key) for key in COMING_KEYS):
                self._quick, self._introduced = True, set()
            return self._say(document, t_mono_s)
        since_s = t_mono_s - self._said_s
        if since_s < QUICK_PACE_S:
            return False
        appeared = {key for key in DEADBANDS if said.get(key) is None and document.get(key) is not None} - self._introduced
        if since_s < self._pace_s(document) and not self._quick and not appeared:
            return False
        if not appeared and not any(moved(said.get(key), document.get(key), band) for key, band in DEADBANDS.items()):
            return False
        # each key is introduced once while somebody is there: one that comes and goes must not set the pace
        self._quick, self._introduced = False, self._introduced | appeared
        return self._say(document, t_mono_s)

    def _say(self, document: Mapping[str, Any], t_mono_s: float) -> bool:
        self._said, self._said_s = dict(document), t_mono_s
        return True

    @staticmethod
    def _pace_s(document: Mapping[str, Any]) -> float:
        occupied = document.get("presence") in (Presence.CONTACT, Presence.LYING)
        return OCCUPIED_PACE_S if occupied else IDLE_PACE_S


def moved(said: Value, now: Value, band: float) -> bool:
    """Whether a value is at least `band` away from what was said; of several values, whether any is. Null is away from all."""
    if said is None or now is None:
        return said is not now
    if isinstance(said, Mapping) and isinstance(now, Mapping):
        return said.keys() != now.keys() or any(moved(said[key], now[key], band) for key in said)
    if isinstance(said, Sequence) and isinstance(now, Sequence):
        return len(said) != len(now) or any(moved(a, b, band) for a, b in zip(said, now, strict=True))
    if isinstance(said, float | int) and isinstance(now, float | int):
        return abs(now - said) >= band
    return True  # not even of one kind
