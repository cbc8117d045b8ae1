"""The panel: the LED shows the state of the mat as a pattern, the buzzer plays events as cues.

Patterns are tables of levels and seconds, played by the loop's own turns. No thread sleeps for them, and nothing stays on after
the loop has ended. A turn advances a pattern by one step at most: at a slow rate steps last longer, and none is lost.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from acumat.coach.pace import Pace
from acumat.contract.events import Event, EventType
from acumat.contract.state import Condition
from acumat.service.patterns import (
    ACK,
    BREATH,
    BREATHE_IN,
    BREATHE_OUT,
    CALM,
    CAP,
    CUES,
    REFUSED,
    Pattern,
    Player,
    led_pattern,
)
from acumat.service.turn import Turn
from acumat_hw.panel import PanelParts, PanelUnavailableError

log = logging.getLogger(__name__)

RETRY_S = (0.5, 30.0)
"""First and longest wait before parts that failed are tried again; it doubles in between."""
SYMPTOM_CUE_S = 30.0
"""The answer to a symptom waits for the disk, at most this long."""
SOUND_S = 60.0
"""Parts that have worked for this long are tried again at once when they fail."""
SILENCING = frozenset({"got_up", "session_ended", "guidance_stopped", "symptom_stop"})
"""Events that end the alarm: the person has heard it. Soft cues end by themselves."""
NO_ANSWER = frozenset({"nothing_to_stop"})
"""Reasons of refusals that need no sound: nothing was asked for."""


class Panel:
    """Drives LED and buzzer from the loop. `on_text` gets each change in words, for a simulated panel.

    `pacer_light` and `pacer_sound`: LED and buzzer lead the breath while there is one to follow.
    """

    def __init__(
        self,
        parts: PanelParts,
        monotonic: Callable[[], float],
        *,
        on_text: Callable[[str], None] = log.debug,
        pacer_light: bool = False,
        pacer_sound: bool = False,
    ) -> None:
        self._parts = parts
        self._monotonic = monotonic
        self._on_text = on_text
        self._pacer_light, self._pacer_sound = pacer_light, pacer_sound
        self._inhales = False
        self._led = Player()
        self._buzzer = Player()
        self._works = False
        self._wait_s, self._retry_at_s = RETRY_S[0], monotonic()
        self._sound_since_s, self._symptom_s = 0.0, -math.inf
        self.condition = Condition("starting", "The panel has not been opened yet.")

    def open(self) -> None:
        """Open LED and buzzer.

        If that fails, the mat continues without them, `condition` has the reason, and they are tried again and again.
        """
        if not self._tried(self._parts.open):
            return
        if self.condition.code == "unavailable":
            log.info("the panel works again")
        self._works, self._sound_since_s = True, self._monotonic()
        self.condition = Condition()

    def on_event(self, event: Event) -> None:
        """Play the cue of this event, if it has one."""
        if event.event_type in SILENCING and self._alarming():
            self.silence()
        cue = CUES.get(event.event_type)
        if event.event_type is EventType.SYMPTOM_STOP:
            self._symptom_s = self._monotonic()
        if cue is not None:
            self._play(cue)

    def alarm(self, *, on: bool) -> None:
        """Once a turn: the alarm sounds as long as it is `on`.

        The routine decides that, not the events: after a restart the event that began the alarm does not come again, and a
        session may end for the mat while the person still lies there.
        """
        if on and not self._alarming():
            self._play(CAP)
        elif not on and self._alarming():
            self.silence()

    def on_answer(self, document: Mapping[str, Any]) -> None:
        """The answer to a press of the button. An accepted press ends the alarm as well: somebody is awake."""
        log.info("button: %s", document["text"])
        if document["ok"] and self._alarming():
            self.silence()
        symptom_s, self._symptom_s = self._symptom_s, -math.inf
        if document["ok"] and self._monotonic() - symptom_s < SYMPTOM_CUE_S:
            return  # the cue of the symptom has sounded already, long before it was stored
        if document["reason"] not in NO_ANSWER:
            self._play(ACK if document["ok"] else REFUSED)

    def after_frame(self, turn: Turn) -> None:
        """Sound the alarm while it is on, lead the breath, and show the state of the mat."""
        self.alarm(on=turn.alarming)
        self._lead(turn.pace)
        pattern = led_pattern(turn.state, turn.conditions, calibrating=turn.calibrating)
        if self._pacer_light and turn.pace is not None and pattern in CALM:
            pattern = BREATHE_IN if self._inhales else BREATHE_OUT
        self.show(pattern)

    def silence(self) -> bool:
        """Stop what the buzzer plays; False if it was silent."""
        was = self._buzzer.pattern is not None
        self._buzzer.play(None)
        return was

    def show(self, pattern: Pattern) -> None:
        """Set what the LED shows from now on."""
        if pattern is not self._led.pattern:
            self._led.play(pattern)
            self._on_text(f"LED: {pattern.name}")

    def tick(self) -> None:
        """One turn of the loop. LED and buzzer that work again continue with the present patterns."""
        now_s = self._monotonic()
        if not self._works and now_s >= self._retry_at_s:
            self.open()
        if self._works and self._tried(partial(self._play_on, now_s)) and now_s - self._sound_since_s >= SOUND_S:
            self._wait_s = RETRY_S[0]

    def close(self) -> None:
        """Everything off, for good."""
        self._works = False
        self._parts.close()

    def _alarming(self) -> bool:
        return self._buzzer.pattern is not None and self._buzzer.pattern.repeats

    def _lead(self, pace: Pace | None) -> None:
        """Whether it is time to breathe in. The beginning of a breath gets a soft tick, unless something else is playing."""
        inhaled, self._inhales = self._inhales, pace is not None and pace.breathes_in(self._monotonic())
        if self._inhales and not inhaled and self._pacer_sound and self._buzzer.pattern is None:
            self._play(BREATH)

    def _play(self, cue: Pattern) -> None:
        if self._alarming():
            return  # only silence ends an alarm
        self._buzzer.play(cue)
        self._on_text(f"buzzer: {cue.name}")

    def _play_on(self, now_s: float) -> None:
        self._parts.light(on=self._led.level(now_s) is not None)
        self._parts.sound(self._buzzer.level(now_s))
        self._parts.check()

    def _tried(self, step: Callable[[], None]) -> bool:
        """Whether LED and buzzer have done it. After any error they are closed, and opened again later."""
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
            self._buzzer.play(None)  # a soft cue that comes late would mislead
        self._parts.close()


class NullPanel:
    """A mat without LED and buzzer."""

    def open(self) -> None: ...

    def close(self) -> None: ...

    def on_event(self, event: Event) -> None: ...

    def on_answer(self, document: Mapping[str, Any]) -> None: ...

    def after_frame(self, turn: Turn) -> None: ...

    def tick(self) -> None: ...

    def silence(self) -> bool:
        """Nothing sounds."""
        return False
