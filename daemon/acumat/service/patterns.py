"""What LED and buzzer show and play: patterns as tables of levels and seconds, and the player of one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from acumat.contract.state import Condition, HealthState, MatState, Presence

EARLY_S = 0.04
"""A step may end this much early: turns come every 100 ms, a little early or late."""


class Pattern(NamedTuple):
    """Steps of (level, seconds), once or over and over. A level is a tone in Hz for the buzzer, 1 for the LED, None for off."""

    name: str
    steps: tuple[tuple[int | None, float], ...]
    repeats: bool = False


def _flashes(name: str, count: int, pause_s: float) -> Pattern:
    return Pattern(name, ((1, 0.1), (None, 0.2)) * count + ((None, pause_s),), repeats=True)


STARTING = Pattern("starting", ((1, 0.5), (None, 0.5)), repeats=True)
EMPTY = _flashes("empty", 1, 4.7)
LYING = Pattern("lying", ((1, 60.0),), repeats=True)
LOPSIDED = Pattern("lopsided", ((1, 0.8), (None, 0.2)), repeats=True)
NO_BROKER = _flashes("no broker", 2, 1.4)
FAULT = _flashes("fault", 3, 1.1)
BREATHE_IN = Pattern("breathe in", ((1, 20.0),), repeats=True)
BREATHE_OUT = Pattern("breathe out", ((None, 20.0),), repeats=True)
CALIBRATING = Pattern("calibrating", ((1, 0.2), (None, 0.2)), repeats=True)

START = Pattern("start", ((440, 0.2), (None, 0.1), (554, 0.2)))
HALF = Pattern("half", ((494, 0.1),))
LAST_MINUTE = Pattern("last minute", ((494, 0.1), (None, 0.3), (494, 0.1)))
END = Pattern("end", ((554, 0.3), (None, 0.2), (494, 0.3), (None, 0.2), (440, 0.5)))
LOUDER = Pattern("louder", ((659, 0.5), (None, 0.2)) * 5)
CAP = Pattern("cap", ((880, 0.3), (None, 0.2)) * 3 + ((None, 1.0),), repeats=True)
BREATH = Pattern("breath", ((330, 0.1),))
ACK = Pattern("done", ((659, 0.1),))
REFUSED = Pattern("refused", ((220, 0.6),))

CUES: Mapping[str, Pattern] = {
    "cue_start": START,
    "cue_half": HALF,
    "cue_last_minute": LAST_MINUTE,
    "cue_end": END,
    "cue_louder": LOUDER,
    "cue_cap": CAP,
    "symptom_stop": END,
    "calibration_done": ACK,
    "calibration_failed": REFUSED,
}
"""The pattern of each event type; all others are silent."""
CALM = (LYING, LOPSIDED, NO_BROKER)
"""Patterns of the LED that give way to the pacer: those of a person who lies there, but no fault."""


class Player:
    """Plays one pattern at a time."""

    def __init__(self) -> None:
        self.pattern: Pattern | None = None
        self._index = 0
        self._since_s: float | None = None

    def play(self, pattern: Pattern | None) -> None:
        """Start a pattern; it begins at the next look."""
        self.pattern, self._index, self._since_s = pattern, 0, None

    def level(self, now_s: float) -> int | None:
        """The level that is on now."""
        if self.pattern is None:
            return None
        if self._since_s is None:
            self._since_s = now_s
        elif now_s - self._since_s >= self.pattern.steps[self._index][1] - EARLY_S:
            self._index += 1
            self._since_s = now_s
            if self._index == len(self.pattern.steps):
                self._index = 0
                if not self.pattern.repeats:
                    self.pattern = None
                    return None
        return self.pattern.steps[self._index][0]


def led_pattern(state: MatState, parts: Mapping[str, Condition], *, calibrating: bool) -> Pattern:
    """The LED's pattern for the mat; what a person must look after comes first."""
    if parts["daemon"].code == "safe_mode":
        return FAULT
    if calibrating:
        return CALIBRATING
    if state.presence is Presence.BLIND and state.reason in ("starting", "looking") and parts["bus"].code in ("ok", "starting"):
        return STARTING  # it has only just begun to see, or to see again
    if state.health is not HealthState.OK or parts["store"].code != "ok":
        return FAULT
    if state.lopsided:
        return LOPSIDED
    if parts["broker"].code not in ("ok", "off"):
        return NO_BROKER
    if state.presence is Presence.BLIND and state.reason != "paused":
        return STARTING
    return LYING if state.presence in (Presence.CONTACT, Presence.LYING) else EMPTY
