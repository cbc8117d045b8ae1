"""What the panel shows and plays: the state of the mat as LED patterns, what happens as cues of the buzzer.

Patterns are tables of levels and seconds, played by the loop's own turns. No thread sleeps for them, and nothing can stay on
after the loop has ended. A turn advances a pattern by one step at most: at a slow rate steps last longer, and none is lost.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from acumat.contract.events import Event, EventType
from acumat.contract.state import Condition, HealthState, MatState, Presence
from acumat_hw.panel import PanelParts, PanelUnavailableError

log = logging.getLogger(__name__)

RETRY_S = (0.5, 30.0)
"""First and longest wait before parts that failed are tried again; it doubles in between."""
SYMPTOM_TOLD_S = 30.0
"""The answer to a symptom comes this late at most: it waits for the disk."""
SOUND_S = 60.0
"""Parts that have worked for so long are tried again at once when they fail."""
EARLY_S = 0.04
"""A step may end so much before its time: turns come every 100 ms, a little early or late."""


@dataclass(frozen=True, slots=True)
class Pattern:
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
CALIBRATING = Pattern("calibrating", ((1, 0.2), (None, 0.2)), repeats=True)

START = Pattern("start", ((440, 0.2), (None, 0.1), (554, 0.2)))
HALF = Pattern("half", ((494, 0.1),))
LAST_MINUTE = Pattern("last minute", ((494, 0.1), (None, 0.3), (494, 0.1)))
END = Pattern("end", ((554, 0.3), (None, 0.2), (494, 0.3), (None, 0.2), (440, 0.5)))
LOUDER = Pattern("louder", ((659, 0.5), (None, 0.2)) * 5)
CAP = Pattern("cap", ((880, 0.3), (None, 0.2)) * 3 + ((None, 1.0),), repeats=True)
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
"""By the type of an event. What does not stand here is silent."""
SILENCING = frozenset({"got_up", "session_ended", "guidance_stopped", "symptom_stop"})
"""Events that end the alarm: the person has heard it. Soft cues end by themselves."""
NO_ANSWER = frozenset({"nothing_to_stop"})
"""Reasons of refusals that need no sound: nothing was asked for."""


class Player:
    """Plays one pattern at a time."""

    def __init__(self) -> None:
        self.pattern: Pattern | None = None
        self._index = 0
        self._since_s: float | None = None

    def play(self, pattern: Pattern | None) -> None:
        """From its first step on, at the next look."""
        self.pattern, self._index, self._since_s = pattern, 0, None

    def level(self, now_s: float) -> int | None:
        """What is on now."""
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
    """What the LED says of the mat; what asks for the person comes first."""
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


class Panel:
    """Drives the parts from the loop. `told` hears each change in words, for a panel that is only simulated."""

    def __init__(self, parts: PanelParts, monotonic: Callable[[], float], *, told: Callable[[str], None] = log.debug) -> None:
        self._parts = parts
        self._monotonic = monotonic
        self._told = told
        self._led = Player()
        self._buzzer = Player()
        self._works = False
        self._wait_s, self._retry_at_s = RETRY_S[0], monotonic()
        self._sound_since_s, self._symptom_s = 0.0, -math.inf
        self.condition = Condition("starting", "The panel has not been opened yet.")

    def open(self) -> None:
        """Take the parts; without them the mat senses on, `condition` says why, and they are tried again and again."""
        if not self._tried(self._parts.open):
            return
        if self.condition.code == "unavailable":
            log.info("the panel works again")
        self._works, self._sound_since_s = True, self._monotonic()
        self.condition = Condition()

    def heard(self, event: Event) -> None:
        """Something has happened: perhaps it is to be heard."""
        if event.event_type in SILENCING and self._alarming():
            self.silence()
        cue = CUES.get(event.event_type)
        if event.event_type is EventType.SYMPTOM_STOP:
            self._symptom_s = self._monotonic()
        if cue is not None:
            self._play(cue)

    def alarm(self, *, on: bool) -> None:
        """Whether somebody lies on the mat whom the alarm has to reach, at every turn: it sounds for exactly so long.

        It is known from the routine. After a restart the event that began it does not come again, and a session may end for
        the mat alone, with whom it was about lying there still.
        """
        if on and not self._alarming():
            self._play(CAP)
        elif not on and self._alarming():
            self.silence()

    def answered(self, document: Mapping[str, Any]) -> None:
        """The answer to what the button asked for. What was granted ends the alarm as well: somebody is awake."""
        log.info("button: %s", document["text"])
        if document["ok"] and self._alarming():
            self.silence()
        told_s, self._symptom_s = self._symptom_s, -math.inf
        if document["ok"] and self._monotonic() - told_s < SYMPTOM_TOLD_S:
            return  # the symptom's own cue has said it, long before it was stored
        if document["reason"] not in NO_ANSWER:
            self._play(ACK if document["ok"] else REFUSED)

    def silence(self) -> bool:
        """Stop what the buzzer plays; False if it was silent."""
        was = self._buzzer.pattern is not None
        self._buzzer.play(None)
        return was

    def show(self, pattern: Pattern) -> None:
        """What the LED shows from now on."""
        if pattern is not self._led.pattern:
            self._led.play(pattern)
            self._told(f"LED: {pattern.name}")

    def tick(self) -> None:
        """One turn of the loop. What is shown and played goes on where the parts work again."""
        now_s = self._monotonic()
        if not self._works and now_s >= self._retry_at_s:
            self.open()
        if self._works and self._tried(lambda: self._play_on(now_s)) and now_s - self._sound_since_s >= SOUND_S:
            self._wait_s = RETRY_S[0]

    def close(self) -> None:
        """Everything off, for good."""
        self._works = False
        self._parts.close()

    def _alarming(self) -> bool:
        return self._buzzer.pattern is not None and self._buzzer.pattern.repeats

    def _play(self, cue: Pattern) -> None:
        if self._alarming():
            return  # only silence ends an alarm
        self._buzzer.play(cue)
        self._told(f"buzzer: {cue.name}")

    def _play_on(self, now_s: float) -> None:
        self._parts.light(on=self._led.level(now_s) is not None)
        self._parts.sound(self._buzzer.level(now_s))
        self._parts.check()

    def _tried(self, step: Callable[[], None]) -> bool:
        """Whether the parts have done it. Whatever they raise, they are closed and opened anew after a while."""
        try:
            step()
        except PanelUnavailableError as error:
            self._failed(str(error))
            return False
        except Exception as error:  # noqa: BLE001  a library's surprise must not silence the alarm for good
            self._failed(f"{type(error).__name__} from its library; check [panel] and the wiring")
            return False
        return True

    def _failed(self, cause: str) -> None:
        self._works = False
        self._retry_at_s = self._monotonic() + self._wait_s
        self._wait_s = min(2 * self._wait_s, RETRY_S[1])
        text = f"The panel does not work: {cause}. It is tried again and again."
        if text != self.condition.text:
            log.warning("%s", text)
        self.condition = Condition("unavailable", text)
        if not self._alarming():
            self._buzzer.play(None)  # a soft cue that comes late says something wrong
        self._parts.close()
