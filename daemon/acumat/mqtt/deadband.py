"""When a state document is worth publishing: edges at once, everything else slowly and only if it moved.

Home Assistant writes a row of its database for every entity that changes, so this is also what keeps that database small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from acumat.contract.state import MatState, Presence

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
"""Published at once: people and automations act on these."""

ARRIVAL_KEYS: tuple[str, ...] = ("presence", "confirmed", "session_id", "health")
"""Edges after which the slow keys are new. After others, such as a doze that comes and goes, their interval stays."""

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
    "session_s": 15.0,  # seconds; below the interval, so that a running session counts on even if nobody moves
    "contact_s": 15.0,
}
"""How far a slow key must have moved from its last published value. `reason_text` is in neither table: it follows its code."""

OCCUPIED_INTERVAL_S = 30.0
IDLE_INTERVAL_S = 60.0
QUICK_INTERVAL_S = 5.0
"""At the slow interval, a person who has just lain down would see the figures of the first moment, or none, for 30 s. So after
an arrival the slow keys go out once after this shorter interval, and each of them again when it becomes known."""


_edges_of = attrgetter(*EDGE_KEYS)


class Deadband:
    """Compares a document with the one published last. Use one object for each connection."""

    def __init__(self) -> None:
        self._last: Mapping[str, Any] | None = None
        self._last_s = 0.0
        self._quick = False
        self._introduced: set[str] = set()
        self._edges: tuple[Any, ...] = ()
        self._unknown: tuple[str, ...] = ()
        """Slow keys that are to be introduced once they are known."""

    def reset(self) -> None:
        """The last document may be lost: publish the next one."""
        self._last = None

    def may_want(self, state: MatState, t_mono_s: float) -> bool:
        """Whether the document of this state may have to be published; otherwise it need not even be made."""
        last = self._last
        if last is None or _edges_of(state) != self._edges:
            return True
        since_s = t_mono_s - self._last_s
        if since_s < QUICK_INTERVAL_S:
            return False
        if not self._quick and since_s < _interval_s(state.presence):
            values = [getattr(state, key) for key in self._unknown]
            return values.count(None) < len(values)
        for key, band in DEADBANDS.items():
            before, now = last.get(key), getattr(state, key)
            if before is not now and _may_have_moved(before, now, band):
                return True
        return False

    def wants(self, document: Mapping[str, Any], t_mono_s: float) -> bool:
        """Whether to publish this document now (monotonic seconds); if so it counts as published."""
        last = self._last
        if last is None or any(document.get(key) != last.get(key) for key in EDGE_KEYS):
            if last is None or any(document.get(key) != last.get(key) for key in ARRIVAL_KEYS):
                self._quick, self._introduced = True, set()
            return self._take(document, t_mono_s)
        since_s = t_mono_s - self._last_s
        if since_s < QUICK_INTERVAL_S:
            return False
        appeared = {key for key in DEADBANDS if last.get(key) is None and document.get(key) is not None} - self._introduced
        if since_s < _interval_s(document.get("presence")) and not self._quick and not appeared:
            return False
        if not appeared and not any(moved(last.get(key), document.get(key), band) for key, band in DEADBANDS.items()):
            return False
        # each key is introduced once while somebody is there: one that comes and goes must not set the interval
        self._quick, self._introduced = False, self._introduced | appeared
        return self._take(document, t_mono_s)

    def _take(self, document: Mapping[str, Any], t_mono_s: float) -> bool:
        self._last, self._last_s = dict(document), t_mono_s
        self._edges = tuple([document.get(key) for key in EDGE_KEYS])
        self._unknown = tuple([key for key in DEADBANDS if document.get(key) is None and key not in self._introduced])
        return True


def _interval_s(presence: object) -> float:
    return OCCUPIED_INTERVAL_S if presence in (Presence.CONTACT, Presence.LYING) else IDLE_INTERVAL_S


def _may_have_moved(last: Value, now: Value, band: float) -> bool:
    """Before `now` is rounded as documents are, by less than half of any band."""
    near = isinstance(now, float | int) and isinstance(last, float | int) and abs(now - last) < band / 2.0
    return not near


def moved(last: Value, now: Value, band: float) -> bool:
    """Whether a value is at least `band` away from the last one; of several values, whether any is. Null is away from all."""
    if last is now:
        return False
    if last is None or now is None:
        return True
    if isinstance(last, float) and isinstance(now, float):
        return abs(now - last) >= band
    if isinstance(last, Mapping) and isinstance(now, Mapping):
        return last.keys() != now.keys() or any(moved(last[key], now[key], band) for key in last)
    if isinstance(last, Sequence) and isinstance(now, Sequence):
        return len(last) != len(now) or any(moved(a, b, band) for a, b in zip(last, now, strict=True))
    if isinstance(last, float | int) and isinstance(now, float | int):
        return abs(now - last) >= band
    return True  # values of different types
