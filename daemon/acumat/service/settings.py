"""What people have set on the running daemon: pause, guest, sensitivity. Applied at once, echoed, kept over restarts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from acumat.contract.commands import Command, CommandName
from acumat.contract.documents import encode, rfc3339
from acumat.detect.parameters import Parameters
from acumat.detect.pipeline import Pipeline
from acumat.history.rows import Restored
from acumat.mqtt.settings import PAUSE_MINUTES_RANGE, SENSITIVITIES
from acumat.stored import read_object
from acumat_hw.clock import Clock

log = logging.getLogger(__name__)

DOCUMENT = "settings"
"""The name under which they are kept."""


class Settings:
    """Pause, guest and sensitivity. `show` gets the document at every change, `save` the text to keep.

    `configured` is the sensitivity in the configuration file: what was set later by command holds until that one changes.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        clock: Clock,
        *,
        configured: str,
        show: Callable[[Mapping[str, Any]], object],
        save: Callable[[str], object],
    ) -> None:
        self._pipeline = pipeline
        self._clock = clock
        self._configured = configured
        self._show = show
        self._save = save
        self._sensitivity = configured
        self._paused_until_s: float | None = None
        self._touched = False

    def start(self, kept: Restored) -> None:
        """Take up what an earlier run has left, and show it."""
        self._take_up(kept)
        self._show(self.document())

    def found(self, kept: Restored) -> None:
        """What an earlier run has left, read late; what was set since is newer."""
        if not self._touched:
            self._take_up(kept)
            self._show(self.document())

    def document(self) -> dict[str, Any]:
        """Every setting, as published."""
        until_s = self._paused_until_s
        return {
            "paused": self._pipeline.paused,
            "paused_until": None if until_s is None else rfc3339(self._wall_of(until_s)),
            "guest": self._pipeline.guest,
            "sensitivity": self._sensitivity,
        }

    def apply(self, command: Command) -> str:
        """Set what was asked for; gives the sentence for the answer."""
        match command.name:
            case CommandName.PAUSE:
                self._pause(command.arguments)
                text = (
                    f"Measuring is paused until {self.document()['paused_until']}."
                    if self._pipeline.paused
                    else "Measuring goes on."
                )
            case CommandName.GUEST:
                self._pipeline.guest = bool(command.arguments["on"])
                text = (
                    "Sessions count as a guest's: they enter no total and teach nothing."
                    if self._pipeline.guest
                    else "Sessions count as yours again."
                )
            case _:
                self._tune(str(command.arguments["sensitivity"]))
                text = f"The sensitivity is {self._sensitivity}."
        self._changed(text)
        return text

    def follow(self) -> None:
        """After each frame: a pause that is over ends."""
        if self._paused_until_s is not None and self._clock.monotonic() >= self._paused_until_s:
            self._resume()
            self._changed("The pause is over; measuring goes on.")

    def _pause(self, asked: Mapping[str, Any]) -> None:
        if not asked["on"]:
            self._resume()
            return
        self._paused_until_s = self._clock.monotonic() + 60.0 * float(asked["minutes"])
        self._pipeline.pause()

    def _resume(self) -> None:
        self._paused_until_s = None
        self._pipeline.end_pause()

    def _tune(self, sensitivity: str) -> None:
        self._sensitivity = sensitivity
        self._pipeline.retune(Parameters().with_sensitivity(sensitivity))

    def _changed(self, text: str) -> None:
        self._touched = True
        log.info("%s", text)
        until_s = self._paused_until_s
        kept = {
            "paused_until_wall_s": None if until_s is None else self._wall_of(until_s),
            "guest": self._pipeline.guest,
            "sensitivity": self._sensitivity,
            "configured": self._configured,
        }
        self._save(encode(kept))
        self._show(self.document())

    def _take_up(self, kept: Restored) -> None:
        text = kept.documents.get(DOCUMENT)
        if text is None:
            return
        try:
            values = read_object(text)
            until_wall_s = values["paused_until_wall_s"]
            left_s = None if until_wall_s is None else float(until_wall_s) - self._clock.wall()
            guest, sensitivity, configured = values["guest"], values["sensitivity"], values["configured"]
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as exc:
            log.error("the settings that were kept are damaged and not used (%s)", type(exc).__name__)
            return
        self._pipeline.guest = guest is True
        if configured == self._configured and sensitivity in SENSITIVITIES:
            self._tune(sensitivity)
        if left_s is not None and left_s > 0:
            # a clock that is not set yet may be years off: a pause never lasts longer than it may
            self._paused_until_s = self._clock.monotonic() + min(left_s, 60.0 * PAUSE_MINUTES_RANGE[1])
            self._pipeline.pause()

    def _wall_of(self, t_mono_s: float) -> float:
        return self._clock.wall() - self._clock.monotonic() + t_mono_s
